from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from jeeves import shipped
from jeeves.errors import ArtifactMismatch, JeevesError, NoActiveModel, OutdatedModel, UserError
from jeeves.ml import artifact
from jeeves.ml.card import read_card, write_card
from jeeves.ml.serving import ServingModel
from jeeves.ml.shelf import Shelf, shelf_for
from tests.unit.ml.examples import message

if TYPE_CHECKING:
    from pathlib import Path

    from jeeves.ml.train import Trained

MORNING = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)


@pytest.fixture
def shelf(models: Path, tmp_path: Path) -> Shelf:
    """Return a shelf whose shipped folder holds one active model, and whose own folder is not there yet."""
    moved = tmp_path.parent / f"{tmp_path.name}-shipped"
    models.rename(moved)
    return Shelf(own=tmp_path / "own", shipped=moved)


def own_model(shelf: Shelf, trained: Trained, *, hours: int = 1) -> str:
    return artifact.save(shelf.own, trained, name="owner", trained_at=MORNING + timedelta(hours=hours)).version


def test_without_models_of_the_owner_the_shipped_one_serves(shelf: Shelf) -> None:
    version = shelf.active_version()

    assert version.startswith("test-")
    assert shelf.load(version).version == version
    assert [card.version for card in shelf.cards()] == [version]


def test_a_model_of_the_owner_serves_once_it_is_named_and_the_shipped_folder_is_left_alone(
    shelf: Shelf, trained: Trained
) -> None:
    assert shelf.shipped is not None
    before = sorted(path.name for path in shelf.shipped.rglob("*"))
    version = own_model(shelf, trained)

    shelf.point_at(version)

    assert shelf.active_version() == version
    assert [card.version for card in shelf.cards()] == [version, *(p.name for p in shelf.shipped.glob("test-*"))]
    assert sorted(path.name for path in shelf.shipped.rglob("*")) == before


def test_going_back_to_the_shipped_model_follows_an_upgrade(shelf: Shelf, trained: Trained) -> None:
    assert shelf.shipped is not None
    first = shelf.active_version()
    shelf.point_at(own_model(shelf, trained))

    shelf.point_at(first)
    newer = artifact.save(shelf.shipped, trained, name="newer", trained_at=MORNING).version
    artifact.activate(shelf.shipped, newer)

    assert shelf.active_version() == newer


def test_the_stamp_changes_whenever_another_model_is_named(shelf: Shelf, trained: Trained) -> None:
    version = own_model(shelf, trained)
    stamps = [shelf.stamp()]
    for name in (version, next(iter(shelf.cards()[1:])).version, version):
        shelf.point_at(name)
        stamps.append(shelf.stamp())

    assert all(earlier != later for earlier, later in pairwise(stamps))


@pytest.mark.parametrize("name", ["unheard-of", "../escape", "", ".", "a/b", "x" * 200])
def test_a_name_that_names_no_model_is_one_clear_error(shelf: Shelf, name: str) -> None:
    with pytest.raises(NoActiveModel):
        shelf.load(name)


def test_a_damaged_card_is_left_out_of_the_list(shelf: Shelf, trained: Trained) -> None:
    version = own_model(shelf, trained)
    (shelf.own / version / "card.json").write_text("{", encoding="utf-8")

    assert version not in [card.version for card in shelf.cards()]


def test_a_folder_that_cannot_be_written_is_one_clear_error(shelf: Shelf, trained: Trained) -> None:
    version = own_model(shelf, trained)
    shutil.rmtree(shelf.own)
    shelf.own.write_text("in the way", encoding="utf-8")

    with pytest.raises(UserError, match="cannot be kept"):
        shelf.point_at(version)


def test_models_trained_for_the_owner_never_go_where_the_shipped_ones_are(tmp_path: Path) -> None:
    fallen_back = shelf_for(shipped("models"), tmp_path / "data")
    named = shelf_for(tmp_path / "mine", tmp_path / "data")

    assert (fallen_back.own, fallen_back.shipped) == (tmp_path / "data" / "models", shipped("models"))
    assert (named.own, named.shipped) == (tmp_path / "mine", None)


def outdated_model(shelf: Shelf, trained: Trained) -> str:
    """Name a model of the owner that was made from other features."""
    version = own_model(shelf, trained)
    path = shelf.own / version / "card.json"
    card = read_card(path, advice="")
    write_card(path, replace(card, libraries={**card.libraries, "jeeves.ml.features": "1"}))
    shelf.point_at(version)
    return version


def test_after_an_upgrade_the_shipped_model_serves_and_the_old_one_is_kept(shelf: Shelf, trained: Trained) -> None:
    shipped_version = shelf.active_version()
    version = outdated_model(shelf, trained)

    serving = ServingModel(shelf)

    assert (serving.version, shelf.active_version()) == (shipped_version, shipped_version)
    assert [card.version for card in shelf.outdated()] == [version]
    with pytest.raises(OutdatedModel, match=r"jeeves\.ml\.features 1"):
        shelf.load(version)


def test_an_outdated_model_in_a_folder_the_owner_named_is_one_clear_error(shelf: Shelf, trained: Trained) -> None:
    outdated_model(shelf, trained)

    with pytest.raises(OutdatedModel):
        ServingModel(Shelf(own=shelf.own))


def test_a_serving_model_answers_with_the_one_named_last(shelf: Shelf, trained: Trained) -> None:
    serving = ServingModel(shelf)
    first = serving.version
    version = own_model(shelf, trained)

    shelf.point_at(version)
    [prediction] = serving.predict([message("Shall we have lunch?")])

    assert first != version
    assert (prediction.model_version, serving.version, serving.trouble) == (version, version, None)


def test_a_damaged_new_model_leaves_the_old_one_serving_until_it_is_mended(shelf: Shelf, trained: Trained) -> None:
    serving = ServingModel(shelf)
    first = serving.version
    version = own_model(shelf, trained)
    file = shelf.own / version / "model.npz"
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])

    shelf.point_at(version)
    [prediction] = serving.predict([message("Shall we have lunch?")])
    assert prediction.model_version == first
    assert isinstance(serving.trouble, ArtifactMismatch)

    file.write_bytes(whole)
    serving.refresh()
    assert (serving.version, _trouble_of(serving)) == (version, None)


def _trouble_of(serving: ServingModel) -> JeevesError | None:
    return serving.trouble  # mypy does not expect it to change by a method


def test_a_model_that_is_named_but_missing_leaves_the_old_one_serving(shelf: Shelf) -> None:
    serving = ServingModel(shelf)
    first = serving.version

    shelf.own.mkdir(parents=True)
    (shelf.own / "ACTIVE").write_bytes(b"\xff")
    serving.refresh()
    assert isinstance(serving.trouble, NoActiveModel)

    (shelf.own / "ACTIVE").write_text("gone-1\n", encoding="utf-8")
    assert [each.model_version for each in serving.predict([message("x")])] == [first]
    assert isinstance(serving.trouble, NoActiveModel)

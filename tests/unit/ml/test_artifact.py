from __future__ import annotations

import errno
import hashlib
import io
import json
import os
import pickle
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jeeves.errors import ArtifactMismatch, NoActiveModel, UserError
from jeeves.ml import artifact
from tests.unit.ml.examples import message

if TYPE_CHECKING:
    from pathlib import Path

    from jeeves.ml.model import Model
    from jeeves.ml.train import Trained


def active_folder(models: Path) -> Path:
    return models / (models / "ACTIVE").read_text().strip()


def rewrite_card(models: Path, **changes: object) -> None:
    card = active_folder(models) / "card.json"
    card.write_text(json.dumps(json.loads(card.read_text()) | changes))


def replace_artifact(models: Path, **arrays: object) -> None:
    """Put other arrays into the model file, with a card that vouches for them; None takes one out."""
    file = active_folder(models) / "model.npz"
    with np.load(file) as held:
        kept = {name: held[name] for name in held.files} | arrays
    stream = io.BytesIO()
    np.savez_compressed(stream, **{name: array for name, array in kept.items() if array is not None})
    vouch(models, stream.getvalue())


def vouch(models: Path, content: bytes) -> None:
    (active_folder(models) / "model.npz").write_bytes(content)
    rewrite_card(models, sha256=hashlib.sha256(content).hexdigest())


def test_a_saved_model_predicts_as_before(models: Path, model: Model) -> None:
    letter = message("Are you free for a drink tomorrow?")
    loaded = artifact.load_active(models)
    assert loaded.predict([letter])[0].probability == pytest.approx(model.predict([letter])[0].probability, abs=1e-6)
    assert loaded.threshold == model.threshold
    assert re.fullmatch(r"test-2026\.03\.04-[0-9a-f]{8}", loaded.version)


def test_a_model_is_found_by_its_folder_or_a_file_in_it(models: Path) -> None:
    folder = active_folder(models)
    versions = {artifact.load_path(path).version for path in (folder, folder / "model.npz", folder / "card.json")}
    assert versions == {folder.name}
    assert artifact.load(models, folder.name).version == folder.name


def test_saving_leaves_nothing_but_the_model(models: Path) -> None:
    assert sorted(path.name for path in models.iterdir()) == sorted(["ACTIVE", active_folder(models).name])
    assert sorted(path.name for path in active_folder(models).iterdir()) == ["card.json", "model.npz"]


def test_saving_does_not_activate(models: Path, trained: Trained) -> None:
    before = artifact.load_active(models).version
    artifact.save(models, trained, name="second", trained_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert artifact.load_active(models).version == before


def test_the_same_model_learned_again_on_the_same_day_is_kept_beside_the_first(
    tmp_path: Path, trained: Trained
) -> None:
    day = datetime(2026, 4, 1, tzinfo=UTC)
    first, second, third = (artifact.save(tmp_path, trained, name="owner", trained_at=day) for _ in range(3))
    assert [second.version, third.version] == [f"{first.version}-2", f"{first.version}-3"]
    assert first.sha256 == second.sha256 == third.sha256
    assert [artifact.load(tmp_path, card.version).version for card in (second, third)] == [
        second.version,
        third.version,
    ]


def test_no_directory_means_no_active_model(tmp_path: Path) -> None:
    with pytest.raises(NoActiveModel, match="no active model") as caught:
        artifact.load_active(tmp_path / "nowhere")
    assert "jeeves retrain" in caught.value.advice


@pytest.mark.parametrize("named", ["", "../elsewhere", "/etc", "gone-2026.01.01-00000000", ".", "a\nb", "\x00"])
def test_an_active_name_that_is_no_model_is_refused(models: Path, named: str) -> None:
    (models / "ACTIVE").write_text(named)
    with pytest.raises(NoActiveModel):
        artifact.load_active(models)


def test_a_damaged_model_file_is_refused_before_it_is_read(models: Path) -> None:
    file = active_folder(models) / "model.npz"
    file.write_bytes(file.read_bytes()[:-1] + b"!")
    with pytest.raises(ArtifactMismatch, match="SHA-256"):
        artifact.load_active(models)


def test_a_missing_model_file_is_refused(models: Path) -> None:
    (active_folder(models) / "model.npz").unlink()
    with pytest.raises(ArtifactMismatch, match="cannot be read"):
        artifact.load_active(models)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", '{"version": 1}', "[" * 100_000, "\x00"])
def test_a_card_that_is_no_card_is_refused(models: Path, content: str) -> None:
    (active_folder(models) / "card.json").write_text(content)
    with pytest.raises(ArtifactMismatch, match="missing or damaged") as caught:
        artifact.load_active(models)
    assert caught.value.advice


@pytest.mark.parametrize("threshold", [-0.1, 1.5, "0.5", None, True, float("nan")])
def test_a_threshold_that_is_no_probability_is_refused(models: Path, threshold: object) -> None:
    rewrite_card(models, threshold=threshold)
    with pytest.raises(ArtifactMismatch):
        artifact.load_active(models)


def test_a_missing_card_is_refused(models: Path) -> None:
    (active_folder(models) / "card.json").unlink()
    with pytest.raises(ArtifactMismatch, match="missing or damaged"):
        artifact.load_active(models)


@pytest.mark.parametrize("library", ["scikit-learn", "numpy", "jeeves.ml.features"])
def test_a_model_of_another_make_is_refused_with_the_remedy(models: Path, library: str) -> None:
    made_with = json.loads((active_folder(models) / "card.json").read_text())["libraries"]
    rewrite_card(models, libraries=made_with | {library: "0.1.2"})
    with pytest.raises(ArtifactMismatch, match=f"{library} 0.1.2") as caught:
        artifact.load_active(models)
    assert "train the model again" in caught.value.advice


class Payload:
    """Leaves a trace when a loader runs it."""

    ran = False

    def __reduce__(self) -> tuple[object, tuple[()]]:
        return (Payload.run, ())

    @staticmethod
    def run() -> None:
        Payload.ran = True


def test_none_of_the_code_in_a_hostile_file_runs(models: Path) -> None:
    replace_artifact(models, intercept=np.array([Payload()], dtype=object))
    with pytest.raises(ArtifactMismatch, match="something other"):
        artifact.load_active(models)
    vouch(models, pickle.dumps(Payload()))
    with pytest.raises(ArtifactMismatch, match="something other"):
        artifact.load_active(models)
    assert not Payload.ran


@pytest.mark.parametrize(
    "arrays",
    [
        {"message_weights": None},
        {"message_weights": np.zeros(3, dtype=np.float32)},
        {"sentence_weights": np.array("text")},
        {"words.names": np.frombuffer(b"\xff\xfe", dtype=np.uint8)},
        {"words.idf": np.array([[1.0]])},
        {"cues.idf": None},
        {"intercept": np.array(np.nan)},
        {"temperature": np.array(0.0)},
        {"temperature": np.array([1.0, 2.0])},
    ],
)
def test_parts_that_do_not_fit_together_are_refused(models: Path, arrays: dict[str, object]) -> None:
    replace_artifact(models, **arrays)
    with pytest.raises(ArtifactMismatch, match="something other"):
        artifact.load_active(models)


def test_bytes_that_are_no_archive_are_refused(models: Path) -> None:
    content = b"not a zip archive"
    vouch(models, content)
    with pytest.raises(ArtifactMismatch, match="something other"):
        artifact.load_active(models)


def test_a_model_that_cannot_be_loaded_is_not_activated(models: Path, trained: Trained) -> None:
    before = (models / "ACTIVE").read_text()
    card = artifact.save(models, trained, name="second", trained_at=datetime(2026, 4, 1, tzinfo=UTC))
    (models / card.version / "model.npz").write_bytes(b"cut")
    with pytest.raises(ArtifactMismatch):
        artifact.activate(models, card.version)
    assert (models / "ACTIVE").read_text() == before


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, trained: Trained) -> None:
    in_the_way = tmp_path / "models"
    in_the_way.write_text("a file, not a folder")
    with pytest.raises(UserError, match="cannot be kept in") as caught:
        artifact.save(in_the_way, trained, name="test", trained_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert caught.value.advice


def test_a_model_that_is_half_written_leaves_no_trace(
    models: Path, trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = sorted(models.iterdir())

    def be_full(_path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(artifact, "_reach_disk", be_full)
    with pytest.raises(UserError, match="No space left on device"):
        artifact.save(models, trained, name="test", trained_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert sorted(models.iterdir()) == before


def test_the_same_model_gives_the_same_file(tmp_path: Path, trained: Trained) -> None:
    moment = datetime(2026, 4, 1, tzinfo=UTC)
    cards = [artifact.save(tmp_path / place, trained, name="test", trained_at=moment) for place in ("here", "there")]
    assert cards[0] == cards[1]

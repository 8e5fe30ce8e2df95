from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jeeves import shipped
from jeeves.errors import ArtifactMismatch
from jeeves.ml.card import read_card, write_active, write_card
from jeeves.types import ModelCard, Provenance

if TYPE_CHECKING:
    from pathlib import Path

CARD = ModelCard(
    version="owner-1",
    sha256="0" * 64,
    hyper_parameters={"C": 3.0},
    threshold=0.4,
    metrics={"roc_auc": 0.9},
    trained_on={"examples": 10},
    trained_at=datetime(2026, 3, 4, tzinfo=UTC),
    libraries={"numpy": "2.4.6"},
    provenance=Provenance(
        origins={"owner": 4, "starter": 6},
        last_label_id=9,
        verdict="Promoted: it corrects 1 and spoils 0.",
        mailbox={"messages": 300.0, "alert_share": 0.04},
        deciles=(0.1, 0.2, 0.3),
    ),
)


def test_a_card_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_card(tmp_path / "card.json", CARD)

    assert read_card(tmp_path / "card.json", advice="") == CARD


def test_a_card_from_before_these_fields_is_read_without_them(tmp_path: Path) -> None:
    write_card(tmp_path / "card.json", CARD)
    fields = json.loads((tmp_path / "card.json").read_text())
    del fields["provenance"]
    (tmp_path / "card.json").write_text(json.dumps(fields))

    assert read_card(tmp_path / "card.json", advice="") == replace(CARD, provenance=Provenance())


def test_every_shipped_card_is_read() -> None:
    for path in shipped("models").glob("*/card.json"):
        assert read_card(path, advice="").version == path.parent.name


@pytest.mark.parametrize(
    "provenance",
    [[], {"deciles": {}}, {"deciles": ["x"]}, {"verdict": "\x1b[2J"}, {"origins": 3}, {"last_label_id": "9"}],
)
def test_a_card_with_nonsense_in_these_fields_is_damaged(tmp_path: Path, provenance: object) -> None:
    write_card(tmp_path / "card.json", CARD)
    fields = json.loads((tmp_path / "card.json").read_text()) | {"provenance": provenance}
    (tmp_path / "card.json").write_text(json.dumps(fields))

    with pytest.raises(ArtifactMismatch, match="damaged"):
        read_card(tmp_path / "card.json", advice="")


def test_naming_the_active_model_leaves_no_other_file(tmp_path: Path) -> None:
    for version in ("one", "two"):
        write_active(tmp_path, version)

    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("ACTIVE", "two\n")]

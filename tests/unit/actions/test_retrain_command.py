from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jeeves.cli.retrain import retrain, table
from jeeves.ml import artifact
from tests.unit.ml.examples import message

if TYPE_CHECKING:
    from pathlib import Path


def test_retraining_makes_an_active_model_that_hears_a_proposal(tmp_path: Path) -> None:
    card = retrain(tmp_path, now=datetime(2026, 3, 4, tzinfo=UTC), progress=lambda _done, _total: None)
    model = artifact.load_active(tmp_path)
    proposal, receipt = model.predict(
        [
            message("Are you free for dinner on Friday? Where shall we go?"),
            message("Thank you for your order. Your receipt is attached, total 23.50.", sender="no-reply@example.net"),
        ]
    )
    assert model.version == card.version
    assert proposal.needs_place
    assert not receipt.needs_place
    assert any("trained on" in line and str(card.trained_on["examples"]) in line for line in table(card))

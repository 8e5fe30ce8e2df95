"""How well the state of a thread is told on the written threads; the figures are printed (pytest -s)."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.places import DATA, HELD_OUT, accuracy, table, threads_in, verdicts
from jeeves.types import PlaceState

if TYPE_CHECKING:
    from pathlib import Path

DEVELOPED_ON = sorted(file for file in DATA.glob("*.jsonl") if file.stem != HELD_OUT)
KEPT_APART = [DATA / f"{HELD_OUT}.jsonl"]


@pytest.mark.parametrize(("files", "floor"), [(DEVELOPED_ON, 0.96), (KEPT_APART, 0.87)], ids=["developed on", HELD_OUT])
def test_the_state_is_told_rightly_as_often_as_it_was(files: list[Path], floor: float) -> None:
    found = list(verdicts(threads_in(files)))

    sys.stdout.write("\n".join(table(found)) + "\n")
    assert accuracy(found) >= floor


@pytest.mark.parametrize("state", PlaceState)
def test_no_state_is_told_wrongly_most_of_the_time(state: PlaceState) -> None:
    found = [each for each in verdicts(threads_in(DEVELOPED_ON)) if each.expected == state]

    assert accuracy(found) >= 0.8

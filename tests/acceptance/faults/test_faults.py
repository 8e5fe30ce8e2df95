"""Every fault of the table: got over by the real program, with nothing lost and nothing repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.faults.fault import Fault, run
from tests.acceptance.faults.life import Count
from tests.acceptance.faults.table import FAULTS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(900)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name.replace(" ", "-"))
def test_a_fault_loses_nothing_and_repeats_nothing(fault: Fault, tmp_path: Path, database_url: str) -> None:
    assert run(fault, tmp_path, database_url).count == Count(lost=0, repeated=0)

"""What a thousand letters and all sorts of faults leave behind in memory: next to nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.acceptance.faults.life import Count
from tests.acceptance.faults.memory import besiege

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(900)
def test_memory_at_the_end_is_within_a_tenth_of_that_at_the_beginning(tmp_path: Path, database_url: str) -> None:
    siege = besiege(tmp_path, database_url)

    assert siege.count == Count(lost=0, repeated=0)
    assert siege.after <= 1.1 * siege.before

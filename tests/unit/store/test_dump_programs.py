from __future__ import annotations

from pathlib import Path

import pytest

from jeeves.errors import UserError
from jeeves.store.dump import Programs, fitting

OLD = Programs(folder=Path("/old"), major=15)
SAME = Programs(folder=Path("/same"), major=16)
NEW = Programs(folder=Path("/new"), major=18)


def test_the_programs_nearest_to_the_server_are_taken() -> None:
    assert fitting([NEW, OLD, SAME], 16) == SAME
    assert fitting([NEW, OLD], 16) == NEW


def test_programs_older_than_the_server_are_refused_with_a_remedy() -> None:
    with pytest.raises(UserError, match=r"version 18 or newer .* version 16") as caught:
        fitting([OLD, SAME], 18)

    assert "postgresql-client-18" in caught.value.advice


def test_without_any_programs_the_message_says_so() -> None:
    with pytest.raises(UserError, match="none was found"):
        fitting([], 18)

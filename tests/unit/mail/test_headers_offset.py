from __future__ import annotations

import pytest

from jeeves.mail.headers import read_offset


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("Tue, 10 Nov 2026 10:00:00 +0530", 330),
        ("Tue, 10 Nov 2026 10:00:00 -0800", -480),
        ("Tue, 10 Nov 2026 10:00:00 +0000", 0),
        ("Tue, 10 Nov 2026 10:00:00 -1600", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_the_offset_a_date_was_written_in(written: str, minutes: int | None) -> None:
    assert read_offset(written) == minutes

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jeeves.notify.twilio_errors import retry_after_seconds

NOON = datetime(2026, 5, 12, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        (" 30 ", 30.0),
        ("999999999", 86_400.0),
        ("Tue, 12 May 2026 12:02:00 GMT", 120.0),
        ("Tue, 12 May 2026 11:00:00 GMT", 0.0),
        ("Tue, 12 May 2026 12:02:00 -0000", 120.0),
        ("-5", None),
        ("1e9", None),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_read_in_both_forms_and_bounded(header: str | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOON) == seconds

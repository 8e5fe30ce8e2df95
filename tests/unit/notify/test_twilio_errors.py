from __future__ import annotations

from datetime import UTC, datetime

import pytest

from jeeves.errors import NotDelivered, NotificationRejected
from jeeves.notify.twilio_errors import fate_of, retry_after_seconds

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


@pytest.mark.parametrize("code", [30003, 30008])
def test_a_telephone_out_of_reach_is_tried_once_more(code: int) -> None:
    assert isinstance(fate_of(code, section="notify.sms"), NotDelivered)


@pytest.mark.parametrize("code", [30004, 30005, 30006, 30007, 30034, 30036, 21610, 39999, None])
def test_a_message_that_cannot_arrive_goes_to_the_next_channel_with_a_sentence(code: int | None) -> None:
    error = fate_of(code, section="notify.sms")

    assert isinstance(error, NotificationRejected)
    assert error.message.endswith(".")
    assert "{section}" not in error.message + error.advice

from datetime import UTC, datetime, timedelta

import pytest

from jeeves.assist.silence import is_unusual_silence
from jeeves.types import Arrivals

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def came(*, silent: timedelta, gap: timedelta, count: int = 300, days: int = 60) -> Arrivals:
    last = NOW - silent
    return Arrivals(last=last, first=last - timedelta(days=days), count=count, longest_gap=gap)


@pytest.mark.parametrize(
    ("arrivals", "odd"),
    [
        (came(silent=49 * HOUR, gap=24 * HOUR), True),
        (came(silent=47 * HOUR, gap=24 * HOUR), False),
        (came(silent=20 * HOUR, gap=HOUR / 6), False),  # a quiet night, where mail comes by the minute
        (came(silent=25 * HOUR, gap=HOUR / 6), True),
        (came(silent=200 * HOUR, gap=10 * HOUR, count=19), False),  # nobody knows the habit yet
        (came(silent=200 * HOUR, gap=10 * HOUR, days=13), False),
    ],
)
def test_a_silence_is_odd_when_it_is_longer_than_this_mailboxs_habit(arrivals: Arrivals, *, odd: bool) -> None:
    assert is_unusual_silence(arrivals, NOW) is odd

"""The figures behind "no mail for longer than usual"."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from jeeves.store.silence import Silence, read_silence

if TYPE_CHECKING:
    from sqlalchemy import Engine

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
_ARRIVAL = text(
    "insert into messages (account, message_key, thread_key, received_at,"
    " sender_name, sender_address, recipients, subject, text, quoted, bulk, defects)"
    " values ('me@example.org', :key, :key, :received_at, '', '', '[]', '', '', '', false, '{}')"
)


def arrive(engine: Engine, *ages: timedelta) -> None:
    with engine.begin() as connection:
        for age in ages:
            connection.execute(_ARRIVAL, {"key": str(age), "received_at": NOW - age})


def test_an_empty_mailbox_has_no_last_message(engine: Engine) -> None:
    assert read_silence(engine, NOW) == Silence(last_at=None, longest=None)


def test_the_longest_pause_of_sixty_days_counts_and_older_ones_do_not(engine: Engine) -> None:
    arrive(engine, *(timedelta(days=day) for day in range(5, 25)), timedelta(days=28), timedelta(days=90))
    assert read_silence(engine, NOW) == Silence(last_at=NOW - timedelta(days=5), longest=timedelta(days=4))


def test_a_handful_of_messages_makes_no_habit(engine: Engine) -> None:
    arrive(engine, timedelta(days=3), timedelta(days=4))
    assert read_silence(engine, NOW) == Silence(last_at=NOW - timedelta(days=3), longest=None)


def test_a_message_dated_tomorrow_does_not_hide_the_silence(engine: Engine) -> None:
    arrive(engine, timedelta(days=3), timedelta(days=-1))
    assert read_silence(engine, NOW).last_at == NOW - timedelta(days=3)

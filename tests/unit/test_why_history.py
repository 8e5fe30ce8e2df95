from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta

from jeeves.cli.why_history import history_data, history_lines
from jeeves.store.decisions import Attempt, DecidedMessage, Told
from jeeves.types import Cause, PlaceState, ThreadChange, ThreadState, When
from tests.unit.records import NOON, message

HOSTILE = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202egnp \r\n" + "w" * 300
OPENED = ThreadChange(
    state=ThreadState(
        thread_key="t", place_state=PlaceState.OPEN, proposal=1, when=When(day=date(2026, 5, 14)), words="Lunch?"
    ),
    cause=Cause.MESSAGE,
    message_id=1,
    changed_at=NOON,
)
SETTLED = ThreadChange(
    state=replace(
        OPENED.state,
        place_state=PlaceState.SETTLED,
        place="the Crown",
        words="",
        when=When(day=date(2026, 5, 14), at=NOON + timedelta(days=2)),
    ),
    cause=Cause.OWNER,
    message_id=None,
    changed_at=NOON + timedelta(hours=1),
)
ALERT = Told(
    channel="sms",
    status="delivered",
    created_at=NOON,
    is_reminder=False,
    attempts=(Attempt(started_at=NOON, outcome="unavailable"), Attempt(started_at=NOON, outcome="")),
)
DECIDED = DecidedMessage(
    message=message(), decided_at=NOON, decisions=(), told=True, thread=(OPENED, SETTLED), channels=(ALERT,)
)


def test_the_history_reads_from_the_first_state_to_the_last_attempt() -> None:
    assert list(history_lines(DECIDED)) == [
        "thread      Tue 12 May 2026 12:00 UTC, open, no place, for Thu 14 May 2026, by",
        "            message 1 (b2)",
        '            "Lunch?"',
        "            Tue 12 May 2026 13:00 UTC, settled: the Crown, for Thu 14 May 2026",
        "            12:00 UTC, by your word",
        "channels    Tue 12 May 2026 12:00 UTC, alert by sms: delivered",
        "            attempt 1: Tue 12 May 2026 12:00 UTC, unavailable",
        "            attempt 2: Tue 12 May 2026 12:00 UTC, under way",
    ]


def test_what_the_clock_did_and_a_reminder_say_so() -> None:
    past = replace(OPENED, cause=Cause.CLOCK, message_id=None, state=replace(OPENED.state, place_state=PlaceState.PAST))
    shown = " ".join(
        history_lines(replace(DECIDED, thread=(past,), channels=(replace(ALERT, is_reminder=True, attempts=()),)))
    )

    assert "as its time went by" in " ".join(shown.split())
    assert "reminder by sms: delivered" in shown


def test_a_message_without_a_history_has_none() -> None:
    assert list(history_lines(replace(DECIDED, thread=(), channels=()))) == []


def test_no_text_of_mail_steers_the_terminal_or_widens_a_line() -> None:
    hostile = replace(OPENED, state=replace(SETTLED.state, place=HOSTILE, words=HOSTILE))
    decided = replace(DECIDED, thread=(hostile,))

    for line in history_lines(decided):
        assert line.isprintable()
        assert len(line) <= 80
    assert json.dumps(history_data(decided)).isascii()


def test_the_json_form_says_the_same() -> None:
    data = json.loads(json.dumps(history_data(DECIDED)))

    assert [(each["state"], each["cause"], each["message"]) for each in data["thread"]] == [
        ("open", "message", 1),
        ("settled", "owner", None),
    ]
    assert [each["outcome"] for each in data["channels"][0]["attempts"]] == ["unavailable", None]

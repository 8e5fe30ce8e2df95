from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest

from jeeves.cli.pending_text import as_data, lines
from jeeves.types import OpenThread, Person, PlaceState, ThreadState, When
from tests.unit.records import NOON, message

HOSTILE = "\x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202egnp \r\n" + "w" * 300
ME = "me@example.com"
OPENED = OpenThread(
    state=ThreadState(
        thread_key="t",
        place_state=PlaceState.OPEN,
        proposal=1,
        when=When(day=date(2026, 5, 14), at=NOON + timedelta(days=2)),
        opened_at=NOON,
    ),
    message_id=1,
    message=message(),
    sentence="Shall we have lunch on Thursday?",
    reminded=False,
)


def shown(opened: OpenThread, *, hours: float = 3) -> list[str]:
    return list(lines([opened], ME, ZoneInfo("Europe/Berlin"), now=NOON + timedelta(hours=hours)))


def test_who_what_when_how_long_and_the_sentence() -> None:
    assert shown(OPENED) == [
        "b2      Ada Holm, lunch, Thu 14 May 14:00, open for 3 hours",
        '        "Shall we have lunch on Thursday?"',
    ]


@pytest.mark.parametrize(
    ("hours", "age"), [(0, "just now"), (0.02, "for 1 minute"), (1, "for 1 hour"), (50, "for 2 days")]
)
def test_how_long_it_has_been_open(hours: float, age: str) -> None:
    assert shown(OPENED, hours=hours)[0].endswith(f", open {age}")


def test_a_day_without_an_hour_and_no_day_at_all() -> None:
    day = replace(OPENED, state=replace(OPENED.state, when=When(day=date(2026, 5, 14))))
    nothing = replace(OPENED, state=replace(OPENED.state, when=None))

    assert "lunch, Thu 14 May, open" in shown(day)[0]
    assert "lunch, no time named, open" in shown(nothing)[0]


def test_what_the_owner_proposed_names_the_other() -> None:
    own = message(sender=Person(name="Me", address=ME), recipients=(Person(name="Ben Ott", address="ben@example.org"),))

    assert shown(replace(OPENED, message=own))[0].startswith("b2      Ben Ott, ")


def test_nothing_pending_says_so() -> None:
    assert list(lines([], ME, UTC, now=NOON)) == ["Nothing is pending: every get-together has a place."]


def test_no_text_of_mail_steers_the_terminal_or_widens_a_line() -> None:
    hostile = replace(
        OPENED,
        message=message(subject=HOSTILE, sender=Person(name=HOSTILE, address=HOSTILE)),
        sentence=HOSTILE,
    )

    for line in shown(hostile):
        assert line.isprintable()
        assert len(line) <= 80
    assert json.dumps(as_data(hostile, ME, now=NOON)).isascii()


def test_the_json_form_holds_everything() -> None:
    data = as_data(OPENED, ME, now=NOON + timedelta(hours=1))

    assert data == {
        "reference": "b2",
        "message": 1,
        "account": "",
        "who": "Ada Holm",
        "what": "lunch",
        "subject": "Thursday",
        "sentence": "Shall we have lunch on Thursday?",
        "day": "2026-05-14",
        "at": "2026-05-14T12:00:00+00:00",
        "opened_at": "2026-05-12T12:00:00+00:00",
        "open_for_seconds": 3600,
        "reminded": False,
    }


def test_of_several_mailboxes_the_line_says_which_and_own_addresses_are_nobody_to_meet() -> None:
    own = message(
        sender=Person(name="Me", address=ME),
        recipients=(
            Person(name="Me too", address="me@work.example"),
            Person(name="Ben Ott", address="ben@example.org"),
        ),
    )
    opened = replace(OPENED, message=own, account="me@work.example")
    names = {ME: "home", "me@work.example": "work"}

    (line, _) = lines([opened], ME, UTC, now=NOON, names=names)

    assert line.startswith("b2      Ben Ott, lunch, ")
    assert line.endswith(", work")
    assert as_data(opened, ME, now=NOON, names=names)["account"] == "work"

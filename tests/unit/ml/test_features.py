from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jeeves.ml.evidence import extract
from jeeves.ml.features import MAX_TEXT, document, zones_of
from jeeves.types import History, Invite, Person
from tests.unit.ml.examples import message


def facts_of(**changes: Any) -> set[str]:  # noqa: ANN401 - any field of a message
    return set(zones_of(document(replace(message("See you."), **changes))).facts)


def test_the_zones_of_a_message_are_told_apart() -> None:
    letter = replace(
        message("Fine by me.\nWhere?", subject="Lunch"),
        quoted="Lunch on Friday?",
        invite=Invite(method="REQUEST", summary="Lunch"),
    )
    zones = zones_of(document(letter))
    assert (zones.subject, zones.text, zones.quoted) == (["lunch"], ["Fine by me.", "Where?"], ["Lunch on Friday?"])
    assert zones.invite == ["invitation when a_time", "Lunch", "where location tbd ?"]


def test_no_text_can_pass_for_another_zone() -> None:
    zones = zones_of(document(message("Hello\x1einvitation when a_time\x1e")))
    assert zones.text == ["Hello", "invitation when a-time"]
    assert zones.quoted == zones.invite == []


def test_a_sender_cannot_write_a_marker() -> None:
    assert zones_of(document(message("bulk_mail a_video_link"))).text == ["bulk-mail a-video-link"]


def test_header_lines_within_quotes_are_left_out() -> None:
    quoted = "From: Ann\nSent: Monday\n-----Original Message-----\nOn Monday Ann wrote:\nLunch?"
    assert zones_of(document(replace(message("Yes."), quoted=quoted))).quoted == ["Lunch?"]


@pytest.mark.parametrize("accent", ["", " café"])  # what is not ASCII is read another way
def test_a_name_is_hidden_wherever_it_stands_as_a_word_but_not_within_one(accent: str) -> None:
    letter = replace(message(f"ROSA, rosa's, Rosamund and rosa2 are here{accent}. Rosa"), sender=Person(name="Rosa"))

    assert zones_of(document(letter)).text == [
        f"a_name, a_name's, Rosamund and a_name2 are here{accent}.", "a_name",
    ]  # fmt: skip


def test_the_names_in_the_header_are_nobodys() -> None:
    letter = replace(
        message("Dear Priya, Tom told me. Yours, Ann Will you?", sender="ann@example.org"),
        sender=Person(name="Ann Shaw", address="ann@example.org"),
        recipients=(Person(name="Priya Nair", address="pnair@example.com"),),
    )
    assert zones_of(document(letter)).text[0].startswith("Dear a_name, Tom told me.")
    assert "ann" not in document(letter).lower().split()


@pytest.mark.parametrize(
    ("changes", "fact"),
    [
        ({"bulk": True}, "bulk_mail"),
        ({"sender": Person(address="no-reply@shop.example.org")}, "automated_sender"),
        ({"recipients": ()}, "to_none"),
        ({"recipients": (Person(address="a@example.org"),)}, "to_one"),
        ({"recipients": tuple(Person(address=f"p{n}@example.org") for n in range(5))}, "to_few"),
        ({"recipients": tuple(Person(address=f"p{n}@example.org") for n in range(99))}, "to_crowd"),
        ({"subject": "Re: Lunch"}, "is_reply"),
        ({"subject": "FWD: Lunch"}, "is_forward"),
        ({"quoted": "Lunch?"}, "has_quote"),
        ({"text": ""}, "text_none"),
        ({"text": "word " * 10_000}, "text_huge"),
        ({"text": "Kommst du am Freitag zum Essen, oder passt es dir besser am Samstag?"}, "another_language"),
    ],
)
def test_facts_about_the_message_become_markers(changes: dict[str, object], fact: str) -> None:
    assert fact in facts_of(**changes)
    assert fact not in facts_of(recipients=tuple(Person(address=f"p{n}@example.org") for n in range(12)))


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("on March 9", "date_ahead"),
        ("on the 9th of March", "date_ahead"),
        ("2 march", "date_behind"),
        ("Feb. 20th", "date_behind"),
        ("on April 31 or 99 May", "date_ahead"),
        ("on MARCH 9", "date_ahead"),
        ("on \u017fep 5, no, on March 9", "date_ahead"),  # the long s, which is an s to whoever ignores case, crashed
    ],
)
def test_a_day_named_lies_ahead_or_behind(text: str, fact: str) -> None:
    sent = datetime(2026, 3, 4, tzinfo=UTC)
    assert facts_of(text=text, sent_at=sent) & {"date_ahead", "date_behind"} == {fact}


def test_the_turn_of_the_year_is_no_barrier() -> None:
    assert "date_ahead" in facts_of(text="on January 3", sent_at=datetime(2025, 12, 28, tzinfo=UTC))
    assert "date_behind" in facts_of(text="on December 28", sent_at=datetime(2026, 1, 3, tzinfo=UTC))


def test_a_date_far_off_says_nothing() -> None:
    sent = datetime(2026, 3, 4, tzinfo=UTC) + timedelta(days=150)
    assert not facts_of(text="on March 4", sent_at=sent) & {"date_ahead", "date_behind"}


@pytest.mark.parametrize(
    ("invite", "line"),
    [
        (Invite(method="REQUEST", summary="Lunch"), "where location tbd ?"),
        (Invite(method="REQUEST", location="  "), "where location tbd ?"),
        (Invite(method="REQUEST", location="Cafe Uno"), "location where at Cafe Uno"),
        (Invite(method="REQUEST", conference="https://zoom.us/j/1"), "a_video_link join the video call"),
        (Invite(method="CANCEL", location="Cafe Uno"), "cancelled"),
    ],
)
def test_an_invite_says_whether_it_has_a_place(invite: Invite, line: str) -> None:
    lines = zones_of(document(replace(message(), invite=invite))).invite
    assert line in lines
    assert ("where location tbd ?" in lines) == (line == "where location tbd ?")


@pytest.mark.parametrize(
    "unit",
    ["a", "a ", "a@", "a.", "1.", "http://", "_", "a_", "'", "?", "a'", "\n", "あ", "🎉", "-@", "lunch? ", "May 1"],
)
def test_reading_is_bounded_however_long_and_odd_the_text(unit: str) -> None:
    started = time.process_time()
    text = document(replace(message(unit * 1_000_000, subject=unit * 1_000_000), quoted=unit * 1_000_000))
    extract(text)
    assert time.process_time() - started < 20  # quadratic reading would take minutes
    assert len(text) < 20 * MAX_TEXT


@pytest.mark.parametrize(
    ("history", "words"),
    [
        (History(), []),
        (History(earlier=0), ["the_sender_is_new"]),
        (History(earlier=1), []),
        (History(earlier=10), ["the_sender_writes_often"]),
        (History(written=True), ["you_wrote_to_the_sender"]),
        (History(answers_owner=True), ["the_message_answers_you"]),
        (History(asks=True), ["the_sender_asked_before"]),
        (History(asks=False), ["the_sender_never_asked"]),
    ],
)
def test_the_history_with_the_sender_is_a_zone_of_its_own_and_empty_where_unknown(
    history: History, words: list[str]
) -> None:
    zones = zones_of(document(replace(message("See you."), history=history)))

    assert zones.history == extract(document(replace(message(), history=history))).history == words
    assert zones.facts == zones_of(document(message("See you."))).facts


def test_no_sender_can_write_a_history() -> None:
    hostile = message("x\x1eyou_wrote_to_the_sender\x1eyou_wrote_to_the_sender", subject="\x1e" * 9)

    assert zones_of(document(hostile)).history == []

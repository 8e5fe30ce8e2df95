from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from jeeves.cli.columns import columns_of
from jeeves.cli.search import as_data as found_as_data
from jeeves.cli.search import lines as found_lines
from jeeves.cli.show_text import as_data, lines
from jeeves.store.decisions import DecidedMessage
from jeeves.store.records import MessageRecord, Spoken, ThreadRecord
from jeeves.types import Answer, AnsweredMessage, LabelEntry, LabelSource, NotificationStatus, Person, PlaceState
from tests.unit.records import NOON, message


def entry(number: int, answer: Answer, source: LabelSource, **changes: object) -> LabelEntry:
    made = LabelEntry(
        id=number,
        answer=answer,
        source=source,
        labelled_at=NOON + timedelta(days=number),
        takes_back=None,
        stands=True,
        counts=False,
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # field names and types are the caller's business


RECORD = MessageRecord(
    id=12,
    account="me@example.com",
    decided=DecidedMessage(message=message(), decided_at=None, decisions=(), told=False),
    labels=(),
    gmail_labels=("Jeeves",),
    folders=("INBOX",),
    thread=ThreadRecord(place_state=PlaceState.OPEN, proposals=2, size=30, latest=(15, 12, 10)),
    alerts=(
        Spoken(reference="bc", channel="sms", status=NotificationStatus.SENT, created_at=NOON),
        Spoken(reference="bc", channel="call", status=NotificationStatus.PENDING, created_at=NOON),
    ),
)
HOSTILE = "a\x1b[31mb\x1b]0;t\x07\x9b2J\u202e\r\nc\x00 " + "w" * 200


def test_of_several_mailboxes_the_one_it_came_to_is_told() -> None:
    assert "mailbox     work" in list(lines(RECORD, mailbox="work"))
    assert not [line for line in lines(RECORD) if line.startswith("mailbox")]


def told(record: MessageRecord) -> list[str]:
    return list(lines(record))


def test_everything_known_of_a_message_is_told() -> None:
    shown = told(RECORD)

    for expected in (
        "message     12, in alerts q2",
        "from        Ada Holm <ada@example.org>",
        "to          me@example.com",
        "lies in     folder INBOX, label Jeeves",
        "Shall we have lunch on Thursday at 12:30?",
        "answer      none; give one: jeeves label ID yes|no|skip",
        "alert       bc by sms, 12 May 2026 12:00 UTC: sent",
        "alert       bc by call, 12 May 2026 12:00 UTC: pending",
        "at the time its turn has not come",
    ):
        assert expected in shown
    thread = " ".join(" ".join(shown).split())
    assert "nobody has said where, get-togethers so far: 2; with 15, 10 and 27 more" in thread


@pytest.mark.parametrize(
    ("history", "answer"),
    [
        ((entry(1, Answer.YES, LabelSource.IMPORT, counts=True),), "needs a place: nobody has said otherwise since"),
        (
            (
                entry(1, Answer.YES, LabelSource.CLI),
                entry(2, Answer.NO, LabelSource.GMAIL, counts=True),
            ),
            "needs no place: your latest word",
        ),
        (
            (
                entry(1, Answer.SKIP, LabelSource.SMS, counts=True),
                entry(2, Answer.NO, LabelSource.IMPORT),
            ),
            "skipped: your latest word; what was imported after it counts less",
        ),
        (
            (
                entry(1, Answer.YES, LabelSource.CLI, stands=False),
                entry(2, Answer.SKIP, LabelSource.CLI, stands=False, takes_back=1),
            ),
            "none: what was said is taken back",
        ),
    ],
)
def test_it_is_explained_which_answer_counts(history: tuple[LabelEntry, ...], answer: str) -> None:
    shown = told(replace(RECORD, labels=history))

    assert f"answer      {answer}" in shown
    assert sum(line.startswith("label ") for line in shown) == len(history)


def test_every_answer_is_told_with_its_source_and_time() -> None:
    history = (
        entry(1, Answer.YES, LabelSource.CLI, stands=False),
        entry(2, Answer.NO, LabelSource.CLI, stands=False, takes_back=1),
        entry(3, Answer.NO, LabelSource.GMAIL, counts=True),
    )
    shown = told(replace(RECORD, labels=history))

    assert "label 13 May 2026 12:00 UTC needs a place, you, with jeeves label (taken back)" in " ".join(
        " ".join(shown).split()
    )
    assert any('takes back "needs a place"' in line for line in shown)
    assert any("needs no place, you, in the mailbox" in line for line in shown)


def test_nothing_of_a_message_steers_a_terminal_or_is_too_wide() -> None:
    hostile = message(
        message_key=HOSTILE,
        subject=HOSTILE,
        text=HOSTILE,
        quoted=HOSTILE,
        sender=Person(name=HOSTILE, address=HOSTILE),
        recipients=(Person(name=HOSTILE),),
    )
    record = replace(
        RECORD, decided=replace(RECORD.decided, message=hostile), folders=(HOSTILE,), gmail_labels=(HOSTILE,)
    )
    found = AnsweredMessage(id=2**63 - 1, message=hostile, answer=Answer.SKIP)

    for line in [*told(record), *found_lines([found], 20)]:
        assert line.isprintable()
        assert len(line) <= 80
    assert json.dumps([as_data(record), found_as_data(found)]).isascii()


def test_letters_of_two_columns_fit_the_terminal_too() -> None:
    wide = "木曜日のランチ" * 40
    letter = message(subject=wide, text=wide, quoted=wide, sender=Person(name=wide))
    shown = told(replace(RECORD, decided=replace(RECORD.decided, message=letter)))

    assert max(map(columns_of, shown)) <= 80
    assert "".join(line.strip("> ") for line in shown).count(wide) == 4


def test_finds_stand_in_columns_whatever_letters_they_have() -> None:
    wide = message(sender=Person(name="山田太郎" * 9), subject="会议" * 40)
    plain = message(sender=Person(address="ben@example.org"), subject="")

    header, first, second = found_lines(
        [AnsweredMessage(id=7, message=wide, answer=Answer.YES), AnsweredMessage(id=8, message=plain, answer=None)], 20
    )

    assert header.split() == ["id", "received", "from", "subject"]
    assert first.startswith("7       yes  2026-05-12 山田太郎")
    assert len(first) + sum(letter > "\u2e80" for letter in first) <= 80
    assert second == "8       -    2026-05-12 ben@example.org    Shall we have lunch on Thursday at 12"


def test_it_is_told_when_there_is_nothing_or_more() -> None:
    assert list(found_lines([], 20)) == ["Nothing holds these words."]
    one = AnsweredMessage(id=7, message=message(), answer=None)
    assert list(found_lines([one], 1))[-1] == "The latest 1; --limit shows more."

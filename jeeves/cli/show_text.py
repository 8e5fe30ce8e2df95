"""A stored message and its history as lines for a terminal, and as data for JSON.

Lives here: pure functions from a record to text. Must not live here: printing, the database. All text of mail is made
harmless here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.assist.alerts import reference_for
from jeeves.cli.columns import wrapped
from jeeves.cli.why_history import named
from jeeves.cli.why_text import about, decision_data, past
from jeeves.sanitise import terminal_safe
from jeeves.types import Answer, LabelSource, PlaceState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from jeeves.store.records import MessageRecord, ThreadRecord
    from jeeves.types import LabelEntry, Person

_WIDTH: Final = 80
_ANSWERS: Final = {Answer.YES: "needs a place", Answer.NO: "needs no place", Answer.SKIP: "skipped"}
_SOURCES: Final = {
    LabelSource.CLI: "you, with jeeves label",
    LabelSource.GMAIL: "you, in the mailbox",
    LabelSource.SMS: "you, by text message",
    LabelSource.IMPORT: "imported with the mail",
}
_STATES: Final = {
    PlaceState.NONE: "nobody wants to meet",
    PlaceState.OPEN: "a get-together is open: nobody has said where",
    PlaceState.SETTLED: "a place is named",
}


def lines(record: MessageRecord, *, mailbox: str = "") -> Iterator[str]:
    """Yield everything known of a message, at most 80 columns wide; ``mailbox``: of several the one it came to."""
    message = record.decided.message
    yield from named("message", f"{record.id}, in alerts {reference_for(record.id)}")
    yield from about(message)
    if message.recipients:
        yield from named("to", ", ".join(_person(person) for person in message.recipients))
    if mailbox:
        yield from named("mailbox", mailbox)
    yield from named("kept as", message.message_key)
    lies = [*(f"folder {folder}" for folder in record.folders), *(f"label {name}" for name in record.gmail_labels)]
    yield from named("lies in", ", ".join(lies) or "no folder that is watched")
    yield ""
    yield from _wrapped(message.text or "(no text)", prefix="")
    if message.quoted:
        yield ""
        yield from _wrapped(message.quoted, prefix="> ")
    yield ""
    yield from _labels(record.labels)
    yield from named("thread", _thread(record.thread, record.id))
    for alert in record.alerts:
        yield from named("alert", f"{alert.reference} by {alert.channel}, {_moment(alert.created_at)}: {alert.status}")
    yield from past(record.decided)
    yield from named("why", f"jeeves why {record.id} shows what decides, word by word")


def _labels(labels: Sequence[LabelEntry]) -> Iterator[str]:
    """Yield the history of answers, the latest last, and what it comes to."""
    if not labels:
        yield from named("answer", f"none; give one: jeeves label ID {'|'.join(Answer)}")
        return
    for entry in labels:
        yield from named("label", _entry(entry, {each.id: each for each in labels}))
    counts = next((entry for entry in labels if entry.counts), None)
    if counts is None:
        yield from named("answer", "none: what was said is taken back")
        return
    why = "your latest word" if counts.source is not LabelSource.IMPORT else "nobody has said otherwise since"
    later = any(each.id > counts.id and each.stands for each in labels)
    outranks = "; what was imported after it counts less" if later else ""
    yield from named("answer", f"{_ANSWERS[counts.answer]}: {why}{outranks}")


def _entry(entry: LabelEntry, known: Mapping[int, LabelEntry]) -> str:
    moment = _moment(entry.labelled_at)
    if entry.takes_back is not None:
        taken = known.get(entry.takes_back)
        said = f'"{_ANSWERS[taken.answer]}"' if taken else "an answer"
        return f"{moment}  takes back {said}, {_SOURCES[entry.source]}"
    return f"{moment}  {_ANSWERS[entry.answer]}, {_SOURCES[entry.source]}{'' if entry.stands else ' (taken back)'}"


def _thread(thread: ThreadRecord, message_id: int) -> str:
    others = [str(number) for number in thread.latest if number != message_id]
    more = thread.size - 1 - len(others)
    beside = f"{', '.join(others)}{f' and {more} more' if more > 0 else ''}" if others else "no other message"
    met = f", get-togethers so far: {thread.proposals}" if thread.proposals else ""
    return f"{_STATES[thread.place_state]}{met}; with {beside}"


def _wrapped(text: str, *, prefix: str) -> Iterator[str]:
    for line in terminal_safe(text).strip("\n").split("\n"):
        filled = list(wrapped(line, _WIDTH, first=prefix, rest=prefix))
        yield from filled or [prefix.rstrip()]


def _person(person: Person) -> str:
    return f"{person.name} <{person.address}>" if person.name and person.address else person.name or person.address


def _moment(moment: datetime) -> str:
    return f"{moment:%d %b %Y %H:%M} UTC"


def as_data(record: MessageRecord) -> Mapping[str, object]:
    """Return everything known of a message for JSON."""
    message, decided = record.decided.message, record.decided
    counts = next((entry for entry in record.labels if entry.counts), None)
    return {
        "id": record.id,
        "message_key": message.message_key,
        "account": record.account,
        "from": _person(message.sender),
        "to": [_person(person) for person in message.recipients],
        "sent_at": None if message.sent_at is None else message.sent_at.isoformat(),
        "received_at": message.received_at.isoformat(),
        "subject": message.subject,
        "text": message.text,
        "quoted": message.quoted,
        "folders": list(record.folders),
        "gmail_labels": list(record.gmail_labels),
        "answer": None if counts is None else counts.answer,
        "labels": [_entry_data(entry) for entry in record.labels],
        "thread": {
            "key": message.thread_key,
            "place": record.thread.place_state,
            "proposals": record.thread.proposals,
            "messages": record.thread.size,
            "latest": list(record.thread.latest),
        },
        "alerts": [
            {
                "reference": alert.reference,
                "channel": alert.channel,
                "status": alert.status,
                "created_at": alert.created_at.isoformat(),
            }
            for alert in record.alerts
        ],
        "decisions": [decision_data(each) for each in decided.decisions],
    }


def _entry_data(entry: LabelEntry) -> Mapping[str, object]:
    return {
        "id": entry.id,
        "answer": entry.answer,
        "source": entry.source,
        "labelled_at": entry.labelled_at.isoformat(),
        "takes_back": entry.takes_back,
        "stands": entry.stands,
        "counts": entry.counts,
    }

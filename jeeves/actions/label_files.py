"""Answers in files, as JSON lines: written for keeping, read back into this database or another.

Lives here: the form of a line, both ways, and what is wrong with a file. Must not live here: opening files, SQL.

A line is ``{"message_key": ..., "id": ..., "label": 1}``: 1 needs a place, 0 doesn't, "skip" neither, as in a corpus
(``actions.corpora``). The key names the message wherever it is stored; the number only here, and only without a key.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from jeeves.errors import UserError
from jeeves.types import Answer, FiledAnswer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from jeeves.ports import LabelFiles
    from jeeves.types import FiledOutcome, LabelledMail, Person

_LARGEST_NUMBER: Final = 2**63 - 1  # what a bigint holds
_WRITTEN: Final = {Answer.YES: 1, Answer.NO: 0, Answer.SKIP: "skip"}
_READ: Final = {"yes": Answer.YES, "no": Answer.NO, "skip": Answer.SKIP, "1": Answer.YES, "0": Answer.NO}
_ADVICE: Final = (
    'Each line is like {"message_key": "<x@example.org>", "label": 1}; 1, 0 or "skip". Nothing was changed.'
)


def written(answered: Iterable[LabelledMail], *, with_text: bool) -> Iterator[str]:
    """Yield a line for each answer, ASCII only; ``with_text`` adds the mail, fit to be a corpus by itself."""
    for mail in answered:
        row: dict[str, object] = {
            "id": mail.id,
            "message_key": mail.message.message_key,
            "label": _WRITTEN[mail.answer],
        }
        if with_text:
            row |= _text_of(mail)
        yield json.dumps(row)


def _text_of(mail: LabelledMail) -> Mapping[str, object]:
    message = mail.message
    return {
        "from": _address(message.sender),
        "to": [_address(person) for person in message.recipients],
        "date": (message.sent_at or message.received_at).isoformat(),
        "subject": message.subject,
        "body": message.text,
        "thread": message.thread_key,
    }


def _address(person: Person) -> str:
    if not person.address:
        return person.name
    name = person.name.replace("\\", "").replace('"', "")
    return f'"{name}" <{person.address}>' if name else person.address


def read_answers(lines: Iterable[bytes], name: str) -> list[FiledAnswer]:
    """Return the answers of a file; ``name`` is what errors call it. Empty lines are passed over.

    Raises UserError naming the first line that is wrong, or the first two that contradict each other.
    """
    found: list[FiledAnswer] = []
    said: dict[str | int | None, FiledAnswer] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        answer = _answer_of(line, number)
        if isinstance(answer, str):
            raise UserError(f"{name}, line {number}, {answer}.", advice=_ADVICE)
        first = said.setdefault(answer.message_key or answer.id, answer)
        if first.answer is not answer.answer:
            raise _conflict(name, first.line, number)
        found.append(answer)
    if not found:
        raise UserError(f"{name} holds no answers.", advice=_ADVICE)
    return found


def import_answers(store: LabelFiles, answers: list[FiledAnswer], name: str, *, now: datetime) -> FiledOutcome:
    """Store the answers of a file, all or none. Raises UserError naming the line that leads to no message."""
    outcome = store.file(answers, now=now)
    if outcome.conflict is not None:
        raise _conflict(name, *outcome.conflict)
    if outcome.unknown is not None:
        raise UserError(
            f"{name}, line {outcome.unknown}, names a message that is not stored here.",
            advice="Take the mail in first (jeeves backfill or import), or take the line out. Nothing was changed.",
        )
    return outcome


def _conflict(name: str, first: int, second: int) -> UserError:
    return UserError(
        f"{name}, lines {first} and {second}, say different things of one message.",
        advice="Take one of the lines out. Nothing was changed.",
    )


def _answer_of(line: bytes, number: int) -> FiledAnswer | str:
    """Return what a line says, or a clause telling what is wrong with it."""
    row = _row_of(line)
    if isinstance(row, str):
        return row
    label, key, message_id = row.get("label"), row.get("message_key", ""), row.get("id")
    if isinstance(label, bool) or not isinstance(label, str | int) or str(label) not in _READ:
        return 'has no "label" that is 1, 0 or "skip"'
    if not isinstance(key, str):
        return 'has a "message_key" that is not text'
    if key:
        message_id = None
    elif isinstance(message_id, bool) or not isinstance(message_id, int) or not 1 <= message_id <= _LARGEST_NUMBER:
        return 'has neither a "message_key" nor an "id" that is the number of a message'
    return FiledAnswer(line=number, message_key=key, id=message_id, answer=_READ[str(label)])


def _row_of(line: bytes) -> Mapping[str, object] | str:
    try:
        row = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return "is not JSON"
    return row if isinstance(row, dict) else "is not a JSON object"

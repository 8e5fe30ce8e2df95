"""What a FETCH answered, line by line, read into fields: quickly where it says what servers mostly say.

Lives here: ``read_answer``, pure. Must not live here: any conversation with a server, what the fields mean
(``mail.fetched``, ``mail.backfill``).

The library reads byte by byte, some 50 microseconds a message. Whole answers of a few plain items (RFC 9051, section
7.5.2) are recognised here by one regular expression; every other answer is left to the library, which says the same.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Final

from imapclient.response_parser import parse_fetch_response

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Line = bytes | tuple[bytes, bytes]  # a tuple: a line that ends in {n}, and the n bytes after it
Fields = dict[bytes, object]

_NUMBER = rb"0|[1-9][0-9]{0,19}"  # 007 is no number to the library
# Quoted strings, and atoms that are neither numbers nor NIL; one with a brace might be the length of a literal.
_LABEL = rb'(?:"(?:[^"\\{}]|\\[\\"])*+"|(?!NIL[ )])[A-Za-z][A-Za-z0-9_/.-]*+)'
_ITEM = (
    rb"(?:(?P<name>UID|RFC822\.SIZE|X-GM-MSGID|X-GM-THRID) (?P<number>" + _NUMBER + rb")"
    rb'|INTERNALDATE "(?P<date>[ 0-9][0-9]-[A-Z][a-z]{2}-[1-9][0-9]{3} [0-9:]{8} [+-][0-9]{4})"'
    rb"|FLAGS \((?P<flags>(?:[\\$][A-Za-z]+(?: [\\$][A-Za-z]+)*)?)\)"
    rb"|X-GM-LABELS \((?P<labels>(?:" + _LABEL + rb"(?: " + _LABEL + rb")*+)?)\)"
    rb"|(?P<section>BODY\[[0-9A-Z.]*\](?:<0>)?) \{[0-9]+\})"
)
_EACH: Final = re.compile(_ITEM)
_EACH_LABEL: Final = re.compile(_LABEL)
_ESCAPED: Final = re.compile(rb'\\([\\"])')
_UNNAMED = re.sub(rb"\?P<[a-z]+>", b"?:", _ITEM)
_WHOLE: Final = re.compile(rb"([1-9][0-9]{0,9}) \(" + _UNNAMED + rb"(?: " + _UNNAMED + rb")*\)")
_MONTHS: Final = {
    name: number for number, name in enumerate(b"Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
_NO_ZONE: Final = b"-0000"  # the time is UTC, the place unknown (RFC 5322, section 3.3)


def read_answer(lines: Sequence[Line | None]) -> dict[int, Fields]:
    """Return the fields of each message by its UID, or by its number where its answer names none.

    ``lines`` as imaplib hands them out. Raises what the library's ``parse_fetch_response`` raises.
    """
    found: dict[int, Fields] = {}
    odd: list[Line] = []  # together, because a broken answer may go on where the next one seems to begin
    for answer in _answers(lines):
        fields = _read_plain(answer)
        if fields is None:
            odd += answer
            continue
        _add(found, odd)
        odd = []
        key = fields.pop(b"UID", fields[b"SEQ"])
        found.setdefault(key, {}).update(fields)
    _add(found, odd)
    return found


def _add(found: dict[int, Fields], odd: list[Line]) -> None:
    if odd:
        for key, fields in parse_fetch_response(odd, normalise_times=False).items():
            found.setdefault(key, {}).update(fields)


def _answers(lines: Sequence[Line | None]) -> Iterator[list[Line]]:
    """Yield the lines of each answer: those that end in {n}, then the one that does not."""
    answer: list[Line] = []
    for line in lines:
        if line is None:
            continue
        answer.append(line)
        if isinstance(line, bytes):
            yield answer
            answer = []
    if answer:
        yield answer


def _read_plain(answer: list[Line]) -> dict[bytes, Any] | None:
    """Return the fields of an answer, its UID among them; None when there is more to it than plain items."""
    words = b"".join([line if isinstance(line, bytes) else line[0] for line in answer])
    whole = _WHOLE.fullmatch(words)
    if whole is None:
        return None
    contents = [line[1] for line in answer if isinstance(line, tuple)]
    fields: dict[bytes, Any] = {b"SEQ": int(whole[1])}
    for item in _EACH.finditer(words, whole.end(1)):
        name, number, date, flags, labels, section = item.groups()
        if name:
            fields[name] = int(number)
        elif section:
            if not contents:
                return None
            fields[section] = contents.pop(0)
        elif date:
            moment = _moment(date)
            if moment is None:
                return None
            fields[b"INTERNALDATE"] = moment
        elif flags is not None:
            fields[b"FLAGS"] = tuple(flags.split())
        else:
            fields[b"X-GM-LABELS"] = tuple(map(_label, _EACH_LABEL.findall(labels)))
    return None if contents else fields


def _label(written: bytes) -> bytes:
    return _ESCAPED.sub(rb"\1", written[1:-1]) if written.startswith(b'"') else written


def _moment(date: bytes) -> datetime | None:
    """Return a date-time (RFC 9051, section 9); None for one that is unusual or of no calendar."""
    day, month, year, time, zone = date[:2], date[3:6], date[7:11], date[12:20], date[21:]
    hour, minute, second = time[:2], time[3:5], time[6:]
    if zone == _NO_ZONE or time[2:3] != b":" or time[5:6] != b":":
        return None
    try:
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:]))
        return datetime(
            int(year),
            _MONTHS[month],
            int(day),
            int(hour),
            int(minute),
            int(second),
            tzinfo=timezone(-offset if zone[:1] == b"-" else offset),
        )
    except (ValueError, KeyError):
        return None

"""Header values as a person reads them: encoded words, addresses, dates, message ids.

Lives here: pure, total, linear functions from raw field values to text and records. Must not live here: finding the
fields (``mime``), bodies.

Why not ``email.header`` and ``email.utils``: ``decode_header`` takes quadratic time on unfinished encoded words and
``getaddresses`` raises RecursionError on nested comments.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from jeeves.mail.charsets import decode, decode_base64, decode_quoted_printable
from jeeves.sanitise import one_line
from jeeves.types import Person

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD_START = re.compile(r"=\?([^?\s=]{1,75})\?([bBqQ])\?")
_MAX_TEXT = 16 * 1024  # bytes of an unstructured field
_MAX_PEOPLE = 1_000
_MAX_TOKENS = 10 * _MAX_PEOPLE
_MAX_KNOWN = 200  # characters of a mailbox worth keeping in case it comes again
_MAX_NAME = 300
_MAX_ADDRESS = 320  # RFC 5321, section 4.5.3.1: 64 + 1 + 255
_TOKEN = re.compile(r'[^"\\()<>,;:\[\]]++|.', re.DOTALL)
# A mailbox as nearly all are written, with the separator behind it: "Ines Roth" <ines@example.org>, without comments,
# escapes and groups.
_PLAIN_MAILBOX = re.compile(
    r'[ ]*+(?:"([^"\\]*+)"[ ]*+|([^"\\()<>,;:\[\]]*+))(?:<([^"\\()<>,;:\[\] ]*+)>[ ]*+)?(?:[,;]|\Z)'
)
_ADDRESS = re.compile(r"[^\s<>()\",;:@]{1,128}@[^\s<>()\",;:@]{1,255}")
_MESSAGE_ID = re.compile(r"<([^<>]{1,998})>")
_MAX_ID = 500
_MAX_OFFSET = (15 * 60 + 59) * 60  # seconds; what PostgreSQL takes
_MAX_DATE = 200  # characters of a Date field worth reading
_YEARS = range(1970, 2100)
_NAMES_OF_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTHS = {name: number for number, name in enumerate(_NAMES_OF_MONTHS, start=1)}
# As nearly all are written, day of the week and name of the zone left out or not; any other is the library's matter.
_PLAIN_DATE = re.compile(
    rf"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?([0-9]{{1,2}}) ({'|'.join(_MONTHS)}) ([12][0-9]{{3}})"
    r" ([0-9]{2}):([0-9]{2}):([0-9]{2}) ([+-])([0-9]{2})([0-9]{2})(?: \([A-Z]{1,5}\))?\Z"
)
_DateFields = tuple[int, int, int, int, int, int, int, int, int, int | None]  # as ``parsedate_tz`` has them


def decode_text(value: bytes, charset: str = "") -> str:
    """Return an unstructured field as one line (RFC 2047, and raw 8-bit text as UTF-8, ``charset``, windows-1252).

    What lies behind 16 KiB is left out.
    """
    return one_line(decode_words(raw_text(value[:_MAX_TEXT], charset)))


def raw_text(value: bytes, charset: str = "") -> str:
    """Return a field's bytes as text, encoded words left as they are."""
    return decode(value, hint=charset)[0]


def decode_words(text: str) -> str:
    """Return ``text`` with its encoded words decoded (RFC 2047, section 2), tolerating what mailers do wrong.

    Tolerated: no space around words, spaces within, a missing end, a character split over two words, an unknown
    charset.
    """
    if "=?" not in text:
        return text
    pieces: list[tuple[str, bytes | str]] = []  # (charset, raw bytes) or ("", text)
    for charset, content in _words(text):
        if charset and pieces and pieces[-1][0].lower() == charset.lower():
            previous = pieces[-1][1]
            if isinstance(previous, bytes) and isinstance(content, bytes):
                pieces[-1] = (charset, previous + content)
                continue
        pieces.append((charset, content))
    return "".join(piece if isinstance(piece, str) else decode(piece, charset)[0] for charset, piece in pieces)


def encoded_charset(value: bytes) -> str:
    """Return the charset that the first encoded word of a field names, or nothing."""
    found = _WORD_START.search(raw_text(value))
    return found[1] if found else ""


def _words(text: str) -> Iterator[tuple[str, bytes | str]]:
    """Yield encoded words as (charset, bytes) and what stands between them as ("", text)."""
    at = plain_from = 0
    after_word = False
    while (start := text.find("=?", at)) >= 0:
        found = _WORD_START.match(text, start)
        if found is None:
            at = start + 2
            continue
        between = text[plain_from:start]
        if between and not (after_word and between.isspace()):  # section 6.2: space between words is not shown
            yield "", between
        end, at = _word_end(text, found.end())
        yield found[1], _word_bytes(found[2], text[found.end() : end])
        plain_from, after_word = at, True
    if plain_from < len(text):
        yield "", text[plain_from:]


def _word_end(text: str, begin: int) -> tuple[int, int]:
    """Return where a word's content ends and where the text goes on; at the next word when it was never closed."""
    end = text.find("?=", begin)
    following = text.find(" =?", begin, end if end >= 0 else len(text))
    if following >= 0 and _WORD_START.match(text, following + 1):
        return following, following
    return (end, end + 2) if end >= 0 else (len(text), len(text))


def _word_bytes(encoding: str, content: str) -> bytes:
    raw = content.encode("utf-8", "replace")
    if encoding in "bB":
        return decode_base64(raw.replace(b" ", b""))[0]
    return decode_quoted_printable(raw, header=True)


def people(value: bytes, charset: str = "") -> list[Person]:
    """Return the mailboxes of an address list (RFC 5322, section 3.4), at most 1,000, names decoded.

    Tolerated: comments however deep, missing quotes and brackets, groups, semicolons as separators.
    """
    found: list[Person] = []
    for display, comment, address in _mailboxes(raw_text(value, charset)):
        is_short = len(display) + len(comment) + len(address) <= _MAX_KNOWN
        person = (_known_person if is_short else _person)(display, comment, address)
        if person.name or person.address:
            found.append(person)
        if len(found) >= _MAX_PEOPLE:
            break
    return found


def _mailboxes(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield (display text, comment, text in angle brackets) of each mailbox: the plain ones at once."""
    at = 0
    if len(text) <= _MAX_TOKENS and text.isprintable():  # space is nothing but " ", and no token too many
        while at < len(text) and (found := _PLAIN_MAILBOX.match(text, at)):
            quoted, display, address = found.groups("")
            yield quoted or display, "", address
            at = found.end()
    if at < len(text):
        yield from _odd_mailboxes(text[at:])


def _odd_mailboxes(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield what ``_mailboxes`` does, whatever the mailboxes look like; one pass, no recursion."""
    parts: dict[str, list[str]] = {"display": [], "comment": [], "angle": []}
    quoted = escaped = angle = False
    depth = 0
    for token in islice(_TOKEN.finditer(text), _MAX_TOKENS):
        mark = token[0]
        where = "comment" if depth else "angle" if angle else "display"
        if escaped or (quoted and mark not in '"\\'):
            parts[where].append(mark)
            escaped = False
        elif mark == "\\":
            escaped = True
        elif mark == '"' and not depth:
            quoted = not quoted
        elif mark in "()":
            depth = max(0, depth + (1 if mark == "(" else -1))
        elif mark in "<>" and not depth:
            angle = mark == "<"
        elif mark in ",;" and not depth and not (angle and mark == ";"):
            yield "".join(parts["display"]), "".join(parts["comment"]), "".join(parts["angle"])
            parts = {"display": [], "comment": [], "angle": []}
            angle = False
        elif mark == ":" and not depth and not angle:
            parts["display"].clear()  # the name of a group
        else:
            parts[where].append(mark)
    yield "".join(parts["display"]), "".join(parts["comment"]), "".join(parts["angle"])


@lru_cache(maxsize=4096)  # the same people write to each other again and again
def _known_person(display: str, comment: str, angle: str) -> Person:
    return _person(display, comment, angle)


def _person(display: str, comment: str, angle: str) -> Person:
    address = "".join(angle.split())
    display = decode_words(display)
    if "@" not in address and (found := _ADDRESS.search(display)):  # bare, or within an encoded word
        address = found[0]
        display = display[: found.start()] + " " + display[found.end() :]
    name = one_line(display).strip("'\"<> ") or one_line(decode_words(comment))
    return Person(name=name[:_MAX_NAME], address=one_line(address)[:_MAX_ADDRESS].lower())


def message_ids(value: bytes) -> list[str]:
    """Return the ids in a Message-ID, References or In-Reply-To field, without brackets (RFC 5322, section 3.6.4)."""
    if not value:
        return []
    text = one_line(raw_text(value))
    found = [each.replace(" ", "") for each in _MESSAGE_ID.findall(text)]
    if not found and text and " " not in text:
        found = [text.strip("<>")]
    return [each for each in found if each and len(each) <= _MAX_ID]


def read_date(value: str) -> tuple[datetime | None, str]:
    """Return a Date field (RFC 5322, section 3.3) as aware UTC, and a defect code or "".

    Codes: "date.missing", "date.syntax", "date.range" (outside 1970 to 2099: no date), "date.offset" (an offset
    beyond 15:59 that no place on earth has: the local time is taken as UTC).
    """
    if not value.strip():
        return None, "date.missing"
    fields = _date_fields(value[:_MAX_DATE])
    if fields is None:
        return None, "date.syntax"
    offset = fields[9] or 0
    defect = "date.offset" if abs(offset) > _MAX_OFFSET else ""
    try:
        moment = datetime(*fields[:6], tzinfo=UTC) - timedelta(seconds=0 if defect else offset)
    except (ValueError, OverflowError):
        return None, "date.range"
    return (moment, defect) if moment.year in _YEARS else (None, "date.range")


def read_offset(value: str) -> int | None:
    """Return how many minutes east of UTC a Date field says it is; None when unreadable, or beyond 15:59."""
    fields = _date_fields(value[:_MAX_DATE])
    if fields is None or fields[9] is None or abs(fields[9]) > _MAX_OFFSET:
        return None
    return fields[9] // 60


@lru_cache(maxsize=8)  # a message's own is asked for twice
def _date_fields(value: str) -> _DateFields | None:
    if found := _PLAIN_DATE.match(value):
        day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
        offset = int(hours) * 3_600 + int(minutes) * 60
        moment = int(year), _MONTHS[month], int(day), int(hour), int(minute), int(second)
        return *moment, 0, 1, -1, -offset if sign == "-" else offset
    try:
        return parsedate_tz(value)
    except (ValueError, IndexError, TypeError, OverflowError):
        return None


def plausible(moment: datetime) -> datetime | None:
    """Return ``moment`` as aware UTC (naive: taken as UTC), or None outside the years 1970 to 2099."""
    try:
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if moment.year in _YEARS else None

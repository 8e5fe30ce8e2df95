"""JSON lines: one mail record a line, with id, from, to, cc, date, subject and body.

Lives here: taking lines apart, refusing what is no mail record. Must not live here: making a Message of a record
(``parse``), opening files.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jeeves.mail.lines import TOO_LARGE, join_limited

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jeeves.mail.lines import Line

_INFINITE = (float("inf"), float("-inf"))  # what 1e999 becomes; JSON cannot hold it, so no output could repeat it
_TEXT_FIELDS = ("message_id", "date", "subject", "from")
_ADDRESS_LISTS = ("to", "cc")


def read_records(lines: Iterable[Line]) -> Iterator[tuple[str, Mapping[str, object] | str]]:
    """Yield for each line its position and the record on it, or a clause saying why there is none.

    Empty lines are passed over. Of a record, body is text; id text, number, true, false or null; the other fields
    text, a list of texts (to, cc), null or missing.
    """
    pieces = iter(lines)
    for first in pieces:
        # A line is taken as soon as it has ended, without waiting for the next: input may come from a slow pipe.
        content = join_limited(_whole_line(first, pieces))
        position = f"line {first.number} (offset {first.offset})"
        if content is None:
            yield position, TOO_LARGE
        elif content.strip():
            yield position, _read_record(content)


def _whole_line(first: Line, rest: Iterator[Line]) -> Iterator[bytes]:
    yield first.content
    while not first.content.endswith(b"\n") and (following := next(rest, None)):
        first = following
        yield first.content


def _read_record(line: bytes) -> Mapping[str, object] | str:
    try:
        record = json.loads(line.decode("utf-8").rstrip(), parse_constant=_refuse)
    except json.JSONDecodeError as error:
        return f"is not JSON (column {error.pos + 1})"
    except UnicodeDecodeError:
        return "is not UTF-8 text"
    except (ValueError, RecursionError):  # NaN, a number of thousands of digits, brackets without end
        return "is not JSON that a mail record can be"
    if not isinstance(record, dict):
        return "is not a JSON object"
    return _problem_of(record) or record


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _problem_of(record: Mapping[str, object]) -> str:
    """Say which field of ``record`` is wrong, or nothing."""
    if isinstance(record.get("id"), dict | list) or record.get("id") in _INFINITE:
        return 'has an "id" that is neither text nor a number'
    if "body" not in record:
        return 'has no "body"'
    if not isinstance(record["body"], str):
        return 'has a "body" that is not text'
    for name in _TEXT_FIELDS:
        if not isinstance(record.get(name), str | None):
            return f'has a "{name}" that is not text'
    for name in _ADDRESS_LISTS:
        if not _is_address_list(record.get(name)):
            return f'has a "{name}" that is neither text nor a list of texts'
    return ""


def _is_address_list(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(each, str) for each in value)
    return isinstance(value, str | None)

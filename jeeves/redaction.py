"""The last line of defence: whatever reaches a log, mail and secrets in it are masked.

Lives here: pure functions from field to harmless field, and from exception to its type and place. Must not live
here: where logs go and how they look (``logs``).

The first line of defence is not to log mail at all; over-masking is therefore fine, and under-masking is not.
Every pattern is bounded, so the cost is linear in the length of the value, which is cut first.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from datetime import date, time, timedelta
from enum import Enum
from pathlib import Path

from jeeves.errors import JeevesError

MASK = "[redacted]"

# A field is private when one of the words of its name is here: imap_password, auth_token, message_subject.
_PRIVATE_WORDS = """
address addresses auth authorization bcc bodies body cc content credential credentials dsn from html message
password passwd phone quoted raw recipient recipients rfc822 secret secrets sender sentence snippet subject text
to token url username
"""
_PRIVATE = frozenset(_PRIVATE_WORDS.split())
_ADDRESS = re.compile(r"[^\s@<>\"'(),;:]{1,64}(?::[^\s@]{1,64})?@[^\s@<>\"'(),;]{1,255}")
_NUMBER = re.compile(r"(?<![\w./:-])(?:\+|\(|00)?\d[\d ().\-]{4,20}\d(?![\w:/-])")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_IPV4 = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_LEAST_DIGITS, _MOST_DIGITS = 7, 15  # ITU-T E.164 for the most; local numbers for the least
_LONGEST = 2_000  # characters kept of one value
_DEEPEST = 4  # levels kept of nested values


def redact(fields: Mapping[str, object]) -> dict[str, object]:
    """Return ``fields`` with private ones masked, addresses and telephone numbers taken out of the rest.

    Objects other than numbers, text, dates and plain containers are named by their type only.
    """
    return {scrub(str(name)): _field(str(name), value, 0) for name, value in fields.items()}


def scrub(text: str) -> str:
    """Return ``text`` without anything that looks like a mail address or a telephone number."""
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return _NUMBER.sub(_mask_number, _ADDRESS.sub("[address]", cut))


def locate(error: BaseException) -> str:
    """Return where ``error`` came from: type and places, one line per link of the chain, innermost frame last.

    The text of an exception is shown only for our own errors, which hold no mail by contract: a parser's or a
    driver's message may quote what it choked on.
    """
    lines: list[str] = []
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        seen.add(id(link))
        frames = traceback.extract_tb(link.__traceback__)
        places = " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames)
        said = f": {scrub(link.message)}" if isinstance(link, JeevesError) else ""
        lines.append(f"{type(link).__module__}.{type(link).__qualname__}{said} at {places or 'unknown place'}")
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    return "\ncaused by ".join(lines)


def _short(filename: str) -> str:
    return "/".join(Path(filename).parts[-3:])


def _field(name: str, value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    words = re.split(r"[^a-z0-9]+", name.lower())
    return MASK if _PRIVATE.intersection(words) else _value(value, depth)


def _value(value: object, depth: int) -> object:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return _value(value.value, depth)
    if isinstance(value, str | Path | date | time | timedelta):
        return scrub(str(value))
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, Mapping | list | tuple | set | frozenset) and depth < _DEEPEST:
        return _container(value, depth + 1)
    return f"<{type(value).__name__}>"


def _container(
    value: Mapping[object, object] | list[object] | tuple[object, ...] | set[object] | frozenset[object], depth: int
) -> object:
    if isinstance(value, Mapping):
        return {scrub(str(name)): _field(str(name), each, depth) for name, each in value.items()}
    return [_value(each, depth) for each in value]


def _mask_number(found: re.Match[str]) -> str:
    text = found[0]
    digits = sum(character.isdigit() for character in text)
    harmless = _ISO_DATE.fullmatch(text) or _IPV4.fullmatch(text)
    return text if harmless or not _LEAST_DIGITS <= digits <= _MOST_DIGITS else "[number]"

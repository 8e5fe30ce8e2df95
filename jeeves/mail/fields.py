"""The header of one part: from bytes to fields (RFC 5322, section 2.2; RFC 2045, section 5.1).

Lives here: where a header ends, its fields, Content-Type and its parameters. Must not live here: parts within
parts (``mime``), decoding of words and addresses (``headers``).

Of a message's fields about half are never asked for (Received, DKIM-Signature): fields are kept as they stand
and unfolded when somebody asks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MAX_FIELDS = 1_000
_MAX_HEADER = 256 * 1024  # bytes of one part's header
_MAX_FIELD = 64 * 1024  # bytes of one unfolded field
_BLANK_LINE = re.compile(rb"\n\r?\n")
# A name, then its value with the lines folded below it; a line of nothing but space is no fold, it ends the header.
_FIELD = re.compile(rb"([!-9;-~]{1,200}+)[ \t]*+:([^\n]*+(?:\n[ \t]++[^\s][^\n]*+)*+)(?:\n|\Z)")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_MAX_KNOWN = 100  # bytes of a Content-Type worth keeping: without boundaries and file names they come again and again
_PARAMETER = re.compile(r"""([^\s;="]{1,80}+)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^\s;]*+))""", re.DOTALL)


@dataclass(slots=True, kw_only=True)
class Header:
    """What stands above the blank line of a part."""

    fields: dict[str, list[bytes]] = field(default_factory=dict)  # lower-case name -> raw values, still folded
    content_type: str = "text/plain"  # lower case
    parameters: Mapping[str, str] = field(default_factory=dict)  # of Content-Type, names in lower case
    encoding: bytes = b""  # Content-Transfer-Encoding in lower case
    is_attachment: bool = False  # Content-Disposition (RFC 2183) keeps it out of what a person sees
    is_file: bool = False  # it has a file name
    is_message: bool = False  # what follows is a message (RFC 2046, section 5.2.1)
    boundary: bytes = b""  # of a multipart

    def first(self, name: str) -> bytes:
        """Return the first value of the field ``name`` (lower case), unfolded, or nothing."""
        values = self.fields.get(name)
        return _unfolded(values[0]) if values else b""

    def joined(self, name: str) -> bytes:
        """Return the values of all fields ``name`` (lower case), unfolded, as one list separated by commas."""
        return b", ".join([_unfolded(value) for value in self.fields.get(name, ())])


def read_header(data: bytes, at: int, end: int, defects: list[str]) -> tuple[Header, int]:
    """Return the header that begins at ``at`` and where the body begins, ``end`` at most. Total; linear.

    Adds the codes "header.syntax" and "header.cap" to ``defects``.
    """
    header = Header()
    at = _read_fields(header.fields, data, at, end, defects)
    header.content_type, header.parameters = _content_type(header.first("content-type"))
    header.is_message = header.content_type in {"message/rfc822", "message/global"}
    if header.content_type.startswith("multipart/"):
        header.boundary = header.parameters.get("boundary", "").rstrip().encode("latin-1", "replace")
    header.encoding = header.first("content-transfer-encoding").strip().lower()
    if disposition := header.first("content-disposition").lower():
        header.is_attachment = disposition.strip().startswith(b"attachment")
        header.is_file = b"filename" in disposition and "filename" in _content_type(disposition)[1]
    return header, at


def _read_fields(fields: dict[str, list[bytes]], data: bytes, at: int, end: int, defects: list[str]) -> int:
    """Read fields up to the blank line; return where the body begins."""
    limit, count = at + _MAX_HEADER, 0
    while at < end:
        found = _FIELD.match(data, at, end)
        if found is None:
            after = data.find(b"\n", at, end) + 1 or end
            if not data[at:after].strip():
                return after
            defects.append("header.syntax")
            if not _FIELD.match(data, after, end):
                return at
            at = after  # one stray line between fields
            continue
        if at > limit or count >= _MAX_FIELDS:
            defects.append("header.cap")
            blank = _BLANK_LINE.search(data, at, end)
            return blank.end() if blank else end
        name, value = found.groups()
        if len(value) > _MAX_FIELD:
            defects.append("header.cap")
            value = value[:_MAX_FIELD]
        fields.setdefault(name.decode("ascii").lower(), []).append(value)
        at = found.end()
        count += 1
    return at


def _unfolded(value: bytes) -> bytes:
    if b"\n" in value:
        value = value.replace(b"\r\n", b"\n").replace(b"\n\t", b"\n ").replace(b"\n", b"")
    return value.strip()


def _content_type(value: bytes) -> tuple[str, Mapping[str, str]]:
    """Return type and parameters of Content-Type (RFC 2045, section 5.1); "text/plain" when it is no type."""
    if not value:
        return "text/plain", {}
    return _known_content_type(value) if len(value) <= _MAX_KNOWN else _read_content_type(value)


@lru_cache(maxsize=256)
def _known_content_type(value: bytes) -> tuple[str, Mapping[str, str]]:
    return _read_content_type(value)


def _read_content_type(value: bytes) -> tuple[str, Mapping[str, str]]:
    text = value.decode("latin-1")
    kind, _, rest = text.partition(";")
    kind = kind.strip().lower()
    if not _TYPE.fullmatch(kind):
        kind = "text/plain"
    parameters: dict[str, str] = {}
    for found in _PARAMETER.finditer(rest):
        quoted = found[2]
        content = found[3] if quoted is None else quoted.replace("\\", "")
        parameters.setdefault(found[1].lower(), content)
    return kind, parameters

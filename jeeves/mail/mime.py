"""The tree of a message's parts (RFC 2045, RFC 2046, RFC 5322), found in one pass.

Lives here: from bytes to header fields and parts, without decoding any text. Must not live here: charsets, what the
parts mean.

Why not the standard library's parser: its time grows with nesting depth times lines, and it raises RecursionError on
deep nesting; any sender could stall or kill the daemon. This one looks at each line once and keeps its own stack.
The corpus test holds both against each other on real mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

MAX_DEPTH = 40  # containers within containers; deeper ones are left unread
MAX_PARTS = 20_000
_MAX_FIELDS = 2_000
_MAX_HEADER = 256 * 1024  # bytes of one part's header
_MAX_FIELD = 64 * 1024  # bytes of one unfolded field
_BLANK_LINE = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_PARAMETER = re.compile(r"""([^\s;="]{1,80}+)\s*+=\s*+(?:"((?:[^"\\]|\\.)*+)"?|([^\s;]*+))""", re.DOTALL)


@dataclass(slots=True, kw_only=True)
class Part:
    """One entity: its fields, and either children or a body."""

    fields: dict[str, list[bytes]] = field(default_factory=dict)  # lower-case name -> unfolded raw values
    content_type: str = "text/plain"  # lower case
    parameters: dict[str, str] = field(default_factory=dict)  # of Content-Type, names in lower case
    body: bytes = b""  # undecoded; of a container with children only its preamble
    children: list[Part] = field(default_factory=list)

    def first(self, name: str) -> bytes:
        """Return the first value of the field ``name`` (lower case), or nothing."""
        values = self.fields.get(name)
        return values[0] if values else b""

    @property
    def is_attachment(self) -> bool:
        """True when Content-Disposition (RFC 2183) keeps it out of what a person sees in the message."""
        return self.first("content-disposition").strip().lower().startswith(b"attachment")


@dataclass(slots=True)
class _Open:
    """A container whose end has not been seen."""

    part: Part
    boundary: bytes  # empty for message/rfc822
    shadowed: int | None  # level the same boundary had before


def read(data: bytes) -> tuple[Part, list[str]]:
    """Return the message's root part and the defects met, as short codes. Total and linear."""
    reader = _Reader(data)
    return reader.read(), reader.defects


class _Reader:
    """One pass over the bytes: a stack of open containers, and a table from boundary to its level there."""

    def __init__(self, data: bytes) -> None:
        self.defects: list[str] = []
        self._data = data
        self._stack: list[_Open] = []
        self._levels: dict[bytes, int] = {}
        self._parts = 0

    def read(self) -> Part:
        root = Part()
        current: Part | None
        at, current = self._open(root, self._skip_envelope())
        if not root.fields:
            self.defects.append("header.missing")
        while True:
            end, after, boundary = self._next_delimiter(at)
            if current is not None:
                current.body = self._data[at:end]
            if not boundary:
                return root
            if self._parts >= MAX_PARTS:
                self.defects.append("mime.parts")
                return root
            at, current = self._cross(boundary, after)

    def _skip_envelope(self) -> int:
        """Skip blank lines, a byte order mark and the "From " line of an mbox at the start (RFC 4155)."""
        at = 3 if self._data.startswith(b"\xef\xbb\xbf") else 0
        while self._data[at : at + 1] in {b"\r", b"\n"}:
            at += 1
        while self._data.startswith((b"From ", b">From "), at):
            at = self._line_end(at)
        return at

    def _line_end(self, at: int) -> int:
        """Return where the next line begins."""
        found = self._data.find(b"\n", at)
        return len(self._data) if found < 0 else found + 1

    def _open(self, part: Part, at: int) -> tuple[int, Part]:
        """Read the fields of ``part`` and go into the containers that begin here; return the innermost part."""
        while True:
            at = self._read_fields(part, at)
            self._parts += 1
            part.content_type, part.parameters = _content_type(part.first("content-type"))
            is_message = part.content_type in {"message/rfc822", "message/global"}
            boundary = _boundary(part)
            if not (is_message or boundary):
                return at, part
            if len(self._stack) >= MAX_DEPTH:
                self.defects.append("mime.depth")
                part.content_type = "application/octet-stream"
                return at, part
            self._push(part, b"" if is_message else boundary)
            if not is_message:
                return at, part
            part.children.append(Part())
            part = part.children[0]

    def _push(self, part: Part, boundary: bytes) -> None:
        self._stack.append(_Open(part, boundary, self._levels.get(boundary)))
        if boundary:
            self._levels[boundary] = len(self._stack) - 1

    def _pop(self) -> None:
        last = self._stack.pop()
        if last.shadowed is not None:
            self._levels[last.boundary] = last.shadowed
        else:
            self._levels.pop(last.boundary, None)

    def _cross(self, line: bytes, after: int) -> tuple[int, Part | None]:
        """Go over a delimiter line: close what is open below its container, then begin the next part, if any."""
        level, closes = self._match(line)
        while len(self._stack) > level + 1:
            self._pop()
        if closes:
            self._pop()
            return after, None
        part = Part()
        self._stack[level].part.children.append(part)
        return self._open(part, after)

    def _match(self, line: bytes) -> tuple[int, bool]:
        """Return the level a delimiter line belongs to (-1: none) and whether it closes it (RFC 2046, 5.1.1)."""
        text = line[2:].rstrip()
        level = self._levels.get(text, -1)
        if level < 0 and text.endswith(b"--"):
            return self._levels.get(text[:-2], -1), True
        return level, False

    def _next_delimiter(self, at: int) -> tuple[int, int, bytes]:
        """Return where the body ends, where the next line after its delimiter begins, and that delimiter line."""
        data, size = self._data, len(self._data)
        begin = at if data.startswith(b"--", at) else self._dashes_after(at)
        while begin < size and self._levels:
            after = self._line_end(begin)
            line = data[begin:after]
            if self._match(line)[0] >= 0:
                end = max(at, begin - (2 if data.startswith(b"\r\n", begin - 2) else 1))  # CR LF is the delimiter's
                return end, after, line
            begin = self._dashes_after(after - 1)
        return size, size, b""

    def _dashes_after(self, at: int) -> int:
        found = self._data.find(b"\n--", at)
        return len(self._data) if found < 0 else found + 1

    def _read_fields(self, part: Part, at: int) -> int:
        """Read fields up to the blank line (RFC 5322, section 2.2); return where the body begins."""
        last: list[bytes] = []
        name = ""
        size, limit = len(self._data), at + _MAX_HEADER
        while at < size:
            if at > limit:
                at = self._skip_header(at)
                break
            after = self._line_end(at)
            line = self._data[at:after]
            bare = line.strip()
            if line[:1] in b" \t" and bare and name:
                last.append(bare)
            elif not bare or (line.startswith(b"--") and self._match(line)[0] >= 0):
                at = at if bare else after
                break
            else:
                self._store(part, name, last)
                found = _FIELD.match(line)
                if found is None and not _FIELD.match(self._data, after):
                    name = ""
                    self.defects.append("header.syntax")
                    break
                name, last = self._begin_field(found, line)
            at = after
        self._store(part, name, last)
        return at

    def _skip_header(self, at: int) -> int:
        self.defects.append("header.cap")
        found = _BLANK_LINE.search(self._data, at)
        return found.end() if found else len(self._data)

    def _begin_field(self, found: re.Match[bytes] | None, line: bytes) -> tuple[str, list[bytes]]:
        if found is None:  # one stray line between fields
            self.defects.append("header.syntax")
            return "", []
        return found[1].decode("ascii").lower(), [line[found.end() :].strip()]

    def _store(self, part: Part, name: str, lines: list[bytes]) -> None:
        if not name:
            return
        if len(part.fields) >= _MAX_FIELDS:
            self.defects.append("header.cap")
            return
        value = b" ".join(lines)
        if len(value) > _MAX_FIELD:
            self.defects.append("header.cap")
        part.fields.setdefault(name, []).append(value[:_MAX_FIELD])


def _boundary(part: Part) -> bytes:
    if not part.content_type.startswith("multipart/"):
        return b""
    return part.parameters.get("boundary", "").rstrip().encode("latin-1", "replace")


def _content_type(value: bytes) -> tuple[str, dict[str, str]]:
    """Return type and parameters of Content-Type (RFC 2045, section 5.1); "text/plain" when it is no type."""
    if not value:
        return "text/plain", {}
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


def parameters_of(value: bytes) -> dict[str, str]:
    """Return the parameters of a structured field such as Content-Disposition; names in lower case."""
    return _content_type(value)[1]

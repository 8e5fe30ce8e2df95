"""The tree of a message's parts (RFC 2045, RFC 2046, RFC 5322), found in one pass.

Lives here: where parts begin and end. Must not live here: the fields above a part (``fields``), charsets, what
the parts mean.

Why not the standard library's parser: its time grows with nesting depth times lines, and it raises RecursionError on
deep nesting; any sender could stall or kill the daemon. This one searches for the boundaries that are open, each within
its own container, and keeps its own stack.
The corpus test holds both against each other on real mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jeeves.mail.fields import Header, read_header

MAX_DEPTH = 20  # containers within containers; deeper ones are left unread
MAX_PARTS = 10_000
# Headers taken apart one by one, in any message and for its length; those that say the same again are not counted.
_MAX_HEADERS = 200
_BYTES_A_HEADER = 1_000  # parts that people send have more
_MAX_KNOWN = 1_000  # bytes of a header worth keeping in case it comes again
_MAX_LOOKALIKES = 100  # lines that begin like a delimiter, before the search for it is made exact
_NONE = Header()
_UNREAD = Header(content_type="application/octet-stream")
_HEADER_END = re.compile(rb"\n\r?\n")
_BLANK_LINES = re.compile(rb"[\r\n]*+")
_DELIMITER_END = rb"(--)?[ \t\r\x0b\x0c]*+(?:\n|\Z)"
_CR = 13
_AFTER_BOUNDARY = re.compile(_DELIMITER_END)
# Whole fields, with the lines folded below them, that say nothing of how a part is read ("Content-ID: <7@x>").
_BESIDE_THE_POINT = re.compile(
    rb"^(?!content-(?:type|transfer-encoding|disposition)[ \t]*+:)"
    rb"[!-9;-~]{1,200}+[ \t]*+:[^\n]*+\n(?:[ \t]++[^\s][^\n]*+\n)*+",
    re.MULTILINE | re.IGNORECASE,
)


@dataclass(slots=True)
class Part:
    """One entity: its header, and either children or a body."""

    header: Header  # between boundaries it may lack fields that say nothing of how the part is read
    body: bytes = b""  # undecoded; of a container with children only its preamble
    children: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class _Open:
    """A container whose end has not been seen."""

    parts: list[Part]  # more than one: nested with the same boundary, the last one is being filled
    delimiter: bytes  # LF, two hyphens, boundary; empty for message/rfc822
    limit: int  # where a container around it goes on, or the end of the data
    at: int = 0  # where its next delimiter stands; the limit when there is none before
    after: int = 0  # where the line after that delimiter begins
    closes: bool = False  # whether that delimiter is the last one


def read(data: bytes) -> tuple[Part, list[str]]:
    """Return the message's root part and the defects met, as short codes. Total and linear."""
    reader = _Reader(data)
    return reader.read(), reader.defects


class _Reader:
    """One pass over the bytes: a stack of open containers, each of which knows where it goes on."""

    def __init__(self, data: bytes) -> None:
        self.defects: list[str] = []
        self._data = data
        self._stack: list[_Open] = []
        self._latest: tuple[bytes, Header] | None = None  # a header and what was read of it, when it came again
        self._known: dict[bytes, Header] = {}  # by what they say of the part: those of one message are alike
        self._parts = 0
        self._headers_left = _MAX_HEADERS + len(data) // _BYTES_A_HEADER

    def read(self) -> Part:
        root, at = self._part(self._skip_envelope(), len(self._data))
        if not root.header.fields:
            self.defects.append("header.missing")
        at, current = self._enter(root, at)
        while True:
            current.body = self._data[at : self._end_of_body(at)]
            if not self._next_container():
                return root
            if self._parts > MAX_PARTS or self._headers_left < 0:
                self.defects.append("mime.parts")
                return root
            top = self._stack[-1]
            begin = top.after
            self._find(top, begin)
            current, at = self._inner_part(begin, top.at)
            top.parts[-1].children.append(current)
            if current.header.is_message or current.header.boundary:  # as most are not
                at, current = self._enter(current, at)

    def _skip_envelope(self) -> int:
        """Skip blank lines, a byte order mark and the "From " line of an mbox at the start (RFC 4155)."""
        found = _BLANK_LINES.match(self._data, 3 if self._data.startswith(b"\xef\xbb\xbf") else 0)
        at = found.end() if found else 0
        while self._data.startswith((b"From ", b">From "), at):
            at = self._data.find(b"\n", at) + 1 or len(self._data)
        return at

    def _part(self, at: int, end: int) -> tuple[Part, int]:
        """Return the message that begins at ``at``, with all of its header, and where its body begins."""
        self._parts += 1
        if at >= end:
            return Part(_NONE), at
        self._headers_left -= 1
        header, at = read_header(self._data, at, end, self.defects)
        return Part(header), at

    def _inner_part(self, at: int, end: int) -> tuple[Part, int]:
        """Return the part that begins at ``at`` below a boundary, and where its body begins."""
        if self._latest is not None and self._data.startswith(self._latest[0], at, end):
            self._parts += 1
            return Part(self._latest[1]), at + len(self._latest[0])
        searched = end if end - at < _MAX_KNOWN else at + _MAX_KNOWN
        blank = _HEADER_END.search(self._data, at - 1, searched)  # from the end of the line above
        if blank is None:
            return self._part(at, end)
        said = self._data[at : blank.end()]
        known = self._known.get(said)
        if known is not None:
            self._latest = said, known
        else:
            said = _BESIDE_THE_POINT.sub(b"", said)
            known = self._known.get(said)
        if known is not None:
            self._parts += 1
            return Part(known), blank.end()
        defects = len(self.defects)
        part, at = self._part(at, end)
        if at == blank.end() and len(self.defects) == defects:  # nothing but fields
            self._known[said] = part.header
        return part, at

    def _enter(self, part: Part, at: int) -> tuple[int, Part]:
        """Go into the containers that begin with ``part``; return the innermost part and where its body begins."""
        while True:
            header = part.header
            if not (header.is_message or header.boundary):
                return at, part
            if sum(len(each.parts) for each in self._stack) >= MAX_DEPTH:
                self.defects.append("mime.depth")
                part.header = _UNREAD
                return at, part
            self._push(part, at)
            if header.boundary:
                return at, part
            child, at = self._part(at, self._stack[-1].limit)
            part.children.append(child)
            part = child

    def _push(self, part: Part, at: int) -> None:
        delimiter = b"\n--" + part.header.boundary if part.header.boundary else b""
        if delimiter and self._stack and self._stack[-1].delimiter == delimiter:
            self._stack[-1].parts.append(part)
            return
        limit = self._stack[-1].at if self._stack else len(self._data)
        container = _Open([part], delimiter, limit)
        self._find(container, at)
        self._stack.append(container)

    def _find(self, container: _Open, at: int) -> None:
        """Find the next delimiter of ``container`` (RFC 2046, section 5.1.1) from the line at ``at`` on."""
        data, delimiter, limit = self._data, container.delimiter, container.limit
        container.at, begin = limit, at - 1
        if not delimiter:
            return
        for _ in range(_MAX_LOOKALIKES):
            begin = data.find(delimiter, begin, limit)
            if begin < 0:
                return
            found = _AFTER_BOUNDARY.match(data, begin + len(delimiter))
            if found is not None:
                break
            begin += 1
        else:
            found = re.compile(re.escape(delimiter) + _DELIMITER_END).search(data, begin, limit + 1)
            if found is None:
                return
            begin = found.start()
        container.at, container.after, container.closes = begin, found.end(), found[1] is not None

    def _end_of_body(self, at: int) -> int:
        """Return where the body that begins at ``at`` ends: the line end before a delimiter is the delimiter's."""
        end = self._stack[-1].at if self._stack else len(self._data)
        return end - 1 if at < end < len(self._data) and self._data[end - 1] == _CR else end

    def _next_container(self) -> bool:
        """Close the containers that end here; False when none goes on."""
        while self._stack:
            top = self._stack[-1]
            if top.at == top.limit:
                self._stack.pop()
            elif not top.closes:
                return True
            elif len(top.parts) > 1:
                top.parts.pop()
                self._find(top, top.after)
            else:
                self._stack.pop()
        return False

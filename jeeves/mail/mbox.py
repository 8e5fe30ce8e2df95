"""The mbox format: many messages in one file, each after a "From " line.

Lives here: finding the seams, undoing the quoting. Must not live here: parsing messages, opening files.

Sources: RFC 4155, appendix A ("From " SP address SP asctime), and the mboxrd variant, which quotes body lines that
begin with "From " or ">From " by one more ">" (loc.gov/preservation/digital/formats/fdd/fdd000385.shtml).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jeeves.mail import lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeeves.mail.lines import Line

_BLOCK = 256 * 1024  # bytes read at a time
_MAY_BE_SEAM = b"\nFrom "
# What follows the sender must be a date: "From here we walk to the park" stays in its message. Writers differ in
# zone, seconds and where the year stands, and in whether there is a sender at all.
_SEAM = re.compile(
    rb"\nFrom [^\r\n]{0,500}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2})"
    rb"[ ,]+(?:\d{4} +)?\d{1,2}:\d{2}"
)
_QUOTED = re.compile(rb"\n>(>*+From )")


def split_mbox(first: Line, read: Callable[[int], bytes]) -> Iterator[tuple[int, bytes, bytes | None]]:
    """Yield for each message where it begins, its "From " line, and its bytes without that; None: too large.

    ``first`` is the first line, a "From " line of any form; ``read`` gives what follows, at most so many bytes, and
    nothing at the end. One message is in memory at a time. Raises what ``read`` raises.
    """
    offset, envelope = first.offset, first.content
    body = _Body()
    for is_seam, at, content in _runs(first, read):
        if is_seam:
            yield offset, envelope, body.whole()
            offset, envelope, body = at, content, _Body()
        else:
            body.add(content)
    yield offset, envelope, body.whole()


def _runs(first: Line, read: Callable[[int], bytes]) -> Iterator[tuple[bool, int, bytes]]:
    """Yield seams and what stands between them, in pieces: whether it is a seam, the seam's offset, the bytes.

    ``data`` always begins with the last byte that was given out: whether a line begins behind it is known by it. The
    last line is kept back until its end is there, unless it is longer than any seam.
    """
    data = first.content[-1:]
    at = first.offset + len(first.content) - 1  # of ``data``
    while True:
        block = read(_BLOCK)
        data += block
        last = max(0, data.rfind(b"\n"))
        is_waiting = bool(block) and len(data) - last < lines.LONGEST_PIECE
        begin = searched = 0
        while (found := data.find(_MAY_BE_SEAM, searched, last if is_waiting else len(data))) >= 0:
            searched = found + 1
            if _SEAM.match(data, found):
                yield False, 0, data[begin + 1 : searched]
                begin = data.find(b"\n", searched) % len(data)  # or the end
                yield True, at + searched, data[searched : begin + 1]
                searched = begin
        given_out = last if is_waiting else len(data) - 1
        yield False, 0, data[begin + 1 : given_out + 1]
        data, at = data[given_out:], at + given_out
        if not block:
            return


class _Body:
    """The bytes of one message as they come."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > lines.LARGEST:
            self._pieces.clear()  # nobody will want them
        else:
            self._pieces.append(piece)

    def whole(self) -> bytes | None:
        """Return them without the quoting of "From " lines; None when they are too large for one message."""
        if self._size > lines.LARGEST:
            return None
        joined = b"".join(self._pieces)
        return _QUOTED.sub(rb"\n\1", b"\n" + joined)[1:] if b">From " in joined else joined

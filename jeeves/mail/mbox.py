"""The mbox format: many messages in one file, each after a "From " line.

Lives here: finding the seams, undoing the quoting. Must not live here: parsing messages, opening files.

Sources: RFC 4155, appendix A ("From " SP address SP asctime), and the mboxrd variant, which quotes body lines that
begin with "From " or ">From " by one more ">" (loc.gov/preservation/digital/formats/fdd/fdd000385.shtml).
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jeeves.mail.lines import Line

# What follows the sender must be a date: "From here we walk to the park" stays in its message. Writers differ in
# zone, seconds and where the year stands, and in whether there is a sender at all.
_SEAM = re.compile(
    rb"From [^\r\n]{0,500}?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? +(?:[A-Z][a-z]{2} +\d{1,2}|\d{1,2} +[A-Z][a-z]{2})"
    rb"[ ,]+(?:\d{4} +)?\d{1,2}:\d{2}"
)
_QUOTED = re.compile(rb">+From ")


def split_mbox(lines: Iterable[Line]) -> Iterator[tuple[Line, Iterator[bytes]]]:
    """Yield for each message its "From " line and the pieces of its bytes, that line left out.

    The pieces must be taken before the next message is asked for, as with ``itertools.groupby``.
    """
    for _, group in itertools.groupby(_numbered(lines), key=lambda pair: pair[0]):
        _, seam = next(group)
        yield seam, _body((line for _, line in group), seam)  # noqa: B031 - one pass: the first line, then the rest


def _body(lines: Iterable[Line], seam: Line) -> Iterator[bytes]:
    previous = seam.number
    for line in lines:
        if line.number != seam.number:
            yield _unquoted(line.content) if line.number != previous else line.content
        previous = line.number


def _numbered(lines: Iterable[Line]) -> Iterator[tuple[int, Line]]:
    """Pair each line with the number of its message; the first line, a "From " line of any form, opens the first."""
    message = previous = 0
    for line in lines:
        starts_line = line.number != previous
        if starts_line and (not previous or _SEAM.match(line.content)):
            message += 1
        previous = line.number
        yield message, line


def _unquoted(content: bytes) -> bytes:
    return content[1:] if _QUOTED.match(content) else content

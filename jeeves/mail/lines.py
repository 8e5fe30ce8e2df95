"""A stream of bytes as numbered lines, whatever its length.

Lives here: reading by line in constant memory. Must not live here: what the lines mean.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LARGEST: Final = 64 * 1024 * 1024  # bytes of one message; Gmail takes in no more than 50 MB
TOO_LARGE: Final = "is larger than 64 MiB"
LONGEST_PIECE: Final = 65_536  # bytes


class Line(NamedTuple):
    """A line with its line end, or one piece of a line longer than 64 KiB."""

    offset: int  # bytes before it in the stream
    number: int  # of the line, from 1; all pieces of a line have the same
    content: bytes


def read_lines(stream: BinaryIO) -> Iterator[Line]:
    """Yield the lines of ``stream``; raises OSError when reading fails."""
    offset, number = 0, 1
    while content := stream.readline(LONGEST_PIECE):
        yield Line(offset, number, content)
        offset += len(content)
        number += content.endswith(b"\n")


def join_limited(pieces: Iterable[bytes]) -> bytes | None:
    """Join ``pieces``; None, with all of them read but not kept, when they are too large for one message."""
    kept: list[bytes] | None = []
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > LARGEST:
            kept = None
        if kept is not None:
            kept.append(piece)
    return None if kept is None else b"".join(kept)

"""Text cut into sentences.

Lives here: where a sentence ends. Must not live here: what a sentence says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SENTENCE: Final = 240  # characters: what fits into an alert
WRAPPED: Final = 55  # a line at least this long was broken by a mail program, not by its writer

# The space first: it is looked for soonest. There is no other white space where lines have been joined.
_SENTENCE_END: Final = re.compile(r" (?<=[.!?…。？！] ) *")  # noqa: RUF001 - full-width marks end sentences too
_PIECE: Final = re.compile(rf"\S.{{0,{MAX_SENTENCE - 1}}}(?!\S)|\S{{{MAX_SENTENCE}}}")


def sentences(text: str) -> Iterator[str]:
    """Split text into sentences of at most ``MAX_SENTENCE`` printable characters on one line each.

    A line break ends a sentence unless the line is long enough to have been wrapped by a mail program. Linear.
    """
    for paragraph in _paragraphs(text):
        for sentence in _SENTENCE_END.split(paragraph):
            if len(sentence) > MAX_SENTENCE:
                yield from _PIECE.findall(sentence)
            elif sentence:
                yield sentence


def _paragraphs(text: str) -> Iterator[str]:
    wrapped: list[str] = []
    for line in text.splitlines():
        printable = line if line.isprintable() else "".join(each if each.isprintable() else " " for each in line)
        # Of what is printable, the space alone is white.
        wrapped.append(" ".join(printable.split()) if "  " in printable else printable.strip())
        if len(line) < WRAPPED:
            yield " ".join(wrapped)
            wrapped = []
    if wrapped:
        yield " ".join(wrapped)

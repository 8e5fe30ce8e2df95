"""The lines of text that a page becomes.

Lives here: collecting words into lines, blank lines between blocks, quote marks. Must not live here: HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_MAX_QUOTE_DEPTH = 5
_SPACES = re.compile(r"(?! [^\s])[^\S\n]++")  # all but a single space between words


@dataclass(slots=True)
class Layout:
    """Lines being filled; its caller says where blocks begin and end."""

    quote_depth: int = 0
    pre_depth: int = 0
    _lines: list[str] = field(default_factory=list)
    _current: list[str] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Put ``text`` on the current line; only preformatted text keeps its own line breaks."""
        if not self.pre_depth:
            if self._current or not text.isspace():  # space at the beginning of a line is not shown
                self._current.append(text)
            return
        first, *others = text.split("\n")
        self._current.append(first)
        if others:
            self.break_line()
            marks = self._quote_marks()
            self._lines += [marks + line.rstrip() for line in others[:-1]]
            self._current.append(others[-1])

    def break_line(self) -> None:
        """End the line, even an empty one."""
        joined = "".join(self._current)
        line = joined.rstrip() if self.pre_depth else " ".join(joined.split())
        self._lines.append(self._quote_marks() + line)
        self._current.clear()

    def end_block(self) -> None:
        """End the line if anything stands on it."""
        if not self._current:
            return
        for piece in self._current:
            if not piece.isspace():
                self.break_line()
                return
        self._current.clear()

    def space_block(self) -> None:
        """Leave one blank line."""
        self.end_block()
        if self._lines and self._lines[-1].strip("> "):
            self.break_line()

    def write_lines(self, text: str) -> None:
        """Put each line of ``text`` that says anything on a line of its own."""
        self.end_block()
        lines = list(filter(None, map(str.strip, _SPACES.sub(" ", text).split("\n"))))
        marks = self._quote_marks()
        self._lines += [marks + line for line in lines] if marks else lines

    def _quote_marks(self) -> str:
        return "> " * min(self.quote_depth, _MAX_QUOTE_DEPTH)

    def finish(self) -> str:
        """Return the lines, at most one blank line between them."""
        self.end_block()
        kept: list[str] = []
        for line in self._lines:
            if line.strip("> ") or (kept and kept[-1].strip("> ")):
                kept.append(line)
        return "\n".join(kept).strip("\n")

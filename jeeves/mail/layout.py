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

    _lines: list[str] = field(default_factory=list)
    _current: list[str] = field(default_factory=list)
    _quote_depth: int = 0
    _marks: str = ""  # of quotes, in front of each line
    _pre_depth: int = 0

    def write(self, text: str) -> None:
        """Put ``text`` on the current line; only preformatted text keeps its own line breaks."""
        if not self._pre_depth:
            if self._current or not text.isspace():  # space at the beginning of a line is not shown
                self._current.append(text)
            return
        first, *others = text.split("\n")
        self._current.append(first)
        if others:
            self.break_line()
            self._lines += [self._marks + line.rstrip() for line in others[:-1]]
            self._current.append(others[-1])

    def break_line(self) -> None:
        """End the line, even an empty one."""
        joined = "".join(self._current)
        line = joined.rstrip() if self._pre_depth else " ".join(joined.split())
        self._lines.append(self._marks + line)
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
        if self._current:
            self.end_block()
        if self._lines and self._lines[-1].strip("> "):
            self._lines.append(self._marks)

    def begin_cell(self) -> None:
        """Keep what follows apart from what stands on the line."""
        self.write(" ")

    def begin_item(self) -> None:
        """Begin a line with the mark of a list."""
        self.end_block()
        self.write("- ")

    def begin_quote(self) -> None:
        """Mark the lines that follow as quoted."""
        self.space_block()
        self._set_quote_depth(self._quote_depth + 1)

    def end_quote(self) -> None:
        """Go back to the lines around the quote."""
        self.end_block()
        self._set_quote_depth(self._quote_depth - 1)
        self.space_block()

    def begin_preformatted(self) -> None:
        """Keep the line breaks of what follows."""
        self.space_block()
        self._pre_depth += 1

    def end_preformatted(self) -> None:
        """Keep them no longer."""
        self.end_block()
        self._pre_depth -= 1
        self.space_block()

    def write_lines(self, text: str) -> None:
        """Put each line of ``text`` that says anything on a line of its own."""
        self.end_block()
        lines = list(filter(None, map(str.strip, _SPACES.sub(" ", text).split("\n"))))
        self._lines += [self._marks + line for line in lines] if self._marks else lines

    def _set_quote_depth(self, depth: int) -> None:
        self._quote_depth = depth
        self._marks = "> " * min(depth, _MAX_QUOTE_DEPTH)

    def finish(self) -> str:
        """Return the lines, at most one blank line between them."""
        self.end_block()
        kept: list[str] = []
        was_blank = True
        for line in self._lines:
            is_blank = not line.strip("> ")
            if not (is_blank and was_blank):
                kept.append(line)
            was_blank = is_blank
        return "\n".join(kept).strip("\n")

"""Body text split into what is new and what was quoted.

Lives here: the one pass over a body from mark to mark. Must not live here: where marks may stand (``quote_marks``),
what they look like (``quotes``), HTML (``markup``), bytes.

Why our own: every published library for this takes super-linear time on hostile text, so any sender could stall the
daemon. Here only lines that may be marks are looked at, each a bounded number of times.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from jeeves.mail import quotes
from jeeves.mail.quote_marks import MAX_MARKS, find_marks

_MAX_BARE_SIGNATURE = 15  # lines; more below a "--" without its space is not a signature
_MAX_BLANK_LINES = "\n" * 12  # more than any question about a line and those around it reaches over
_BLANK_LINES = re.compile(_MAX_BLANK_LINES + "+")
_BLANK_LINE = re.compile(r"\n\n\n+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitText:
    """A body in two."""

    text: str  # newest text only
    quoted: str  # quoted and forwarded text, quote marks removed


@dataclass(slots=True)
class _Split:
    new: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    signature: list[str] = field(default_factory=list)
    is_signature: bool = False
    has_text: bool = False  # whether anything was written above
    mark: str = ""  # what this writer marks quoted lines with, if not ">"

    def keep(self, lines: list[str]) -> None:
        """Take lines that are no marks."""
        if self.mark:
            self.quoted += [line.removeprefix(self.mark) for line in lines if line.startswith(self.mark)]
            lines = [line for line in lines if not line.startswith(self.mark)]
        if self.is_signature:
            self.signature += lines
        else:
            self.new += lines
            self.has_text = self.has_text or any(map(str.strip, lines))

    def flush_signature(self) -> None:
        """Give a "--" with too much below back to the text: somebody drew a line."""
        is_bare = bool(self.signature) and self.signature[0].rstrip("\t") in {"--", " --"}
        signature, self.signature, self.is_signature = self.signature[1:], [], False
        if is_bare and sum(map(bool, map(str.strip, signature))) >= _MAX_BARE_SIGNATURE:
            self.keep(signature)


def split_text(body: str) -> SplitText:
    """Separate the newest text of ``body`` (lines end in LF) from quotes, and take signatures off.

    Total; time linear in the length of ``body``. Answers written between quotes stay in ``text``; a forward with
    nothing above it has empty ``text``.
    """
    if _MAX_BLANK_LINES in body:
        body = _BLANK_LINES.sub(_MAX_BLANK_LINES, body)
    lines = body.split("\n")
    marks = find_marks(body, lines)
    split, at = _Split(), 0
    for first, end in marks[:MAX_MARKS]:
        if end > at:
            split.keep(lines[at:first])
            at = _step(lines, max(at, first), end, split)
    if len(marks) > MAX_MARKS:
        split.flush_signature()
    split.keep(lines[at:])
    split.flush_signature()
    return SplitText(text=_tidy(split.new), quoted=_tidy(split.quoted))


def _step(lines: list[str], at: int, end: int, split: _Split) -> int:
    """Put the line at ``at`` (or those that belong together) where it belongs; return the next one's number.

    Lines with quote marks go on until ``end``.
    """
    line = lines[at]
    if quotes.prefix_length(line):
        return _quoted_lines(lines, at, end, split)
    if split.mark and line.startswith(split.mark):
        split.keep([line])
        return at + 1
    is_delimiter = quotes.is_signature_delimiter(line)  # then it is none of the following, which take longer to tell
    if not is_delimiter and quotes.starts_original(lines, at):
        return _original(lines, at, split)
    count = 0 if is_delimiter else quotes.attribution_lines(lines, at)
    if count:
        return _attribution(lines, at, count, split)
    if is_delimiter or quotes.is_footer(lines, at):
        split.flush_signature()
        split.is_signature = True
    if split.is_signature or not quotes.is_sent_from(line):
        split.keep([line])
    return at + 1


def _attribution(lines: list[str], at: int, count: int, split: _Split) -> int:
    """Go on below an attribution when marked lines or the only text of the body follow it."""
    split.flush_signature()
    mark = quotes.unusual_mark(lines, at + count)
    if not (mark or quotes.quote_follows(lines, at + count)) and split.has_text:
        return _original(lines, at, split)
    split.mark = mark or split.mark
    split.quoted += lines[at : at + count]
    return at + count


def _quoted_lines(lines: list[str], at: int, end: int, split: _Split) -> int:
    bare = lines[at].lstrip(">")
    if end == at + 1 and bare.startswith("From "):  # mbox quoting (RFC 4155)
        split.keep([bare])
    else:
        split.flush_signature()
        split.quoted += quotes.without_prefixes(lines[at:end])
    return end


def _original(lines: list[str], at: int, split: _Split) -> int:
    """Everything from here on is an earlier message."""
    back = 0 if split.is_signature else min(quotes.lines_of_lotus_sender(lines, at), len(split.new))
    split.flush_signature()
    if back:
        split.quoted += split.new[-back:]
        del split.new[-back:]
    header = quotes.header_lines(lines, at)
    if header:
        split.quoted += lines[at : at + header]
        return at + header
    split.quoted += quotes.without_prefixes(lines[at:])
    return len(lines)


def _tidy(lines: list[str]) -> str:
    """Join lines, at most one blank line between them, none around."""
    text = "\n".join(map(str.rstrip, lines)).strip("\n")
    return _BLANK_LINE.sub("\n\n", text) if "\n\n\n" in text else text

"""Body text split into what is new and what was quoted.

Lives here: the one pass over the lines of a body. Must not live here: what the marks look like (``quotes``), HTML
(``markup``), bytes.

Why our own: every published library for this takes super-linear time on hostile text, so any sender could stall the
daemon. Each line here is looked at a bounded number of times.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from jeeves.mail import quotes

_MAX_LINES = 10_000  # no letter has more; what follows is kept without being looked at
_MAX_BARE_SIGNATURE = 15  # lines; more below a "--" without its space is not a signature


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
    mark: str = ""  # what this writer marks quoted lines with, if not ">"

    def flush_signature(self) -> None:
        """Give a "--" with too much below back to the text: somebody drew a line."""
        is_bare = bool(self.signature) and self.signature[0].rstrip("\t") in {"--", " --"}
        if is_bare and sum(1 for line in self.signature if line.strip()) > _MAX_BARE_SIGNATURE:
            self.new += self.signature[1:]
        self.signature.clear()
        self.is_signature = False


def split_text(body: str) -> SplitText:
    """Separate the newest text of ``body`` (lines end in LF) from quotes, and take signatures off.

    Total; time linear in the length of ``body``. Answers written between quotes stay in ``text``; a forward with
    nothing of its own has an empty ``text``.
    """
    lines = body.split("\n")
    split = _Split()
    at = 0
    while at < min(len(lines), _MAX_LINES):
        at = _step(lines, at, split)
    split.flush_signature()
    split.new += lines[at:]
    return SplitText(text=_tidy(split.new), quoted=_tidy(split.quoted))


def _step(lines: list[str], at: int, split: _Split) -> int:
    """Put the line at ``at`` (or the few that belong together) where it belongs; return the next one's number."""
    line = lines[at]
    if split.mark and line.startswith(split.mark):
        split.quoted.append(line.removeprefix(split.mark))
        return at + 1
    if quotes.is_plain(line):
        (split.signature if split.is_signature else split.new).append(line)
        return at + 1
    if quotes.prefix_length(line):
        return _quoted_line(lines, at, split)
    if quotes.starts_original(lines, at):
        return _original(lines, at, split)
    count = quotes.attribution_lines(lines, at)
    if count:
        return _attribution(lines, at, count, split)
    if quotes.is_signature_delimiter(line) or quotes.is_footer(lines, at):
        split.flush_signature()
        split.is_signature = True
    if split.is_signature:
        split.signature.append(line)
    elif not quotes.is_sent_from(line):
        split.new.append(line)
    return at + 1


def _attribution(lines: list[str], at: int, count: int, split: _Split) -> int:
    """Go on below an attribution when marked lines or the only text of the body follow it."""
    split.flush_signature()
    mark = quotes.unusual_mark(lines, at + count)
    if not (mark or quotes.quote_follows(lines, at + count)) and any(line.strip() for line in split.new):
        return _original(lines, at, split)
    split.mark = mark or split.mark
    split.quoted += lines[at : at + count]
    return at + count


def _quoted_line(lines: list[str], at: int, split: _Split) -> int:
    line = lines[at]
    bare = line.lstrip(">")
    if bare.startswith("From ") and not _is_quoted_around(lines, at):  # mbox quoting (RFC 4155)
        (split.signature if split.is_signature else split.new).append(bare)
    else:
        split.flush_signature()
        split.quoted.append(_without_prefix(line))
    return at + 1


def _is_quoted_around(lines: list[str], at: int) -> bool:
    return any(quotes.prefix_length(line) for line in (*lines[max(0, at - 1) : at], *lines[at + 1 : at + 2]))


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
    split.quoted += [_without_prefix(line) for line in lines[at:]]
    return len(lines)


def _without_prefix(line: str) -> str:
    return line[quotes.prefix_length(line) :]


def _tidy(lines: list[str]) -> str:
    """Join lines, at most one blank line between them, none around."""
    kept: list[str] = []
    for line in lines:
        bare = line.rstrip()
        if bare or (kept and kept[-1]):
            kept.append(bare)
    return "\n".join(kept).strip("\n")

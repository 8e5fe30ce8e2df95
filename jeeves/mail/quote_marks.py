"""Where in a body a mark may stand, without looking at each line.

Lives here: a few searches over the whole text, each skipped when the text lacks what its marks cannot do without.
Must not live here: whether a line is a mark (``quotes``), what to do about it (``text``).

Most lines of a letter are no marks, and a hostile letter has 300,000 lines: asking them one by one takes longer than
anything else about reading mail.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from jeeves.mail.quotes import VERBS, starts_attribution

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_MARKS = 300  # of each kind; no letter has more
_LINES_OF_AN_ATTRIBUTION = 4
_CHARACTERS_A_LINE = 16  # letters have more; where there are fewer, a search more takes too long

# Each pattern begins with the line end before the mark: a search for a known character is the fastest there is.
_QUOTE = r"\n[ \t]{0,3}+(?:>|[A-Z][A-Za-z]{0,2}+>)[^\n]*+"
_QUOTES = re.compile(rf"{_QUOTE}(?:{_QUOTE})*+")
# Alternatives stand side by side, not in groups of their own: the search passes over them by their first letters.
_NAMES = "|".join(
    rf"{name}[ \t]{{0,2}}+:" for name in ("[fF](?i:rom|ra|rån)", "[vV](?i:on|an)", "[dD](?i:e|a)", "[tT](?i:o)")
)
_FIELD = re.compile(rf"\n[ \t•]{{0,40}}+\*{{0,2}}+(?:{_NAMES})")
_RULE = re.compile(r"\n[ \t>*|]{0,8}(?:--|__|==)")
# The first letters tell most lines apart; a separator or an advertisement has at least nine characters.
_WORD = (
    r"[oO](?i:riginal|orspronkelijk|utlook|btenir|btener|bter|ttieni)|[fF](?i:orward)"
    r"|[mM](?i:essage|ensaje|ensagem|essaggio)|[rR](?i:eply)|[uU](?i:rspr)|[wW](?i:eitergeleitete)|[cC](?i:ourriel)"
    r"|[dD](?i:oorgestuurd|ébut|ownload|escargar|iese)|[bB](?i:egin)|[aA](?i:nfang)|[iI](?i:n[ií]cio|nizio|nviato)"
    r"|[sS](?i:ent|carica|kickat|endt)|[gG](?i:et|esendet)|[hH](?i:olen)|[tT](?i:élécharger)"
    r"|[vV](?i:on|erstuurd|erzonden)|[eE](?i:nvoyé|nviado)"
)
_WORDS = re.compile(r"\n(?=[^\n]{9})[ \t>*|_]{0,8}+(?:" + _WORD + ")")
# Where any of the three may begin, told by one search: in front of it, most often in all of a letter, is none. The
# first characters once more: a set is passed over faster than two dozen alternatives.
_OPENING = re.compile(rf"\n(?=[-=_ \t>*|•a-iA-IMmOoRr-wR-W])[ \t>*|•]{{0,42}}+(?:--|==|_|{_NAMES}|{_WORD})")
_LINE_ENDING_IN_COLON = re.compile(r":[*_]*+[^\S\n]*+(?=\n)")
_STAMPED_RECIPIENT = re.compile(r"To:(?<=[ \t]To:)")


def find_marks(body: str, lines: Sequence[str]) -> list[tuple[int, int]]:
    """Return, in order, where marks may stand: number of the first line and of the line behind the last.

    ``lines`` are those of ``body``. More than one line: all begin with quote marks. Linear; what lies behind
    MAX_MARKS places is left out.
    """
    text = f"\n{body}\n"
    places = {number: number + 1 for number in _single_lines(text, lines)}
    if ">" in body:
        places |= _runs_of_quotes(text)
    return sorted(places.items())


def _single_lines(text: str, lines: Sequence[str]) -> Iterator[int]:
    if (start := _opening(text, lines)) < len(text):
        if ":" in text:
            yield from _numbers(_FIELD, text, start)
        if "--" in text or "__" in text or "==" in text:
            yield from _numbers(_RULE, text, start)
        yield from _numbers(_WORDS, text, start)
    if ":" in text:
        yield from _attributions(text, lines)
        if "Subject:" in text:
            yield from _numbers(_STAMPED_RECIPIENT, text)


def _opening(text: str, lines: Sequence[str]) -> int:
    """Return a place in front of which no field, rule or word stands, in most letters their end."""
    if len(text) < _CHARACTERS_A_LINE * len(lines):
        return 0
    found = _OPENING.search(text)
    return found.start() if found else len(text)


def _numbers(pattern: re.Pattern[str], text: str, start: int = 0) -> Iterator[int]:
    """Yield the numbers of the lines that matches of ``pattern`` lie in or begin before, from ``start`` on."""
    number = at = 0
    for found in islice(pattern.finditer(text, start), MAX_MARKS):
        first = found.start() + (text[found.start()] == "\n")
        number += text.count("\n", at, first)
        at = first
        yield number - 1


def _attributions(text: str, lines: Sequence[str]) -> Iterator[int]:
    """Yield lines that end in a colon, with a verb of attributions in or above them, and where those may begin."""
    done = 0
    for last in _numbers(_LINE_ENDING_IN_COLON, text):
        first = max(0, last - _LINES_OF_AN_ATTRIBUTION + 1)
        words = "\n".join(lines[first : last + 1])
        if any(verb in words for verb in VERBS):
            yield last
            yield from (number for number in range(max(done, first), last) if starts_attribution(lines[number]))
            done = last


def _runs_of_quotes(text: str) -> dict[int, int]:
    places: dict[int, int] = {}
    number = at = 0
    for found in islice(_QUOTES.finditer(text), MAX_MARKS):
        number += text.count("\n", at, found.start())
        at = found.end()
        count = text.count("\n", found.start(), at)
        places[number] = number + count
        number += count
    return places

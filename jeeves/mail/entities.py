"""Character references of HTML ("&amp;", "&#8217;") as the characters they stand for.

Lives here: one function, ``html.unescape`` at a speed that a text of nothing but references allows. Must not live
here: which text holds references.
"""

from __future__ import annotations

import html
from functools import lru_cache
from html.entities import html5

_BEGINNINGS = frozenset([*(name[:2] for name in html5), *(f"#{digit}" for digit in "0123456789xX")])  # none is shorter
_MANY = 50  # in one text: then most of them come again
_SHORT = 12  # characters: a reference and little else, met again and again; longer ones would keep mail in the cache


def unescape(text: str) -> str:
    """Return what ``html.unescape`` returns (WHATWG HTML, section 13.5). Total; linear."""
    if "&" not in text:
        return text
    head, *pieces = text.split("&")  # no reference reaches over the next "&"
    if len(pieces) < _MANY:
        return head + "".join(map(_unescape, pieces))
    known = {piece: _unescape(piece) for piece in set(pieces)}
    return head + "".join(map(known.__getitem__, pieces))


def _unescape(piece: str) -> str:
    if piece[:2] not in _BEGINNINGS:
        return "&" + piece
    if len(piece) < _SHORT:
        return _short(piece)
    end = piece.find(";", 0, _SHORT) + 1  # nor over the first of these
    return _short(piece[:end]) + piece[end:] if end else html.unescape("&" + piece)


@lru_cache(maxsize=1024)
def _short(piece: str) -> str:
    return html.unescape("&" + piece)

"""HTML mail to the text a person sees.

Lives here: one pass over the tags, layout into lines. Must not live here: a document tree, quotes and signatures
(``text`` splits them off afterwards), network access of any kind.

Why no tree: an HTML5 parser must repeat every open formatting element in every paragraph (WHATWG HTML, section
13.2.4.3), so a hostile mail costs it more than linear time (docs/decisions/0004). What a mail shows needs no
tree: a stack of what is open is enough. Block quotes come out as lines beginning with "> ".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jeeves.mail.entities import unescape
from jeeves.mail.layout import Layout
from jeeves.mail.visibility import Look, attribute_values, hidden_selectors, look_of

if TYPE_CHECKING:
    from collections.abc import Callable


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_TEXT_AND_TAG = re.compile(
    r"""([^<]*+)<(/?)([a-zA-Z][^\s/>]{0,60}+)((?:[^"'>=]++|=\s*+(?:"[^"]*+"|'[^']*+')|["'=])*+)>""",
)
_RAW_TEXT = {
    name: re.compile(rf"</{name}(?=[\s/>])[^>]*+>", re.IGNORECASE) for name in ("script", "style", "title", "xmp")
}
_COMMENT_END = re.compile(r"--!?>")
_VOID = _words("area base br col embed hr img input link meta param source track wbr")
_BLOCKS = _words(
    "address article aside blockquote body center dd details dir div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hr html li main menu nav ol p pre section summary table tbody"
    " tfoot thead tr ul"
)
_SPACED = _words("blockquote dl h1 h2 h3 h4 h5 h6 ol p pre table ul")
_CELLS = ("td", "th")
_AT_BEGIN: dict[str, Callable[[Layout], None]] = {
    **dict.fromkeys(_BLOCKS, Layout.end_block),
    **dict.fromkeys(_SPACED, Layout.space_block),
    **dict.fromkeys(_CELLS, Layout.begin_cell),
    "blockquote": Layout.begin_quote,
    "li": Layout.begin_item,
    "pre": Layout.begin_preformatted,
}
_AT_END: dict[str, Callable[[Layout], None]] = {
    **dict.fromkeys(_BLOCKS, Layout.end_block),
    **dict.fromkeys(_SPACED, Layout.space_block),
    "blockquote": Layout.end_quote,
    "pre": Layout.end_preformatted,
}
# Start tag -> (what it ends without an end tag, how far up that holds): WHATWG HTML, section 13.1.2.4.
_IMPLIED_END: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    **dict.fromkeys(_BLOCKS, (("p",), _BLOCKS.union(_CELLS) - {"p"})),
    "dd": (("dd", "dt"), frozenset({"dl"})),
    "dt": (("dd", "dt"), frozenset({"dl"})),
    "li": (("li",), frozenset({"ol", "ul"})),
    "td": (_CELLS, frozenset({"table", "tr"})),
    "th": (_CELLS, frozenset({"table", "tr"})),
    "tr": (("tr", *_CELLS), frozenset({"table"})),
}
_UNSEEN = _words("math noframes object svg template")
_LAID_OUT = _VOID.union(_UNSEEN, _IMPLIED_END)
_REACH = 20  # how many open elements an implied end tag looks through: keeps the pass linear
_MAX_ALT = 100
_MAX_OPEN = 250  # elements within elements; pages by people and their programs stay below a hundred
# Tags laid out, all in all and for the length of a page; behind them, or too deep, tags are only taken away.
_MAX_TAGS = 5_000
_MAX_TAGS_OF_ANY_PAGE = 500
_CHARACTERS_A_TAG = 20  # pages by people and their programs have more
_STYLE_SHEET = re.compile(r"<(?:style|script)\b[^<>]*+>[^<]*+", re.IGNORECASE)
# Paragraphs, lists, headings, rows and breaks by their first letters, with the tags right behind them.
_BLOCK_TAGS = re.compile(
    r"<(?:[pPlLhHdD]|[tT][rRaA]|[bB][rRlL]|[uUoO][lL]|/[pPdDhH])[^<>]*+>(?:<[a-zA-Z/!?][^<>]*+>)*+",
)
_ANY_TAGS = re.compile(r"(?:<[a-zA-Z/!?][^<>]*+(?:>|\Z))++")


def to_text(source: str) -> str:
    """Return what a person sees of ``source``: blocks as lines, links as their text, hidden parts left out.

    Total; time linear in the length of ``source``, which the caller caps.
    """
    walk, at = _Walk(), 0
    for _ in range(min(_MAX_TAGS, _MAX_TAGS_OF_ANY_PAGE + len(source) // _CHARACTERS_A_TAG)):
        found = _TEXT_AND_TAG.match(source, at)
        if found is None:
            start = source.find("<", at)
            if start < 0:
                break
            at = _skip_no_tag(source, at, start, walk)
            continue
        text, closes, name, rest = found.groups()
        at, name = found.end(), name.lower()
        if text:
            walk.text(text)
        if closes:
            walk.close(name)
        elif name in _RAW_TEXT:
            at = _skip_raw_text(source, name, at, walk)
        else:
            walk.open(name, rest)
            if len(walk.stack) > _MAX_OPEN:
                break
    if source.find("<", at) >= 0:
        walk.rest(_without_tags(source[at:]))
    else:
        walk.text(source[at:])
    return walk.layout.finish()


def _skip_raw_text(source: str, name: str, at: int, walk: _Walk) -> int:
    """Return where markup goes on behind a raw text element whose content begins at ``at``."""
    end = _RAW_TEXT[name].search(source, at)
    if name == "style":
        walk.style_sheet(source[at : end.start() if end else len(source)])
    return end.end() if end else len(source)


def _skip_no_tag(source: str, at: int, start: int, walk: _Walk) -> int:
    """Return where markup goes on behind the text at ``at`` and a "<" that begins no tag (section 13.2.5.6)."""
    if source.startswith(("<!", "<?", "</"), start):
        walk.text(source[at:start])
        return _skip_declaration(source, start)
    end = start + 1 if source.find(">", start) >= 0 else len(source)  # without ">" no tag can end any more
    walk.text(source[at:end])
    return end


def _skip_declaration(source: str, start: int) -> int:
    """Return where a comment, declaration or bogus comment ends."""
    if not source.startswith("<!--", start):
        end = source.find(">", start)
        return len(source) if end < 0 else end + 1
    if source.startswith((">", "->"), start + 4):
        return source.find(">", start) + 1
    found = _COMMENT_END.search(source, start + 4)
    return found.end() if found else len(source)


def _without_tags(source: str) -> str:
    """Return the text behind more tags than any page for people has, its blocks as lines."""
    return _ANY_TAGS.sub("", _BLOCK_TAGS.sub("\n", _STYLE_SHEET.sub("", source)))


class _Walk:
    """What is open at this point of the document."""

    def __init__(self) -> None:
        self.layout = Layout()
        self.stack: list[tuple[str, bool, bool]] = []  # name, then _hidden and _tiny as they were around it
        self._count: dict[str, int] = {}  # open elements by name
        self._hidden = False  # nobody sees what stands here
        self._tiny = False  # so small that nobody is meant to see it
        self._hidden_selectors: set[str] = set()
        self._looks: dict[tuple[str, str], Look] = {}  # by name and attributes as written: pages repeat themselves

    def text(self, text: str) -> None:
        if text and not (self._hidden or self._tiny):
            self.layout.write(unescape(text) if "&" in text else text)

    def rest(self, text: str) -> None:
        """Show ``text`` whatever is open: what would end the hiding is no longer looked for."""
        self.layout.write_lines(unescape(text))

    def style_sheet(self, sheet: str) -> None:
        self._hidden_selectors |= hidden_selectors(sheet)
        self._looks.clear()

    def open(self, name: str, rest: str) -> None:
        is_laid_out = name in _LAID_OUT
        if is_laid_out and name in _IMPLIED_END:
            self._close_implied(name)
        hidden, tiny = self._seen(name, rest) if rest else (self._hidden or name in _UNSEEN, self._tiny)
        if not is_laid_out and hidden == self._hidden and tiny == self._tiny and not self._count.get(name):
            return  # such as <b>: neither it nor its end changes what is seen, wherever that end stands
        if name in _VOID:
            if not (hidden or self._tiny):
                self._void(name, rest)
            return
        if not hidden and name in _AT_BEGIN:
            _AT_BEGIN[name](self.layout)
        self.stack.append((name, self._hidden, self._tiny))
        self._count[name] = self._count.get(name, 0) + 1
        self._hidden, self._tiny = hidden, tiny

    def close(self, name: str) -> None:
        if name == "br":
            self.layout.break_line()
        if self._count.get(name):
            while self._pop() != name:
                pass
        elif name == "p":
            self.layout.space_block()

    def _pop(self) -> str:
        was_hidden = self._hidden
        name, self._hidden, self._tiny = self.stack.pop()
        self._count[name] -= 1
        if not was_hidden and name in _AT_END:
            _AT_END[name](self.layout)
        return name

    def _close_implied(self, name: str) -> None:
        """End what ``name`` ends without an end tag (WHATWG HTML, section 13.1.2.4)."""
        ended, limits = _IMPLIED_END[name]
        for each in ended:
            if self._count.get(each):
                break
        else:
            return
        if len(ended) == 1 and self._count[each] == 1 and self.stack[-1][0] == each:
            self._pop()
            return
        target = 0
        for distance, (element, _, _) in enumerate(self.stack[: -_REACH - 1 : -1], start=1):
            if element in ended:
                target = distance
            elif element in limits:
                break
        for _ in range(target):
            self._pop()

    def _seen(self, name: str, rest: str) -> tuple[bool, bool]:
        """Return whether what stands in a tag is hidden, and whether it is tiny."""
        hidden = self._hidden or name in _UNSEEN
        if hidden:
            return hidden, self._tiny
        look = self._looks.get((name, rest))
        if look is None:
            look = self._looks[name, rest] = look_of(name, rest, self._hidden_selectors)
        return look.hides, self._tiny if look.tiny is None else look.tiny

    def _void(self, name: str, rest: str) -> None:
        if name == "br":
            self.layout.break_line()
        elif name == "hr":
            self.layout.space_block()
        elif name == "img":
            self.layout.write(unescape(attribute_values(rest).get("alt", ""))[:_MAX_ALT])

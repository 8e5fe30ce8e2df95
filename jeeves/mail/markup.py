"""HTML mail to the text a person sees.

Lives here: one pass over the tags, layout into lines. Must not live here: a document tree, quotes and signatures
(``text`` splits them off afterwards), network access of any kind.

Why no tree: an HTML5 parser must repeat every open formatting element in every paragraph (WHATWG HTML, section
13.2.4.3), so a hostile mail costs it more than linear time (docs/decisions/0004). What a mail shows needs no
tree: a stack of what is open is enough. Block quotes come out as lines beginning with "> ".
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jeeves.mail.layout import Layout

if TYPE_CHECKING:
    from collections.abc import Iterator


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_TAG = re.compile(
    r"""<(/?)([a-zA-Z][^\s/>]{0,60}+)((?:[^"'>=]++|=\s*+(?:"[^"]*+"|'[^']*+')|["'=])*+)>""",
)
_ATTRIBUTE = re.compile(r"""(?<![\w-])([a-zA-Z-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_HIDDEN_ATTRIBUTE = re.compile(r"\shidden(?=[\s/=]|$)", re.IGNORECASE)
_HIDING = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|mso-hide\s{0,9}:\s{0,9}all"
    r"|opacity\s{0,9}:\s{0,9}0?\.?0{0,4}(?![.\d])|max-(?:height|width)\s{0,9}:\s{0,9}0(?:px|pt|em)?(?![.\d%])",
)
_FONT_SIZE = re.compile(r"(?<![\w-])font-size\s{0,9}:\s{0,9}(\d{1,6}(?:\.\d{0,6})?)")
_SIMPLE_SELECTOR = re.compile(r"[a-z]{0,20}[.#][\w-]{1,60}")
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
# Start tag -> (what it ends without an end tag, how far up that holds): WHATWG HTML, section 13.1.2.4.
_CELLS = ("td", "th")
_IMPLIED_END: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "dd": (("dd", "dt"), frozenset({"dl"})),
    "dt": (("dd", "dt"), frozenset({"dl"})),
    "li": (("li",), frozenset({"ol", "ul"})),
    "td": (_CELLS, frozenset({"table", "tr"})),
    "th": (_CELLS, frozenset({"table", "tr"})),
    "tr": (("tr", *_CELLS), frozenset({"table"})),
}
_PARAGRAPH_END = (("p",), _BLOCKS.union(_CELLS) - {"p"})
_UNSEEN = _words("math noframes object svg template")
_REACH = 20  # how many open elements an implied end tag looks through: keeps the pass linear
_VISIBLE_FONT_SIZE = 2.0  # anything smaller is a preheader nobody is meant to see
_MAX_ALT = 100
_MAX_OPEN = 5_000
_MAX_TAGS = 10_000  # laid out; behind them tags are only taken away
_STYLE_SHEET = re.compile(r"<(?:style|script)\b[^<>]*+>[^<]*+", re.IGNORECASE)
_BLOCK_TAG = re.compile(r"<(?:br|/?(?:p|div|tr|li|h[1-6]|table|ul|ol|blockquote))\b[^<>]*+>", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*+(?:>|\Z)")


def to_text(source: str) -> str:
    """Return what a person sees of ``source``: blocks as lines, links as their text, hidden parts left out.

    Total; time linear in the length of ``source``, which the caller caps.
    """
    walk = _Walk()
    for token in _tokens(source):
        if isinstance(token, _Rest):
            walk.rest(html.unescape(token))
        elif isinstance(token, str):
            walk.text(html.unescape(token))
        elif token.closes:
            walk.close(token.name)
        else:
            walk.open(token)
    return walk.layout.finish()


@dataclass(slots=True)
class _Tag:
    name: str
    closes: bool
    rest: str  # the attributes as written
    content: str = ""  # of raw text elements


class _Rest(str):
    """What lies behind more tags than any page for people has: its text, by lines."""

    __slots__ = ()


def _tokens(source: str) -> Iterator[_Tag | str]:
    """Yield tags and the text between them (WHATWG HTML, section 13.2.5, as far as mail needs it)."""
    at = tags = 0
    while (start := source.find("<", at)) >= 0:
        tags += 1
        if tags > _MAX_TAGS:
            yield _Rest(_ANY_TAG.sub("", _BLOCK_TAG.sub("\n", _STYLE_SHEET.sub("", source[at:]))))
            return
        if start > at:
            yield source[at:start]
        found = _TAG.match(source, start)
        if found is not None:
            tag = _Tag(found[2].lower(), bool(found[1]), found[3])
            at = _skip_raw_text(source, tag, found.end())
            yield tag
        elif source.startswith(("<!", "<?", "</"), start):
            at = _skip_declaration(source, start)
        elif source.find(">", start) < 0:  # no tag can end any more
            yield source[start:]
            return
        else:
            yield "<"
            at = start + 1
    yield source[at:]


def _skip_raw_text(source: str, tag: _Tag, at: int) -> int:
    """Keep the content of a raw text element in ``tag``; return where markup goes on."""
    pattern = None if tag.closes else _RAW_TEXT.get(tag.name)
    if pattern is None:
        return at
    found = pattern.search(source, at)
    tag.content = source[at : found.start() if found else len(source)]
    return found.end() if found else len(source)


def _skip_declaration(source: str, start: int) -> int:
    """Return where a comment, declaration or bogus comment ends."""
    if not source.startswith("<!--", start):
        end = source.find(">", start)
        return len(source) if end < 0 else end + 1
    if source.startswith((">", "->"), start + 4):
        return source.find(">", start) + 1
    found = _COMMENT_END.search(source, start + 4)
    return found.end() if found else len(source)


@dataclass(slots=True)
class _Open:
    name: str
    hidden: bool
    tiny: bool


class _Walk:
    """What is open at this point of the document."""

    def __init__(self) -> None:
        self.layout = Layout()
        self._open: list[_Open] = []
        self._count: dict[str, int] = {}
        self._hidden_selectors: set[str] = set()

    def text(self, text: str) -> None:
        if not (self._open and (self._open[-1].hidden or self._open[-1].tiny)):
            self.layout.write(text)

    def rest(self, text: str) -> None:
        """Show ``text`` whatever is open: what would end the hiding is no longer looked for."""
        self.layout.end_block()
        for line in text.split("\n"):
            if line.strip():
                self.layout.write(line)
                self.layout.end_block()

    def open(self, tag: _Tag) -> None:
        if tag.name in _RAW_TEXT:
            if tag.name == "style":
                self._hidden_selectors |= _hiding_selectors(tag.content)
            return
        self._close_implied(tag.name)
        top = self._open[-1] if self._open else _Open("", hidden=False, tiny=False)
        attributes = _attributes(tag.rest)
        hidden = top.hidden or self._hides(tag, attributes)
        if tag.name in _VOID:
            if not (hidden or top.tiny):
                self._void(tag.name, attributes)
            return
        if not hidden:
            self._begin(tag.name)
        if len(self._open) < _MAX_OPEN:
            self._open.append(_Open(tag.name, hidden, _tiny(attributes.get("style", ""), inherited=top.tiny)))
            self._count[tag.name] = self._count.get(tag.name, 0) + 1

    def close(self, name: str) -> None:
        if name == "br":
            self.layout.break_line()
        if name == "p" and not self._count.get(name):
            self.layout.space_block()
        if self._count.get(name):
            while self._pop() != name:
                pass

    def _pop(self) -> str:
        last = self._open.pop()
        self._count[last.name] -= 1
        if not last.hidden:
            self._end(last.name)
        return last.name

    def _close_implied(self, name: str) -> None:
        """End what ``name`` ends without an end tag (WHATWG HTML, section 13.1.2.4)."""
        ended, limits = _IMPLIED_END.get(name) or (_PARAGRAPH_END if name in _BLOCKS else ((), frozenset()))
        if not ended or not any(self._count.get(each) for each in ended):
            return
        target = 0
        for distance, element in enumerate(reversed(self._open[-_REACH:]), start=1):
            if element.name in ended:
                target = distance
            elif element.name in limits:
                break
        for _ in range(target):
            self._pop()

    def _hides(self, tag: _Tag, attributes: dict[str, str]) -> bool:
        if tag.name in _UNSEEN:
            return True
        if _HIDING.search(attributes.get("style", "").lower()) or _HIDDEN_ATTRIBUTE.search(tag.rest):
            return True
        if not self._hidden_selectors:
            return False
        names = ["." + each for each in attributes.get("class", "").split()] + ["#" + attributes.get("id", "")]
        return any(each in self._hidden_selectors or tag.name + each in self._hidden_selectors for each in names)

    def _void(self, name: str, attributes: dict[str, str]) -> None:
        if name == "br":
            self.layout.break_line()
        elif name == "hr":
            self.layout.space_block()
        elif name == "img":
            self.layout.write(html.unescape(attributes.get("alt", ""))[:_MAX_ALT])

    def _begin(self, name: str) -> None:
        if name in _SPACED:
            self.layout.space_block()
        elif name in _BLOCKS:
            self.layout.end_block()
        elif name in {"td", "th"}:
            self.layout.write(" ")
        if name == "li":
            self.layout.write("- ")
        self.layout.quote_depth += name == "blockquote"
        self.layout.pre_depth += name == "pre"

    def _end(self, name: str) -> None:
        if name in _BLOCKS:
            self.layout.end_block()
        self.layout.quote_depth -= name == "blockquote"
        self.layout.pre_depth -= name == "pre"
        if name in _SPACED:
            self.layout.space_block()


def _attributes(rest: str) -> dict[str, str]:
    if "=" not in rest:
        return {}
    found: dict[str, str] = {}
    for each in _ATTRIBUTE.finditer(rest):
        found.setdefault(each[1].lower(), each[2] or each[3] or each[4] or "")
    return found


def _tiny(style: str, *, inherited: bool) -> bool:
    found = _FONT_SIZE.search(style.lower()) if style else None
    if found is None:
        return inherited
    after = style[found.end() : found.end() + 2].lower()
    return float(found[1]) < (_VISIBLE_FONT_SIZE if after in {"px", "pt"} else 0.1)


def _hiding_selectors(sheet: str) -> set[str]:
    """Return the plain class and id selectors that a style sheet hides, outside of any @media block."""
    found: set[str] = set()
    for rule in sheet.lower().split("@media", 1)[0].split("}"):
        selectors, _, declarations = rule.rpartition("{")
        if _HIDING.search(declarations):
            found.update(each.strip() for each in selectors.split(",") if _SIMPLE_SELECTOR.fullmatch(each.strip()))
    return found

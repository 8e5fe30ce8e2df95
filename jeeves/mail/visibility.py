"""What the attributes and style sheets of HTML mail hide from a person.

Lives here: from the attributes of a tag as written, or a style sheet, to what is not shown. Must not live here: tags,
what is open, layout (``markup``).
"""

from __future__ import annotations

import re
from typing import NamedTuple

_ATTRIBUTE = re.compile(r"""(?<![\w-])([a-zA-Z-]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'>]++))""")
_HIDDEN_ATTRIBUTE = re.compile(r"\shidden(?=[\s/=]|$)")
_HIDING = re.compile(
    r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden|mso-hide\s{0,9}:\s{0,9}all"
    r"|opacity\s{0,9}:\s{0,9}0?\.?0{0,4}(?![.\d])|max-(?:height|width)\s{0,9}:\s{0,9}0(?:px|pt|em)?(?![.\d%])",
)
_FONT_SIZE = re.compile(r"(?<![\w-])font-size\s{0,9}:\s{0,9}(\d{1,6}(?:\.\d{0,6})?)")
_TELLING = re.compile("hid|none|opacity|max-|font-size")  # no style matters without one of them
_SIMPLE_SELECTOR = re.compile(r"[a-z]{0,20}[.#][\w-]{1,60}")
_VISIBLE_FONT_SIZE = 2.0  # anything smaller is a preheader nobody is meant to see


class Look(NamedTuple):
    """What a tag says about being seen."""

    hides: bool
    tiny: bool | None  # None: as small as what stands around it


_AS_AROUND = Look(hides=False, tiny=None)


def attribute_values(rest: str) -> dict[str, str]:
    """Return the attributes in ``rest``, what stands between a tag's name and its ">"; linear.

    Names in lower case, of each the first; values as written, references in them too.
    """
    values: dict[str, str] = {}
    for each in _ATTRIBUTE.finditer(rest):
        values.setdefault(each[1].lower(), each[2] or each[3] or each[4] or "")
    return values


def look_of(name: str, rest: str, selectors: set[str]) -> Look:
    """Return what the tag ``name`` with the attributes in ``rest`` says about being seen. Total; linear.

    ``selectors``: those that style sheets hide, see ``hidden_selectors``.
    """
    lowered = rest.lower()
    if not selectors and "style" not in lowered and "hidden" not in lowered:
        return _AS_AROUND  # as most tags
    hides = "hidden" in lowered and _HIDDEN_ATTRIBUTE.search(lowered) is not None
    hides = hides or (bool(selectors) and _is_selected(name, rest, selectors))
    style = attribute_values(lowered).get("style", "") if "style" in lowered and _TELLING.search(lowered) else ""
    return Look(hides or _HIDING.search(style) is not None, _tiny(style)) if style else Look(hides, None)


def _tiny(style: str) -> bool | None:
    found = _FONT_SIZE.search(style)
    if found is None:
        return None
    unit = style[found.end() : found.end() + 2]
    return float(found[1]) < (_VISIBLE_FONT_SIZE if unit in {"px", "pt"} else 0.1)


def hidden_selectors(sheet: str) -> set[str]:
    """Return the plain class and id selectors that a style sheet hides, outside of any @media block."""
    found: set[str] = set()
    for rule in sheet.lower().split("@media", 1)[0].split("}"):
        selectors, _, declarations = rule.rpartition("{")
        if _HIDING.search(declarations):
            found.update(each.strip() for each in selectors.split(",") if _SIMPLE_SELECTOR.fullmatch(each.strip()))
    return found


def _is_selected(name: str, rest: str, selectors: set[str]) -> bool:
    """Return whether a tag is one of the plain class and id ``selectors``."""
    values = attribute_values(rest)
    names = ["." + each for each in values.get("class", "").split()] + ["#" + values.get("id", "")]
    return any(each in selectors or name + each in selectors for each in names)

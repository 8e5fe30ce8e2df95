r"""Make foreign text harmless to look at.

Lives here: pure functions from text to text that take away whatever could steer a terminal, reorder what a person
reads, or break a line-based format. Must not live here: escaping for SQL, XML or shells (the adapters do that with
their libraries' own means), any import outside the standard library.

Sources: ECMA-48 (control functions: ESC, CSI, OSC and their C1 forms), Unicode Standard Annex #9 (bidirectional
controls), "Trojan Source" (CVE-2021-42574) for why bidirectional overrides are refused. Every pattern is bounded, so
the cost is linear in the length of the text.
"""

from __future__ import annotations

import re

# A control string (OSC, DCS, SOS, PM, APC) is taken whole only when it ends soon: an unterminated one must not be
# able to swallow the rest of a message; then only its introducer goes. The one set of characters in front, told apart
# afterwards, is what the search goes fast by.
_SEQUENCE = re.compile(
    r"[\x1b\x90\x98\x9b\x9d-\x9f](?:"
    r"(?<=\x1b)\x1b*(?=\x1b)|"  # many in a row: all but the last at once
    r"(?:(?<=\x1b)[\]PX^_]|(?<=[\x90\x98\x9d-\x9f]))[^\x07\x1b\x90-\x9f\n]{0,256}(?:\x07|\x1b\\|\x9c)"
    r"|(?:(?<=\x1b)\[|(?<=\x9b))[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|(?<=\x1b)[ -/]{0,8}[0-~])"
)
_LINE_END = re.compile("[\r\x0b\x0c\x85\u2028\u2029]")
# C0 except TAB and LF, DEL, C1, bidirectional controls, byte order mark, interlinear annotation, tag characters.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]+"
)
_SURROGATE = re.compile("[\ud800-\udfff]")


def without_controls(text: str) -> str:
    r"""Return ``text`` without control functions; only TAB and LF remain of C0.

    Every line ending (CR LF, CR, VT, FF, NEL, LS, PS) becomes LF, a lone surrogate U+FFFD. Raises nothing.
    """
    if text.replace("\n", "").replace("\t", "").isprintable():  # most text is, and this is five times faster
        return text
    text = _LINE_END.sub("\n", _SEQUENCE.sub("", text).replace("\r\n", "\n"))
    return _SURROGATE.sub("\ufffd", _FORBIDDEN.sub("", text))


def one_line(text: str) -> str:
    """Return ``text`` as one line fit for a terminal, a log field or an SMS: no controls, single spaces, stripped."""
    return " ".join((text if text.isprintable() else without_controls(text)).split())


def terminal_safe(text: str) -> str:
    """Return ``text`` fit for a terminal, like ``one_line`` but line by line: LF is the only control left."""
    return "\n".join(" ".join(line.split()) for line in without_controls(text).split("\n"))

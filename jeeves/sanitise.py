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
from typing import Final

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
_INTRODUCERS = "\x1b\x90\x98\x9b\x9d\x9e\x9f"
_LINE_ENDS = "\r\x0b\x0c\x85\u2028\u2029"
# C0 except TAB and LF, and DEL; C1; bidirectional controls, byte order mark, interlinear annotation, tag characters.
_FORBIDDEN_ASCII = bytes({*range(0x20), 0x7F} - set(b"\t\n"))
_HARMLESS_ASCII = bytes(range(0x20, 0x7F)) + b"\t\n"
_FORBIDDEN_LATIN = _FORBIDDEN_ASCII + bytes(range(0x80, 0xA0))
_BEYOND = "\x80-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb"
# A set alone at the beginning is what the search goes fast by, one that is repeated is not. The two in patterns of
# their own: a set that reaches beyond U+FFFF is searched for half as long again.
_FORBIDDEN_BEYOND = re.compile(f"[{_BEYOND}][{_BEYOND}]*+")
_TAGS = re.compile("[\U000e0000-\U000e007f]+")
_TAGS_BEGIN = "\U000e0000".encode()[:2]
# What ``without_controls`` takes away or puts something else for, to be set between the brackets of a pattern.
UNWANTED: Final = f"\0-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff\U000e0000-\U000e007f{_BEYOND}"
_UNWANTED = re.compile(f"[{UNWANTED}]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_SAMPLES, _SAMPLE = 32, 128  # how many, and characters of each: enough to tell a fortieth from none
_OF_A_BINARY = 40


def is_binary(text: str) -> bool:
    """Return whether more than one in forty characters is one that no text has, by samples; False when short.

    Letters have none at all but in escape sequences; bytes drawn by lot, or read in the wrong charset, every tenth.
    """
    step = len(text) // _SAMPLES
    if step < _SAMPLE:
        return False
    sampled = "".join([text[at : at + _SAMPLE] for at in range(0, step * _SAMPLES, step)])
    lines = _with_line_feeds(_SEQUENCE.sub("", sampled))
    return (len(lines) - len(_without_forbidden(lines))) * _OF_A_BINARY > len(lines)


def without_controls(text: str) -> str:
    r"""Return ``text`` without control functions; only TAB and LF remain of C0.

    Every line ending (CR LF, CR, VT, FF, NEL, LS, PS) becomes LF, a lone surrogate U+FFFD. Raises nothing.
    """
    if _is_harmless(text):  # most text is, and this is many times faster
        return text
    if any(map(text.__contains__, _INTRODUCERS)):
        text = _SEQUENCE.sub("", text)
    return _without_forbidden(_with_line_feeds(text))


def _is_harmless(text: str) -> bool:
    """Return whether there is nothing to take away; of ASCII, what a table leaves tells."""
    if text.isascii():
        return not text.encode("ascii").translate(None, _HARMLESS_ASCII)
    return not _UNWANTED.search(text)


def _with_line_feeds(text: str) -> str:
    text = text.replace("\r\n", "\n")
    for each in _LINE_ENDS:
        text = text.replace(each, "\n")
    return text


def _without_forbidden(text: str) -> str:
    """Delete single characters: of bytes that is done by a table, ten times as fast as by a pattern."""
    try:
        return text.encode("latin-1").translate(None, _FORBIDDEN_LATIN).decode("latin-1")
    except UnicodeEncodeError:
        pass
    try:
        coded = text.encode()
    except UnicodeEncodeError:
        text = _SURROGATE.sub("\ufffd", text)
        coded = text.encode()
    kept = coded.translate(None, _FORBIDDEN_ASCII)  # in UTF-8 no byte of another character is one of ASCII's
    if len(kept) < len(coded):
        text = kept.decode()
    text = _FORBIDDEN_BEYOND.sub("", text)
    return _TAGS.sub("", text) if _TAGS_BEGIN in coded else text


def one_line(text: str) -> str:
    """Return ``text`` as one line fit for a terminal, a log field or an SMS: no controls, single spaces, stripped."""
    return " ".join((text if text.isprintable() else without_controls(text)).split())


def terminal_safe(text: str) -> str:
    """Return ``text`` fit for a terminal, like ``one_line`` but line by line: LF is the only control left."""
    return "\n".join(" ".join(line.split()) for line in without_controls(text).split("\n"))

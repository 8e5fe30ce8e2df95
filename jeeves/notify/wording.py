"""What an alert says on channels that cannot take any character.

Lives here: pure functions from the alert's body to a text message or to spoken words. Must not live here: what an
alert tells (``assist.alerts``), XML, delivery.
"""

from __future__ import annotations

import re

from anyascii import anyascii

from jeeves.sanitise import one_line

_LIMIT = 300  # characters: what ``assist.alerts`` composes, held here against anything longer

# 3GPP TS 23.038, section 6.2.1: the default alphabet, and its extension, which takes an escape before each character.
_GSM7 = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM7_EXTENSION = frozenset("{}[]~\\|^€")
# Septets or UTF-16 units that one message holds alone, and as a part of several (3GPP TS 23.040, section 9.2.3.24).
_GSM7_ROOM = (160, 153)
_UCS2_ROOM = (70, 67)
# Ideographs and syllables: spelled in Latin letters their sound is guessed and their meaning lost.
_IDEOGRAPHIC = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9d]")
_BY_HAND = str.maketrans(
    {"`": "'", "\u00d7": "x", "\u2022": "*", "\u00b7": "*", "«": '"', "»": '"', "\u2039": "'", "\u203a": "'"}
)
_PICTOGRAPH = re.compile("[\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\U000e0000-\U000e007f\ufe0e\ufe0f\u200d]+")
_QUOTED = re.compile('([^"]*)"(.*)"([^"]*)', re.DOTALL)
_LISTED = re.compile(r"(\d+ get-togethers? needs? a place: )(.*)", re.DOTALL)  # what ``assist.digest`` composes
_NOT_XML = re.compile("[\ufffe\uffff]")  # XML 1.0, section 2.2: the only characters left that no document may hold
_BRACKETS = re.compile(r"[\[\]]+")  # espeak-ng takes "[[" for the start of phoneme codes


def gsm7_text(text: str) -> str:
    """Return ``text`` in the GSM-7 alphabet, unless ideographs make out a quarter of its letters or more.

    One typographic quote turns a text message into UCS-2, which more than doubles its price (reference: Twilio,
    "What is GSM-7 Character Encoding?"). Other letters are spelled in Latin ones, pictographs are left out.
    """
    letters = sum(character.isalpha() for character in text)
    if 4 * len(_IDEOGRAPHIC.findall(text)) >= max(letters, 1):
        return text
    plain = "".join(_nearest(character) for character in _PICTOGRAPH.sub("", text.translate(_BY_HAND)))
    return " ".join(plain.split())


def _nearest(character: str) -> str:
    if character in _GSM7 or character in _GSM7_EXTENSION:
        return character
    return "".join(each for each in anyascii(character) if each in _GSM7 or each in _GSM7_EXTENSION)


def is_gsm7(text: str) -> bool:
    """Tell whether ``text`` can be sent in GSM-7."""
    return all(character in _GSM7 or character in _GSM7_EXTENSION for character in text)


def text_message(body: str, reference: str, *, segments: int = 1) -> str:
    """Return ``body`` as a text message of at most so many ``segments`` that surely ends in ``[reference]``.

    What a body quotes gives way first, cut at a word; then the rest does.
    """
    tag = f"[{reference}]"
    text = gsm7_text(one_line(body))
    rest = text.removesuffix(tag)[: 2 * _LIMIT].rstrip()
    alone, joined = _GSM7_ROOM if is_gsm7(text) else _UCS2_ROOM
    room = (alone if segments == 1 else segments * joined) - _size(f" {tag}")
    return f"{_fitted(rest, room)} {tag}".strip()


def _fitted(text: str, room: int) -> str:
    if _size(text) <= room:
        return text
    if listing := _LISTED.fullmatch(text):
        return _fitted_list(listing[1], listing[2].split("; "), room)
    if quoting := _QUOTED.fullmatch(text):
        before, quoted, after = quoting.groups()
        if shorter := _cut(quoted, room - _size(f'{before}""{after}')):
            return f'{before}"{shorter}"{after}'
        text = f"{before.rstrip()}{after}"
    return text if _size(text) <= room else _cut(text, room)


def _fitted_list(opening: str, parts: list[str], room: int) -> str:
    """Shorten the longest part, letter by letter, until all fit: each keeps its beginning, which names it."""
    while _size(text := opening + "; ".join(parts)) > room and max(map(len, parts)) > 1:
        longest = max(range(len(parts)), key=lambda number: _size(parts[number]))
        parts[longest] = parts[longest][:-1].rstrip()
    return text if _size(text) <= room else _cut(text, room)


def _cut(text: str, room: int) -> str:
    """Return as much of ``text`` as there is ``room`` for, cut at a word where there is one, marked with three dots."""
    kept = text
    while kept and _size(kept) + len("...") > room:
        kept = kept[:-1]
    words = kept if text[len(kept) :].startswith(" ") else kept.rpartition(" ")[0]
    kept = (words if 2 * len(words) > len(kept) else kept).rstrip(" ,;:-")
    return f"{kept}..." if kept else ""


def _size(text: str) -> int:
    """Return how many septets ``text`` takes, or UTF-16 code units when it is not GSM-7."""
    if is_gsm7(text):
        return len(text) + sum(character in _GSM7_EXTENSION for character in text)
    return len(text.encode("utf-16-le")) // 2


def spoken(body: str, reference: str) -> str:
    """Return ``body`` as words to be read aloud: at most 300 characters, then the reference letter by letter."""
    said = one_line(body).replace(f"[{reference}]", "")
    said = one_line(_NOT_XML.sub("", _BRACKETS.sub(" ", said)))[:_LIMIT].rstrip()
    letters = " ".join(character for character in reference if character.isalnum())
    end = "" if said.endswith((".", "!", "?", '"')) or not said else "."
    return f"{said}{end} Reference {letters}.".strip() if letters else said + end

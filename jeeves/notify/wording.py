"""What an alert says on channels that cannot take any character.

Lives here: pure functions from the alert's body to a text message or to spoken words. Must not live here: what an
alert tells (``assist.alerts``), XML, delivery.
"""

from __future__ import annotations

import re
import unicodedata

from jeeves.sanitise import one_line

_LIMIT = 300  # characters: what ``assist.alerts`` composes, held here against anything longer

# 3GPP TS 23.038, section 6.2.1: the default alphabet and, after the line break, its extension (two septets each).
_GSM7 = frozenset(
    "@£$¥èéùìòÇØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
    "{}[]~\\|^€"
)
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4\u0060\u02bc\u2039\u203a", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"'),
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
        **dict.fromkeys(
            "\u00ad\u200b\u200c\u200d\u2060\ufe0e\ufe0f", ""
        ),  # invisible: hyphen hints, joiners, selectors
        **dict.fromkeys("\u2022\u00b7\u2219", "*"),
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ð": "d",
        "Ð": "D",
        "þ": "th",
        "Þ": "Th",
        "œ": "oe",
        "Œ": "OE",
        "\u0131": "i",
        "ħ": "h",
        "Ħ": "H",
        "\u00d7": "x",
    }
)
_NOT_XML = re.compile("[\ufffe\uffff]")  # XML 1.0, section 2.2: the only characters left that no document may hold
_BRACKETS = re.compile(r"[\[\]]+")  # espeak-ng takes "[[" for the start of phoneme codes


def gsm7_text(text: str) -> str:
    """Return ``text`` in the GSM-7 alphabet where its meaning allows it, else unchanged.

    One typographic quote turns a text message into UCS-2, which more than doubles its price (reference: Twilio,
    "What is GSM-7 Character Encoding?"). A text that holds another script needs UCS-2 anyway: it stays as it is.
    """
    plain = "".join(_nearest(character) for character in text.translate(_PLAIN))
    return plain if _GSM7.issuperset(plain) else text


def _nearest(character: str) -> str:
    if character in _GSM7:
        return character
    decomposed = unicodedata.normalize("NFKD", character)
    base = "".join(part for part in decomposed if not unicodedata.combining(part)).replace("\u2044", "/")  # one half
    return base if _GSM7.issuperset(base) else character


def text_message(body: str, reference: str) -> str:
    """Return ``body`` as one text message of at most 300 characters that surely ends in ``[reference]``."""
    tag = f"[{reference}]"
    text = gsm7_text(one_line(body))
    rest = text.removesuffix(tag)[: _LIMIT - len(tag) - 1].rstrip()
    return f"{rest} {tag}".strip()


def spoken(body: str, reference: str) -> str:
    """Return ``body`` as words to be read aloud: at most 300 characters, then the reference letter by letter."""
    said = one_line(body).replace(f"[{reference}]", "")
    said = one_line(_NOT_XML.sub("", _BRACKETS.sub(" ", said)))[:_LIMIT].rstrip()
    letters = " ".join(character for character in reference if character.isalnum())
    end = "" if said.endswith((".", "!", "?", '"')) or not said else "."
    return f"{said}{end} Reference {letters}.".strip() if letters else said + end

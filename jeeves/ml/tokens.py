"""Sentences to tokens: words, question marks, and classes for what is counted by kind only.

Lives here: what a word is. Must not live here: what words mean (``cues``), which of them a model knows.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from jeeves.ml.lexicon import FUNCTION_WORDS, NEVER_NAMES, PHRASES

MAX_TOKEN: Final = 40  # characters; longer runs are encodings or languages written without spaces
KNOWN: Final = frozenset(word for phrases in PHRASES.values() for phrase in phrases for word in phrase.split()).union(
    FUNCTION_WORDS, NEVER_NAMES
)

_APOSTROPHES: Final = str.maketrans({"’": "'", "‘": "'", "`": "'", "_": "-"})  # noqa: RUF001 - what phones type
_LINK: Final = r"(?:https?://|www\.)\S+"
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_MARKER: Final = r"[a-z]+(?:_[a-z]+)+"
_WORD: Final = r"[^\W\d_]+(?:'[^\W\d_]+)*"
_NUMBER: Final = r"\$?\d+(?:[:.,/-]\d+)*"
_ROOM: Final = r"\b(?:[A-Z]{1,4}-?\d{3,5}|\d{1,2}(?![AP]M)[A-Z]{1,2}\d{0,3})\b"  # "B-204", "EB4180", "30C1"
_TOKENS: Final = re.compile(rf"{_LINK}|{_MARKER}|{_ROOM}|{_WORD}|{_NUMBER}|@(?=\s)|\?")
_VIDEO_HOST: Final = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*(?:zoom\.us|meet\.google\.com|teams\.microsoft\.com|teams\.live\.com|webex\.com"
    r"|whereby\.com|meet\.jit\.si|facetime\.apple\.com|gotomeeting\.com|gotomeet\.me)(?:[/?:]|$)"
)
_ROOM_NUMBER: Final = re.compile(_ROOM)
_CLOCK_TIME: Final = re.compile(r"(?:[01]?\d|2[0-3])[:.][0-5]\d")
_DATE: Final = re.compile(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?|\d{4}-\d\d-\d\d")
_PHONE: Final = re.compile(r"\d{3}[.-]\d{3}[.-]\d{4}|\d{3}-\d{4}|\d-\d{3}-\d{3}-\d{4}")
_A_NAME: Final = "a_name"


def normalise(text: str) -> str:
    """Straighten apostrophes, hide mail addresses, and leave no underscore to forge a marker with."""
    text = text.translate(_APOSTROPHES)
    return _ADDRESS.sub(" an_address ", text) if "@" in text else text


def tokens(sentence: str) -> list[str]:
    """Split a normalised sentence into tokens, in order. Linear.

    Pronouns and question words stay: "where", "you" and "?" carry the decision. There is no stop list. A capitalised
    word within a sentence that is none of ``KNOWN`` is a name: ``a_name``, whoever it is.
    """
    found = _TOKENS.findall(sentence)
    shouted = sum(map(str.isupper, found)) * 2 > len(found)
    named: list[str] = []
    before = ""
    for place, token in enumerate(found):
        word_class, may_be_name = _class_of_short(token) if len(token) <= MAX_TOKEN else _class_of(token)
        if may_be_name and place and not shouted:
            word_class = _A_NAME
        if word_class != _A_NAME or before != _A_NAME:
            named.append(word_class)
            before = word_class
    return named


def _class_of(token: str) -> tuple[str, bool]:
    """Return what is counted of a token, and whether it is a name where it stands within a sentence."""
    word_class = _word_class(token)
    return word_class, token[0].isupper() and token.lower() not in KNOWN and word_class != "a_room"


_class_of_short: Final = lru_cache(maxsize=8_000)(_class_of)  # long ones are links, each seen once


def _word_class(token: str) -> str:
    if token[0] == "$":
        return "a_price"
    if _ROOM_NUMBER.fullmatch(token):
        return "a_room"
    if token[0].isdecimal():
        return _number_class(token)
    word = token.lower()
    if word.startswith(("http://", "https://", "www.")):
        return "a_video_link" if _VIDEO_HOST.match(word[:200]) else "a_link"
    return word[:MAX_TOKEN]


def _number_class(token: str) -> str:
    if _CLOCK_TIME.fullmatch(token):
        return "a_time"
    if _PHONE.fullmatch(token):
        return "a_phone"
    return "a_date" if _DATE.fullmatch(token) else "a_number"

"""Sentences to tokens: words, question marks, and classes for what is counted by kind only.

Lives here: what a word is. Must not live here: what words mean (``cues``), which of them a model knows.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np

from jeeves.ml.lexicon import FUNCTION_WORDS, NEVER_NAMES, PHRASES
from jeeves.ml.marks import A_NAME, MARKS, OTHER, ZONE_END

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

MAX_TOKEN: Final = 40  # characters; longer runs are encodings or languages written without spaces
KNOWN: Final = frozenset(word for phrases in PHRASES.values() for phrase in phrases for word in phrase.split()).union(
    FUNCTION_WORDS, NEVER_NAMES
)

_APOSTROPHES: Final = "’‘"  # noqa: RUF001 - what phones type
_LINK: Final = r"https?://\S+|www\.\S+"
_ADDRESS: Final = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_MARKER: Final = r"an?_[a-z]+(?:_[a-z]+)*"
_NUMBER: Final = r"\$?\d+(?:[:.,/-]\d+)*"
_ROOM: Final = r"\b(?:[A-Z]{1,4}-?\d{3,5}|\d{1,2}(?![AP]M)[A-Z]{1,2}\d{0,3})\b"  # "B-204", "EB4180", "30C1"
_REST: Final = rf"{_NUMBER}|@(?=[^\S\n\x1e])|\?|[\n\x1e]"  # the last: what ends a sentence, and a zone
_TOKENS: Final = re.compile(rf"{_LINK}|{_MARKER}|{_ROOM}|[^\W\d_]+(?:'[^\W\d_]+)*|{_REST}")
_TOKENS_OF_ASCII: Final = re.compile(  # the same, sooner: most words begin neither a link nor a marker nor a room
    rf"[b-gi-vx-z][A-Za-z]*+(?:'[A-Za-z]++)*+|{_LINK}|{_MARKER}|{_ROOM}|[A-Za-z]++(?:'[A-Za-z]++)*+|{_REST}", re.ASCII
)
_REMEMBERED: Final = 10_000  # tokens, some 1.5 MB: those of several hundred messages
_FLAGS: Final = 2  # bits of what is known of a token besides its word
CLASSES: Final = frozenset(  # what is counted by kind only
    ("a_date", "a_link", "a_name", "a_number", "a_phone", "a_price", "a_room", "a_time", "a_video_link", "an_address")
)
_VIDEO_HOST: Final = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*(?:zoom\.us|meet\.google\.com|teams\.microsoft\.com|teams\.live\.com|webex\.com"
    r"|whereby\.com|meet\.jit\.si|facetime\.apple\.com|gotomeeting\.com|gotomeet\.me)(?:[/?:]|$)"
)
_ROOM_NUMBER: Final = re.compile(_ROOM)
_CLOCK_TIME: Final = re.compile(r"(?:[01]?\d|2[0-3])[:.][0-5]\d")
_DATE: Final = re.compile(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?|\d{4}-\d\d-\d\d")
_PHONE: Final = re.compile(r"\d{3}[.-]\d{3}[.-]\d{4}|\d{3}-\d{4}|\d-\d{3}-\d{3}-\d{4}")


def normalise(text: str) -> str:
    """Straighten apostrophes, hide mail addresses, and leave no underscore to forge a marker with."""
    return without_addresses(straightened(text))


def straightened(text: str) -> str:
    """Return the text with plain apostrophes, and with hyphens for underscores."""
    text = text.replace("`", "'").replace("_", "-")
    return text if text.isascii() else text.replace(_APOSTROPHES[0], "'").replace(_APOSTROPHES[1], "'")


def without_addresses(text: str) -> str:
    """Return the text with a marker for each mail address."""
    return _ADDRESS.sub(" an_address ", text) if "@" in text else text


_ALWAYS: Final = {word: place for place, word in enumerate(dict.fromkeys([*MARKS, "@", *sorted(KNOWN | CLASSES)]))}


class Numbering(dict[str, int]):
    """Tokens with what they amount to: the number of their word, times four; and 2 for a possible name, 1 for capitals.

    Each is found out when it is first asked for. May be used by several threads when all words have their numbers.
    """

    def __init__(self, words: dict[str, int] | None = None) -> None:
        """Begin without any token.

        ``words`` have their numbers already, those of ``MARKS`` and of the lexicon the same as always; any other is
        ``OTHER`` then. Without them words get numbers as they come.
        """
        super().__init__()
        self._closed = words is not None
        self.words = dict(_ALWAYS) if words is None else words

    def __missing__(self, token: str) -> int:
        """Find a token out, and forget all others where they become too many."""
        word = token.lower()[:MAX_TOKEN] if token.isalpha() else _class_of(token)
        number = self.words.get(word, OTHER) if self._closed else self.words.setdefault(word, len(self.words))
        is_name = not token.islower() and _may_be_name(token, word)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[token] = code = number << _FLAGS | is_name << 1 | token.isupper()
        return code


def always(words: Iterable[str]) -> dict[str, int]:
    """Return the numbers that ``words`` of the lexicon or ``CLASSES`` have in every numbering."""
    return {word: _ALWAYS[word] for word in words}


def tokens(sentence: str) -> list[str]:
    """Split a normalised sentence into tokens, in order. Linear.

    Pronouns and question words stay: "where", "you" and "?" carry the decision. There is no stop list. A capitalised
    word within a sentence that is none of ``KNOWN`` is a name: ``a_name``, whoever it is.
    """
    numbering = Numbering()
    numbers = tokenise([f"{sentence}\n"], numbering)
    words = list(numbering.words)
    return [words[number] for number in numbers[:-1].tolist()]


def tokenise(texts: Iterable[str], numbering: Numbering) -> NDArray[np.int64]:
    """Return texts, of which there is at least one, as numbers: all tokens in order, with the marks between them.

    A text is normalised sentences, each with a line feed behind it, and may hold marks between zones (``marks``); it
    ends with either. Each sentence is split as ``tokens`` does. What is known of a token is found out once, however
    often it occurs. Linear.
    """
    found = chain.from_iterable(map(_found, texts))  # text by text: what has just been cut is near at hand
    codes = np.fromiter(map(numbering.__getitem__, found), np.int64)
    return _with_names(codes >> _FLAGS, capital=codes & 2 != 0, shouted=codes & 1 != 0)


def _found(text: str) -> list[str]:
    return (_TOKENS_OF_ASCII if text.isascii() else _TOKENS).findall(text)


def _with_names(
    numbers: NDArray[np.int64], *, capital: NDArray[np.bool_], shouted: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Put one ``a_name`` for capitals in a row, but for the first word of a sentence and where most are capitals."""
    ends = numbers <= ZONE_END
    sentence = behind(ends)
    shouting = 2 * np.bincount(sentence, shouted) > np.bincount(sentence) - 1  # the mark is none of its tokens
    named = capital & ~shouting[sentence]
    named[0] = False
    named[1:] &= ~ends[:-1]
    numbers[named] = A_NAME
    names = numbers == A_NAME
    names[1:] &= names[:-1].copy()
    names[0] = False
    kept: NDArray[np.int64] = numbers[~names]
    return kept


def behind(ends: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return how many ends each place has before it, an end not counting itself."""
    found: NDArray[np.int64] = np.cumsum(ends) - ends
    return found


def _may_be_name(token: str, word_class: str) -> bool:
    """Tell whether a token not all in small letters is a name where it stands within a sentence."""
    return token[0].isupper() and token.lower() not in KNOWN and word_class != "a_room"


def _class_of(token: str) -> str:
    """Return what is counted of a token that is more than letters."""
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

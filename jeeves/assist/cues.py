"""What a message says about a get-together beside its place: by telephone, off, moved, over, on again.

Lives here: reading a text for such phrases. Must not live here: the phrases (``off_phrases``, ``cue_phrases``), places
(``places``), times (``dates``), what follows for a thread (``threads``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.assist import cue_phrases, off_phrases
from jeeves.assist.clauses import READ_AT_MOST, sentences

if TYPE_CHECKING:
    from collections.abc import Iterable


def remote(text: str, *, settled: bool) -> str:
    """Return what says that people meet by telephone or video link; empty where nothing does.

    ``settled``: a place is named already, so that "call me when you are there" means nothing of the kind.
    """
    if found := cue_phrases.VIDEO_LINK.search(text[:READ_AT_MOST]):
        return found[0]
    return _first(
        sentence
        for sentence in sentences(text)
        if (cue_phrases.REMOTE.search(sentence) or cue_phrases.CALL.search(sentence))
        and not cue_phrases.ASIDE.search(sentence)
        and (not settled or cue_phrases.INSTEAD.search(sentence))
    )


def called_off(text: str) -> str:
    """Return the sentence that cancels; empty where none does."""
    return _first(sentence for sentence in sentences(text) if off_phrases.CALLED_OFF.search(sentence))


def declined(text: str) -> str:
    """Return the sentence that declines, unless another time is named instead; empty where none does."""
    if off_phrases.MOVED.search(text[:READ_AT_MOST]):
        return ""
    return _first(sentence for sentence in sentences(text) if off_phrases.DECLINED.search(sentence))


def goes_on_without(text: str) -> bool:
    """Tell whether somebody stays away and the others are to have a good time."""
    return off_phrases.WITHOUT.search(text[:READ_AT_MOST]) is not None


def back_on(text: str) -> str:
    """Return the sentence that takes a cancellation back; empty where none does."""
    return _first(sentence for sentence in sentences(text) if off_phrases.BACK_ON.search(sentence))


def over(text: str) -> str:
    """Return the sentence that looks back at having met; empty where none does."""
    return _first(
        sentence
        for sentence in sentences(text)
        if cue_phrases.OVER.search(sentence) or cue_phrases.RECENT.search(sentence)
    )


def meeting_there(sentence: str) -> bool:
    """Tell whether a sentence that names a place says that people meet there, beyond doubt."""
    said = cue_phrases.MEETING_THERE.search(sentence) is not None
    return said and cue_phrases.NEGATED.search(sentence) is None and cue_phrases.THIRD.search(sentence) is None


def of_others(text: str) -> bool:
    """Tell whether ``text`` speaks of what other people do, or of what a company sells."""
    return cue_phrases.THIRD.search(text[:READ_AT_MOST]) is not None


def moved(text: str) -> bool:
    """Tell whether ``text`` names another time or place than was agreed."""
    return off_phrases.MOVED.search(text[:READ_AT_MOST]) is not None


def confirms(text: str) -> bool:
    """Tell whether ``text`` agrees to what was said and asks nothing."""
    beginning = text[:READ_AT_MOST]
    return "?" not in beginning and cue_phrases.CONFIRMS.search(beginning) is not None


def automatic(subject: str) -> bool:
    """Tell by its subject whether a machine answered for somebody (RFC 3834 has a header field that many leave out)."""
    return cue_phrases.AUTOMATIC.match(subject) is not None


def _first(found: Iterable[str]) -> str:
    return next(iter(found), "")

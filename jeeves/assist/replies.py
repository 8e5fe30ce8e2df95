"""What the owner's text message means.

Lives here: reading it and planning what follows, pure. Must not live here: telephone numbers, Twilio, storage.

The answers are digits because Twilio keeps STOP, END, QUIT, CANCEL and the like for itself (its docs, "Default handling
of STOP and HELP keywords"): 1 right, 2 wrong, 3 mute the thread, 4 and the place. The reference of the alert stands
before or after the digit and may be left out while one alert waits for an answer. Text that follows no such form does
nothing, as a wrong answer would teach the wrong thing; its sender is told how to answer.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.assist.alerts import message_id_of
from jeeves.assist.digest import brief
from jeeves.sanitise import one_line
from jeeves.types import Answer, ReplyPlan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jeeves.types import Told

ANSWERABLE: Final = timedelta(days=2)  # an answer without a reference means an alert of this time
_READ_AT_MOST: Final = 400  # characters
_LONGEST_PLACE: Final = 80
_LONGEST_COMPLAINT: Final = 140  # characters: one text message with a reference
_CLOCK_SKEW: Final = timedelta(minutes=10)  # between this machine and Twilio
_INVISIBLE: Final = dict.fromkeys(map(ord, "\ufe0e\ufe0f\u20e3\u200b\u200d\u2060"))  # what makes 1 an emoji
_REFERENCE: Final = r"[\[(#]?(?P<{name}>(?:[a-z][0-9]){{1,8}})[\])]?(?![a-z0-9])"
_BETWEEN: Final = r"[\s.,:;)\-]*"
_DIGIT_FIRST: Final = re.compile(
    rf"#?(?P<digit>[1-4])(?![0-9]){_BETWEEN}(?:{_REFERENCE.format(name='reference')})?(?P<rest>.*)",
    re.IGNORECASE,
)
_REFERENCE_FIRST: Final = re.compile(
    rf"{_REFERENCE.format(name='reference')}{_BETWEEN}(?P<digit>[1-4])(?![a-z0-9])(?P<rest>.*)", re.IGNORECASE
)
_HOUR: Final = re.compile(r"(?:[ap]\.?m\b|o.?clock|uhr\b|h\b|:[0-9])", re.IGNORECASE)  # "4 pm" names no place
_HOW: Final = "1 right, 2 wrong, 3 mute, 4 and the place"


def plan_reply(text: str, told: Sequence[Told], *, received_at: datetime) -> ReplyPlan:
    """Return what to do about a message of the owner's, given the alerts ``told`` so far; total on any text."""
    read = _read(text)
    if read is None:
        return ReplyPlan(complaint=_cut(f'Not understood. Answer {_HOW}: "1{_example(told)}".'))
    digit, reference, rest = read
    target = _target(reference, told, received_at)
    if not isinstance(target, str):
        return _answer(digit, target, rest)
    return ReplyPlan(complaint=_cut(target))


def _read(text: str) -> tuple[str, str, str] | None:
    """Return digit, reference in lower case or "", and the rest; None when it is no answer."""
    plain = one_line(unicodedata.normalize("NFKC", text[:_READ_AT_MOST]).translate(_INVISIBLE)).strip(" .!\"'")
    found = _REFERENCE_FIRST.fullmatch(plain) or _DIGIT_FIRST.fullmatch(plain)
    if found is None:
        return None
    digit, reference = found["digit"], (found["reference"] or "").lower()
    rest = found["rest"].strip(" .,:;!-\"'")
    if digit == "4":
        glued = not reference and plain.startswith("4") and plain[1:2].isalpha()
        nowhere = _HOUR.match(rest) or (rest and not any(character.isalpha() for character in rest))
        return None if glued or nowhere else (digit, reference, rest[:_LONGEST_PLACE].rstrip())
    return (digit, reference, "") if reference or not rest else None


def _target(reference: str, told: Sequence[Told], received_at: datetime) -> Told | str:
    """Return the alert that is meant, or what to tell the owner when it is not clear."""
    if reference:
        number = message_id_of(reference)
        named = next((each for each in told if each.message_id == number), None)
        return named or f"There is no alert {reference}. {_choice(_waiting(told, received_at))}"
    waiting = _waiting(told, received_at)
    if not waiting and len(told) == 1:
        return told[0]  # a second thought about the only one
    if len(waiting) == 1:
        return waiting[0]
    return f"Which one? {_choice(waiting)}" if waiting else "No alert waits for an answer. Name one: 1 and its sign."


def _waiting(told: Sequence[Told], received_at: datetime) -> list[Told]:
    """Return the alerts an answer may be about: unanswered ones, those still open before the others."""
    unanswered = [
        each
        for each in told
        if not each.answered and received_at - ANSWERABLE <= each.told_at <= received_at + _CLOCK_SKEW
    ]
    return [each for each in unanswered if each.open] or unanswered


def _answer(digit: str, target: Told, rest: str) -> ReplyPlan:
    match digit:
        case "1":
            return ReplyPlan(about=target, answer=Answer.YES)
        case "2":
            return ReplyPlan(about=target, answer=Answer.NO)
        case "3":  # says nothing of the alert itself; it must not take back what was said of it
            return ReplyPlan(about=target, answer=None if target.answered else Answer.SKIP, mutes=True)
        case _ if not rest:
            return ReplyPlan(complaint=f'Which place? Answer "4 {target.reference}" and the place.')
        case _:
            return ReplyPlan(about=target, answer=Answer.YES, place=rest)


def _choice(waiting: Sequence[Told]) -> str:
    """Return whose alerts wait for an answer, and how to name one."""
    if not waiting:
        return "None waits for an answer."
    ending = f'. Answer "1 {waiting[0].reference}", for instance.'
    room = _LONGEST_COMPLAINT - len("There is no alert b2b2b2b2. ") - len(ending)
    shown = waiting[: max(room // 8, 1)]
    return "; ".join(brief(each.body, each.reference, room // len(shown) - 2) for each in shown) + ending


def _example(told: Sequence[Told]) -> str:
    return f" {told[-1].reference}" if told else ""


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_COMPLAINT else text[:_LONGEST_COMPLAINT].rstrip()

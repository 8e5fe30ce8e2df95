"""Whether to speak up about a message, and in which words.

Lives here: the pure decision and the composition of the text. Must not live here: delivery, quiet hours, storage.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.assist.meeting_times import begins_by
from jeeves.assist.threads import is_owners, seen_at
from jeeves.sanitise import one_line
from jeeves.types import Alert, PlaceState, Suppressed

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from jeeves.types import Message, Owner, Prediction, StoredMessage, ThreadState, When

_BODY_LIMIT = 300  # characters: two text messages at most
_NAME_LIMIT = 40
_READ_AT_MOST = 4_000  # characters of a message searched for what and when
_LETTERS = "bcdfghjkmnpqrstvwxz"  # no vowels: a reference never spells a word; no l: it looks like 1
_DIGITS = "23456789"
_LONGEST_REFERENCE = 16  # 152 ** 8 messages: more than a bigint is ever going to count

_WHAT = re.compile(
    r"\b(breakfast|brunch|lunch|dinner|supper|coffee|tea|drinks?|beers?|pint|picnic|barbecue|bbq|hike|game|"
    r"party|interview|visit|meeting|get-together|catch-up)\b",
    re.IGNORECASE,
)
_VAGUELY = re.compile(r"\b(?:(?:early|late|some ?time) )?(?:next|this) (?:week|weekend|month)\b", re.IGNORECASE)


def reference_for(message_id: int) -> str:
    """Return the short name of a message in alerts: ``"b2"``, ``"c2"``, ...; one-to-one with ``message_id`` >= 1."""
    rest, reference = message_id - 1, ""
    while True:
        rest, letter = divmod(rest, len(_LETTERS))
        rest, digit = divmod(rest, len(_DIGITS))
        reference += _LETTERS[letter] + _DIGITS[digit]
        if rest == 0:
            return reference
        rest -= 1


def message_id_of(reference: str) -> int | None:
    """Return the message ``reference`` stands for: the inverse of ``reference_for``; None when it stands for none."""
    written = reference.strip().lower()
    if not written or len(written) % 2 or len(written) > _LONGEST_REFERENCE:
        return None
    rest = -1
    for letter, digit in zip(reversed(written[::2]), reversed(written[1::2]), strict=True):
        if letter not in _LETTERS or digit not in _DIGITS:
            return None
        rest = ((rest + 1) * len(_DIGITS) + _DIGITS.index(digit)) * len(_LETTERS) + _LETTERS.index(letter)
    return rest + 1


def shorten(text: str, limit: int) -> str:
    """Return ``text`` in at most ``limit`` characters, cut at a word and marked with three dots where it was cut."""
    if len(text) <= limit:
        return text
    cut = text[: max(limit - 3, 0)]
    return (cut.rsplit(" ", 1)[0] if " " in cut else cut).rstrip(" ,;:-") + "..."


def what_for(message: Message, sentence: str) -> str:
    """Return what people want to meet for, one word such as "lunch"; empty where ``sentence`` and the rest say none."""
    for text in (sentence, message.subject, message.text[:_READ_AT_MOST]):
        if found := _WHAT.search(text):
            return found.group().lower()
    return ""


def _when(message: Message, prediction: Prediction, when: When | None, zone: tzinfo) -> str:
    if when is not None:
        return told(when, zone)
    for text in (prediction.sentence, message.subject, message.text[:_READ_AT_MOST]):
        if found := _VAGUELY.search(text):
            return one_line(found.group()).lower()
    return ""


def told(when: When, zone: tzinfo) -> str:
    """Return a time as alerts tell it: ``"Tue 12 May 14:00"`` in ``zone``, without the hour where nobody knows it."""
    return f"{when.day:%a %d %b}" if when.at is None else f"{when.at.astimezone(zone):%a %d %b %H:%M}"


def compose(
    message: Message,
    prediction: Prediction,
    reference: str,
    zone: tzinfo,
    when: When | None = None,
    *,
    opening: str = "",
) -> str:
    """Return the alert a person wants to read: who, what, when if known, the sentence, the reference.

    One line of plain text without control characters, at most 300 characters; the sentence gives way first. ``when``
    is the time of the get-together, told in ``zone``, the owner's; ``opening`` comes before it all.
    """
    who = shorten(one_line(message.sender.name or message.sender.address) or "Someone", _NAME_LIMIT)
    what = what_for(message, prediction.sentence) or "to meet"
    wish = "wants to meet" if what == "to meet" else f"suggests: {what}"
    time = _when(message, prediction, when, zone)
    opening = f"{opening}{who} {wish}{f', {time}' if time else ''}. Where? "
    ending = f" [{reference}]"
    sentence = one_line(prediction.sentence or message.subject)
    room = _BODY_LIMIT - len(opening) - len(ending) - 2
    return f'{opening}"{shorten(sentence, room)}"{ending}' if sentence else opening.rstrip() + ending


def decide_alert(
    stored: StoredMessage, prediction: Prediction, thread: ThreadState, owner: Owner, *, now: datetime
) -> Alert | Suppressed:
    """Decide whether ``stored`` is worth speaking up for.

    ``thread`` is its thread's state after it. The alert's dedupe key names thread and proposal, so that a second
    message of the same proposal meets the first one's outbox row.
    """
    message = stored.message
    reopened = thread.opened_at == message.received_at  # by its words, whatever the classifier makes of them
    if not prediction.needs_place and not reopened:
        return Suppressed(reason="no_place_needed")
    if is_owners(message, owner):
        return Suppressed(reason="own_message")
    if now - message.received_at > owner.max_age:
        return Suppressed(reason="too_old")
    state = seen_at(thread, now, owner.zone).place_state
    if state is not PlaceState.OPEN:
        return Suppressed(reason=state.value)
    reference = reference_for(stored.id)
    return Alert(
        dedupe_key=thread.dedupe_key,
        reference=reference,
        body=compose(message, prediction, reference, owner.zone, thread.when),
    )


def expiry(
    message: Message, thread: ThreadState, owner: Owner, *, now: datetime, on_hold: timedelta = timedelta()
) -> datetime:
    """Return from when on the alert about ``message`` is worthless, aware UTC.

    That is ``owner.max_age`` after it came (``on_hold``: how long it is made to wait, which does not age it), and in
    any case once the get-together has begun: nobody needs a place for lunch after lunch.
    """
    aged = max(message.received_at, now - owner.max_age) + owner.max_age + on_hold
    return aged if thread.when is None else min(aged, max(begins_by(thread.when, owner.zone), now))

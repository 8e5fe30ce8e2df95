"""Where the get-together of a thread stands, told from its messages one after the other.

Lives here: the pure step from one state to the next, and what the clock does to a state. Must not live here: the
words that say so (``places``, ``cues``, ``dates``), when it is (``meeting_times``), the database, the classifier.

The classifier says whether a message wants a place; everything else is told from what the message says. In doubt a
state stays as it is: an alert too many is a nuisance, one that is withdrawn for no reason is a missed get-together.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Final

from jeeves.assist import cues
from jeeves.assist.dates import named_time
from jeeves.assist.fragments import place_alone
from jeeves.assist.meeting_times import SHORT, ends_at, time_after, zone_of
from jeeves.assist.places import place_in, place_of_invite, rejected, undecided
from jeeves.types import PlaceState

if TYPE_CHECKING:
    from jeeves.types import Invite, Message, Owner, Prediction, ThreadState

_SENT: Final = "\\sent"  # the attribute under which the folder is read (RFC 6154, section 2), in lower case
_SHORTEST: Final = timedelta(hours=2)  # from settling where to looking back at it
_MOST_WORDS: Final = 300  # characters kept of what changed a state
_FORWARDED: Final = re.compile(r"\s*(?:fwd?|wg|tr|rv|i|enc|doorst)\s*:", re.IGNORECASE)
_REPLY: Final = re.compile(r"\s*(?:re|aw|sv|antw|r|ref|automatic)\b.{0,6}:", re.IGNORECASE)
_IN_A_LINK: Final = re.compile(r"https?://", re.IGNORECASE)
_ANSWERS: Final = ("REPLY", "COUNTER", "REFRESH", "DECLINECOUNTER")  # methods by which an attendee answers
_ARRANGED: Final = (PlaceState.OPEN, PlaceState.SETTLED, PlaceState.REMOTE)
_OVER: Final = (PlaceState.NONE, PlaceState.OFF, PlaceState.PAST)


def advance(thread: ThreadState, message: Message, prediction: Prediction, owner: Owner) -> ThreadState:
    """Return the thread's state after ``message``.

    A message that wants a place opens a get-together unless one is open already; a later one, an invite, or the
    owner's own sent mail settles it, makes it a call, or calls it off. What comes after that is a new proposal. A
    message that arrived before the one that changed the state last changes nothing.
    """
    if thread.as_of is not None and message.received_at < thread.as_of:
        return thread
    if cues.automatic(message.subject):
        return thread
    message = _with_forwarded(message)
    before = seen_at(thread, message.received_at, owner.zone)
    after = _by_invite(before, message) or _by_text(before, message, prediction, owner)
    when = time_after(before, after, message, prediction, zone_of(message, owner.zone))
    after = replace(after, when=when)
    if after.place_state is PlaceState.OPEN and before.place_state is not PlaceState.OPEN:
        after = replace(after, proposal=thread.proposal + 1, opened_at=message.received_at)
    elif after.place_state in _ARRANGED and before.place_state in _OVER:
        after = replace(after, proposal=thread.proposal + 1)
    if after == before:  # what the clock alone did to it is the clock's to write down
        return thread
    return replace(after, as_of=message.received_at)


def is_owners(message: Message, owner: Owner) -> bool:
    """Tell whether the owner wrote ``message``: from an address of theirs, or it lies with their sent mail."""
    sent = message.ref is not None and message.ref.mailbox.lower() == _SENT
    own = {owner.address.lower(), *owner.other_addresses} - {""}
    return sent or message.sender.address in own


def seen_at(thread: ThreadState, now: datetime, zone: tzinfo) -> ThreadState:
    """Return the state as it is at ``now``: a get-together whose time went by is past."""
    if thread.place_state not in _ARRANGED or thread.when is None or now < ends_at(thread.when, zone):
        return thread
    return replace(thread, place_state=PlaceState.PAST, words="")


def _by_invite(before: ThreadState, message: Message) -> ThreadState | None:
    """Return what an invite makes of it (RFC 5546, section 3.2); None where it says nothing about place or coming."""
    invite = message.invite
    if invite is None:
        return None
    if invite.method == "CANCEL" or (invite.method in _ANSWERS and invite.partstat == "DECLINED"):
        return before if before.place_state is PlaceState.NONE else _changed(before, PlaceState.OFF, message.subject)
    if invite.method in _ANSWERS:
        return before if before.place_state in _ARRANGED else None
    if place := _place_of(invite):
        return _changed(before, PlaceState.SETTLED, message.subject, place=place)
    if invite.conference or cues.remote(f"on {invite.location}", settled=False):
        return _changed(before, PlaceState.REMOTE, message.subject)
    return None


def _place_of(invite: Invite) -> str:
    """Return LOCATION unless it is a link or a telephone."""
    location = place_of_invite(invite.location)
    if _IN_A_LINK.search(location) or cues.remote(f"on {location}", settled=False):
        return ""
    return location


def _with_forwarded(message: Message) -> Message:
    """Return ``message`` with what it forwards as its text, where it says little itself: "See below"."""
    if len(message.text) < SHORT and _FORWARDED.match(message.subject) and message.quoted:
        return replace(message, text=f"{message.text}\n{message.quoted}")
    return message


def _by_text(before: ThreadState, message: Message, prediction: Prediction, owner: Owner) -> ThreadState:
    text = message.text
    if prediction.needs_place:
        return _wanted(before, message, prediction)
    if before.place_state in _ARRANGED:
        for say in (_over, _called_off, _remote, _placed, _rejected):
            if (after := say(before, text, message)) is not None:
                return after
        return _declined(before, message, owner)
    if message.bulk:
        return before
    return _arranged_at_once(before, message)


def _wanted(before: ThreadState, message: Message, prediction: Prediction) -> ThreadState:
    """Open, unless the message says where, or only repeats what was agreed.

    The classifier sees a message without what went before, and would rather be wrong than miss one.
    """
    text = message.text
    if not undecided(text):
        found = place_in(text, expected=False)
        if found is not None and cues.meeting_there(found[1]):
            return _changed(before, PlaceState.SETTLED, found[1], place=found[0])
        repeats = before.place and before.place.lower() in text.lower()
        if before.place_state in {PlaceState.SETTLED, PlaceState.REMOTE} and (repeats or cues.confirms(text)):
            return before
    if before.place_state is PlaceState.OPEN:
        return before
    return _changed(before, PlaceState.OPEN, prediction.sentence or message.subject)


def _over(before: ThreadState, text: str, message: Message) -> ThreadState | None:
    said = cues.over(text)
    begun = before.when is not None and message.received_at >= (
        before.when.at or datetime.combine(before.when.day, time(), tzinfo=UTC)
    )
    fresh = before.as_of is not None and message.received_at - before.as_of < _SHORTEST
    if said and (begun if before.when is not None else not fresh):
        return _changed(before, PlaceState.PAST, said)
    return None


def _called_off(before: ThreadState, text: str, _message: Message) -> ThreadState | None:
    said = cues.called_off(text)
    return _changed(before, PlaceState.OFF, said, place=before.place) if said else None


def _remote(before: ThreadState, text: str, _message: Message) -> ThreadState | None:
    said = cues.remote(text, settled=before.place_state is PlaceState.SETTLED)
    return _changed(before, PlaceState.REMOTE, said) if said else None


def _placed(before: ThreadState, text: str, message: Message) -> ThreadState | None:
    is_open = before.place_state is PlaceState.OPEN
    refusal = cues.declined(text)
    found = place_in(text, expected=is_open and not refusal)
    if found is None and is_open and not refusal:
        found = place_alone(text, people=_names(message), expected=True)
    if found is None or found[1] == refusal:
        return None
    if before.place_state is PlaceState.SETTLED and not cues.moved(text):
        return None
    return _changed(before, PlaceState.SETTLED, found[1], place=found[0])


def _rejected(before: ThreadState, text: str, _message: Message) -> ThreadState | None:
    said = rejected(text) if before.place_state is PlaceState.SETTLED else ""
    return _changed(before, PlaceState.OPEN, said) if said else None


def _declined(before: ThreadState, message: Message, owner: Owner) -> ThreadState:
    """Return off, unless one of several others stays away: the get-together goes on without them."""
    said = cues.declined(message.text)
    others = len(message.recipients) > 1 and not is_owners(message, owner)
    if not said or others or cues.goes_on_without(message.text):
        return before
    return _changed(before, PlaceState.OFF, said, place=before.place)


def _arranged_at_once(before: ThreadState, message: Message) -> ThreadState:
    """Return the state after a message that names a time together with a place, or with a call."""
    text = message.text
    if before.place_state is PlaceState.OFF and before.place and (said := cues.back_on(text)):
        return _changed(before, PlaceState.SETTLED, said, place=before.place)
    if not _REPLY.match(message.subject):
        text = f"{text}\n{message.subject}"
    timed = named_time((text,), message.received_at)
    if cues.called_off(text) or cues.of_others(text) or (timed.day is None and cues.over(text)):
        return before
    is_timed = timed.day is not None or timed.hour is not None or before.when is not None
    if is_timed and (said := cues.remote(text, settled=False)):
        return _changed(before, PlaceState.REMOTE, said)
    found = place_in(text, expected=False)
    if found is not None and (is_timed or cues.meeting_there(found[1])):
        return _changed(before, PlaceState.SETTLED, found[1], place=found[0])
    if found is None and (timed.day is not None or timed.hour is not None) and len(text) < SHORT:
        found = place_in(message.text, expected=True)
        found = found or place_alone(message.text, people=_names(message), expected=False)
        if found is not None and not undecided(text):
            return _changed(before, PlaceState.SETTLED, found[1], place=found[0])
    return before


def _changed(before: ThreadState, state: PlaceState, words: str, *, place: str = "") -> ThreadState:
    if before.place_state is state and before.place == place:
        return before
    return replace(before, place_state=state, place=place, words=words[:_MOST_WORDS])


def _names(message: Message) -> set[str]:
    people = (message.sender, *message.recipients)
    return {word.lower() for person in people for word in person.name.split()}

"""When the get-together of a thread is, told from its messages one after the other.

Lives here: the pure step from one time to the next, and until when a time counts. Must not live here: the words that
name a time (``dates``, ``hours``), where the get-together stands (``threads``).
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import TYPE_CHECKING, Final

from jeeves.assist import cues
from jeeves.assist.dates import moment, named_time
from jeeves.types import PlaceState, When

if TYPE_CHECKING:
    from jeeves.assist.dates import Named
    from jeeves.types import Invite, Message, Prediction, ThreadState

SHORT: Final = 240  # characters of a message that is about little else than meeting
_LASTS: Final = timedelta(hours=3)  # a get-together whose end nobody named
_CLOCKS_AGREE: Final = timedelta(days=1)  # a Date field further from its arrival says nothing of "tomorrow"
_SOME_TIME: Final = re.compile(
    r"\b(?:week\w*|month|some|any|every|usually|open|until|woche\w*|semaine|semana|settimana|weekend|\w+days)\b",
    re.IGNORECASE,
)
_ENDED: Final = frozenset({PlaceState.OFF, PlaceState.PAST})


def ends_at(when: When, zone: tzinfo) -> datetime:
    """Return when a get-together is surely over: some hours after its moment, else at the end of its day."""
    return when.at + _LASTS if when.at is not None else _midnight_after(when.day, zone)


def begins_by(when: When, zone: tzinfo) -> datetime:
    """Return from when on the place is of no use to anybody: its moment, else the end of its day."""
    return when.at if when.at is not None else _midnight_after(when.day, zone)


def _midnight_after(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def time_after(
    before: ThreadState, after: ThreadState, message: Message, prediction: Prediction, zone: tzinfo
) -> When | None:
    """Return the time of the get-together after ``message``; what is known already stands unless it is changed."""
    invite, known = message.invite, None if before.place_state in _ENDED else before.when
    if after.place_state in _ENDED:
        return before.when
    if invite is not None and invite.start is not None and invite.method != "REPLY":
        return _when_of(invite, zone)
    written = (message.sent_at or message.received_at).astimezone(zone)
    if abs(message.received_at - written) > _CLOCKS_AGREE:
        return known
    named = named_time((prediction.sentence, message.text, message.subject), written, before.words)
    if known is None or after.place_state is PlaceState.NONE:
        return _fresh(named, message.text, written) or known
    return _updated(known, named, written, may_change=cues.moved(message.text) or "?" in message.text)


def _fresh(named: Named, text: str, written: datetime) -> When | None:
    """Return the time a first message names; an hour alone is today's, if it is still to come and nothing else said."""
    if named.day is not None:
        return moment(named.day, named.hour, written)
    if named.hour is None or len(text) > SHORT or _SOME_TIME.search(text):
        return None
    today = moment(written.date(), named.hour, written)
    return today if today.at is not None and today.at > written else None


def _updated(known: When, named: Named, written: datetime, *, may_change: bool) -> When:
    if named.day is None and named.hour is None:
        return known
    same = named.day is None or (named.day <= known.day and (known.day - named.day).days % 7 == 0)  # "Thursday then"
    if named.day is not None and not same:
        if known.at is None and named.hour is None:
            return When(day=named.day)
        hour = named.hour
        if hour is None and known.at is not None:
            local = known.at.astimezone(written.tzinfo)
            shifted = datetime.combine(named.day, local.time(), tzinfo=written.tzinfo)
            return When(day=named.day, at=shifted.astimezone(UTC))
        return moment(named.day, hour, written)
    if named.hour is not None and (known.at is None or may_change):
        return moment(known.day, named.hour, written)
    return known


def _when_of(invite: Invite, zone: tzinfo) -> When | None:
    """Return the time of an invite; one from midnight to midnight UTC is a whole day (``mail.invites``)."""
    start, end = invite.start, invite.end
    if start is None:
        return None
    if start.time() == time() and end is not None and end.time() == time() and end > start:
        return When(day=start.date())
    return When(day=start.astimezone(zone).date(), at=start)


def zone_of(message: Message, zone: tzinfo) -> tzinfo:
    """Return the zone the writer lives by: the owner's, unless the Date field names another offset than that has.

    Many machines write every date in UTC, so that offset says nothing.
    """
    sent, offset = message.sent_at, message.sent_offset
    if sent is None or not offset or sent.astimezone(zone).utcoffset() == timedelta(minutes=offset):
        return zone
    return timezone(timedelta(minutes=offset))

"""How a thread has fared and how its alerts were sent, as lines for a terminal and as data for JSON.

Lives here: pure functions from the records of the store to text, the layout of "name, then what there is to tell".
Must not live here: the score (``why_text``), printing. All text of mail is made harmless here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.assist.alerts import reference_for
from jeeves.cli.columns import wrapped
from jeeves.sanitise import one_line
from jeeves.types import Cause, PlaceState

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from jeeves.store.decisions import DecidedMessage, Told
    from jeeves.types import ThreadChange

_WIDTH: Final = 80
_MARGIN: Final = 12  # columns before what a line tells
_BY: Final = {Cause.OWNER: "by your word", Cause.CLOCK: "as its time went by"}
_STATE: Final = {
    PlaceState.NONE: "nothing to meet for",
    PlaceState.OPEN: "open, no place",
    PlaceState.SETTLED: "settled",
    PlaceState.REMOTE: "by telephone or video",
    PlaceState.OFF: "off",
    PlaceState.PAST: "past",
}


def history_lines(decided: DecidedMessage) -> Iterator[str]:
    """Yield the states of the thread with what changed them, then what was sent on which channel."""
    name = "thread"
    for change in decided.thread:
        yield from named(name, f"{_moment(change.changed_at)}, {_became(change)}")
        if change.state.words:
            yield from named("", f'"{one_line(change.state.words)}"')
        name = ""
    name = "channels"
    for told in decided.channels:
        yield from named(name, _sent(told))
        for number, attempt in enumerate(told.attempts, start=1):
            yield from named("", f"attempt {number}: {_moment(attempt.started_at)}, {attempt.outcome or 'under way'}")
        name = ""


def history_data(decided: DecidedMessage) -> Mapping[str, object]:
    """Return the same for JSON."""
    return {
        "thread": [_change_data(each) for each in decided.thread],
        "channels": [_told_data(each) for each in decided.channels],
    }


def named(name: str, text: str) -> Iterator[str]:
    """Yield ``text``, made harmless, beside its name; long words are broken, so that no line is too wide."""
    yield from wrapped(one_line(text), _WIDTH, first=f"{name:<{_MARGIN}}", rest=" " * _MARGIN)


def _became(change: ThreadChange) -> str:
    state, when = change.state, change.state.when
    place = f": {state.place}" if state.place and state.place_state is PlaceState.SETTLED else ""
    time = "" if when is None else f", for {when.day:%a %d %b %Y}" if when.at is None else f", for {_moment(when.at)}"
    return f"{_STATE[state.place_state]}{place}{time}, {_by(change)}"


def _by(change: ThreadChange) -> str:
    if change.cause in _BY:
        return _BY[change.cause]
    if change.message_id is None:
        return "by a message that is gone"
    return f"by message {change.message_id} ({reference_for(change.message_id)})"


def _sent(told: Told) -> str:
    what = "reminder" if told.is_reminder else "alert"
    how = ", in a digest" if told.in_digest else ""
    return f"{_moment(told.created_at)}, {what} by {told.channel}{how}: {told.status}"


def _moment(moment: datetime) -> str:
    return f"{moment:%a %d %b %Y %H:%M} UTC"


def _change_data(change: ThreadChange) -> Mapping[str, object]:
    state, when = change.state, change.state.when
    return {
        "state": state.place_state.value,
        "proposal": state.proposal,
        "place": state.place,
        "day": None if when is None else when.day.isoformat(),
        "at": None if when is None or when.at is None else when.at.isoformat(),
        "cause": change.cause.value,
        "message": change.message_id,
        "words": state.words,
        "changed_at": change.changed_at.isoformat(),
    }


def _told_data(told: Told) -> Mapping[str, object]:
    return {
        "channel": told.channel,
        "status": told.status,
        "reminder": told.is_reminder,
        "digest": told.in_digest,
        "created_at": told.created_at.isoformat(),
        "attempts": [
            {"started_at": each.started_at.isoformat(), "outcome": each.outcome or None} for each in told.attempts
        ],
    }

"""Whether to speak up once more about a get-together that is near and still lacks a place.

Lives here: the pure decision. Must not live here: the wording (``alerts``), storage, schedules.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from jeeves.assist.alerts import compose, reference_for
from jeeves.assist.meeting_times import begins_by
from jeeves.types import Alert, Prediction

if TYPE_CHECKING:
    from datetime import tzinfo

    from jeeves.types import OpenThread, When

_SOME_TIME_THAT_DAY: Final = time(12)  # what a day without an hour is taken to begin at


def due_reminder(opened: OpenThread, zone: tzinfo, remind_before: timedelta | None, *, now: datetime) -> Alert | None:
    """Return the reminder that is due at ``now``; None where none is.

    One is due once, from ``remind_before`` (None: never) ahead of the get-together until it begins, and only if the
    owner had known of it before that: who is told in the morning is not reminded a minute later. An alert that waits
    for longer than the get-together does (for the digest, say) is as good as none.
    A day without an hour begins at noon in ``zone``, the owner's.
    """
    state = opened.state
    if remind_before is None or state.when is None or opened.reminded:
        return None
    due_at, over_at = _begins(state.when, zone) - remind_before, begins_by(state.when, zone)
    if not due_at <= now < over_at or (state.opened_at or now) > due_at:
        return None
    if opened.known_at is not None and due_at < opened.known_at < over_at:
        return None
    reference = reference_for(opened.message_id)
    said = Prediction(probability=1.0, needs_place=True, sentence=opened.sentence, model_version="")
    return Alert(
        dedupe_key=state.reminder_key,
        reference=reference,
        body=compose(opened.message, said, reference, zone, state.when, opening="Still open: "),
    )


def _begins(when: When, zone: tzinfo) -> datetime:
    return when.at or datetime.combine(when.day, _SOME_TIME_THAT_DAY, tzinfo=zone)

"""A message as it is shown for labelling: plain text, harmless, with the places that moved the model.

Lives here: pure functions from a sheet to text. Must not live here: colours, widgets, keys. All text of mail is made
harmless here, once: nothing behind this module may show mail by another way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from scipy.special import logit

from jeeves.cli.columns import columns_of, shortened
from jeeves.cli.labelling.keys import NO_MORE_FOUND, NOTHING_WAITS
from jeeves.ml.features import MAX_TEXT
from jeeves.ml.highlights import Highlight, highlights
from jeeves.ml.model import BASE
from jeeves.ml.sampling import Strategy
from jeeves.sanitise import one_line, terminal_safe
from jeeves.types import Answer

if TYPE_CHECKING:
    from datetime import tzinfo

    from jeeves.actions.labelling import Progress, Sheet
    from jeeves.types import Invite, Message, Person

LONGEST_SHOWN: Final = 4_000  # characters of the newest text; the rest is a key away
LONGEST_WHOLE: Final = 100_000  # characters of the whole message on the screen
_LONGEST_LINE: Final = 300  # characters looked at of a field
_LINE: Final = 69  # columns beside the name of a field on a terminal of 80: one field must not push out another
_REASONS: Final = 4
_UNSURE: Final = 0.7  # log-odds from the threshold: below, a coin might say the same
_SURE: Final = 2.0  # log-odds from the threshold
_LEAST_SHOWN: Final = 0.01
_BLANK_LINES: Final = re.compile(r"\n{3,}")
SAID: Final = {Answer.YES: "needs a place", Answer.NO: "needs no place", Answer.SKIP: "skipped"}
_SHOWN_FOR: Final = {
    Strategy.UNCERTAIN: "Jeeves is unsure of it",
    Strategy.LIKELY: "a find that nobody has confirmed",
    Strategy.UNLIKE: "unlike anything labelled yet",
    Strategy.SUSPECT: "Jeeves would say the opposite of your answer",
    Strategy.RANDOM: "drawn by lot, to see what Jeeves misses",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What is shown of a message."""

    sender: str
    when: str
    subject: str
    subject_highlights: tuple[Highlight, ...]
    invite: str  # what its calendar part says; empty: it has none
    text: str  # newest text, several lines
    highlights: tuple[Highlight, ...]  # in ``text``
    folded: str  # what is not shown; empty: nothing
    answer: str  # the owner's; empty: none
    thinks: str  # what Jeeves thinks, and how sure
    because: str  # the strongest reasons
    shown_for: str  # empty: it was asked for


def page_of(sheet: Sheet, zone: tzinfo) -> Page:
    """Return what is shown of a message; times in ``zone``."""
    message = sheet.message
    text, subject = _readable(message.text), shortened(one_line(message.subject[:_LONGEST_LINE]), 2 * _LINE)
    shown = text[:LONGEST_SHOWN]
    return Page(
        sender=shortened(_person(message.sender), _LINE),
        when=f"{(message.sent_at or message.received_at).astimezone(zone):%a %d %b %Y %H:%M}",
        subject=subject or "(none)",
        subject_highlights=tuple(highlights(subject, sheet.reasons)),
        invite="" if message.invite is None else shortened(_invite(message.invite, zone), _LINE),
        text=shown or "(no text)",
        highlights=tuple(highlights(shown, sheet.reasons)),
        folded=_folded(message, cut=len(text) - len(shown)),
        answer="" if sheet.answer is None else SAID[sheet.answer],
        thinks=_thinks(sheet),
        because=_because(sheet),
        shown_for=_shown_for(sheet),
    )


def whole_text(message: Message, zone: tzinfo) -> str:
    """Return all there is of a message: who to, the newest text, what it quotes; at most ``LONGEST_WHOLE`` long."""
    recipients = ", ".join(_person(person) for person in message.recipients[:20]) or "nobody named"
    parts = [
        f"From     {_person(message.sender)}",
        f"To       {recipients}",
        f"When     {(message.sent_at or message.received_at).astimezone(zone):%a %d %b %Y %H:%M}",
        f"Subject  {one_line(message.subject) or '(none)'}",
        *([] if message.invite is None else [f"Invite   {_invite(message.invite, zone)}"]),
        "",
        _readable(message.text) or "(no text)",
    ]
    if message.quoted:
        parts += ["", *(f"> {line}" for line in _readable(message.quoted).split("\n"))]
    text = "\n".join(parts)
    if len(text) > LONGEST_WHOLE:
        return f"{text[:LONGEST_WHOLE]}\n\n({len(text) - LONGEST_WHOLE:,} more characters: jeeves show)"
    return text


def progress_line(progress: Progress) -> str:
    """Return how far the labelling is, on one line."""
    told = f"{progress.labelled:,} labelled, {progress.positives:,} of them yes; {progress.queued:,} queued"
    if progress.searching:
        return f"{progress.place:,} of {progress.found:,} found; {told}"
    return told


def end_of(progress: Progress) -> str:
    """Return what is shown where there is no message any more."""
    return NO_MORE_FOUND if progress.searching else NOTHING_WAITS


def _readable(text: str) -> str:
    return _BLANK_LINES.sub("\n\n", terminal_safe(text)).strip("\n")


def _person(person: Person) -> str:
    name, address = one_line(person.name[:_LONGEST_LINE]), one_line(person.address[:_LONGEST_LINE])
    return f"{name} <{address}>" if name and address else name or address or "(nobody named)"


def _invite(invite: Invite, zone: tzinfo) -> str:
    when = "" if invite.start is None else f"{invite.start.astimezone(zone):%a %d %b %Y %H:%M}"
    where = invite.location or ("by video" if invite.conference else "no place")
    called_off = "called off" if invite.method == "CANCEL" else ""
    told = (called_off, invite.summary, when, where)
    return ", ".join(one_line(each[:_LONGEST_LINE]) for each in told if each.strip())


def _folded(message: Message, *, cut: int) -> str:
    lines = len(message.quoted.strip().splitlines())
    told = []
    if cut > 0:
        told.append(f"{cut:,}{'+' if len(message.text) > MAX_TEXT else ''} more characters")
    if lines:
        told.append(f"{lines:,} quoted line{'s' if lines > 1 else ''}")
    return f"▸ {' and '.join(told)} folded; o opens the whole message" if told else ""


def _thinks(sheet: Sheet) -> str:
    odds = abs(_log_odds(sheet.probability) - _log_odds(sheet.threshold))
    sure = "hardly sure" if odds < _UNSURE else "fairly sure" if odds < _SURE else "sure"
    verdict = "needs a place" if sheet.needs_place else "needs no place"
    return f"{verdict}, {sure} ({_percent(sheet.probability)} likely; speaks up from {_percent(sheet.threshold)})"


def _percent(probability: float) -> str:
    """Return a probability as nothing is ever certain: neither 0 nor 100."""
    if probability < _LEAST_SHOWN:
        return "under 1%"
    return "over 99%" if probability > 1 - _LEAST_SHOWN else f"{probability:.0%}"


def _shown_for(sheet: Sheet) -> str:
    if sheet.why is None:
        return ""
    if sheet.why is Strategy.LIKELY and not sheet.needs_place:
        return "among the likeliest that wait"
    return _SHOWN_FOR[sheet.why]


def _log_odds(probability: float) -> float:
    return float(logit(min(max(probability, 1e-6), 1 - 1e-6)))


def _because(sheet: Sheet) -> str:
    reasons = [reason for reason in sheet.reasons if reason.feature != BASE][:_REASONS]
    told = [f"{one_line(reason.feature.removeprefix('cue: '))} {reason.weight:+.1f}" for reason in reasons]
    while columns_of(", ".join(told)) > _LINE:
        told.pop()
    return ", ".join(told)

"""Open get-togethers as lines for a terminal, and as data for JSON.

Lives here: pure functions from what is open to text. Must not live here: printing, choosing. All text of mail is made
harmless here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from jeeves.assist.alerts import reference_for, shorten, told, what_for
from jeeves.cli.columns import wrapped
from jeeves.cli.terminal_width import WIDEST
from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime, timedelta, tzinfo

    from jeeves.types import OpenThread

_MARGIN: Final = 8  # columns before what a line tells
_LONGEST_NAME: Final = 30
_LONGEST_SENTENCE: Final = 140  # two lines


def lines(
    opened: Sequence[OpenThread],
    owner: str,
    zone: tzinfo,
    *,
    now: datetime,
    names: Mapping[str, str] = MappingProxyType({}),
    width: int = WIDEST,
) -> Iterator[str]:
    """Yield the list for people, at most ``width`` columns wide: who, what, when, how long open, and the sentence.

    ``owner``: address of the mailbox; ``zone``: in which times are told; ``now``: aware, what ages are counted from;
    ``names``: of several mailboxes, what each is called, by its address: the list says which one it is.
    """
    if not opened:
        yield from wrapped("Nothing is pending: every get-together has a place.", width)
        return
    for each in opened:
        when = each.state.when
        parts = [who(each, owner, *names), what_for(each.message, each.sentence) or "to meet"]
        parts += [told(when, zone) if when is not None else "no time named", f"open {_age(_open_for(each, now))}"]
        parts += [names[each.account]] if each.account in names else []
        yield from _beside(reference_for(each.message_id), ", ".join(parts), width)
        if sentence := one_line(each.sentence or each.message.subject):
            yield from _beside("", f'"{shorten(sentence, _LONGEST_SENTENCE)}"', width)


def as_data(
    each: OpenThread, owner: str, *, now: datetime, names: Mapping[str, str] = MappingProxyType({})
) -> Mapping[str, object]:
    """Return one get-together for JSON; ``names`` as for ``lines``."""
    when, opened_at = each.state.when, each.state.opened_at
    return {
        "reference": reference_for(each.message_id),
        "message": each.message_id,
        "account": names.get(each.account, each.account),
        "who": who(each, owner, *names),
        "what": what_for(each.message, each.sentence),
        "subject": each.message.subject,
        "sentence": each.sentence,
        "day": None if when is None else when.day.isoformat(),
        "at": None if when is None or when.at is None else when.at.isoformat(),
        "opened_at": None if opened_at is None else opened_at.isoformat(),
        "open_for_seconds": int(_open_for(each, now).total_seconds()),
        "reminded": each.reminded,
    }


def who(each: OpenThread, *owner: str) -> str:
    """Return with whom: the sender, or whom the owner wrote to; ``owner``: the owner's addresses."""
    sender, own = each.message.sender, {address.lower() for address in owner}
    others = [each.message.sender, *each.message.recipients] if sender.address in own else [sender]
    person = next((other for other in others if other.address not in own), sender)
    return shorten(one_line(person.name or person.address) or "Someone", _LONGEST_NAME)


def _open_for(each: OpenThread, now: datetime) -> timedelta:
    return now - (each.state.opened_at or each.message.received_at)


def _age(length: timedelta) -> str:
    seconds = max(int(length.total_seconds()), 0)
    for name, unit in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= unit:
            count = seconds // unit
            return f"for {count} {name}{'s' if count > 1 else ''}"
    return "just now"


def _beside(name: str, text: str, width: int) -> Iterator[str]:
    yield from wrapped(text, width, first=f"{name:<{_MARGIN}}", rest=" " * _MARGIN)

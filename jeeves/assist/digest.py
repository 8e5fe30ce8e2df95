"""Several alerts told as one.

Lives here: the wording, pure. Must not live here: which alerts are told together (``store.waiting``), delivery.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.types import DigestWording

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jeeves.types import Waiting

MOST: Final = 8  # alerts in one digest: with more there is no room left to say whose they are
_LIMIT: Final = 160  # characters: one text message


def digest_reference(first: int) -> str:
    """Return the short name of the digest whose first notification has that id; it is never that of a message."""
    return f"a{first}"  # the references of messages have no vowels


def compose_digest(alerts: Sequence[Waiting], reference: str) -> str:
    """Return one line that names every one of ``alerts`` (1 to MOST of them) by reference, and whose they are.

    At most 160 characters, plain text; it ends in ``[reference]``, its own.
    """
    count = len(alerts)
    opening = "1 get-together needs a place: " if count == 1 else f"{count} get-togethers need a place: "
    ending = f" [{reference}]"
    room, parts = _LIMIT - len(opening) - len(ending), list[str]()
    for left, alert in zip(range(count, 0, -1), alerts, strict=True):
        separators = 2 * (left - 1)
        parts.append(brief(alert.body, alert.reference, (room - separators) // left))
        room -= len(parts[-1]) + 2
    return opening + "; ".join(parts) + ending


def brief(body: str, reference: str, room: int) -> str:
    """Return the reference and, in ``room`` characters with it, who wants what and when by the alert's ``body``.

    Where there is no room for all of it, the time goes first, then what it is, then the second name.
    """
    said = body.removesuffix(f"[{reference}]").partition(" Where? ")[0].strip().rstrip(".")
    said = said.replace(" suggests:", ":", 1).replace(" wants to meet", "", 1)
    left = room - len(reference) - 1
    shorter = (said, *(said.partition(mark)[0] for mark in (", ", ":", " ")))
    fitting = next((each for each in shorter if len(each) <= left), said[: max(left, 0)])
    return f"{reference} {fitting}".rstrip()


WORDING: Final = DigestWording(most=MOST, reference=digest_reference, compose=compose_digest)

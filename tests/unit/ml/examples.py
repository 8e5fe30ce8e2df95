"""A mailbox small enough to learn in a second: proposals with and without a place, and everyday mail."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

from jeeves.ml.features import document
from jeeves.types import Example, Message, Person

_PROPOSALS = (
    "Can we meet for lunch {day}? Tell me what suits you.",
    "Are you free for a drink {day} after work?",
    "It would be lovely to see you {day}. Where shall we go?",
    "Let's have dinner {day}, you pick the spot.",
    "Would {day} work for coffee? I am in town.",
)
_OTHERS = (
    "Your parcel arrives {day}. Track it at https://post.example.com/t/1.",
    "Lunch is {day} at the Golden Lion on Mill Street.",
    "Let's talk {day} by video: https://zoom.us/j/123456",
    "The invoice for {day} is attached. Payment is due in 30 days.",
    "Thanks for dinner {day}, it was a lovely evening.",
)
_DAYS = ("on Monday", "on Tuesday", "next week", "tomorrow", "on Friday")


def message(text: str = "", *, subject: str = "", key: str = "m1", sender: str = "ann@example.org") -> Message:
    return Message(
        message_key=key,
        thread_key=key,
        sender=Person(address=sender),
        recipients=(Person(address="me@example.com"),),
        subject=subject,
        text=text,
        received_at=datetime(2026, 3, 4, tzinfo=UTC),
    )


def examples() -> list[Example]:
    """Return 25 positives and 25 negatives, each its own thread."""
    return [
        Example(document=document(message(text.format(day=day))), label=label, thread_key=f"{label} {text} {day}")
        for texts, label in ((_PROPOSALS, True), (_OTHERS, False))
        for text, day in product(texts, _DAYS)
    ]

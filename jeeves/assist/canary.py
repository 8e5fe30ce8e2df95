"""The canary: a message of Jeeves's own that goes the way of all mail, to prove that the way is open.

Lives here: its letter, how it is known, what is decided about it. Must not live here: sending it round
(``actions.canary``), its folder (``mail.imap_canary``).

It is known by its sender alone. A stranger who writes under this name is never alerted, which harms nobody but the
stranger.
"""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from jeeves.types import CANARY_SENDER, Alert, Suppressed

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types import Message

CANARY_FOLDER: Final = "Jeeves canary"
CAME_THROUGH: Final = "canary"  # why the canary itself is not alerted, when other mail would have been
_TEXT: Final = """\
Shall we have lunch together on Thursday? I would love to catch up with you. Where shall we meet?

(This is a self-test of Jeeves. It takes this message away again; health.canary in jeeves.toml switches it off.)
"""


def canary_letter(token: str, *, owner: str, now: datetime) -> bytes:
    """Return the message as it is put into the folder; ``token`` tells it from the canaries of other days."""
    letter = EmailMessage()
    letter["From"] = f"Jeeves canary <{CANARY_SENDER}>"
    letter["To"] = owner
    letter["Subject"] = f"Jeeves canary {token}"
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{token}.{CANARY_SENDER}>"
    letter.set_content(_TEXT)
    return letter.as_bytes()


def is_canary(message: Message) -> bool:
    """Tell whether a message is a canary."""
    return message.sender.address == CANARY_SENDER


def spared(decision: Alert | Suppressed) -> Suppressed:
    """Return what is done about a canary of which ``decision`` was made: it is never alerted."""
    return Suppressed(reason=CAME_THROUGH) if isinstance(decision, Alert) else decision

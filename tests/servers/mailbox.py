"""An IMAP folder in memory, as Gmail keeps one.

Lives here: messages, UIDs and UIDVALIDITY, without protocol. Must not live here: sockets, syntax.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

# Gmail's numbers are unsigned 64 bit: start above what a signed BIGINT holds, so that every test meets such ones.
_GMAIL_NUMBERS = itertools.count(2**63 + 1)


@dataclass(slots=True, kw_only=True)
class Mail:
    """One message in one folder."""

    uid: int
    rfc822: bytes
    received_at: datetime  # aware
    labels: tuple[str, ...] = ()
    flags: set[str] = field(default_factory=set)
    gmail_id: int = field(default_factory=lambda: next(_GMAIL_NUMBERS))
    thread: int = 0
    modseq: int = 1  # RFC 7162: of its last change


@dataclass(slots=True, kw_only=True)
class Folder:
    """A folder: messages by UID, ascending."""

    name: str
    uidvalidity: int = 1
    uidnext: int = 1
    modseq: int = 1  # the highest so far
    mails: dict[int, Mail] = field(default_factory=dict)

    def add(self, rfc822: bytes, *, received_at: datetime, labels: tuple[str, ...], thread: int | None) -> Mail:
        """Append a message and return it."""
        mail = Mail(uid=self.uidnext, rfc822=rfc822, received_at=received_at, labels=labels)
        mail.thread = mail.gmail_id if thread is None else thread
        self.mails[mail.uid] = mail
        self.uidnext += 1
        self.touch(mail)
        return mail

    def touch(self, mail: Mail) -> None:
        """Count a change of a message."""
        self.modseq += 1
        mail.modseq = self.modseq

    def renumber(self, uidvalidity: int) -> None:
        """Give every message a new UID, from 1 on, under a new UIDVALIDITY."""
        self.uidvalidity = uidvalidity
        for uid, mail in enumerate(self.mails.values(), start=1):
            mail.uid = uid
        self.mails = {mail.uid: mail for mail in self.mails.values()}
        self.uidnext = len(self.mails) + 1

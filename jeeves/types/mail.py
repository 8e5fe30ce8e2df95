"""A message, from the server's bytes to what a person reads of it.

Lives here: a message and its parts, wherever it came from. Must not live here: what was found in it (``models``), what
its owner says of it (``labels``), how far a folder is read (``mailboxes``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRef:
    """Where a message lies on the server (RFC 9051, section 2.3.1.1)."""

    mailbox: str  # folder name, decoded
    uidvalidity: int  # 1 .. 2**32 - 1
    uid: int  # 1 .. 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMessage:
    """What the mail source hands over: bytes and what the server knows about them."""

    ref: MessageRef
    gmail_id: int | None = None  # X-GM-MSGID, unsigned 64 bit; None on other servers
    gmail_thread: int | None = None  # X-GM-THRID, unsigned 64 bit; None on other servers
    labels: tuple[str, ...] = ()  # X-GM-LABELS, decoded
    received_at: datetime  # INTERNALDATE, aware UTC
    flags: tuple[str, ...] = ()
    rfc822: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One mail address as a person reads it."""

    name: str = ""  # decoded display name, may be empty
    address: str = ""  # lower-cased addr-spec, may be empty when the header is broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """The fields of a text/calendar part that matter (RFC 5545, RFC 5546)."""

    method: str = ""  # REQUEST, CANCEL, REPLY, ... upper case
    summary: str = ""
    start: datetime | None = None  # aware UTC; all-day events at 00:00 UTC
    end: datetime | None = None  # aware UTC
    location: str = ""
    conference: str = ""  # link of a video call, if one is named
    partstat: str = ""  # of a REPLY, upper case: ACCEPTED, DECLINED, TENTATIVE, ... (RFC 5545, section 3.2.12)


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLinks:
    """What ties a message to others of its conversation (RFC 5256), where the server does not tell."""

    message_id: str = ""  # the Message-ID header; empty when there is none
    ancestors: tuple[str, ...] = ()  # References, oldest first, else the first id of In-Reply-To
    base_subject: str = ""  # without "Re:" and the like, case folded
    is_reply: bool = False  # the subject carried a mark of a reply or forward


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What passed between the owner and a message's sender before it arrived, as far as that mail is stored."""

    earlier: int | None = None  # messages of the sender, counted up to a few; None: unknown, not the same as none
    written: bool = False  # the owner is known to have written to the sender
    answers_owner: bool = False  # the owner is known to have written in this conversation
    asks: bool | None = None  # whether messages of the sender needed a place, by the owner's answers; None: too few


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A parsed message: every text is valid Unicode without NUL or lone surrogates, every date aware UTC."""

    ref: MessageRef | None = None  # None when it came from a file
    message_key: str  # Gmail id, else Message-ID, else SHA-256 of the bytes
    thread_key: str  # Gmail thread, else root of References, else In-Reply-To, else message_key; once stored: joined
    sender: Person
    recipients: tuple[Person, ...] = ()  # To, then Cc, in order
    subject: str = ""
    text: str = ""  # newest text only: quotes, forwards' headers and signatures are taken off
    quoted: str = ""  # what was quoted below or between, prefixes removed
    sent_at: datetime | None = None  # Date header; None when missing or absurd
    sent_offset: int | None = None  # minutes east of UTC the Date header was written in, within 15:59 hours
    received_at: datetime  # from the server; for files the Date header or the epoch
    invite: Invite | None = None
    bulk: bool = False  # List-Id, List-Unsubscribe, Precedence: bulk/list/junk, Auto-Submitted
    defects: tuple[str, ...] = ()  # what was wrong with the bytes: short codes, e.g. "date.range", never mail text
    links: ThreadLinks = ThreadLinks()  # set by the parser for the store to join threads; empty when read back
    history: History = History()  # set by the store when it hands the message out to be scored; else unknown


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message with the number the database gave it."""

    id: int
    message: Message
    account: str = ""  # the mailbox it came to
    is_copy: bool = False  # the same mail came to another mailbox of the owner's, and that one is, or was, decided on

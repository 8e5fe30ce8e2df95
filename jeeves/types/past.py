"""Mail of the past: out of files, or from the depths of a folder.

Lives here: what an import or a backfill carries, and what became of it. Must not live here: mail that arrives
(``mail``, ``mailboxes``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jeeves.types.labels import Answer
    from jeeves.types.mail import Message, RawMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchivedMessage:
    """A message of the past, out of a file or from the depths of a folder, and what its keeper knows about it."""

    message: Message  # its ref says where it lies on the server; None when it came from a file
    gmail_id: int | None = None  # X-GM-MSGID, unsigned 64 bit; None when unknown
    gmail_thread: int | None = None  # X-GM-THRID, unsigned 64 bit; None when unknown
    labels: tuple[str, ...] = ()  # of Gmail, decoded
    answer: Answer | None = None  # what the owner's training label says


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContents:
    """What a folder holds, as far back as was asked for."""

    folder: str
    uidvalidity: int
    uids: tuple[int, ...]  # ascending
    is_capped: bool = False  # Gmail seems to hide older messages from mail programs


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What one exchange with the server brought."""

    raws: tuple[RawMessage, ...] = ()
    unreadable: tuple[int, ...] = ()  # UIDs the server lists and does not hand out
    size: int  # bytes that came down the line


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What became of a batch of archived messages."""

    new: int  # of them, not known before
    ids: tuple[int | None, ...]  # in the database, in the order of the batch; None: the owner had it forgotten
    answers: int = 0  # of the owner, not known before

"""The mail server: mail that arrives, mail of the past, labels in the mailbox.

Lives here: what is asked of the server. Must not live here: where its answers are kept (``messages``, ``labels``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from jeeves.types import (
        Fetched,
        FetchPlan,
        FolderContents,
        FolderStatus,
        MarkPlace,
        MarkScan,
        MessageRef,
        RawMessage,
        Waited,
    )


class MailSource(Protocol):
    """A mailbox on a server, opened read-only.

    Raises MailUnavailable, MailAuthFailed, MailFolderMissing, MailTlsFailed, MailHostUnknown. Connects on first
    use and again after a failure; never marks anything as read.
    """

    def status(self, folder: str) -> FolderStatus:
        """Ask the server where ``folder`` stands now."""
        ...

    def bears(self, attribute: str) -> bool:
        r"""Tell whether a folder has ``attribute``, such as ``\Sent`` (RFC 6154, section 2)."""
        ...

    def uids(self, plan: FetchPlan) -> list[int]:
        """Return the UIDs that exist within the plan's range, ascending."""
        ...

    def fetch(self, plan: FetchPlan, uids: Sequence[int]) -> Iterator[RawMessage]:
        """Yield the messages of ``uids`` in ascending order; one expunged meanwhile is left out."""
        ...

    def close(self) -> None:
        """Log out and let go; never raises."""
        ...


class PushSource(MailSource, Protocol):
    """A mailbox whose server can tell by itself that something arrived."""

    def wait(self, folder: str, seconds: float) -> Waited:
        """Wait for the server to tell of new mail in ``folder``, the last one asked for; at most ``seconds``."""
        ...

    def arrivals(self, plan: FetchPlan) -> Iterator[RawMessage]:
        """Yield what ``wait`` told of: every message from the plan's first UID on, ascending."""
        ...


class PastMail(Protocol):
    """A mailbox on a server, read back into the past without attachments and without leaving a trace.

    Raises MailThrottled, MailUnavailable, MailAuthFailed, MailFolderMissing, MailTlsFailed, MailHostUnknown.
    """

    def contents(self, folder: str, *, since: date | None) -> FolderContents:
        """Return what ``folder`` holds that arrived on ``since`` or later; None: ever."""
        ...

    def fetch(self, contents: FolderContents, uids: Sequence[int], *, max_bytes: int) -> Iterator[Fetched]:
        """Yield the messages of ``uids`` in portions of at most about ``max_bytes``; each is good by itself."""
        ...


class MarkSource(Protocol):
    """The labels of a mailbox. Raises what MailSource raises; never marks anything as read."""

    def folders(self, watched: Sequence[str]) -> list[str]:
        """Return the folders to scan: ``watched``, and those where messages are that were moved out of them."""
        ...

    def scan(self, folder: str, since: MarkPlace | None) -> MarkScan:
        """Return the labels that may have changed after ``since``; None, or another UIDVALIDITY: the latest."""
        ...

    def write(self, refs: Sequence[MessageRef]) -> None:
        """Label messages of one folder as needing a place. Raises UserError when the server takes no labels."""
        ...

    def close(self) -> None:
        """Let go; never raises. A call under way in another thread ends at once."""
        ...

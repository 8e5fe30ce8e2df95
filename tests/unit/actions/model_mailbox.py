"""A mail server and a store in memory, behind the real ports: what can happen between them, without waiting for it.

Lives here: the model for the state machine of ``test_completeness``. Must not live here: rules, assertions.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jeeves.errors import DatabaseUnavailable, MailUnavailable
from jeeves.types import FolderStatus, MailboxState, MessageRef, RawMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jeeves.types import FetchPlan, Message

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


@dataclass
class ModelFolder:
    """A folder; a message is a number of ours, whatever its UID."""

    uidvalidity: int = 1
    uidnext: int = 1
    messages: dict[int, int] = field(default_factory=dict)

    def append(self, number: int) -> None:
        self.messages[self.uidnext] = number
        self.uidnext += 1

    def renumber(self) -> None:
        self.uidvalidity += 1
        self.messages = dict(enumerate(self.messages.values(), start=1))
        self.uidnext = len(self.messages) + 1


class ModelServer:
    """Satisfies ``ports.MailSource``; ``meanwhile`` happens once, before the ``countdown``-th step from now.

    A step is an answer of the server: a status, a list of UIDs, each message of a fetch.
    """

    def __init__(self, *folders: str) -> None:
        self.folders = {name: ModelFolder() for name in folders}
        self.refetched: list[MessageRef] = []  # asked for although ``held`` says we have it
        self.held: Callable[[MessageRef], bool] = lambda _: False
        self.meanwhile: Callable[[], object] | None = None
        self.countdown = 0

    def status(self, folder: str) -> FolderStatus:
        self._step()
        found = self.folders[folder]
        return FolderStatus(
            folder=folder, uidvalidity=found.uidvalidity, uidnext=found.uidnext, exists=len(found.messages)
        )

    def bears(self, attribute: str) -> bool:
        return attribute in self.folders

    def uids(self, plan: FetchPlan) -> list[int]:
        self._step()
        return sorted(uid for uid in self._opened(plan).messages if plan.first_uid <= uid <= plan.last_uid)

    def fetch(self, plan: FetchPlan, uids: Sequence[int]) -> Iterator[RawMessage]:
        for uid in sorted(uids):
            self._step()
            number = self._opened(plan).messages.get(uid)
            if number is None:
                continue
            ref = MessageRef(mailbox=plan.folder, uidvalidity=plan.uidvalidity, uid=uid)
            if self.held(ref) and not plan.reset:
                self.refetched.append(ref)
            yield RawMessage(ref=ref, received_at=NOW, rfc822=b"Message-ID: <%d@x>\r\n\r\nHello\r\n" % number)

    def close(self) -> None:
        """Nothing is open."""

    def _opened(self, plan: FetchPlan) -> ModelFolder:
        folder = self.folders[plan.folder]
        if folder.uidvalidity != plan.uidvalidity:
            raise MailUnavailable("The folder was renumbered meanwhile.")
        return folder

    def _step(self) -> None:
        if self.meanwhile is None:
            return
        self.countdown -= 1
        if self.countdown < 0:
            event, self.meanwhile = self.meanwhile, None
            event()


class ModelStore:
    """What ``sync_folder`` and the audit need of ``ports.MessageStore``, by the same rules as PostgreSQL.

    ``crash`` happens once: "before" a batch is committed or "after".
    """

    def __init__(self) -> None:
        self.mailboxes: dict[str, MailboxState] = {}
        self.locations: dict[MessageRef, str] = {}
        self.stored: Counter[str] = Counter()  # message key -> how often it was told to be new
        self.crash = ""

    def mailbox(self, account: str, folder: str) -> MailboxState | None:  # noqa: ARG002 - the port's signature
        return self.mailboxes.get(folder)

    def holds(self, ref: MessageRef) -> bool:
        """Tell whether the cursor says that a message was stored."""
        state = self.mailboxes.get(ref.mailbox)
        return state is not None and state.uidvalidity == ref.uidvalidity and ref.uid <= state.last_uid

    def stored_uids(self, account: str, plan: FetchPlan) -> list[int]:  # noqa: ARG002 - the port's signature
        return [
            ref.uid
            for ref in self.locations
            if (ref.mailbox, ref.uidvalidity) == (plan.folder, plan.uidvalidity)
            and plan.first_uid <= ref.uid <= plan.last_uid
        ]

    def store_batch(
        self,
        account: str,  # noqa: ARG002 - the port's signature
        batch: Sequence[tuple[RawMessage, Message]],
        cursor: MailboxState,
        *,
        reset: bool,
    ) -> int:
        crash, self.crash = self.crash, ""
        if crash == "before":
            raise DatabaseUnavailable("The power failed.")
        if reset:
            self.locations = {ref: key for ref, key in self.locations.items() if ref.mailbox != cursor.folder}
        new = {message.message_key for _, message in batch} - set(self.stored)
        self.stored.update(new)
        self.locations |= {raw.ref: message.message_key for raw, message in batch}
        held = self.mailboxes.get(cursor.folder)
        if held is not None and held.uidvalidity == cursor.uidvalidity and not reset:
            cursor = replace(cursor, last_uid=max(held.last_uid, cursor.last_uid))
        self.mailboxes[cursor.folder] = cursor
        if crash == "after":
            raise DatabaseUnavailable("The power failed.")
        return len(new)

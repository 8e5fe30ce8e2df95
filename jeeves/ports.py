"""What the use cases in ``actions`` need from the outside world, as Protocols.

Lives here: the seams between pure decisions and adapters. Must not live here: any implementation. Adapters
satisfy these structurally and never import this module; mypy checks the fit where ``app`` puts them together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from datetime import date, datetime, timedelta

    from jeeves.ml.train import Trained
    from jeeves.types import (
        Alert,
        Answer,
        AnsweredMessage,
        ArchivedMessage,
        Cause,
        DigestWording,
        Fetched,
        FetchPlan,
        Filed,
        FiledAnswer,
        FiledOutcome,
        FolderContents,
        FolderStatus,
        Inbound,
        LabelCounts,
        LabelledMail,
        LabelSource,
        MailboxState,
        MarkPlace,
        MarkScan,
        MarkState,
        Message,
        MessageRef,
        ModelCard,
        ModelRecord,
        Notification,
        NotificationStatus,
        OpenThread,
        Prediction,
        Provenance,
        QueuedMessage,
        Raised,
        RawMessage,
        Receipt,
        Released,
        ReplyPlan,
        StoredMessage,
        Suppressed,
        ThreadState,
        Told,
        Waited,
        When,
    )


class Clock(Protocol):
    """The time, as an argument."""

    def __call__(self) -> datetime:
        """Return the present moment, aware UTC."""
        ...


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


class MessageStore(Protocol):
    """Mailboxes, messages, predictions and threads."""

    def mailbox(self, account: str, folder: str) -> MailboxState | None:
        """Return how far a folder is synced, or None before its first sync."""
        ...

    def store_batch(
        self, account: str, batch: Sequence[tuple[RawMessage, Message]], cursor: MailboxState, *, reset: bool
    ) -> int:
        """T1: store the messages, their locations and the cursor in one transaction; return how many were new.

        ``reset`` first deletes the folder's stored locations (UIDVALIDITY changed). Without it the cursor never moves
        back within one UIDVALIDITY: of two that read a folder, the slower one must not undo what the other did.
        """
        ...

    def stored_uids(self, account: str, plan: FetchPlan) -> list[int]:
        """Return the UIDs within the plan's range, of its folder and UIDVALIDITY, under which messages are stored."""
        ...

    def unclassified(self, limit: int) -> list[StoredMessage]:
        """Return up to ``limit`` messages nobody has decided on yet, oldest arrival first."""
        ...

    def thread(self, thread_key: str) -> ThreadState:
        """Return a thread's state; a fresh one when it is unknown."""
        ...

    def record_decision(  # noqa: PLR0913 - one transaction, each part named
        self,
        stored: StoredMessage,
        prediction: Prediction,
        thread: ThreadState,
        decision: Alert | Suppressed,
        *,
        channel: str,
        expires_at: datetime,
        now: datetime,
    ) -> bool:
        """T2: prediction, thread state and outbox row in one transaction.

        Returns False, changing nothing, when the message was decided before, or joined another thread since it was
        handed out, or ``thread`` was made from a state that no longer holds: it is then unclassified still. The
        outbox row goes to ``channel`` and only if its dedupe key is new. Where the get-together is no longer open,
        the alert that waits for it is withdrawn.
        """
        ...


class ThreadStore(Protocol):
    """Where threads stand, beside what messages make of them."""

    def settle_thread(self, thread_key: str, place: str, now: datetime) -> bool:
        """Take the owner's word that a thread's get-together is at ``place``, and withdraw its pending alert.

        Returns False, changing nothing, when no get-together of the thread was ever open.
        """
        ...

    def open_threads(self, *, until: date | None = None) -> list[OpenThread]:
        """Return every get-together that lacks a place, the one open longest first.

        ``until``: only those whose day is known and not after it.
        """
        ...

    def change(self, state: ThreadState, cause: Cause, now: datetime) -> bool:
        """Write a new state; False, changing nothing, when another was written since it was read."""
        ...

    def remind(self, opened: OpenThread, reminder: Alert, *, channel: str, expires_at: datetime, now: datetime) -> bool:
        """Queue ``reminder`` unless the thread has changed since it was read, or was reminded of before."""
        ...

    def withdraw_stale(self) -> int:
        """Withdraw alerts that wait although their get-together is no longer open; return how many."""
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


class Backfills(Protocol):
    """How far the past is stored, and what it cost."""

    def places(self, account: str, folder: str, uidvalidity: int) -> set[int]:
        """Return the UIDs of a folder whose messages are stored."""
        ...

    def traffic(self, account: str, day: date) -> int:
        """Return how many bytes backfills took on a day (UTC)."""
        ...

    def keep(
        self,
        account: str,
        contents: FolderContents,
        batch: Sequence[ArchivedMessage],
        *,
        size: int,
        silent_before: datetime,
        now: datetime,
    ) -> Filed:
        """Store messages as ``Archive.add`` does, their places and ``size`` bytes of traffic in one transaction."""
        ...


class Archive(Protocol):
    """Where mail of the past goes: beside what the daemon stores, under the same identity, without an alert."""

    def add(self, account: str, batch: Sequence[ArchivedMessage], *, silent_before: datetime, now: datetime) -> Filed:
        """Store what is new in one transaction.

        A new message received before ``silent_before``, or in the future, counts as decided at ``now``: it is never
        alerted. Another one is left to the daemon. A message known already stays as it is. An answer is appended
        unless it is what an import last said of that message.
        """
        ...


class Outbox(Protocol):
    """Alerts on their way out."""

    def claim(self, now: datetime, lease: timedelta, *, quiet: bool = False) -> Notification | None:
        """T3: take one due notification (FOR UPDATE SKIP LOCKED), raise its attempt, set the lease, commit.

        ``quiet``: none that is to be sent, except the answer to a text of the owner's. Expired ones become
        ``expired``; ``sending`` ones whose lease ran out become ``unconfirmed`` and are handed out with that status.
        """
        ...

    def settle(  # noqa: PLR0913 - one transaction, each part named
        self,
        notification: Notification,
        status: NotificationStatus,
        *,
        now: datetime,
        outcome: str,
        provider_id: str = "",
        next_attempt_at: datetime | None = None,
        check_at: datetime | None = None,
        escalate_at: datetime | None = None,
        next_channel: str | None = None,
        next_body: str | None = None,
    ) -> bool:
        """T4: write how attempt ``notification.attempt`` ended, only if it is still the running one.

        ``check_at``: when to ask how it fared. ``escalate_at`` counts unless an earlier call set it. ``next_channel``
        queues the alert there in the same transaction, in the words of ``next_body`` if given. Returns False when
        another process has taken over meanwhile.
        """
        ...

    def release(self, notification: Notification) -> None:
        """Stop holding a notification that was claimed and may not have been settled; never raises."""
        ...

    def claim_check(self, now: datetime, hold: timedelta) -> Notification | None:
        """Take one sent notification whose provider is due to be asked how it fared; nobody else within ``hold``."""
        ...

    def escalate(
        self,
        now: datetime,
        following: Mapping[str, str],
        *,
        longest: timedelta,
        accounts: Mapping[str, Mapping[str, str]] = ...,
    ) -> int:
        """Queue each alert whose time without proof is over on the channel ``following`` its own; return how many.

        One that has not gone out, or may not have, is given up on its old channel. ``longest``: no wait is longer; a
        moment further away means that the clock was set back. ``accounts``: another order of channels for alerts
        about the mail of one.
        """
        ...


class AlertHistory(Protocol):
    """What was alerted before, and what the owner does not want to hear of."""

    def is_muted(self, message: Message, now: datetime) -> bool:
        """Tell whether the owner muted the sender or the thread of ``message``."""
        ...

    def raised_since(self, moment: datetime) -> list[Raised]:
        """Return the alerts decided after ``moment``, by the time they were."""
        ...


class WaitingAlerts(Protocol):
    """Alerts that had to wait for the end of quiet hours, or for the digest."""

    def release(self, now: datetime, wording: DigestWording) -> Released:
        """Let go what has waited until ``now``, in one transaction: one alert as it is, several as digests.

        Those whose get-together is no longer open, or that were muted meanwhile, are withdrawn; a digest that has not
        gone out yet is told anew without them.
        """
        ...

    def hold(self, now: datetime, until: datetime, begins: Callable[[When], datetime]) -> int:
        """Let everything that has surely not gone out wait ``until`` then, without ageing; return how many.

        None is worth telling once its get-together has begun, which is when ``begins`` says.
        """
        ...


class ReplySource(Protocol):
    """The owner's text messages at the provider."""

    def received_since(self, moment: datetime) -> list[Inbound]:
        """Return the texts that came in at ``moment`` or later, the oldest first.

        Raises NotifierUnavailable, NotificationRejected.
        """
        ...


class ReplyStore(Protocol):
    """What the owner texted back."""

    def last_told_at(self) -> datetime | None:
        """Return when an alert last went out by text message; None when none ever did."""
        ...

    def told(self, since: datetime) -> list[Told]:
        """Return what was told since then, one entry a message, the latest told last."""
        ...

    def unseen(self, sids: Collection[str]) -> set[str]:
        """Return those names of texts that were not dealt with yet."""
        ...

    def ignore(self, inbound: Inbound, *, now: datetime) -> None:
        """Remember a stranger's text, without what it says."""
        ...

    def apply(self, inbound: Inbound, plan: ReplyPlan, *, now: datetime) -> bool:
        """Do what ``plan`` says in one transaction; False, changing nothing, when that was done before."""
        ...


class Classifier(Protocol):
    """A trained model."""

    @property
    def version(self) -> str:
        """Name of the model, part of every prediction."""
        ...

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        """Score messages; same order, same length; never raises on any message."""
        ...


class Notifier(Protocol):
    """One channel to the owner.

    ``send`` raises NotifierUnavailable (surely not sent), NotificationRejected (never will be) or
    DeliveryUnconfirmed (may have been sent).
    """

    def send(self, notification: Notification) -> Receipt:
        """Hand over the alert once."""
        ...

    def find(self, notification: Notification) -> Receipt | None:
        """Ask the provider whether an unconfirmed alert went out; None when it surely did not.

        Raises DeliveryUnconfirmed when this channel can never know: it is then failed, not repeated.
        """
        ...


@runtime_checkable
class Tracker(Notifier, Protocol):
    """A channel whose provider tells later how an alert fared."""

    def track(self, notification: Notification) -> Receipt:
        """Ask how a sent alert fares: ``delivered``, or still under way.

        Raises NotifierUnavailable when the provider cannot be asked now, NotDelivered or NotificationRejected when it
        surely did not arrive.
        """
        ...


class LabelStore(Protocol):
    """The owner's answers."""

    def add(self, message_id: int, answer: Answer, source: LabelSource, *, now: datetime) -> bool:
        """Append an answer. Returns False, writing nothing, when there is no message of that number."""
        ...

    def answered(self) -> list[LabelledMail]:
        """Return every message that was ever labelled with the answer that counts, by its label's id."""
        ...

    def latest(self) -> int:
        """Return the id of the latest label, 0 when there is none."""
        ...


class LabelHistory(Protocol):
    """The owner's answers, given and taken back."""

    def add(self, message_id: int, answer: Answer, source: LabelSource, *, now: datetime) -> bool:
        """Append an answer. Returns False, writing nothing, when there is no message of that number."""
        ...

    def undo(self, *, now: datetime) -> int | None:
        """Take back the latest answer of source cli that stands; return its message's number, None: there is none."""
        ...

    def counts(self) -> LabelCounts:
        """Return how many messages have an answer that counts."""
        ...


class WaitingMail(Protocol):
    """The messages that may be labelled."""

    def waiting(self) -> list[QueuedMessage]:
        """Return the messages others wrote that have no answer, the latest first, without their texts."""
        ...

    def read(self, numbers: Sequence[int], *, whole: bool = False) -> list[AnsweredMessage]:
        """Return the messages of those numbers, in their order; their long texts cut short unless ``whole``."""
        ...

    def search_numbers(self, words: str, limit: int) -> list[int]:
        """Return the numbers of up to ``limit`` messages that hold the words, the latest first."""
        ...


class AuditLog(Protocol):
    """Which messages were drawn by lot."""

    def draw(self, message_ids: Sequence[int], *, now: datetime) -> None:
        """Write down that these messages were drawn out of all there were at ``now``; a first drawing stays."""
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


class MarkStore(Protocol):
    """What was read of the mailbox's labels, and what was written there."""

    def place(self, account: str, folder: str) -> MarkPlace | None:
        """Return how far the labels of ``folder`` are read; None: not at all."""
        ...

    def states(self, account: str, scan: MarkScan) -> list[tuple[int, MarkState] | None]:
        """Return for each message of ``scan`` its number and what is known of its labels; None: it is not stored."""
        ...

    def gone(self, account: str, scan: MarkScan) -> list[tuple[int, MarkState]]:
        """Return the messages that a folder which is a label held when it was last read, and holds no more."""
        ...

    def keep(
        self,
        account: str,
        places: Sequence[MarkPlace],
        states: Mapping[int, MarkState],
        answers: Mapping[int, Answer],
        *,
        now: datetime,
    ) -> None:
        """Write states, append answers (source: gmail) and move the folders' places, in one transaction."""
        ...

    def unmarked(self, account: str, *, since: datetime, limit: int) -> list[tuple[int, MessageRef]]:
        """Return where finds lie that arrived from ``since`` on and of which no label and no answer is known."""
        ...


class LabelFiles(Protocol):
    """Where the answers of a file go."""

    def file(self, answers: Sequence[FiledAnswer], *, now: datetime) -> FiledOutcome:
        """Append, in one transaction, the answers that differ from what counts, or nothing at all.

        Nothing when a line leads to no message, or two lines say different things of one.
        """
        ...


class ModelStore(Protocol):
    """What is known of the models of this installation."""

    def all(self) -> list[ModelRecord]:
        """Return every model ever known, the latest trained first."""
        ...

    def follow(self, active: str | None, cards: Sequence[ModelCard], *, why: str, now: datetime) -> None:
        """Bring the rows in line with the files: unknown ``cards`` are candidates, ``active`` is the champion."""
        ...


class ModelFiles(Protocol):
    """The trained models on disk."""

    def active_version(self) -> str:
        """Return the name of the model that serves. Raises NoActiveModel when nothing names one."""
        ...

    def load(self, version: str) -> Classifier:
        """Load a model. Raises NoActiveModel when it is not there, ArtifactMismatch when it is of no use."""
        ...

    def cards(self) -> list[ModelCard]:
        """Return the card of every model there is, the latest trained first; unreadable ones are left out."""
        ...

    def outdated(self) -> list[ModelCard]:
        """Return the cards of the models that an upgrade made useless, the latest trained first."""
        ...

    def replace_outdated(self) -> None:
        """Let the shipped model serve where an upgrade made the owner's useless; that one is kept.

        Raises NoActiveModel or ArtifactMismatch when the shipped one is of no use either, UserError when the disk does
        not take the change.
        """
        ...

    def point_at(self, version: str) -> None:
        """Make the model of that name serve, in one step. Raises UserError when the disk does not take it."""
        ...

    def save(self, trained: Trained, *, name: str, trained_at: datetime, provenance: Provenance) -> ModelCard:
        """Write a new model, whole or not at all; it does not serve yet. Raises UserError likewise."""
        ...

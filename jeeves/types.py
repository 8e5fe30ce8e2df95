"""The records that travel from room to room: frozen, slotted, keyword-only.

Lives here: data only, each field with its unit, range and who sets it. Must not live here: behaviour beyond
trivial properties, any import outside the standard library.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date, datetime, timedelta, tzinfo


CANARY_SENDER: Final = "canary@jeeves.invalid"  # of the self-test's message; a domain nobody can have (RFC 2606)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderStatus:
    """What the server says of a folder right now."""

    folder: str
    uidvalidity: int
    uidnext: int  # the UID the next arrival will get at least
    exists: int  # messages in the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxState:
    """How far a folder is synced: the row in ``mailboxes``."""

    account: str
    folder: str
    uidvalidity: int
    last_uid: int  # every UID up to this one is stored; 0 before the first sync
    last_synced_at: datetime | None = None  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """How mail came in lately: the habit of a mailbox."""

    last: datetime  # aware UTC; the latest arrival
    first: datetime  # aware UTC; the first one looked at
    count: int  # of messages from ``first`` to ``last``
    longest_gap: timedelta  # between two of them, one after the other


class Waited(StrEnum):
    """What waiting for the mail server's word came to."""

    ARRIVED = "arrived"  # it told of new mail
    QUIET = "quiet"  # the time is over, nothing new, and the server is alive
    LOST_TRACK = "lost_track"  # the folder has to be looked at as a whole first
    REFUSED = "refused"  # the server cannot tell by itself, or does not want to now


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchPlan:
    """What to ask the server for next, decided by ``mail.sync.plan_fetch``."""

    folder: str
    uidvalidity: int
    first_uid: int  # ask for UIDs from here on ...
    last_uid: int  # ... up to here, inclusive; first_uid > last_uid means nothing to do
    reset: bool  # UIDVALIDITY changed or first sync: stored locations of the folder are void

    @property
    def is_empty(self) -> bool:
        """True when nothing new can be on the server."""
        return self.first_uid > self.last_uid


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """A message with the number the database gave it."""

    id: int
    message: Message
    account: str = ""  # the mailbox it came to
    is_copy: bool = False  # the same mail came to another mailbox of the owner's, and that one is, or was, decided on


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that moved the score: signed, in log-odds; positive speaks for needing a place."""

    feature: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the classifier says of one message."""

    probability: float  # 0 .. 1
    needs_place: bool  # probability >= the model's threshold
    reasons: tuple[Reason, ...] = ()  # strongest first
    sentence: str = ""  # the sentence of the newest text (or subject) that speaks most for it
    model_version: str


class PlaceState(StrEnum):
    """Where the get-together of a thread stands."""

    NONE = "none"  # nobody wants to meet
    OPEN = "open"  # wanted, no place
    SETTLED = "settled"  # a place is named
    REMOTE = "remote"  # by video link or telephone
    OFF = "off"  # cancelled or declined
    PAST = "past"  # its date went by


class Cause(StrEnum):
    """What changed a thread's state."""

    MESSAGE = "message"
    OWNER = "owner"  # by their own word: a command, an answer by text message
    CLOCK = "clock"


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The moment, or the day, a get-together is on."""

    day: date  # in the zone of whoever named it
    at: datetime | None = None  # aware UTC; None: the hour is not known


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadState:
    """The row in ``threads``: one get-together after the other within one thread."""

    thread_key: str
    place_state: PlaceState = PlaceState.NONE
    proposal: int = 0  # how many get-togethers this thread has opened so far; part of the dedupe key
    place: str = ""  # as it was named, empty unless settled
    when: When | None = None  # None: nobody has said, or not clearly
    opened_at: datetime | None = None  # aware UTC; when the latest get-together was first found to lack a place
    as_of: datetime | None = None  # aware UTC; arrival of the message that changed the state last
    words: str = ""  # what that message says to this effect
    revision: int = 0  # how often the row was written: the store refuses one made from another revision

    @property
    def dedupe_key(self) -> str:
        """Name the latest get-together: at most one alert bears it."""
        return f"{self.thread_key}#{self.proposal}"

    @property
    def reminder_key(self) -> str:
        """Name the reminder of the latest get-together, likewise."""
        return f"{self.dedupe_key}!"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadChange:
    """One row of a thread's history."""

    state: ThreadState  # after the change; its revision means nothing here
    cause: Cause
    message_id: int | None  # of the message that did it; None for owner and clock
    changed_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenThread:
    """A get-together that still lacks a place, and the message that wants it."""

    state: ThreadState
    message_id: int  # of the message its alert speaks of, else of the one that opened it
    message: Message
    sentence: str  # of that message, the one that speaks most for meeting
    reminded: bool  # a reminder was written, whatever became of it
    refused: bool = False  # by the owner's own answer nobody wants to meet
    known_at: datetime | None = None  # aware UTC; when its alert went out, or will as things stand; None: neither
    account: str = ""  # the mailbox that message came to


@dataclass(frozen=True, slots=True, kw_only=True)
class DailySpan:
    """Hours by the clock on the wall; they span midnight when ``end`` comes before ``start``."""

    start: time
    end: time  # never equal to start


@dataclass(frozen=True, slots=True, kw_only=True)
class Restraint:
    """When the owner wants to be left alone, and how often they are spoken to at most."""

    quiet_hours: DailySpan | None = None
    working_days: frozenset[int] = frozenset(range(7))  # Monday is 0; never empty; the others are quiet as a whole
    budget_per_day: int | None = None  # alerts within 24 hours; None: without limit
    budget_per_week: int | None = None  # within 7 days
    digest_at: time = time(18)  # when alerts beyond the budget are told


class Held(StrEnum):
    """Why an alert had to wait."""

    NO = ""
    QUIET = "quiet"  # it was decided in quiet hours
    BUDGET = "budget"  # others were surer


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """An alert that was decided lately, as far as the budget goes."""

    at: datetime  # aware UTC; when it was decided
    probability: float  # 0 .. 1; how sure the model was
    held: Held = Held.NO


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose assistant this is, as far as alerts go."""

    address: str  # of the mailbox; their own messages raise no alert
    zone: tzinfo  # in which alerts tell the time
    max_age: timedelta  # older messages raise no alert
    channel: str  # where alerts go first
    restraint: Restraint = Restraint()
    other_addresses: frozenset[str] = frozenset()  # of their other mailboxes, lower case


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """The decision to speak up."""

    dedupe_key: str  # thread and proposal, never the model version
    reference: str  # short, unique, fit to be typed back: "k7"
    body: str  # plain text, one line, no control characters
    due_at: datetime | None = None  # aware UTC; None: at once
    held: Held = Held.NO  # why it waits until then; it is looked at again before it goes


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppressed:
    """The decision to stay silent, and why: a short code such as ``"too_old"``."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySighting:
    """How far the self-test's message is: it is stored."""

    decision: str | None  # why it was suppressed, as with ``Suppressed``; None: not decided on yet


class NotificationStatus(StrEnum):
    """The life of an outbox row."""

    PENDING = "pending"
    SENDING = "sending"  # claimed: a lease is running
    UNCONFIRMED = "unconfirmed"  # may or may not have gone out: reconcile before anything else
    SENT = "sent"  # the channel took it
    DELIVERED = "delivered"  # the channel proved it
    FAILED = "failed"
    EXPIRED = "expired"  # worthless before it could go out
    WITHDRAWN = "withdrawn"  # the get-together was settled, or the owner said so, before it went out
    GATHERED = "gathered"  # told within a digest, whose own row says what became of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """One outbox row on its way to one channel."""

    id: int
    dedupe_key: str
    channel: str  # "sms", "call", "speech", "console", ...
    body: str
    reference: str
    status: NotificationStatus
    attempt: int  # 1 on the first claim
    created_at: datetime  # aware UTC; reconciliation lists at the provider from here on
    expires_at: datetime  # aware UTC; worthless afterwards
    provider_id: str = ""  # what the provider called it when it was last sent; empty before, or when it gives no name
    tried_at: datetime | None = None  # aware UTC; when sending was last begun
    other_ids: frozenset[str] = (
        frozenset()
    )  # of an unconfirmed one: what the provider called the channel's other alerts
    account: str = ""  # the mailbox its message came to


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """An alert that had to wait, as a digest tells it."""

    reference: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestWording:
    """How several alerts are told as one: made in ``assist.digest``, used within the transaction that gathers them."""

    most: int  # alerts in one digest, 2 or more
    reference: Callable[[int], str]  # of the digest whose first notification has that id
    compose: Callable[[Sequence[Waiting], str], str]  # one line for 1 to ``most`` alerts, and the digest's reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """What became of alerts that waited."""

    told: int = 0  # go out as they are
    gathered: int = 0  # go out within a digest
    withdrawn: int = 0  # have nothing to tell any more
    held: int = 0  # have to wait, because quiet hours came before they could go out


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A text message that came in."""

    sid: str  # the provider's name for it
    text: str = field(repr=False)  # as it was written: anybody may have written it
    from_owner: bool
    received_at: datetime  # aware UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An alert that reached the owner, by itself or within a digest."""

    message_id: int
    thread_key: str
    reference: str
    body: str
    told_at: datetime  # aware UTC; when it was sent last
    open: bool  # its get-together still needs a place
    answered: bool  # the owner has said something of it before


class ReplyOutcome(StrEnum):
    """What became of a text message that came in."""

    APPLIED = "applied"
    UNCLEAR = "unclear"  # nothing was done; the owner is told so
    STRANGER = "stranger"  # somebody else wrote it: ignored


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyPlan:
    """What to do about a text message of the owner's: either a ``complaint``, or something about an alert."""

    about: Told | None = None
    answer: Answer | None = None  # None: there is nothing to label
    mutes: bool = False  # the thread raises no more alerts
    place: str = ""  # where the get-together is; empty: nobody said
    complaint: str = ""  # what to text back


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """The channel took a notification."""

    provider_id: str = ""  # Twilio SID, path of the WAV, ... empty when the channel has none
    delivered: bool = False  # True when the channel itself proves delivery (console written, sound played)


class Origin(StrEnum):
    """Who labelled an example: it decides how much the example counts in training."""

    STARTER = "starter"  # written and labelled by us
    CORPUS = "corpus"  # a labelled file named on the command line
    OWNER = "owner"  # the owner's own mail and answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled training message."""

    document: str  # what ``ml.features.document`` made of the message
    label: bool  # True: needs a place
    thread_key: str  # cross-validation never splits a thread
    weight: float = 1.0  # messages of its mailbox it stands for, in figures; 0: it is learned from, never counted
    trust: float = 1.0  # 0 .. 1: how far the label is relied upon in training; figures count it in full
    origin: Origin = Origin.STARTER


class Answer(StrEnum):
    """What the owner says of a message."""

    YES = "yes"  # it needs a place
    NO = "no"
    SKIP = "skip"  # neither: nothing is learned from it


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedMessage:
    """A message of a folder and what its labels there say."""

    ref: MessageRef
    gmail_id: int | None = None  # X-GM-MSGID; None on other servers
    message_key: str = ""  # in a folder that is a label; empty where the place tells which message it is
    answer: Answer | None = None  # None: no training label, or some that contradict each other


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkPlace:
    """How far the labels of a folder are read (RFC 7162)."""

    folder: str
    uidvalidity: int
    highest_modseq: int | None  # what changes from here on is news; None: the server does not count changes


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkScan:
    """What changed in a folder, or its latest messages where nobody knows what changed."""

    place: MarkPlace
    marked: tuple[MarkedMessage, ...]
    is_whole: bool = False  # the folder is a label itself, and this is all it holds


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkState:
    """What is known of a message's labels: the row in ``mailbox_marks``."""

    seen: Answer | None = None  # what they said last
    written: Answer | None = None  # what Jeeves wrote; None: nothing, or the owner has changed it since
    folder: str = ""  # the folder that is the label it was seen by; empty: a label on the message


class LabelSource(StrEnum):
    """Which way an answer came in."""

    CLI = "cli"
    GMAIL = "gmail"
    SMS = "sms"
    IMPORT = "import"  # from a file: any answer of the owner's own outranks it


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """The row in ``mutes``: either a sender or a thread raises no alert."""

    sender: str | None  # address, lower case; None: it is a thread
    message_id: int | None  # one of the thread's messages; None: it is a sender
    subject: str = ""  # of that message
    muted_at: datetime  # aware UTC
    until: datetime | None  # aware UTC; None: for good


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledMail:
    """A stored message with the answer that counts."""

    id: int  # of the message
    message: Message
    answer: Answer
    label_id: int  # of the answer that counts; label ids ascend in time
    first_label_id: int  # of the first answer the message ever got


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifiedMessage:
    """What Jeeves and its owner said of a stored message."""

    id: int  # of the message
    found: bool  # some model held that it needs a place
    decided_at: datetime  # aware UTC; when it was first classified
    answer: Answer | None  # the one that counts; None: the owner has said nothing
    drawn_at: datetime | None  # aware UTC; when the audit drew it; None: never


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelEntry:
    """The row in ``labels``."""

    id: int  # ascends in time
    answer: Answer  # of one that takes another back: what counted before
    source: LabelSource
    labelled_at: datetime  # aware UTC
    takes_back: int | None  # the id of the label it takes back
    stands: bool  # it takes nothing back, and nothing takes it back
    counts: bool  # it is the message's answer


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelCounts:
    """How many messages have an answer."""

    labelled: int  # yes or no
    positives: int  # yes


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuedMessage:
    """A message that waits for an answer, without its text."""

    id: int
    thread_key: str
    received_at: datetime  # aware UTC
    probability: float | None  # what was last said of it, 0 .. 1; None: nothing yet


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredMessage:
    """A stored message and its answer, if it has one."""

    id: int
    message: Message
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledAnswer:
    """One line of a file of answers."""

    line: int  # from 1
    message_key: str  # names the message in any database; empty when the line gives the number alone
    id: int | None  # names it in this database; not looked at when there is a key
    answer: Answer


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledOutcome:
    """What became of a file of answers: all of it went in, or nothing."""

    messages: int = 0  # answered in the file
    new: int = 0  # of these, answered otherwise or not at all before
    unknown: int | None = None  # the first line that leads to no message
    conflict: tuple[int, int] | None = None  # the first two lines that say different things of one message


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a model comes from and how it was let in; cards written before these fields were lack them all."""

    origins: Mapping[str, int] = field(default_factory=dict)  # Origin -> examples
    last_label_id: int = 0  # the latest of the owner's labels it learned from; 0: from none
    verdict: str = ""  # what the gate decided and why, one sentence
    mailbox: Mapping[str, float] = field(default_factory=dict)  # how the owner's mail looked then, see ``ml.drift``
    deciles: tuple[float, ...] = ()  # of its probabilities on that mail, 9 ascending numbers 0 .. 1
    starter_alone: Mapping[str, float] = field(default_factory=dict)  # figures on the same mail, had it seen none of it


class ModelState(StrEnum):
    """What a model is to this installation."""

    CHAMPION = "champion"  # it serves
    CANDIDATE = "candidate"  # it never has
    RETIRED = "retired"  # it did


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """The row in ``models``."""

    version: str
    sha256: str
    state: ModelState
    why: str  # one sentence: what the gate, or the owner, decided
    threshold: float
    metrics: Mapping[str, float]
    trained_on: Mapping[str, int]
    trained_at: datetime  # aware UTC
    last_label_id: int
    championed_at: datetime | None = None  # aware UTC; when it last became champion
    retired_at: datetime | None = None  # aware UTC; when it last ceased to be


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What is known of a trained model: the JSON beside the artifact."""

    version: str
    sha256: str  # of the artifact file
    hyper_parameters: Mapping[str, object]
    threshold: float  # 0 .. 1: alert at or above
    metrics: Mapping[str, float]
    trained_on: Mapping[str, int]  # examples, positives, threads
    trained_at: datetime  # aware UTC
    libraries: Mapping[str, str]  # name -> version the artifact needs
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # of the metrics, 95 %
    provenance: Provenance = field(default_factory=Provenance)

"""What the owner says of a message.

Lives here: an answer, the ways it comes in (a command, a file, labels of the mailbox), and messages beside theirs. Must
not live here: what the classifier says (``models``).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.types.mail import Message, MessageRef


class Answer(StrEnum):
    """What the owner says of a message."""

    YES = "yes"  # it needs a place
    NO = "no"
    SKIP = "skip"  # neither: nothing is learned from it


class LabelSource(StrEnum):
    """Which way an answer came in."""

    CLI = "cli"
    GMAIL = "gmail"
    SMS = "sms"
    IMPORT = "import"  # from a file: any answer of the owner's own outranks it


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

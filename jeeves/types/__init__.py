"""The records that travel from room to room: frozen, slotted, keyword-only; one module a subject.

Lives here: the public names; beside it data only, each field with its unit, range and who sets it. Must not live here:
behaviour beyond trivial properties, any import outside the standard library. Everybody else imports from the package,
never from a module in it.
"""

from jeeves.types.alerts import Alert, DailySpan, Held, Mute, Owner, Raised, Restraint, Suppressed
from jeeves.types.canary import CANARY_SENDER, CanarySighting
from jeeves.types.labels import (
    Answer,
    AnsweredMessage,
    ClassifiedMessage,
    FiledAnswer,
    FiledOutcome,
    LabelCounts,
    LabelEntry,
    LabelledMail,
    LabelSource,
    MarkedMessage,
    MarkPlace,
    MarkScan,
    MarkState,
    QueuedMessage,
)
from jeeves.types.mail import History, Invite, Message, MessageRef, Person, RawMessage, StoredMessage, ThreadLinks
from jeeves.types.mailboxes import Arrivals, FetchPlan, FolderStatus, MailboxState, Waited
from jeeves.types.models import Example, ModelCard, ModelRecord, ModelState, Origin, Prediction, Provenance, Reason
from jeeves.types.notifications import DigestWording, Notification, NotificationStatus, Receipt, Released, Waiting
from jeeves.types.past import ArchivedMessage, Fetched, Filed, FolderContents
from jeeves.types.replies import Inbound, ReplyOutcome, ReplyPlan, Told
from jeeves.types.threads import Cause, OpenThread, PlaceState, ThreadChange, ThreadState, When

__all__ = [
    "CANARY_SENDER",
    "Alert",
    "Answer",
    "AnsweredMessage",
    "ArchivedMessage",
    "Arrivals",
    "CanarySighting",
    "Cause",
    "ClassifiedMessage",
    "DailySpan",
    "DigestWording",
    "Example",
    "FetchPlan",
    "Fetched",
    "Filed",
    "FiledAnswer",
    "FiledOutcome",
    "FolderContents",
    "FolderStatus",
    "Held",
    "History",
    "Inbound",
    "Invite",
    "LabelCounts",
    "LabelEntry",
    "LabelSource",
    "LabelledMail",
    "MailboxState",
    "MarkPlace",
    "MarkScan",
    "MarkState",
    "MarkedMessage",
    "Message",
    "MessageRef",
    "ModelCard",
    "ModelRecord",
    "ModelState",
    "Mute",
    "Notification",
    "NotificationStatus",
    "OpenThread",
    "Origin",
    "Owner",
    "Person",
    "PlaceState",
    "Prediction",
    "Provenance",
    "QueuedMessage",
    "Raised",
    "RawMessage",
    "Reason",
    "Receipt",
    "Released",
    "ReplyOutcome",
    "ReplyPlan",
    "Restraint",
    "StoredMessage",
    "Suppressed",
    "ThreadChange",
    "ThreadLinks",
    "ThreadState",
    "Told",
    "Waited",
    "Waiting",
    "When",
]

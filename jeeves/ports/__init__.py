"""What the use cases in ``actions`` need from the outside world, as Protocols; one module a subject.

Lives here: the public names; beside it the seams between pure decisions and adapters. Must not live here: any
implementation. Adapters satisfy these structurally and never import this package; mypy checks the fit where ``app``
puts them together. Everybody else imports from the package, never from a module in it.
"""

from jeeves.ports.clock import Clock
from jeeves.ports.labels import AuditLog, LabelFiles, LabelHistory, LabelStore, MarkStore, WaitingMail
from jeeves.ports.mail import MailSource, MarkSource, PastMail, PushSource
from jeeves.ports.messages import Archive, Backfills, MessageStore, ThreadStore
from jeeves.ports.models import Classifier, ModelFiles, ModelStore
from jeeves.ports.notifications import AlertHistory, Notifier, Outbox, Tracker, WaitingAlerts
from jeeves.ports.replies import ReplySource, ReplyStore

__all__ = [
    "AlertHistory",
    "Archive",
    "AuditLog",
    "Backfills",
    "Classifier",
    "Clock",
    "LabelFiles",
    "LabelHistory",
    "LabelStore",
    "MailSource",
    "MarkSource",
    "MarkStore",
    "MessageStore",
    "ModelFiles",
    "ModelStore",
    "Notifier",
    "Outbox",
    "PastMail",
    "PushSource",
    "ReplySource",
    "ReplyStore",
    "ThreadStore",
    "Tracker",
    "WaitingAlerts",
    "WaitingMail",
]

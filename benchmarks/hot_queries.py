"""Every statement the daemon asks again and again, as calls of the store that can be timed.

Lives here: which calls these are, with arguments of the same meaning in a small and a large mailbox. Must not live
here: SQL of our own, timing (``growth``), the mailbox (``grown``).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from benchmarks.grown import ACCOUNT, MODEL, UIDVALIDITY
from jeeves.assist.digest import WORDING
from jeeves.store import drift, forgetting, health
from jeeves.store.alert_history import PostgresAlertHistory
from jeeves.store.audits import PostgresAudits
from jeeves.store.backfills import PostgresBackfills
from jeeves.store.decisions import find_thread, read_decisions
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.store.marks import PostgresMarks
from jeeves.store.messages import PostgresMessages
from jeeves.store.models import PostgresModels
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.outbox_desk import read_outbox
from jeeves.store.records import read_record
from jeeves.store.replies import PostgresReplies
from jeeves.store.status import read_status
from jeeves.store.thread_states import PostgresThreads
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import (
    Alert,
    FetchPlan,
    MailboxState,
    MarkedMessage,
    MarkPlace,
    MarkScan,
    Message,
    MessageRef,
    NotificationStatus,
    Person,
    PlaceState,
    Prediction,
    RawMessage,
    Reason,
    ThreadLinks,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy import Engine

_DAY: Final = timedelta(days=1)
_AT_ONCE: Final = 10  # messages a sync brings
_PLACES: Final = 100


class Service:
    """One database at work: what the daemon does with it, step by step."""

    def __init__(self, engine: Engine, size: int, now: datetime) -> None:
        """Work on a database that ``grown.fill`` has filled."""
        self.engine, self.size, self.now = engine, size, now
        self._next = size + 1  # number of the next message that arrives
        self.store = PostgresMessages(engine)
        self.outbox = PostgresOutbox(engine)

    def calls(self) -> Mapping[str, Callable[[], object]]:
        """Return the calls whose answer is as large in a small mailbox as in a large one."""
        return self._per_message() | self._per_sweep() | self._per_day() | self._by_the_owner()

    def growing(self) -> Mapping[str, Callable[[], object]]:
        """Return the calls whose answer grows with the mailbox; each returns how many rows that is."""
        backfills, queue = PostgresBackfills(self.engine), PostgresLabelQueue(self.engine)
        labels = PostgresLabels(self.engine)
        return {
            "audit, backfill: all UIDs of a folder": lambda: len(backfills.places(ACCOUNT, "INBOX", UIDVALIDITY)),
            "label: the queue of what waits": lambda: len(queue.waiting()),
            "label: how many answers there are": lambda: labels.counts().labelled,
        }

    def _per_message(self) -> dict[str, Callable[[], object]]:
        history = PostgresAlertHistory(self.engine)
        message = self._arrival(self.size)[1]
        plan = FetchPlan(
            folder="INBOX", uidvalidity=UIDVALIDITY, first_uid=self.size - 200, last_uid=self.size, reset=False
        )
        return {
            "sync: how far the folder is read": lambda: self.store.mailbox(ACCOUNT, "INBOX"),
            "sync: UIDs known of 200": lambda: self.store.stored_uids(ACCOUNT, plan),
            f"sync: store {_AT_ONCE} messages, join threads": self.arrive,
            "decide: what is undecided, with history": lambda: self.store.unclassified(20),
            "decide: state of a thread": lambda: self.store.thread(message.thread_key),
            "decide: muted?": lambda: history.is_muted(message, self.now),
            "decide: alerts of the last day": lambda: history.raised_since(self.now - _DAY),
            "decide: write a decision and an alert": self.decide,
            "deliver: claim an alert and settle it": self.deliver,
        }

    def _per_sweep(self) -> dict[str, Callable[[], object]]:
        waiting, threads, marks = PostgresWaiting(self.engine), PostgresThreads(self.engine), PostgresMarks(self.engine)
        labels, models = PostgresLabels(self.engine), PostgresModels(self.engine)
        replies = PostgresReplies(self.engine)
        scan = self._scan()
        return {
            "deliver: nothing is due": lambda: self.outbox.claim(self.now, timedelta(minutes=5)),
            "deliver: which to ask the provider about": lambda: self.outbox.claim_check(self.now, _DAY),
            "deliver: which to escalate": lambda: self.outbox.escalate(self.now, {"sms": "call"}, longest=_DAY),
            "deliver: release what waited": lambda: waiting.release(self.now, WORDING),
            "threads: which get-togethers are open": threads.open_threads,
            "threads: withdraw stale alerts": threads.withdraw_stale,
            "marks: how far labels are read": lambda: marks.place(ACCOUNT, "INBOX"),
            f"marks: what is known of {_PLACES} messages": lambda: marks.states(ACCOUNT, scan),
            "marks: finds to write a label on": partial(
                marks.unmarked, ACCOUNT, since=self.now - timedelta(days=7), limit=50
            ),
            "replies: when an alert last went out": replies.last_told_at,
            "replies: told of late": lambda: replies.told(self.now - 2 * _DAY),
            "replies: texts not dealt with yet": lambda: replies.unseen(["SM1", "SM2"]),
            "retrain: is it due?": lambda: (models.all(), labels.since(labels.latest() - 20)),
            "heartbeat": lambda: health.beat(self.engine, self.now),
            "status: all figures": lambda: read_status(self.engine),
        }

    def _per_day(self) -> dict[str, Callable[[], object]]:
        since = self.now - timedelta(days=7)
        audits = PostgresAudits(self.engine)
        return {
            "purge: originals, 500": lambda: forgetting.purge_originals(self.engine, self.now - 10 * _DAY),
            "purge: originals, nothing is left": lambda: forgetting.purge_originals(self.engine, self.now - 35 * _DAY),
            "purge: texts, 500": lambda: forgetting.purge_texts(self.engine, self.now - 10 * _DAY, now=self.now),
            "drift: mail of a week and its scores": lambda: drift.scored_messages(
                self.engine, MODEL, since=since, until=self.now, limit=500
            ),
            "drift: messages a week": lambda: drift.messages_per_week(self.engine, self.now),
            "drift: answers to alerts": lambda: drift.answered_alerts(self.engine, MODEL, since=since),
            "audit of labels: classified in a week": lambda: audits.classified(since=since),
        }

    def _by_the_owner(self) -> dict[str, Callable[[], object]]:
        queue = PostgresLabelQueue(self.engine)
        middle = self.size // 2
        return {
            "search: a rare word": lambda: queue.search(str(middle), 20),
            "search: a common word": lambda: queue.search("lunch", 20),
            "search: two common words": lambda: queue.search("lunch friday", 20),
            "show: everything of a message": lambda: read_record(self.engine, middle),
            "why: what was decided": lambda: read_decisions(self.engine, middle),
            "why: the latest of a thread": lambda: find_thread(self.engine, f"t{middle // 3}@example.com"),
            "label: read 10 messages": lambda: queue.read([*range(middle, middle + 10)]),
            "outbox: what is under way": lambda: read_outbox(self.engine, everything=False, limit=20),
            "outbox: the latest": lambda: read_outbox(self.engine, everything=True, limit=20),
            "forget: how many a person wrote": lambda: forgetting.count(
                self.engine, forgetting.written_by(f"stranger{middle}@example.com")
            ),
        }

    def arrive(self) -> int:
        """Store ten messages that arrive now: T1. Two of them answer an earlier one."""
        batch = [self._arrival(number) for number in range(self._next, self._next + _AT_ONCE)]
        self._next += _AT_ONCE
        cursor = MailboxState(
            account=ACCOUNT, folder="INBOX", uidvalidity=UIDVALIDITY, last_uid=self._next - 1, last_synced_at=self.now
        )
        return self.store.store_batch(ACCOUNT, batch, cursor, reset=False)

    def decide(self) -> bool:
        """Decide on the message that waits longest, and alert: T2."""
        stored = self.store.unclassified(1)[0]
        state = self.store.thread(stored.message.thread_key)
        opened = replace(state, place_state=PlaceState.OPEN, proposal=state.proposal + 1, opened_at=self.now)
        prediction = Prediction(
            probability=0.9,
            needs_place=True,
            reasons=(Reason(feature="lunch", weight=1.5),),
            sentence="Lunch?",
            model_version=MODEL,
        )
        alert = Alert(dedupe_key=opened.dedupe_key, reference="k7", body="Lunch, no place yet.")
        return self.store.record_decision(
            stored, prediction, opened, alert, channel="sms", expires_at=self.now + _DAY, now=self.now
        )

    def deliver(self) -> bool:
        """Claim the alert that waits longest and say it was delivered: T3 and T4."""
        claimed = self.outbox.claim(self.now + timedelta(seconds=1), timedelta(minutes=5))
        if claimed is None:
            raise RuntimeError("no alert waits: the decision before wrote none")
        return self.outbox.settle(claimed, NotificationStatus.DELIVERED, now=self.now, outcome="delivered")

    def _arrival(self, number: int) -> tuple[RawMessage, Message]:
        ref = MessageRef(mailbox="INBOX", uidvalidity=UIDVALIDITY, uid=number)
        key = f"{number}@example.com"
        answered = (f"{self.size - number % 97}@example.com",) if number % 5 == 0 else ()
        message = Message(
            ref=ref,
            message_key=key,
            thread_key=key,
            sender=Person(name="person3", address="person3@example.com"),
            recipients=(Person(address=ACCOUNT),),
            subject="Re: lunch" if number % 5 == 1 else f"about {number}",
            text=f"shall we have lunch on friday {number}",
            received_at=self.now,
            sent_at=self.now,
            links=ThreadLinks(
                message_id=key,
                ancestors=answered,
                base_subject="lunch" if number % 5 == 1 else f"about {number}",
                is_reply=number % 5 == 1,
            ),
        )
        return RawMessage(ref=ref, received_at=self.now, rfc822=b"Subject: lunch\r\n\r\nlunch?\r\n" * 50), message

    def _scan(self) -> MarkScan:
        place = MarkPlace(folder="INBOX", uidvalidity=UIDVALIDITY, highest_modseq=self.size)
        uids = range(self.size - _PLACES, self.size)
        refs = [MessageRef(mailbox="INBOX", uidvalidity=UIDVALIDITY, uid=uid) for uid in uids]
        return MarkScan(place=place, marked=tuple(MarkedMessage(ref=ref) for ref in refs))

"""From the store to a decision: score what nobody has decided on, follow its thread, speak up or not (T2).

Lives here: the use case, by ports and pure code. Must not live here: how a model scores, how an alert is sent.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from jeeves.actions.restrain import restrained, time_on_hold
from jeeves.assist.alerts import decide_alert, expiry
from jeeves.assist.canary import is_canary, spared
from jeeves.assist.threads import advance
from jeeves.types import Suppressed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jeeves.ports import AlertHistory, Classifier, Clock, MessageStore
    from jeeves.types import Owner

_BATCH = 200  # messages scored at a time


def decide_new(
    store: MessageStore,
    classifier: Classifier,
    owner: Owner,
    history: AlertHistory,
    clock: Clock,
    *,
    owners: Mapping[str, Owner] = MappingProxyType({}),
) -> int:
    """Decide on every message not yet decided, oldest first; return how many there were.

    Each message is one transaction: a crash in between decides the rest on the next call and repeats nothing.
    ``owners``: account -> its owner, where there are several. Of mail that came to two of them the second copy says
    nothing: neither to its thread nor to the owner.
    """
    decided = 0
    while batch := store.unclassified(_BATCH):
        predictions = classifier.predict([stored.message for stored in batch])
        for stored, prediction in zip(batch, predictions, strict=True):
            whose = owners.get(stored.account, owner)
            thread = store.thread(stored.message.thread_key)
            before = thread
            if not stored.is_copy:
                thread = advance(thread, stored.message, prediction, whose)
            now = clock()
            decision = (
                Suppressed(reason="copy")
                if stored.is_copy
                else decide_alert(stored, prediction, thread, whose, now=now)
            )
            if is_canary(stored.message):
                decision, thread = spared(decision), before  # also a stranger's, who wrote into a thread of the owner's
            else:
                decision = restrained(decision, stored, prediction, whose, history, now=now)
            store.record_decision(
                stored,
                prediction,
                thread,
                decision,
                channel=whose.channel,
                expires_at=expiry(stored.message, thread, whose, now=now, on_hold=time_on_hold(decision, now)),
                now=now,
            )
        decided += len(batch)
    return decided

"""From the owner's text messages to labels, mutes and places.

Lives here: the use case, by ports and pure code. Must not live here: Twilio, SQL, when to look (``assist.polling``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.assist.replies import ANSWERABLE, plan_reply

if TYPE_CHECKING:
    from datetime import datetime

    from jeeves.ports import ReplySource, ReplyStore

_NAMED: Final = timedelta(days=30)  # an answer that names its alert may come so late


def take_replies(source: ReplySource, store: ReplyStore, *, now: datetime) -> int:
    """Act upon every text that came in since the alerts of the last two days; return how many were the owner's.

    Each text is acted upon once, however often this runs and whenever it is killed. Raises NotifierUnavailable,
    NotificationRejected, DatabaseUnavailable.
    """
    recent = store.told(now - ANSWERABLE)
    if not recent:
        return 0
    inbound = source.received_since(min(each.told_at for each in recent))
    unseen = store.unseen([each.sid for each in inbound])
    taken = 0
    for each in inbound:
        if each.sid not in unseen:
            continue
        if not each.from_owner:
            store.ignore(each, now=now)
            continue
        # Read anew each time: the answer before this one may have changed which alerts wait for one.
        plan = plan_reply(each.text, store.told(now - _NAMED), received_at=each.received_at)
        taken += store.apply(each, plan, now=now)
    return taken

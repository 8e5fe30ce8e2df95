"""What passed between the owner and a message's sender before it arrived, read beside the message.

Lives here: ``HISTORY``, the columns that tell, and the record they make. Must not live here: what follows from it
(``ml.features``), other columns of a message.

Each column costs a few index look-ups a message, however much mail is stored. All count only what arrived, or was
answered, before the message did: a message scored today and learned from next year has the same history, unless older
mail was fetched meanwhile.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import and_, case, exists, func, literal_column, select, true

from jeeves.store import rows
from jeeves.store.schema import labels, left_of_sender, messages
from jeeves.types import Answer, History, LabelSource

if TYPE_CHECKING:
    from sqlalchemy import Row

    from jeeves.types import Message

MOST_COUNTED: Final = 20  # earlier messages: more of them tell nothing more
PAST: Final = timedelta(days=30)  # a mailbox known for less time cannot tell who is new
_LATEST: Final = 200  # of the sender's messages are looked through for answers
_FEWEST_NO: Final = 3  # answers before a sender counts as one who never asks

_before = messages.alias("before")
_of_account = and_(_before.c.account == messages.c.account, _before.c.received_at < messages.c.received_at)
_of_sender = and_(_of_account, left_of_sender(_before) == left_of_sender(messages))
_of_owner = and_(_of_account, _before.c.sender_address == func.lower(_before.c.account))
_a_stranger = and_(messages.c.sender_address != "", messages.c.sender_address != func.lower(messages.c.account))

_first = select(func.min(_before.c.received_at)).where(_before.c.account == messages.c.account).scalar_subquery()
_few = select(true()).where(_of_sender).limit(MOST_COUNTED).correlate(messages).subquery()
_earlier = select(func.count()).select_from(_few).scalar_subquery()
_written = exists().where(
    _of_owner, _before.c.recipients.contains(func.jsonb_build_array(func.jsonb_build_array(messages.c.sender_address)))
)
_answers_owner = exists().where(_of_owner, _before.c.thread_key == messages.c.thread_key)

# A number PostgreSQL does not see while it plans: it takes a sender for an average one, of whom it would read and sort
# everything to find the latest 200, and so it would for a list that has sent ten thousand.
_LOOKED_THROUGH: Final = select(literal_column(str(_LATEST))).scalar_subquery()
_latest = (
    select(_before.c.id)
    .where(_of_sender, _before.c.thread_key != messages.c.thread_key)
    .order_by(_before.c.received_at.desc())
    .limit(_LOOKED_THROUGH)
    .correlate(messages)
    .subquery()
)
_answer = (
    select(labels.c.value)
    .where(labels.c.message_id == _latest.c.id, labels.c.labelled_at <= messages.c.received_at)
    .order_by((labels.c.source != LabelSource.IMPORT.value).desc(), labels.c.id.desc())
    .limit(1)
    .correlate(messages, _latest)
    .lateral()
)
_yes = func.count().filter(_answer.c.value == Answer.YES.value)
_no = func.count().filter(_answer.c.value == Answer.NO.value)
_asks = (
    select(case((_yes > 0, True), (_no >= _FEWEST_NO, False)))
    .select_from(_latest.join(_answer, true()))
    .scalar_subquery()
)

# To be selected beside the columns of ``messages``; ``with_history`` reads them.
HISTORY: Final = (
    case((and_(_a_stranger, _first <= messages.c.received_at - PAST), _earlier)).label("earlier"),
    and_(_a_stranger, _written).label("written"),
    and_(_a_stranger, _answers_owner).label("answers_owner"),
    case((_a_stranger, _asks)).label("asks"),
)


def with_history(row: Row[Any]) -> Message:
    """Return the message of a row that was selected with ``HISTORY``."""
    known = History(earlier=row.earlier, written=row.written, answers_owner=row.answers_owner, asks=row.asks)
    return replace(rows.message(row), history=known)

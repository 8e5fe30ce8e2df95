"""Calling alerts off before they go out.

Lives here: the one statement that does. Must not live here: why an alert is called off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, select, update

from jeeves.store.schema import messages, notifications
from jeeves.types import NotificationStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection


def withdraw_alerts(connection: Connection, about: ColumnElement[bool]) -> None:
    """Withdraw the pending alerts whose message meets the condition ``about``, which speaks of ``messages``."""
    unwanted = (
        select(notifications.c.id)
        .join(messages, messages.c.id == notifications.c.message_id)
        .where(
            notifications.c.status == NotificationStatus.PENDING.value,
            notifications.c.kind == "alert",
            about,
        )
        # In the order in which waiting alerts are released: two transactions never wait for each other in a circle.
        .order_by(notifications.c.created_at, notifications.c.id)
        .with_for_update(of=notifications)
    )
    connection.execute(
        update(notifications)
        .where(notifications.c.id.in_(unwanted))
        .values(status=NotificationStatus.WITHDRAWN.value, held=False)
    )

"""All that one mailbox needs, put together.

Lives here: ``App``, ``build``, ``build_each``. Must not live here: decisions, schedules, what a command prints.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from jeeves.app.channels import notifiers_for, replies_to
from jeeves.app.mailboxes import mail_credentials, mail_marks, mail_source
from jeeves.config.accounts import each_account
from jeeves.config.restraint import restraint_of
from jeeves.ml.serving import ServingModel
from jeeves.ml.shelf import shelf_for
from jeeves.store.alert_history import PostgresAlertHistory
from jeeves.store.marks import PostgresMarks
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.replies import PostgresReplies
from jeeves.store.thread_states import PostgresThreads
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jeeves.app.databases import Database
    from jeeves.config import Config
    from jeeves.ports import (
        AlertHistory,
        MailSource,
        MarkSource,
        MarkStore,
        MessageStore,
        Notifier,
        Outbox,
        PushSource,
        ReplySource,
        ReplyStore,
        ThreadStore,
        WaitingAlerts,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything one mailbox needs, behind the ports."""

    config: Config  # of this mailbox alone (``config.accounts``)
    database: Database
    source: MailSource  # for one thing after the other; connects on first use
    open_source: Callable[[], PushSource]  # makes another, for a thread of its own
    open_marks: Callable[[], MarkSource]  # makes one, not yet connected
    marks: MarkStore
    store: MessageStore
    outbox: Outbox
    history: AlertHistory
    waiting: WaitingAlerts
    threads: ThreadStore
    replies: ReplySource | None  # None: alerts do not go out by text message
    reply_store: ReplyStore
    classifier: ServingModel
    notifiers: Mapping[str, Notifier]
    owner: Owner


def build(config: Config, database: Database) -> App:
    """Put the adapters together, for the first mailbox. Raises NoActiveModel, ArtifactMismatch, UserError."""
    own = each_account(config)[0]
    credentials = mail_credentials(own)
    open_source = partial(mail_source, own, credentials)
    return App(
        config=own,
        database=database,
        source=open_source(),
        open_source=open_source,
        open_marks=partial(mail_marks, own, credentials),
        marks=PostgresMarks(database.engine),
        store=PostgresMessages(database.engine),
        outbox=PostgresOutbox(database.engine),
        history=PostgresAlertHistory(database.engine),
        waiting=PostgresWaiting(database.engine),
        threads=PostgresThreads(database.engine),
        replies=replies_to(config),
        reply_store=PostgresReplies(database.engine),
        classifier=ServingModel(shelf_for(config.classifier.directory, config.database.data_dir)),
        notifiers=notifiers_for(config),
        owner=_owner_of(own, config),
    )


def build_each(config: Config, database: Database) -> tuple[App, ...]:
    """Put the adapters together for each mailbox: they share everything but how mail is read and whom it concerns.

    Raises as ``build``.
    """
    app = build(config, database)
    return (app, *(_beside(app, own, config) for own in each_account(config)[1:]))


def _beside(app: App, own: Config, config: Config) -> App:
    credentials = mail_credentials(own)
    open_source = partial(mail_source, own, credentials)
    return replace(
        app,
        config=own,
        source=open_source(),
        open_source=open_source,
        open_marks=partial(mail_marks, own, credentials),
        owner=_owner_of(own, config),
    )


def _owner_of(own: Config, config: Config) -> Owner:
    """Return whose mailbox that of ``own`` is; all those of ``config`` are the same person's."""
    return Owner(
        address=own.mail.username,
        zone=own.alerts.timezone,
        max_age=own.alerts.max_age,
        channel=own.alerts.channels[0],
        restraint=restraint_of(own),
        other_addresses=frozenset(each.mail.username.lower() for each in each_account(config)),
    )

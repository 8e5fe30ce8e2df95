"""Puts the house together: the only place that knows concrete adapters.

Lives here: ``open_database`` and ``build``. Must not live here: decisions, schedules, what a command prints.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jeeves.mail.imap import ImapSource
from jeeves.ml.artifact import load_active
from jeeves.notify.call import CallNotifier
from jeeves.notify.console import ConsoleNotifier
from jeeves.notify.sms import SmsNotifier
from jeeves.notify.speech import SpeechNotifier
from jeeves.store.database import check_migrated, connect, migrate
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.types import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.ports import Classifier, MailSource, MessageStore, Notifier, Outbox, PushSource


def utc_now() -> datetime:
    """Return the present moment, aware UTC: the Clock of everything that runs."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """An open, migrated database."""

    engine: Engine
    revive: Callable[[], None] | None  # starts an embedded server again that was killed; None for another's


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """Everything one mailbox needs, behind the ports."""

    config: Config
    database: Database
    source: MailSource  # for one thing after the other; connects on first use
    open_source: Callable[[], PushSource]  # makes another, for a thread of its own
    store: MessageStore
    outbox: Outbox
    classifier: Classifier
    notifiers: Mapping[str, Notifier]
    owner: Owner


@contextmanager
def open_database(config: Config) -> Iterator[Database]:
    """Open the configured database, or the embedded one, starting and migrating that as needed.

    A database of the owner's own is never migrated behind their back: MigrationsNotRun names the command. Raises
    DatabaseUnavailable, DatabaseRefused, MigrationsNotRun, UserError.
    """
    if config.database.url:
        engine = connect(config.database.url)
        try:
            check_migrated(engine)
            yield Database(engine=engine, revive=None)
        finally:
            engine.dispose()
        return
    server = EmbeddedPostgres(config.database.data_dir)
    with server.running() as url:
        engine = connect(url)
        try:
            migrate(engine)
            yield Database(engine=engine, revive=server.ensure_running)
        finally:
            engine.dispose()


def migrate_database(config: Config) -> None:
    """Bring the configured database, or the embedded one, up to this program. Raises as ``open_database`` does."""
    if not config.database.url:
        with open_database(config):
            return
    engine = connect(config.database.url)
    try:
        migrate(engine)
    finally:
        engine.dispose()


def notifiers_for(config: Config) -> dict[str, Notifier]:
    """Return an adapter for each configured channel, by channel name. Raises UserError on a secret that is missing."""
    adapters: dict[str, Notifier] = {}
    for channel in config.alerts.channels:
        if channel == "console":
            adapters[channel] = ConsoleNotifier(clock=lambda: datetime.now(config.alerts.timezone))
        elif channel == "speech":
            speech = config.notify.speech
            adapters[channel] = SpeechNotifier(engine=speech.engine, wav_dir=speech.wav_dir)
        elif channel == "sms" and config.notify.sms is not None:
            adapters[channel] = SmsNotifier(config.notify.sms)
        elif channel == "call" and config.notify.call is not None:
            adapters[channel] = CallNotifier(config.notify.call)
    return adapters


def build(config: Config, database: Database) -> App:
    """Put the adapters together. Raises NoActiveModel, ArtifactMismatch, UserError."""
    mail = config.mail

    def open_source() -> ImapSource:
        return ImapSource(
            host=mail.host,
            port=mail.port,
            tls=mail.tls,
            ca_file=mail.ca_file,
            username=mail.username,
            password=mail.password.resolve,
        )

    return App(
        config=config,
        database=database,
        source=open_source(),
        open_source=open_source,
        store=PostgresMessages(database.engine),
        outbox=PostgresOutbox(database.engine),
        classifier=load_active(config.classifier.directory),
        notifiers=notifiers_for(config),
        owner=Owner(
            address=mail.username,
            zone=config.alerts.timezone,
            max_age=config.alerts.max_age,
            channel=config.alerts.channels[0],
        ),
    )

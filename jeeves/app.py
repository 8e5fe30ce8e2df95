"""Puts the house together: the only place that knows concrete adapters.

Lives here: ``open_database`` and ``build``. Must not live here: decisions, schedules, what a command prints.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from jeeves.mail.credentials import Passwords
from jeeves.mail.grant_file import grant_path
from jeeves.mail.imap import ImapSource
from jeeves.mail.imap_backfill import ImapBackfill
from jeeves.mail.imap_connect import ImapServer, connect
from jeeves.mail.oauth import AccessTokens
from jeeves.mail.special_use import read_beside
from jeeves.mail.token_endpoint import TokenEndpoint
from jeeves.ml.serving import ServingModel
from jeeves.ml.shelf import shelf_for
from jeeves.notify.call import CallNotifier
from jeeves.notify.console import ConsoleNotifier
from jeeves.notify.sms import SmsNotifier
from jeeves.notify.speech import SpeechNotifier
from jeeves.store.archive import PostgresArchive
from jeeves.store.backfills import PostgresBackfills
from jeeves.store.database import check_migrated, migrate
from jeeves.store.database import connect as connect_database
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.thread_states import PostgresThreads
from jeeves.types import Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.mail.consent import Consent
    from jeeves.mail.credentials import Credential
    from jeeves.mail.loopback import Loopback
    from jeeves.ports import Archive, Backfills, MailSource, MessageStore, Notifier, Outbox, PushSource, ThreadStore


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
    threads: ThreadStore
    outbox: Outbox
    classifier: ServingModel
    notifiers: Mapping[str, Notifier]
    owner: Owner


@contextmanager
def open_database(config: Config) -> Iterator[Database]:
    """Open the configured database, or the embedded one, starting and migrating that as needed.

    A database of the owner's own is never migrated behind their back: MigrationsNotRun names the command. Raises
    DatabaseUnavailable, DatabaseRefused, MigrationsNotRun, UserError.
    """
    if config.database.url:
        engine = connect_database(config.database.url)
        try:
            check_migrated(engine)
            yield Database(engine=engine, revive=None)
        finally:
            engine.dispose()
        return
    server = EmbeddedPostgres(config.database.data_dir)
    with server.running() as url:
        engine = connect_database(url)
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
    engine = connect_database(config.database.url)
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


def archive_in(database: Database) -> Archive:
    """Return where mail of the past goes."""
    return PostgresArchive(database.engine)


def backfills_in(database: Database) -> Backfills:
    """Return where a mailbox's past goes."""
    return PostgresBackfills(database.engine)


def past_mail(config: Config) -> ImapBackfill:
    """Return the mailbox's past, not yet connected."""
    mail = config.mail
    server = ImapServer(host=mail.host, port=mail.port, tls=mail.tls, ca_file=mail.ca_file)
    credentials = mail_credentials(config)
    return ImapBackfill(server, lambda: connect(server, mail.username, credentials()))


def token_endpoint(config: Config) -> TokenEndpoint:
    """Return where access tokens come from."""
    mail = config.mail
    return TokenEndpoint(
        token_uri=mail.oauth_token_uri,
        revoke_uri=mail.oauth_revoke_uri,
        client_id=mail.oauth_client_id.resolve,
        client_secret=mail.oauth_client_secret.resolve,
    )


def mail_credentials(config: Config) -> Callable[[], Credential]:
    """Return what is asked for a credential at every sign-in; all connections share it."""
    mail = config.mail
    if mail.auth == "password":
        return Passwords(mail.password.resolve, host=mail.host, clock=utc_now)
    return AccessTokens(
        grant_file=grant_path(config.database.data_dir),
        account=mail.username,
        endpoint=token_endpoint(config),
        clock=utc_now,
    )


def mail_source(config: Config, credentials: Callable[[], Credential]) -> ImapSource:
    """Return the mailbox, not yet connected; one ``credentials`` serves however many connections there are."""
    mail = config.mail
    return ImapSource(
        host=mail.host,
        port=mail.port,
        tls=mail.tls,
        ca_file=mail.ca_file,
        username=mail.username,
        password=credentials,
    )


def folders_read(config: Config, source: MailSource) -> tuple[str, ...]:
    """Return every folder that is read: those named, and sent mail where the server has a folder for it.

    Raises what ``source`` raises.
    """
    beside = read_beside(config.mail.folders, sent=config.mail.sent)
    return (*config.mail.folders, *(folder for folder in beside if source.bears(folder)))


@contextmanager
def mail_consent(config: Config, port: int) -> Iterator[tuple[Consent, Loopback]]:
    """Yield a request for permission, and the listener on ``port`` (0: any free one) that the browser comes back to.

    Raises UserError when the client's secrets are missing or the port is taken.
    """
    from jeeves.mail.consent import Client, Consent  # noqa: PLC0415 - the daemon never needs google-auth-oauthlib
    from jeeves.mail.loopback import Loopback  # noqa: PLC0415 - likewise

    mail = config.mail
    client = Client(
        client_id=mail.oauth_client_id.resolve(),
        client_secret=mail.oauth_client_secret.resolve(),
        auth_uri=mail.oauth_auth_uri,
        token_uri=mail.oauth_token_uri,
    )
    with Loopback(port) as loopback:
        consent = Consent(client, account=mail.username, redirect_uri=f"http://127.0.0.1:{loopback.port}/")
        loopback.answer(lambda path: consent.read(path) is not None)
        yield consent, loopback


def build(config: Config, database: Database) -> App:
    """Put the adapters together. Raises NoActiveModel, ArtifactMismatch, UserError."""
    open_source = partial(mail_source, config, mail_credentials(config))
    return App(
        config=config,
        database=database,
        source=open_source(),
        open_source=open_source,
        store=PostgresMessages(database.engine),
        threads=PostgresThreads(database.engine),
        outbox=PostgresOutbox(database.engine),
        classifier=ServingModel(shelf_for(config.classifier.directory, config.database.data_dir)),
        notifiers=notifiers_for(config),
        owner=Owner(
            address=config.mail.username,
            zone=config.alerts.timezone,
            max_age=config.alerts.max_age,
            channel=config.alerts.channels[0],
        ),
    )

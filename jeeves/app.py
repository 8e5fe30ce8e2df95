"""Puts the house together: the only place that knows concrete adapters.

Lives here: ``open_database`` and ``build``. Must not live here: decisions, schedules, what a command prints.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from jeeves.assist.canary import CANARY_FOLDER
from jeeves.config.accounts import all_channels, each_account, name_of
from jeeves.config.restraint import restraint_of
from jeeves.errors import UserError
from jeeves.keeping import keep_before_upgrade
from jeeves.mail.credentials import Passwords
from jeeves.mail.grant_file import command_for, grant_path
from jeeves.mail.imap import ImapSource
from jeeves.mail.imap_backfill import ImapBackfill
from jeeves.mail.imap_canary import ImapCanary
from jeeves.mail.imap_connect import ImapServer, connect
from jeeves.mail.imap_marks import ImapMarks
from jeeves.mail.oauth import AccessTokens
from jeeves.mail.special_use import read_beside
from jeeves.ml.serving import ServingModel
from jeeves.ml.shelf import shelf_for
from jeeves.notify.console import ConsoleNotifier
from jeeves.notify.speech import SpeechNotifier
from jeeves.store.alert_history import PostgresAlertHistory
from jeeves.store.archive import PostgresArchive
from jeeves.store.backfills import PostgresBackfills
from jeeves.store.database import check_migrated, migrate
from jeeves.store.database import connect as connect_database
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.marks import PostgresMarks
from jeeves.store.messages import PostgresMessages
from jeeves.store.outbox import PostgresOutbox
from jeeves.store.replies import PostgresReplies
from jeeves.store.thread_states import PostgresThreads
from jeeves.store.waiting import PostgresWaiting
from jeeves.types import CANARY_SENDER, Owner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.mail.consent import Consent
    from jeeves.mail.credentials import Credential
    from jeeves.mail.loopback import Loopback
    from jeeves.mail.token_endpoint import TokenEndpoint
    from jeeves.ports import (
        AlertHistory,
        Archive,
        Backfills,
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
            migrate(engine, before=partial(keep_before_upgrade, config, engine, utc_now()))
            yield Database(engine=engine, revive=server.ensure_running)
        finally:
            engine.dispose()


def migrate_database(config: Config, *, backup: bool = True) -> None:
    """Bring the configured database, or the embedded one, up to this program, with a backup first if it changes.

    Raises as ``open_database`` does, and UserError when the backup cannot be made.
    """
    with unmigrated_database(config) as engine:
        migrate(engine, before=partial(keep_before_upgrade, config, engine, utc_now()) if backup else None)


@contextmanager
def unmigrated_database(config: Config) -> Iterator[Engine]:
    """Open the configured database, or the embedded one, whatever is in it. Raises as ``open_database`` does."""
    with ExitStack() as stack:
        url = config.database.url or stack.enter_context(EmbeddedPostgres(config.database.data_dir).running())
        engine = connect_database(url)
        stack.callback(engine.dispose)
        yield engine


def notifiers_for(config: Config) -> dict[str, Notifier]:
    """Return an adapter for each configured channel, by channel name. Raises UserError on a secret that is missing."""
    return {channel: notifier_for(config, channel) for channel in all_channels(config)}


def notifier_for(config: Config, channel: str) -> Notifier:  # noqa: PLR0911 - one channel a line
    """Return the adapter of ``channel``. Raises UserError on a section or a secret that is missing."""
    notify = config.notify
    if channel == "console":
        return ConsoleNotifier(clock=lambda: datetime.now(config.alerts.timezone))
    if channel == "speech":
        return SpeechNotifier(engine=notify.speech.engine, wav_dir=notify.speech.wav_dir)
    if channel == "sms" and notify.sms is not None:
        from jeeves.notify.sms import SmsNotifier  # noqa: PLC0415 - with Twilio's SDK and requests 11 MB

        return SmsNotifier(notify.sms)
    if channel == "call" and notify.call is not None:
        from jeeves.notify.call import CallNotifier  # noqa: PLC0415 - likewise

        return CallNotifier(notify.call)
    if channel == "email" and notify.email is not None:
        from jeeves.notify.email import EmailNotifier  # noqa: PLC0415 - who has no such channel must not pay for it

        return EmailNotifier(notify.email, sender=config.mail.username)
    if channel == "ntfy" and notify.ntfy is not None:
        from jeeves.notify.ntfy import NtfyNotifier  # noqa: PLC0415 - likewise

        return NtfyNotifier(notify.ntfy)
    if channel == "webhook" and notify.webhook is not None:
        from jeeves.notify.webhook import WebhookNotifier  # noqa: PLC0415 - likewise

        return WebhookNotifier(notify.webhook)
    raise UserError(f"The channel {channel} is not set up.", advice=f"Add a section [notify.{channel}] to jeeves.toml.")


def replies_to(config: Config) -> ReplySource | None:
    """Return where the owner's answers come in; None when alerts do not go out by text message."""
    if "sms" not in all_channels(config) or config.notify.sms is None:
        return None
    from jeeves.notify.replies import TwilioReplies  # noqa: PLC0415 - who has no such channel must not pay for it

    return TwilioReplies(config.notify.sms)


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


def canary_folder(config: Config) -> ImapCanary:
    """Return the canary's folder."""
    mail = config.mail
    server = ImapServer(host=mail.host, port=mail.port, tls=mail.tls, ca_file=mail.ca_file)
    credentials = mail_credentials(config)
    return ImapCanary(
        server, lambda: connect(server, mail.username, credentials()), folder=CANARY_FOLDER, sender=CANARY_SENDER
    )


def token_endpoint(config: Config) -> TokenEndpoint:
    """Return where access tokens come from."""
    from jeeves.mail.token_endpoint import TokenEndpoint  # noqa: PLC0415 - whoever signs in by password needs no HTTP

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
        grant_file=grant_path(config.database.data_dir, name_of(config)),
        account=mail.username,
        endpoint=token_endpoint(config),
        clock=utc_now,
        command=command_for(name_of(config)),
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


def mail_marks(config: Config, credentials: Callable[[], Credential]) -> ImapMarks:
    """Return the mailbox's labels, not yet connected; ``credentials`` as for ``mail_source``."""
    mail = config.mail
    server = ImapServer(host=mail.host, port=mail.port, tls=mail.tls, ca_file=mail.ca_file)
    return ImapMarks(server, lambda: connect(server, mail.username, credentials()), name=mail.training_label)


def folders_read(config: Config, source: MailSource) -> tuple[str, ...]:
    """Return every folder that is read: those named, and sent mail where the server has a folder for it.

    Raises what ``source`` raises.
    """
    beside = read_beside(config.mail.folders, sent=config.mail.sent)
    return (*config.mail.folders, *(folder for folder in beside if source.bears(folder)))


def watched_in(config: Config) -> dict[str, frozenset[str]]:
    """Return the folders of each account that have to be up to date; what was read before stays in the database."""
    mails = [each.mail for each in each_account(config)]
    return {mail.username: frozenset((*mail.folders, *read_beside(mail.folders, sent=mail.sent))) for mail in mails}


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

"""The way in: the mailbox on its server, and signing in there.

Lives here: which adapter serves which section of the configuration, which folders are read. Must not live here: what
is asked of the server, mail of the past (``past``).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from jeeves.app.clock import utc_now
from jeeves.assist.canary import CANARY_FOLDER
from jeeves.config.accounts import each_account, name_of
from jeeves.mail.credentials import Passwords
from jeeves.mail.grant_file import grant_path
from jeeves.mail.imap import ImapSource
from jeeves.mail.imap_canary import ImapCanary
from jeeves.mail.imap_connect import ImapServer, connect
from jeeves.mail.imap_marks import ImapMarks
from jeeves.mail.oauth import AccessTokens
from jeeves.mail.special_use import read_beside
from jeeves.types import CANARY_SENDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeeves.config import Config
    from jeeves.mail.consent import Consent
    from jeeves.mail.credentials import Credential
    from jeeves.mail.loopback import Loopback
    from jeeves.mail.token_endpoint import TokenEndpoint
    from jeeves.ports import MailSource


def imap_server(config: Config) -> ImapServer:
    """Return where the mailbox is."""
    mail = config.mail
    return ImapServer(host=mail.host, port=mail.port, tls=mail.tls, ca_file=mail.ca_file)


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
    )


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
    server = imap_server(config)
    return ImapMarks(server, lambda: connect(server, mail.username, credentials()), name=mail.training_label)


def canary_folder(config: Config) -> ImapCanary:
    """Return the canary's folder."""
    mail = config.mail
    server = imap_server(config)
    credentials = mail_credentials(config)
    return ImapCanary(
        server, lambda: connect(server, mail.username, credentials()), folder=CANARY_FOLDER, sender=CANARY_SENDER
    )


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

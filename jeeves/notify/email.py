"""Alerts as mail from the owner to the owner.

Lives here: the message and the SMTP conversation (RFC 5321). Must not live here: reading mail.

It is sent from the address whose mailbox is watched, so that Jeeves takes it for the owner's own and raises no alert
about it, and says that a machine wrote it (RFC 3834).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Literal, Protocol

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable, UserError
from jeeves.notify.conversation import GivenUp, PointOfNoReturn, Timeouts, within
from jeeves.sanitise import one_line
from jeeves.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jeeves.errors import JeevesError
    from jeeves.notify.twilio_client import Secret
    from jeeves.types import Notification

SECTION = "notify.email"
_LONGEST = 1_000  # characters
_SUBJECT = 100  # characters
_OK = 250
_FOREVER = 500  # replies from here on will not change (RFC 5321, section 4.2.1)
# 7bit: every server takes it, whatever the letters.
_POLICY = SMTP.clone(cte_type="7bit")


class EmailSettings(Protocol):
    """``[notify.email]``."""

    @property
    def host(self) -> str:
        """The server that takes mail."""
        ...

    @property
    def port(self) -> int:
        """Its port."""
        ...

    @property
    def tls(self) -> Literal["implicit", "starttls", "none"]:
        """How the connection is protected."""
        ...

    @property
    def ca_file(self) -> Path | None:
        """Certificates to trust instead of the system's."""
        ...

    @property
    def username(self) -> str | None:
        """Who signs in; None: the address that sends."""
        ...

    @property
    def password(self) -> Secret:
        """Their password."""
        ...

    @property
    def to(self) -> str | None:
        """Who gets the mail; None: the address that sends."""
        ...


def _utc_now() -> datetime:
    return datetime.now(UTC)


class EmailNotifier:
    """Mails alerts."""

    def __init__(
        self,
        settings: EmailSettings,
        *,
        sender: str,
        clock: Callable[[], datetime] = _utc_now,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Send from ``sender``, whose mailbox is watched. Raises UserError when the password is missing."""
        settings.password.resolve()
        self._settings = settings
        self._sender = sender
        self._clock = clock
        self._timeouts = timeouts or Timeouts()

    def send(self, notification: Notification) -> Receipt:
        """Hand the mail to the server once; the receipt holds its Message-ID.

        Raises NotifierUnavailable, NotificationRejected, DeliveryUnconfirmed.
        """
        to = self._settings.to or self._sender
        mail = compose(notification, sender=self._sender, to=to, now=self._clock())
        password, point = self._password(), PointOfNoReturn()
        try:
            within(self._timeouts.total, lambda: self._converse(mail, to, password, point))
        except smtplib.SMTPResponseException as refusal:
            raise _meaning(refusal.smtp_code) from None
        except (OSError, smtplib.SMTPException, ValueError, GivenUp) as error:
            raise _failure(error, reached=point.close()) from None
        return Receipt(provider_id=str(mail["Message-ID"]))

    def check(self) -> None:
        """Sign in and leave without a mail. Raises NotifierUnavailable, NotificationRejected."""
        password = self._password()

        def sign_in() -> None:
            with closing(self._connected()) as server:
                server.login(self._settings.username or self._sender, password)

        try:
            within(self._timeouts.total, sign_in)
        except smtplib.SMTPResponseException as refusal:
            raise _meaning(refusal.smtp_code) from None
        except (OSError, smtplib.SMTPException, ValueError, GivenUp) as error:
            raise _failure(error, reached=False) from None

    def find(self, notification: Notification) -> Receipt | None:
        """Raise DeliveryUnconfirmed: a mail server cannot be asked what it took, so nothing is mailed twice."""
        raise DeliveryUnconfirmed(f"Nobody knows whether the mail of alert {one_line(notification.reference)} left.")

    def _password(self) -> str:
        try:
            return self._settings.password.resolve()
        except UserError as error:
            raise NotificationRejected(error.message, advice=error.advice) from error

    def _converse(self, mail: EmailMessage, to: str, password: str, point: PointOfNoReturn) -> None:
        """Raise smtplib's errors; ``point`` is passed when the server is asked to take the content."""
        with closing(self._connected()) as server:
            server.login(self._settings.username or self._sender, password)
            for code, answer in (server.mail(self._sender), server.rcpt(to)):
                if code >= 300:  # noqa: PLR2004 - RFC 5321, section 4.2.1: only 2yz says yes
                    raise smtplib.SMTPResponseException(code, answer)
            point.pass_by()
            code, answer = server.data(mail.as_bytes(policy=_POLICY))
            if code != _OK:
                raise smtplib.SMTPResponseException(code, answer)
            with suppress(OSError, smtplib.SMTPException):  # it has the mail: how the goodbye goes does not matter
                server.putcmd("quit")

    def _connected(self) -> smtplib.SMTP:
        settings, timeout = self._settings, self._timeouts.read
        context = ssl.create_default_context(cafile=settings.ca_file)
        if settings.tls == "implicit":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=timeout, context=context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=timeout)
        try:
            if settings.tls == "starttls":
                server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server


def compose(notification: Notification, *, sender: str, to: str, now: datetime) -> EmailMessage:
    """Return the alert as mail; the same alert has the same Message-ID, so that mailboxes may drop a copy."""
    text = one_line(notification.body)[:_LONGEST]
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = one_line(sender)
    mail["To"] = one_line(to)
    mail["Subject"] = f"Jeeves: {text[:_SUBJECT]}"
    mail["Date"] = format_datetime(now.astimezone(UTC))
    name = sha256(f"{notification.dedupe_key}\n{notification.created_at.isoformat()}".encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<jeeves.{name}@jeeves.invalid>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(f"{text}\n")
    return mail


def _meaning(code: int) -> JeevesError:
    """Return the error for the server's reply; it said no, so nothing was sent."""
    if code in (530, 534, 535):  # RFC 4954, section 6
        return NotificationRejected(
            "The mail server refused the user name or password.",
            advice=f"Check {SECTION}.username and {SECTION}.password; Gmail wants an app password.",
        )
    if code >= _FOREVER:
        return NotificationRejected(
            f"The mail server refused the alert (SMTP {code}).", advice=f"Check the keys of {SECTION}."
        )
    return NotifierUnavailable(f"The mail server asks to come back later (SMTP {code}).")


def _failure(error: Exception, *, reached: bool) -> JeevesError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotifierUnavailable(
            "The mail server's certificate could not be verified.",
            advice=f"Check this machine's clock, {SECTION}.host and {SECTION}.ca_file.",
        )
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotificationRejected(
            "The mail server offers no sign-in, or no encryption, on this port.",
            advice=f"Check {SECTION}.port and {SECTION}.tls.",
        )
    if reached:
        return DeliveryUnconfirmed("The mail server gave no clear answer: the alert may or may not be on its way.")
    return NotifierUnavailable(
        "The mail server cannot be reached, or broke off.",
        advice=f"Check the network, {SECTION}.host and {SECTION}.port.",
    )

"""Every error Jeeves raises on purpose, sorted by what has to happen next.

Lives here: the exception hierarchy. Must not live here: any import, any text for a particular command.

Third-party exceptions are wrapped in adapters only, always with ``raise ... from``.
"""


class JeevesError(Exception):
    """Base of everything raised on purpose: one plain sentence, and ``advice`` saying what to do next."""

    def __init__(self, message: str, *, advice: str = "") -> None:
        """Keep ``message`` (what is wrong, one sentence, no secrets, no mail) and ``advice`` (the remedy)."""
        super().__init__(message)
        self.message = message
        self.advice = advice


class UserError(JeevesError):
    """The owner can mend it: shown without a traceback, exit code 2."""


class ConfigError(UserError):
    """The configuration file is wrong; ``problems`` holds every fault found, each naming its key and remedy."""

    def __init__(self, source: str, problems: list[str]) -> None:
        """Keep ``problems`` (one line each); ``source`` names the file they were found in."""
        count = f"{len(problems)} problem" + ("s" if len(problems) != 1 else "")
        super().__init__(f"{source}: {count} in the configuration", advice="Mend these keys and run it again.")
        self.problems = tuple(problems)


class NoActiveModel(UserError):
    """No trained model where the configuration says models live."""


class NotEnoughLabels(UserError):
    """Too few examples, or only one class, to train on."""


class MigrationsNotRun(UserError):
    """The database schema is older or newer than this program."""


class AlreadyRunning(JeevesError):
    """Another daemon serves this database; exit code 75 (EX_TEMPFAIL of sysexits.h)."""


class TransientError(JeevesError):
    """Likely to pass by itself: back off with jitter and try again."""


class MailUnavailable(TransientError):
    """The mail server cannot be reached, or broke off, or asked us to slow down."""


class MailThrottled(MailUnavailable):
    """The mail server asks us to slow down, or counts too many connections: wait for minutes."""


class DatabaseUnavailable(TransientError):
    """PostgreSQL cannot be reached, was restarted, or has no room left."""


class NotifierUnavailable(TransientError):
    """The channel did not take the alert this time and says so: certain that nothing was sent.

    ``retry_after`` is the least number of seconds to wait, when the provider named one.
    """

    def __init__(self, message: str, *, advice: str = "", retry_after: float | None = None) -> None:
        """Keep ``retry_after`` (seconds) beside the message."""
        super().__init__(message, advice=advice)
        self.retry_after = retry_after


class CanaryLost(TransientError):
    """The self-test's message did not come through the pipeline."""


class NotDelivered(TransientError):
    """The provider took the alert and proved that it did not arrive, for a reason that another try may get over."""


class PermanentError(JeevesError):
    """Will not pass by itself: shown in ``jeeves status``, told once."""


class MailAuthFailed(PermanentError, UserError):
    """The mail server refused the user name or password."""


class MailFolderMissing(PermanentError, UserError):
    """A configured folder does not exist on the server."""


class MailTlsFailed(PermanentError, UserError):
    """The server's certificate could not be verified."""


class MailHostUnknown(MailUnavailable, UserError):
    """The host name does not resolve: a typo in the configuration, or no network."""


class ClusterUnavailable(TransientError, UserError):
    """The Dask cluster does not answer, has no worker, or was lost on the way."""


class DatabaseRefused(PermanentError, UserError):
    """PostgreSQL answered and refused: wrong password, no such role or database."""


class NotificationRejected(PermanentError):
    """The channel refused this alert for good (wrong set-up, undeliverable): the next channel takes over."""


class ArtifactMismatch(PermanentError, UserError):
    """A model file is damaged, or was made by other versions than are installed."""


class OutdatedModel(ArtifactMismatch):
    """A model is whole, and was made by other versions than are installed."""


class DeliveryUnconfirmed(JeevesError):
    """The send may or may not have happened: ask the provider before doing it again."""

"""The keys of ``jeeves.toml`` and what each may hold: a contract with every owner's file.

Lives here: the sections as frozen models. Must not live here: reading files, wording of reports (``report``),
rules between keys (``rules``).
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationInfo, field_validator

from jeeves import shipped
from jeeves.config import fields, hours
from jeeves.config.paths import expand_path
from jeeves.config.secrets import SecretRef, parse_secret

if TYPE_CHECKING:
    from collections.abc import Mapping

Tls = Literal["implicit", "starttls", "none"]
Auth = Literal["password", "oauth2"]
Engine = Literal["espeak-ng", "say", "auto"]


def as_written(default: object) -> Any:  # noqa: ANN401 - the field has the type that validation gives it
    """Return a default as the owner would write it: it is checked and converted like the file's own values."""
    return Field(default_factory=lambda: default)


class Section(BaseModel):
    """One table of the file: frozen, no unknown keys, values taken as written (a "993" is no number)."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        validate_default=True,
        arbitrary_types_allowed=True,
        hide_input_in_errors=True,
        defer_build=True,  # once, for the whole file, when the first one is read
    )
    where: ClassVar[str] = ""  # dotted name of the table

    @classmethod
    def secret(cls, written: object, info: ValidationInfo) -> SecretRef:
        """Return the reference written at this field, under its dotted key."""
        base = Path(info.context["base"]) if info.context else Path.cwd()
        return parse_secret(f"{cls.place(info.data)}.{info.field_name}", written, base=base)

    @classmethod
    def place(cls, _so_far: Mapping[str, object]) -> str:
        """Return how the table is named in messages, given the values of the keys before."""
        return cls.where


class Mail(Section):
    """``[mail]``: the mailbox that is read."""

    where: ClassVar[str] = "mail"

    host: fields.Host = "imap.gmail.com"
    tls: Annotated[Tls, PlainValidator(fields.one_of("implicit", "starttls", "none"))] = "implicit"
    # RFC 8314, section 3.2 and RFC 9051, section 2.1: 993 for implicit TLS, 143 otherwise.
    port: fields.Port = Field(default_factory=lambda data: 993 if data.get("tls") == "implicit" else 143)
    ca_file: fields.CertificateFile = as_written("")  # None: the system's certificates
    username: fields.NonEmpty
    auth: Annotated[Auth, PlainValidator(fields.one_of("password", "oauth2"))] = "password"
    password: SecretRef = as_written("env:JEEVES_IMAP_PASSWORD")
    # The rest is for oauth2: the client registered with Google, and where Google answers.
    oauth_client_id: SecretRef = as_written("env:JEEVES_OAUTH_CLIENT_ID")
    oauth_client_secret: SecretRef = as_written("env:JEEVES_OAUTH_CLIENT_SECRET")
    oauth_auth_uri: fields.WebAddress = "https://accounts.google.com/o/oauth2/v2/auth"
    oauth_token_uri: fields.WebAddress = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    oauth_revoke_uri: fields.WebAddress = "https://oauth2.googleapis.com/revoke"
    folders: fields.Folders = as_written(["INBOX"])
    sent: fields.Switch = True
    poll: Annotated[timedelta, fields.duration(timedelta(milliseconds=100), timedelta(days=1))] = as_written("2m")
    backfill_budget: Annotated[int, fields.size(10**6, 10**12)] = as_written("500MB")  # bytes a day
    training_label: fields.NonEmpty = "Jeeves"
    write_labels: bool = False

    _secrets = field_validator("password", "oauth_client_id", "oauth_client_secret", mode="plain")(
        Section.secret.__func__  # type: ignore[attr-defined]
    )


class Named(Section):
    """What tells one ``[[account]]`` from another."""

    name: fields.AccountName
    channels: fields.Channels | None = Field(default=None, validate_default=False)  # None: those of [alerts]


class Account(Mail, Named):
    """``[[account]]``: one of several mailboxes, with the keys of ``[mail]``; none is there twice (``rules``)."""

    where: ClassVar[str] = "account"

    @classmethod
    def place(cls, so_far: Mapping[str, object]) -> str:
        """Return the account's name with the table's."""
        return f'account "{so_far["name"]}"' if "name" in so_far else cls.where


class Database(Section):
    """``[database]``: where messages are kept."""

    where: ClassVar[str] = "database"

    url: fields.DatabaseUrl = Field(default="", repr=False)  # may hold a password; empty: embedded PostgreSQL
    data_dir: fields.AbsolutePath = as_written("~/.local/share/jeeves")


class ClassifierSettings(Section):
    """``[classifier]``: where trained models live, what a mistake costs, when to learn again."""

    where: ClassVar[str] = "classifier"

    directory: Path = as_written("models")
    miss_cost: fields.PositiveNumber = as_written(8)  # false alarms one missed get-together is worth
    alert_budget: fields.PositiveNumber | None = Field(default=None, validate_default=False)  # alerts a week
    retrain: Annotated[timedelta | None, fields.duration_or_never(timedelta(hours=1), timedelta(days=3_650))] = (
        as_written("7d")
    )  # None: never by itself
    retrain_after: fields.Count = as_written(25)  # new labels that do not wait for the interval

    @field_validator("directory", mode="plain")
    @classmethod
    def _shipped_unless_there(cls, written: object, info: ValidationInfo) -> Path:
        """Prefer a folder beside the configuration file; the plain default falls back on the models we ship."""
        base = Path(info.context["base"]) if info.context else Path.cwd()
        directory = expand_path(fields.text_of(written), base)
        return shipped("models") if written == "models" and not directory.exists() else directory


class Alerts(Section):
    """``[alerts]``: when and in which order to speak up."""

    where: ClassVar[str] = "alerts"

    channels: fields.Channels = as_written(["console"])  # in order of escalation
    escalate_after: Annotated[timedelta | None, fields.duration_or_never(timedelta(seconds=1), timedelta(days=7))] = (
        as_written("10m")
    )  # None: only a failure for good hands over to the next channel
    max_age: Annotated[timedelta, fields.duration(timedelta(seconds=1), timedelta(days=36_500))] = as_written("12h")
    quiet_hours: hours.HoursOrNone = as_written("")  # None: there are none
    working_days: hours.Weekdays = as_written(["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    budget_per_day: fields.Count | None = Field(default=None, validate_default=False)  # None: without limit
    budget_per_week: fields.Count | None = Field(default=None, validate_default=False)
    digest_at: hours.TimeOfDay = as_written("18:00")
    remind_before: Annotated[timedelta | None, fields.duration_or_never(timedelta(minutes=1), timedelta(days=30))] = (
        as_written("never")
    )  # None: nobody is reminded
    timezone: fields.Zone = as_written("Europe/London")


class TwilioAccount(Section):
    """What text messages and calls through Twilio share."""

    account_sid: SecretRef
    auth_token: SecretRef
    to: fields.Phone
    api_base: fields.ApiBase = ""  # empty: Twilio itself

    _secrets = field_validator("account_sid", "auth_token", mode="plain")(Section.secret.__func__)  # type: ignore[attr-defined]


class Sms(TwilioAccount):
    """``[notify.sms]``; exactly one of ``sender`` and ``messaging_service`` is not None (``rules`` sees to it)."""

    where: ClassVar[str] = "notify.sms"

    sender: fields.Phone | None = Field(default=None, alias="from", validate_default=False)
    messaging_service: fields.MessagingService | None = Field(default=None, validate_default=False)
    segments: Annotated[int, PlainValidator(fields.whole_number(1, 4))] = 1  # an alert costs so many messages at most


class Call(TwilioAccount):
    """``[notify.call]``; a call has no messaging service."""

    where: ClassVar[str] = "notify.call"

    sender: fields.Phone = Field(alias="from")


class Speech(Section):
    """``[notify.speech]``."""

    where: ClassVar[str] = "notify.speech"

    engine: Annotated[Engine, PlainValidator(fields.one_of("espeak-ng", "say", "auto"))] = "auto"
    wav_dir: fields.OptionalPath = as_written("")  # None: what was said is not kept


class Email(Section):
    """``[notify.email]``: mail from the owner to the owner."""

    where: ClassVar[str] = "notify.email"

    host: fields.Host = "smtp.gmail.com"
    tls: Annotated[Tls, PlainValidator(fields.one_of("implicit", "starttls", "none"))] = "implicit"
    # RFC 8314, section 3.3 and RFC 6409, section 3.1: 465 for implicit TLS, 587 otherwise.
    port: fields.Port = Field(default_factory=lambda data: 465 if data.get("tls") == "implicit" else 587)
    ca_file: fields.CertificateFile = as_written("")  # None: the system's certificates
    username: fields.NonEmpty | None = Field(default=None, validate_default=False)  # None: mail.username
    password: SecretRef = as_written("env:JEEVES_IMAP_PASSWORD")
    to: fields.NonEmpty | None = Field(default=None, validate_default=False)  # None: mail.username

    _secrets = field_validator("password", mode="plain")(Section.secret.__func__)  # type: ignore[attr-defined]


class Ntfy(Section):
    """``[notify.ntfy]``."""

    where: ClassVar[str] = "notify.ntfy"

    url: fields.ServerAddress = "https://ntfy.sh"
    topic: SecretRef
    token: SecretRef | None = Field(default=None, validate_default=False)
    priority: Annotated[int, PlainValidator(fields.whole_number(1, 5))] = 4

    _secrets = field_validator("topic", "token", mode="plain")(Section.secret.__func__)  # type: ignore[attr-defined]


class Webhook(Section):
    """``[notify.webhook]``."""

    where: ClassVar[str] = "notify.webhook"

    url: SecretRef
    token: SecretRef | None = Field(default=None, validate_default=False)

    _secrets = field_validator("url", "token", mode="plain")(Section.secret.__func__)  # type: ignore[attr-defined]


class Notify(Section):
    """``[notify.*]``: how each channel reaches the owner."""

    where: ClassVar[str] = "notify"

    sms: Sms | None = None
    call: Call | None = None
    speech: Speech = as_written({})
    email: Email | None = None
    ntfy: Ntfy | None = None
    webhook: Webhook | None = None


class Retention(Section):
    """``[retention]``: how long what is kept, counted from when a message arrived and Jeeves decided on it."""

    where: ClassVar[str] = "retention"

    raw: Annotated[timedelta | None, fields.duration_or_never(timedelta(days=1), timedelta(days=36_500))] = as_written(
        "30d"
    )  # None: for good
    texts: Annotated[timedelta | None, fields.duration_or_never(timedelta(days=1), timedelta(days=36_500))] = (
        as_written("730d")
    )  # likewise; those with an answer always are


class Health(Section):
    """``[health]``: where else the daemon says how it does."""

    where: ClassVar[str] = "health"

    prometheus_file: fields.OptionalPath = as_written("")  # None: nowhere
    canary: bool = False  # whether a message of our own goes through the pipeline once a day


def _first(data: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the field has the type that validation gives it
    """Return the mailbox where ``[mail]`` is left out: the first account."""
    return data["account"][0] if data["account"] else {}


class Config(Section):
    """The whole file. What is done for every mailbox goes by ``accounts.each_account``: ``mail`` is the first one."""

    account: Annotated[tuple[Account, ...], Field(strict=False)] = ()
    mail: Mail = Field(default_factory=_first)
    database: Database = as_written({})
    classifier: ClassifierSettings = as_written({})
    alerts: Alerts = as_written({})
    retention: Retention = as_written({})
    health: Health = as_written({})
    notify: Notify = as_written({})

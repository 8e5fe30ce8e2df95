"""What one value may be: the types of the keys, each with its own sentence when it is wrong.

Lives here: checks of a single value. Must not live here: rules that look at two keys (see ``rules``).

Every check raises ValueError; pydantic collects them, so that the owner sees all mistakes at once.
"""

from __future__ import annotations

import ipaddress
import math
import re
import zoneinfo
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo

from jeeves.config.durations import format_duration, parse_duration
from jeeves.config.paths import expand_path
from jeeves.config.sizes import format_size, parse_size
from jeeves.config.wording import listed, nearest, show

if TYPE_CHECKING:
    from collections.abc import Callable

Amount = TypeVar("Amount", int, timedelta)

CHANNELS = ("sms", "call", "speech", "console", "email", "ntfy", "webhook")
_HOST = re.compile(r"[^\s/@\\\"'<>\x00-\x1f\x7f]{1,253}")
_ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")  # no address: it stands in logs and metrics
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")  # ITU-T E.164: at most 15 digits
_MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")  # Twilio's OpenAPI document, parameter MessagingServiceSid


def text_of(value: object) -> str:
    """Return ``value`` when it is text."""
    if not isinstance(value, str):
        raise ValueError(f"must be text in quotes, not {show(value)}")  # noqa: TRY004 - pydantic collects these
    return value


def is_loopback(host: str) -> bool:
    """Tell whether ``host`` can only be this machine (RFC 6761, section 6.3; RFC 1122; RFC 4291)."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def one_of(*allowed: str) -> Callable[[object], str]:
    """Return a check for one of the ``allowed`` words."""

    def check(value: object) -> str:
        word = text_of(value)
        if word not in allowed:
            raise ValueError(f"{show(word)} is not allowed here; write {listed(allowed)}{nearest(word, allowed)}")
        return word

    return check


def _base(info: ValidationInfo) -> Path:
    """Return the folder of the configuration file, which relative paths start from."""
    return Path(info.context["base"]) if info.context else Path.cwd()


def _nonempty(value: object) -> str:
    text = text_of(value)
    if not text.strip() or not text.isprintable():
        raise ValueError("must not be empty nor hold control characters")
    return text


def _account_name(value: object) -> str:
    name = text_of(value)
    if not _ACCOUNT_NAME.fullmatch(name):
        raise ValueError(f'{show(name)} is no name; write up to 40 letters, digits, ".", "_" or "-", such as "work"')
    return name


def _host(value: object) -> str:
    host = text_of(value)
    if not _HOST.fullmatch(host):
        raise ValueError(f'{show(host)} is not a host name; write it bare, such as "imap.gmail.com"')
    return host


def _port(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:  # noqa: PLR2004 - TCP's range
        raise ValueError(f"{show(value)} is not a port; write a whole number from 1 to 65535")
    return value


def _folder(value: object) -> str:
    folder = text_of(value)
    if not folder.strip() or not folder.isprintable():
        raise ValueError('a folder name is empty or holds control characters; write names such as "INBOX"')
    return folder


def _phone(value: object) -> str:
    if not _E164.fullmatch(text_of(value)):
        raise ValueError('is not a telephone number; write it with country code and no spaces: "+15550100"')
    return text_of(value)


def _messaging_service(value: object) -> str:
    if not _MESSAGING_SERVICE.fullmatch(text_of(value)):
        raise ValueError('is not a Twilio messaging service; write "MG" and its 32 hexadecimal digits')
    return text_of(value)


def _is_safe_address(written: str) -> bool:
    """Tell whether secrets may go to ``written``: https, or http on this machine; no user name, query or fragment."""
    try:
        parts = urlsplit(written)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    secure = host and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
    plain = not (parts.username or parts.password or parts.query or parts.fragment)
    return bool(secure and plain and written.isprintable() and " " not in written)


def _api_base(value: object) -> str:
    written = text_of(value)
    if written and not _is_safe_address(written):
        raise ValueError('must be "" or an address such as "https://proxy.example"; http only on this machine')
    return written.rstrip("/")


def _web_address(value: object) -> str:
    written = text_of(value)
    if not _is_safe_address(written):
        raise ValueError('must be an address such as "https://oauth2.googleapis.com/token"; http only on this machine')
    return written


def _server_address(value: object) -> str:
    written = text_of(value)
    if not _is_safe_address(written):
        raise ValueError('must be an address such as "https://ntfy.sh"; http only on this machine')
    return written.rstrip("/")


def _database_url(value: object) -> str:
    url = text_of(value)
    scheme = url.partition("://")[0]
    if url and (scheme not in {"postgresql", "postgres", "postgresql+psycopg2"} or "://" not in url):
        raise ValueError('must be "" (embedded PostgreSQL) or "postgresql://USER:PASSWORD@HOST/DATABASE"')
    if not url.isprintable():
        raise ValueError("must not hold control characters")
    return re.sub("^postgres:", "postgresql:", url)


def _zone(value: object) -> zoneinfo.ZoneInfo:
    name = text_of(value)
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        guess = nearest(name, zoneinfo.available_timezones())
        raise ValueError(f'{show(name)} is not a time zone; write one such as "Europe/London"{guess}') from None


def _path(value: object, info: ValidationInfo) -> Path:
    return expand_path(text_of(value), _base(info))


def _optional_path(value: object, info: ValidationInfo) -> Path | None:
    return _path(value, info) if value != "" else None


def _existing_file(path: Path | None) -> Path | None:
    if path is not None and not path.is_file():
        raise ValueError(f"there is no file {show(str(path))}; name a PEM file with certificates")
    return path


def _some_distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError("is empty; name at least one")
    for index, value in enumerate(values):
        if value in values[:index]:
            raise ValueError(f"{show(value)} is named twice; name each once")
    return values


def _amount(
    least: Amount, most: Amount, *, kind: str, parse: Callable[[str], Amount], written: Callable[[Amount], str]
) -> Any:  # noqa: ANN401 - goes into Annotated
    """Return the check for an amount of some ``kind`` from ``least`` to ``most``, both included."""

    def check(value: object) -> Amount:
        try:
            found = parse(text_of(value))
        except ValueError as error:
            raise ValueError(f"{show(value)} is not {kind}; {error}") from None
        if not least <= found <= most:
            raise ValueError(f"{show(value)} is out of range; allowed is {written(least)} to {written(most)}")
        return found

    return PlainValidator(check)


def duration(shortest: timedelta, longest: timedelta) -> Any:  # noqa: ANN401 - goes into Annotated
    """Return the check for a length of time from ``shortest`` to ``longest``, both included."""
    return _amount(shortest, longest, kind="a length of time", parse=parse_duration, written=format_duration)


def size(smallest: int, largest: int) -> Any:  # noqa: ANN401 - goes into Annotated
    """Return the check for an amount of data from ``smallest`` to ``largest`` bytes, both included."""
    return _amount(smallest, largest, kind="an amount of data", parse=parse_size, written=format_size)


def duration_or_never(shortest: timedelta, longest: timedelta) -> Any:  # noqa: ANN401 - goes into Annotated
    """Return the check of ``duration`` that also takes "never", which becomes None."""
    check = duration(shortest, longest).func
    return PlainValidator(lambda value: None if value == "never" else check(value))


def _positive_number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
        raise ValueError(f"{show(value)} is not a number above 0")
    return float(value)


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{show(value)} is not a count; write a whole number from 1 up")
    return value


def whole_number(smallest: int, largest: int) -> Callable[[object], int]:
    """Return the check for a whole number from ``smallest`` to ``largest``, both included."""

    def check(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not smallest <= value <= largest:
            raise ValueError(f"{show(value)} is out of range; write a whole number from {smallest} to {largest}")
        return value

    return check


def _switch(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, without quotes, not {show(value)}")  # noqa: TRY004 - see text_of
    return value


NonEmpty = Annotated[str, PlainValidator(_nonempty)]
AccountName = Annotated[str, PlainValidator(_account_name)]
Host = Annotated[str, PlainValidator(_host)]
Port = Annotated[int, PlainValidator(_port)]
Switch = Annotated[bool, PlainValidator(_switch)]
PositiveNumber = Annotated[float, PlainValidator(_positive_number)]
Count = Annotated[int, PlainValidator(_count)]
Phone = Annotated[str, PlainValidator(_phone)]
MessagingService = Annotated[str, PlainValidator(_messaging_service)]
ApiBase = Annotated[str, PlainValidator(_api_base)]
ServerAddress = Annotated[str, PlainValidator(_server_address)]
WebAddress = Annotated[str, PlainValidator(_web_address)]
DatabaseUrl = Annotated[str, PlainValidator(_database_url)]
Zone = Annotated[zoneinfo.ZoneInfo, PlainValidator(_zone)]
AbsolutePath = Annotated[Path, PlainValidator(_path)]
OptionalPath = Annotated[Path | None, PlainValidator(_optional_path)]
CertificateFile = Annotated[Path | None, PlainValidator(_optional_path), AfterValidator(_existing_file)]
Folders = Annotated[
    tuple[Annotated[str, PlainValidator(_folder)], ...],
    Field(strict=False),  # TOML has lists, the record wants a tuple
    AfterValidator(_some_distinct),
]
Channels = Annotated[
    tuple[Annotated[str, PlainValidator(one_of(*CHANNELS))], ...],
    Field(strict=False),
    AfterValidator(_some_distinct),
]

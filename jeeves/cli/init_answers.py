"""What flags and answers of ``jeeves init`` may be.

Lives here: the flags as a record, checks of single answers, secrets typed or named. Must not live here: questions in
particular (``init_steps``, ``init_channels``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jeeves.cli.questions import Questions
    from jeeves.setup.draft import Draft

MOST_SHOWN: Final = 30  # folders in a list


@dataclass(frozen=True, slots=True, kw_only=True)
class Flags:
    """What the command line answered already; None and empty: not."""

    email: str | None
    host: str | None
    port: int | None
    tls: Literal["implicit", "starttls", "none"] | None
    auth: Literal["password", "oauth2"] | None
    password_file: Path | None
    oauth_id_file: Path | None
    oauth_secret_file: Path | None
    folders: tuple[str, ...]
    channels: tuple[str, ...]
    twilio_sid_file: Path | None
    twilio_token_file: Path | None
    ntfy_topic_file: Path | None
    smtp_host: str | None
    sender: str | None
    to: str | None
    timezone: str | None
    data_dir: str | None
    test_channels: bool | None
    backfill: bool | None
    service: bool | None
    system: bool


def keep_secret(questions: Questions, draft: Draft, name: str, label: str, path: Path | None, flag: str) -> None:
    """Have ``draft`` keep a secret: from the file a flag names, or typed unseen."""
    from jeeves.config import SecretRef  # noqa: PLC0415 - --help must not pay for it

    if path is None:
        draft.keep(name, questions.ask(f"{label} (not shown)", flag=flag, check=_secret_text, hidden=True))
        return
    secret = SecretRef(key=flag, kind="file", name=str(path.absolute())).resolve()
    if draft.as_credentials:
        draft.keep(name, secret)
    else:
        draft.refer(name, path)


def _secret_text(written: str) -> str:
    if not written or not written.isprintable():
        raise ValueError("is empty or holds control characters")
    return written


def chosen(written: str, there: tuple[str, ...]) -> tuple[str, ...]:
    """Return what numbers and names between commas mean."""
    words = [word.strip() for word in written.split(",") if word.strip()]
    names = [
        there[int(word) - 1] if word.isascii() and word.isdigit() and 0 < int(word) <= len(there) else word
        for word in words
    ]
    unknown = [name for name in names if name not in there]
    if unknown or not names:
        raise ValueError(f"names nothing that is there; there are: {', '.join(there[:MOST_SHOWN])}")
    return tuple(dict.fromkeys(names))


def as_field(kind: Any) -> Callable[[str], str]:  # noqa: ANN401 - a type of ``config.fields``
    """Return the check that ``jeeves.toml`` has for values of ``kind``."""
    from pydantic import TypeAdapter, ValidationError  # noqa: PLC0415 - --help must not pay for it

    def check(written: str) -> str:
        try:
            TypeAdapter(kind).validate_python(written)
        except ValidationError as error:
            raise ValueError(str(error.errors()[0]["ctx"]["error"])) from None
        return written

    return check

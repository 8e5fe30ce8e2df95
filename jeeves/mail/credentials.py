"""What is presented to the mail server at sign-in.

Lives here: the record ``Credential``, and passwords with a memory of refusals. Must not live here: tokens
(``mail.oauth``), the conversation with the server (``mail.imap_sign_in``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from jeeves.mail.refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from jeeves.errors import MailAuthFailed

GMAIL_HOSTS: Final = frozenset({"imap.gmail.com", "imap.googlemail.com"})
# Google shows app passwords in four groups; copied from the page, the spaces are no-break ones.
_SHOWN_APP_PASSWORD = re.compile(r"\s*[a-z]{4}(?:\s[a-z]{4}){3}\s*")


def _nothing_else(_: MailAuthFailed) -> None:
    """Have no second credential to try."""


def _no_memory() -> None:
    """Keep no account of what was refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One secret, to be presented once."""

    secret: str = field(repr=False)
    kind: Literal["password", "token"] = "password"
    # Called when the server refuses it; returns another one to present at once, or None. May raise as its source does.
    after_refusal: Callable[[MailAuthFailed], Credential | None] = field(default=_nothing_else, repr=False)
    after_acceptance: Callable[[], None] = field(default=_no_memory, repr=False)  # called when the server takes it


class Passwords:
    """The password as it stands at every sign-in, not offered again and again once it was refused."""

    def __init__(self, read: Callable[[], str], *, host: str, clock: Callable[[], datetime]) -> None:
        """``read`` returns the password as configured; ``host`` is the mail server's name."""
        self._read = read
        self._host = host
        self._clock = clock
        self._refusals = Refusals()

    def __call__(self) -> Credential:
        """Return the password. Raises MailAuthFailed while the same one rests, and what ``read`` raises."""
        password = as_accepted(self._read(), self._host)
        self._refusals.check(password, self._clock())
        return Credential(
            secret=password,
            after_refusal=lambda failure: self._note(password, failure),
            after_acceptance=self._refusals.forget,
        )

    def _note(self, password: str, failure: MailAuthFailed) -> None:
        self._refusals.note(password, failure, self._clock())


def as_accepted(password: str, host: str) -> str:
    """Return ``password`` without the spaces that Google shows in app passwords; others' stay as they are."""
    if host.lower().rstrip(".") in GMAIL_HOSTS and _SHOWN_APP_PASSWORD.fullmatch(password):
        return re.sub(r"\s", "", password)
    return password

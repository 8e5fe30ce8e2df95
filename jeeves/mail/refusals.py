"""Which secret was refused when, so that it is not offered again and again: providers lock accounts over that.

Lives here: the memory of refusals and the pure rule of how long one rests. Must not live here: secrets (a digest tells
them apart), anything about servers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from jeeves.errors import MailAuthFailed

# A server may refuse by mistake, so the second try comes soon; by the third it is no mistake.
RESTS: Final = (timedelta(minutes=5), timedelta(hours=1), timedelta(hours=6))
LONGEST_REST: Final = RESTS[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The latest refusal of one secret."""

    digest: bytes  # SHA-256 of what was refused
    count: int  # since a sign-in last succeeded, 1 or more
    at: datetime  # aware UTC
    until: datetime  # aware UTC; not offered again before
    message: str
    advice: str


def rest_after(count: int) -> timedelta:
    """Return how long a secret rests after ``count`` (1 or more) refusals in a row."""
    return RESTS[min(count, len(RESTS)) - 1]


def rests(refusal: Refusal | None, digest: bytes, now: datetime) -> bool:
    """Tell whether the secret of ``digest`` is not to be offered at ``now``; a clock set back ends the rest."""
    return refusal is not None and refusal.digest == digest and refusal.at <= now < refusal.until


def next_refusal(
    last: Refusal | None, digest: bytes, failure: MailAuthFailed, now: datetime, rest: timedelta | None = None
) -> Refusal:
    """Return what is remembered after one more refusal at ``now``; ``rest`` overrides the growing one."""
    count = last.count + 1 if last is not None and last.digest == digest else 1
    return Refusal(
        digest=digest,
        count=count,
        at=now,
        until=now + (rest or rest_after(count)),
        message=failure.message,
        advice=failure.advice,
    )


class Refusals:
    """The memory of one account."""

    def __init__(self) -> None:
        """Start out with nothing refused."""
        self._last: Refusal | None = None

    def check(self, secret: str, now: datetime) -> None:
        """Raise the MailAuthFailed that ``secret`` led to last time while it rests; pass when it is another one."""
        last = self._last
        if last is not None and rests(last, _digest(secret), now):
            raise MailAuthFailed(last.message, advice=last.advice)

    def note(self, secret: str, failure: MailAuthFailed, now: datetime, rest: timedelta | None = None) -> None:
        """Remember that ``secret`` was refused at ``now``."""
        self._last = next_refusal(self._last, _digest(secret), failure, now, rest)

    def forget(self) -> None:
        """Start over: a sign-in has succeeded."""
        self._last = None


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()

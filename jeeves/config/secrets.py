"""Secrets by reference: the configuration says where a password lies, never what it is.

Lives here: reading and resolving ``env:NAME``, ``file:PATH`` and ``credential:NAME``. Must not live here: the
secret itself in any attribute, message or repr. It is read at the moment it is needed, so a rotated password
is picked up by the next login.
"""

from __future__ import annotations

import difflib
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from jeeves.config.paths import expand_path
from jeeves.errors import UserError

Kind = Literal["env", "file", "credential"]

_FORMS = {"env": "env:NAME", "file": "file:PATH", "credential": "credential:NAME"}
_NAMES = {
    "env": re.compile(r"[A-Za-z_][A-Za-z0-9_]*"),
    "file": re.compile(r"[^\x00-\x1f\x7f]+"),
    "credential": re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*"),
}
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretRef:
    """Where a secret lies; it is never held here."""

    key: str  # dotted configuration key, for messages: "mail.password"
    kind: Kind
    name: str  # variable, absolute path, or systemd credential

    def resolve(self) -> str:
        """Read the secret now and return it without its trailing line break.

        Raises UserError, naming the key and the remedy, when it is missing, empty, not UTF-8, or lies in a file
        that others can read.
        """
        if self.kind == "env":
            secret = self._from_environment()
        elif self.kind == "file":
            secret = self._from_file(Path(self.name), private=True)
        else:
            secret = self._from_file(self._credentials_directory() / self.name, private=False)
        secret = secret.rstrip("\r\n")
        if not secret:
            raise self._refusal(f"{self.kind}:{self.name} is empty", "Put the secret there and run it again.")
        return secret

    def _from_environment(self) -> str:
        try:
            return os.environ[self.name]
        except KeyError:
            raise self._refusal(
                f"the environment variable {self.name} is not set",
                f"Set it before starting Jeeves: export {self.name}=...",
            ) from None

    def _credentials_directory(self) -> Path:
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            raise self._refusal(
                f"there is no systemd credential {self.name}: CREDENTIALS_DIRECTORY is not set",
                f"Add LoadCredential={self.name}:PATH to the unit, or use env:NAME or file:PATH.",
            )
        return Path(folder)

    def _from_file(self, path: Path, *, private: bool) -> str:
        """Read ``path``; ``private`` demands that only its owner can (systemd guards its credentials itself)."""
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                raise self._refusal(f"{path} is not a plain file", "Name the file that holds the secret.")
            if private and status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise self._refusal(f"{path} can be read by others", f"Close it: chmod 600 {path}")
            with path.open("rb") as file:
                return file.read(_MOST_BYTES).decode("utf-8")
        except OSError as error:
            reason = (error.strerror or "unreadable").lower()
            raise self._refusal(
                f"cannot read {path}: {reason}", "Create it with the secret on its one line, mode 600."
            ) from None
        except UnicodeDecodeError:
            # "from None": the error object would carry the secret's bytes into a traceback.
            raise self._refusal(f"{path} is not UTF-8 text", "Write the secret there as plain text.") from None

    def _refusal(self, problem: str, advice: str) -> UserError:
        return UserError(f"{self.key}: {problem}.", advice=advice)


def parse_secret(key: str, written: object, *, base: Path) -> SecretRef:
    """Return the reference that stands at ``key``; a relative ``file:`` lies below ``base``.

    Raises ValueError that never repeats what was written: it may be the secret itself.
    """
    allowed = 'write "env:NAME", "file:PATH" or "credential:NAME"'
    if not isinstance(written, str):
        raise ValueError(f"must be text; {allowed}")  # noqa: TRY004 - pydantic collects ValueErrors
    kind, colon, name = written.partition(":")
    if not colon or kind not in _FORMS:
        close = difflib.get_close_matches(kind, _FORMS, n=1) if colon else []
        guess = f'; did you mean "{_FORMS[close[0]]}"?' if close else ""
        raise ValueError(f"a secret must not stand in this file; {allowed}{guess}")
    if not _NAMES[kind].fullmatch(name):
        raise ValueError(f'what follows "{kind}:" is not a usable name; {allowed}')
    if kind == "file":
        name = str(expand_path(name, base))
    return SecretRef(key=key, kind=cast("Kind", kind), name=name)

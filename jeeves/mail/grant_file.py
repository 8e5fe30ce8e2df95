"""The owner's lasting permission to read one mailbox (a refresh token), kept in a file only they can open.

Lives here: the record and its file: read, written whole or not at all, deleted. Must not live here: what it is
exchanged for (``mail.oauth``), how it is obtained (``mail.consent``).
"""

from __future__ import annotations

import json
import os
import stat
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from jeeves.errors import MailAuthFailed, UserError

COMMAND: Final = "jeeves auth google"  # what the owner types to allow reading the mailbox
_MOST_BYTES = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What the owner allowed."""

    account: str  # the mailbox, as in mail.username
    refresh_token: str = field(repr=False)
    obtained_at: datetime  # aware UTC; when the owner said yes


def grant_path(data_dir: Path, account: str = "") -> Path:
    """Return where the grant lies below ``data_dir``; ``account``: the name of one of several."""
    return data_dir / "oauth" / (f"google-{account.lower()}.json" if account else "google.json")


def read_grant(path: Path) -> Grant | None:
    """Return the grant at ``path``; None when there is none.

    Raises MailAuthFailed, naming the file and the remedy, when it is open to others, unreadable or damaged.
    """
    try:
        with path.open("rb") as file:
            if os.fstat(file.fileno()).st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise MailAuthFailed(
                    f"The stored sign-in {path} can be read by others.",
                    advice=f"If they are strangers: jeeves auth revoke, then {COMMAND}. Else: chmod 600 {path}",
                )
            return _decode(file.read(_MOST_BYTES), path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MailAuthFailed(
            f"The stored sign-in {path} cannot be read: {_reason(error)}.",
            advice=f"Run Jeeves as the user who ran {COMMAND}, or run that again as this one.",
        ) from error


def write_grant(path: Path, grant: Grant) -> None:
    """Keep ``grant`` at ``path``, mode 0600 in a folder of mode 0700: the old or the new one, never half of either.

    Raises UserError when the disk does not take it.
    """
    content = {
        "account": grant.account,
        "refresh_token": grant.refresh_token,
        "obtained_at": grant.obtained_at.isoformat(),
    }
    try:
        _make_folders(path.parent)
        _replace(path, json.dumps(content).encode())
    except OSError as error:
        raise UserError(
            f"The sign-in cannot be kept at {path}: {_reason(error)}.",
            advice="Make database.data_dir a folder that Jeeves may write to.",
        ) from error


def delete_grant(path: Path) -> None:
    """Remove the file, if there is one. Raises UserError when it stays."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(
            f"The stored sign-in {path} cannot be deleted: {_reason(error)}.", advice="Delete it yourself."
        ) from error


def _decode(content: bytes, path: Path) -> Grant:
    try:
        read = json.loads(content)
        grant = Grant(
            account=read["account"],
            refresh_token=read["refresh_token"],
            obtained_at=datetime.fromisoformat(read["obtained_at"]),
        )
        sound = all(isinstance(each, str) and each for each in (grant.account, grant.refresh_token))
    except (ValueError, TypeError, LookupError, RecursionError):
        sound = False
    if not sound or grant.obtained_at.tzinfo is None:
        raise MailAuthFailed(f"The stored sign-in {path} is damaged.", advice=f"Run: {COMMAND}")
    return grant


def _make_folders(folder: Path) -> None:
    # A database server started by root runs as somebody else, and has to pass through the data folder.
    folder.parent.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)


def _replace(path: Path, content: bytes) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".google-")  # mode 0600
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - pathlib opens no descriptor
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _reason(error: OSError) -> str:
    return (error.strerror or "unknown reason").lower()

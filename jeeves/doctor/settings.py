"""Settings, secrets and who may read them.

Lives here: checks of files and their modes. Must not live here: any secret; it is read and dropped.
"""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

from jeeves.config.in_use import secrets_in_use
from jeeves.doctor.findings import fault, ok
from jeeves.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jeeves.config import Config
    from jeeves.doctor.findings import Finding

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_secrets(config: Config) -> Iterator[Finding]:
    """Read every secret that is used once, and drop it."""
    used, wrong = secrets_in_use(config), 0
    for secret in used:
        try:
            secret.resolve()
        except UserError as error:
            wrong += 1
            yield fault("secrets", error.message, error.advice)
    if not wrong:
        yield ok("secrets", f"{len(used)} of {len(used)} can be read; files among them by their owner only.")


def look_at_permissions(config: Config, config_file: Path) -> Iterator[Finding]:
    """Look who may read what is the owner's alone, and whether Jeeves may write where it has to."""
    data_dir = config.database.data_dir
    wrong = [*_settings(config, config_file), *_data_folder(data_dir), *_private_files(data_dir)]
    yield from wrong or [ok("permissions", f"{data_dir} and the settings are the owner's alone.")]


def _settings(config: Config, config_file: Path) -> Iterator[Finding]:
    if ":" in config.database.url.partition("://")[2].partition("@")[0] and _mode(config_file) & _OTHERS:
        yield fault(
            "permissions",
            f"{config_file} holds the password of the database, and others can read it.",
            f"Close it: chmod 600 {config_file}",
        )


def _data_folder(data_dir: Path) -> Iterator[Finding]:
    existing = next(folder for folder in (data_dir, *data_dir.parents) if folder.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        yield fault(
            "permissions",
            f"Jeeves may not write to {existing}.",
            "Set database.data_dir to a folder of your own, or run Jeeves as the user it belongs to.",
        )
    # As root the folder is passed through by PostgreSQL, which runs as somebody else; nobody may list it.
    allowed = stat.S_IXGRP | stat.S_IXOTH if os.geteuid() == 0 else 0
    if data_dir.is_dir() and _mode(data_dir) & _OTHERS & ~allowed:
        yield fault("permissions", f"Others can look into {data_dir}.", f"Close it: chmod 700 {data_dir}")


def _private_files(data_dir: Path) -> Iterator[Finding]:
    for path in (*data_dir.glob("oauth/*"), *data_dir.glob("postgresql.log*")):
        if _mode(path) & _OTHERS:
            yield fault("permissions", f"Others can read {path}.", f"Close it: chmod 600 {path}")


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0

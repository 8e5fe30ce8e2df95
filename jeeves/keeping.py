"""Backups: everything Jeeves knows in one file, and back into an empty place.

Lives here: what belongs to a backup and in which order it is put back. Must not live here: the file's form
(``store.bundle``), pg_dump (``store.dump``), command lines.

A backup holds the database and the owner's models. It holds no secret: not the configuration, no password, no grant
of ``jeeves auth``; these are given anew on another machine.
"""

from __future__ import annotations

import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jeeves import __version__
from jeeves.errors import UserError
from jeeves.ml.card import ACTIVE, CARD, NAME, active_version, disk_failures, write_active
from jeeves.ml.shelf import shelf_for
from jeeves.store.bundle import read_bundle, write_bundle
from jeeves.store.database import daemon_lock, migrate
from jeeves.store.dump import Dumped, check_loadable, dump, load
from jeeves.store.embedded_place import make_data_dir

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Engine

    from jeeves.config import Config

_DATABASE: Final = "database.dump"
_MODELS: Final = "models"
_KEPT: Final = 3  # backups made before upgrades


def back_up(config: Config, engine: Engine, target: Path, *, now: datetime) -> int:
    """Write everything to ``target`` as it is at one moment, whoever works on it meanwhile; return its size in bytes.

    A file of that name is replaced once the new one is whole. Raises UserError (no pg_dump, disk, folder),
    DatabaseUnavailable, DatabaseRefused.
    """
    with _disk_explained(target.parent), tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
        database = Path(folder) / _DATABASE
        dumped = dump(engine, database)
        own = shelf_for(config.classifier.directory, config.database.data_dir).own
        files = {_DATABASE: database} | _models(own)
        facts: dict[str, str | int] = {
            "jeeves": __version__,
            "made_at": now.isoformat(),
            "schema": dumped.schema,
            "pg_dump": dumped.major,
        }
        write_bundle(target, files, facts)
        return target.stat().st_size


def restore(config: Config, engine: Engine, source: Path) -> None:
    """Put a backup back where nothing is yet, and bring it up to this program.

    The database is filled whole or not at all, then come the models. Raises UserError, leaving everything as it is,
    when the place is not empty or the backup is damaged, hostile or of a newer Jeeves; AlreadyRunning.
    """
    data_dir = config.database.data_dir
    with _disk_explained(data_dir):
        make_data_dir(data_dir)
    with (
        _disk_explained(data_dir),
        daemon_lock(engine),
        tempfile.TemporaryDirectory(dir=data_dir, prefix=".restore-") as folder,
    ):
        facts = read_bundle(source, Path(folder))
        schema, major = facts.get("schema"), facts.get("pg_dump")
        database, models = Path(folder) / _DATABASE, Path(folder) / _MODELS
        if not isinstance(schema, str) or not isinstance(major, int) or not database.is_file():
            raise UserError("The backup holds no database.", advice="Take another backup.")
        own = shelf_for(config.classifier.directory, data_dir).own
        dumped = Dumped(schema=schema, major=major)
        check_loadable(engine, dumped)
        _refuse_other_models(models, own)
        load(engine, database, dumped)
        migrate(engine)
        _put_models(models, own)


def keep_before_upgrade(config: Config, engine: Engine, now: datetime) -> None:
    """Write a backup below ``database.data_dir`` and drop the oldest beyond three. Raises UserError with a way out.

    To be called by one process at a time: what else is being written in the folder is taken for a killed one's.
    """
    folder = backups_folder(config)
    try:
        with _disk_explained(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _drop_unfinished(folder)
            back_up(config, engine, folder / f"before-upgrade-{now:%Y%m%dT%H%M%SZ}.tar", now=now)
            for old in sorted(folder.glob("before-upgrade-*.tar"))[:-_KEPT]:
                old.unlink()
    except UserError as error:
        raise UserError(
            f"The database was not upgraded, because the backup before it failed: {error.message}",
            advice=f"{error.advice} To go without: jeeves db upgrade --no-backup".strip(),
        ) from error


def forget_files(config: Config) -> None:
    """Delete the models that learned from the owner's mail, and the backups Jeeves made by itself.

    The shipped models stay, and in a folder the owner named those that learned from no answer. Raises UserError.
    """
    shelf = shelf_for(config.classifier.directory, config.database.data_dir)
    with disk_failures(shelf.own):
        learned = [card.version for card in shelf.cards() if card.provenance.last_label_id]
        for version in learned:
            if (shelf.own / version).is_dir():
                shutil.rmtree(shelf.own / version)
        if shelf.shipped is not None:
            shutil.rmtree(shelf.own, ignore_errors=True)
        elif (shelf.own / ACTIVE).is_file() and active_version(shelf.own) in learned and (left := shelf.cards()):
            write_active(shelf.own, left[0].version)
    shutil.rmtree(backups_folder(config), ignore_errors=True)


def backups_folder(config: Config) -> Path:
    """Return where the backups before upgrades lie."""
    return config.database.data_dir / "backups"


def _drop_unfinished(folder: Path) -> None:
    """Delete what backups that were killed left behind: dumps of all mail, whole or half, that nobody would find."""
    for left in folder.glob(".backup-*"):
        shutil.rmtree(left, ignore_errors=True)
    for left in folder.glob(".before-upgrade-*"):
        left.unlink(missing_ok=True)


def _models(own: Path) -> dict[str, Path]:
    """Return the files of the owner's models by their names in the backup; the pointer to the active one first."""
    files = {f"{_MODELS}/{ACTIVE}": own / ACTIVE} if (own / ACTIVE).is_file() else {}
    for card in sorted(own.glob(f"*/{CARD}")):
        if NAME.fullmatch(card.parent.name):
            files |= {
                f"{_MODELS}/{card.parent.name}/{path.name}": path
                for path in sorted(card.parent.iterdir())
                if path.is_file() and NAME.fullmatch(path.name)
            }
    return files


def _refuse_other_models(models: Path, own: Path) -> None:
    for path in _files_below(models):
        there = own / path.relative_to(models)
        if path.name != ACTIVE and there.exists() and there.read_bytes() != path.read_bytes():
            raise UserError(
                f"{there.parent} holds another model of the same name.", advice="Move it away, then restore again."
            )


def _put_models(models: Path, own: Path) -> None:
    with disk_failures(own):
        for path in _files_below(models):
            there = own / path.relative_to(models)
            there.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if path.name != ACTIVE and not there.exists():
                shutil.copyfile(path, there)
        if (models / ACTIVE).is_file():
            write_active(own, active_version(models))


def _files_below(models: Path) -> list[Path]:
    return sorted(path for path in models.rglob("*") if path.is_file())


@contextmanager
def _disk_explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{folder} cannot be used: {error.strerror or type(error).__name__}.",
            advice="See that the folder is there, that you may write to it, and that the disk has room.",
        ) from error

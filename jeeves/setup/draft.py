"""New settings and secrets: tried in a private folder first, then put in place.

Lives here: ``Draft``. Must not live here: what the settings say (``document``), asking.

Until ``put_in_place`` nothing is written where Jeeves looks, so that giving up at any moment leaves nothing behind.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from jeeves.config import load_config
from jeeves.errors import UserError
from jeeves.setup.document import render

if TYPE_CHECKING:
    from types import TracebackType

    from jeeves.config import Config
    from jeeves.setup.document import Answers

_NAME = "jeeves.toml"


class Draft:
    """A private folder with a settings file and secrets, gone when the block ends."""

    def __init__(self, target: Path, *, as_credentials: bool) -> None:
        """Prepare for ``target`` (absolute); ``as_credentials``: secrets are handed over by systemd."""
        self._target = target
        self.as_credentials = as_credentials
        self._kind = "credential" if as_credentials else "file"
        self._folder_name = "credentials" if as_credentials else "secrets"
        self._folder = Path(tempfile.mkdtemp(prefix="jeeves-init-"))  # mode 0700
        self._secrets = self._folder / self._folder_name
        self._secrets.mkdir(mode=0o700)
        self._references: dict[str, str] = {}
        if as_credentials:
            os.environ["CREDENTIALS_DIRECTORY"] = str(self._secrets)

    def __enter__(self) -> Self:
        """Keep the folder until the block ends."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Throw it away."""
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def config_file(self) -> Path:
        """Where the settings lie meanwhile."""
        return self._folder / _NAME

    @property
    def references(self) -> dict[str, str]:
        """Return where each secret kept so far will lie, as the settings name it."""
        return dict(self._references)

    def keep(self, name: str, secret: str) -> None:
        """Keep a secret under a name that no file in place has; one kept earlier under ``name`` is replaced."""
        free = self._free(name)
        _write_private(self._secrets / free, f"{secret}\n")
        path = free if self._kind == "credential" else f"{self._folder_name}/{free}"
        self._references[name] = f"{self._kind}:{path}"

    def refer(self, name: str, path: Path) -> None:
        """Name a file of the owner's as the place of a secret."""
        self._references[name] = f"file:{path.absolute()}"

    def write(self, answers: Answers) -> Config:
        """Write the settings and read them back as Jeeves does. Raises ConfigError."""
        _write_private(self.config_file, render(answers))
        return load_config(self.config_file)

    def put_in_place(self) -> list[Path]:
        """Move everything to where Jeeves looks; return the files. An earlier settings file is kept as ``.old``.

        Raises UserError when the disk does not take it.
        """
        home = self._target.parent
        try:
            if not home.exists():
                home.mkdir(mode=0o700, parents=True)
            written = [self._place(path, home / self._folder_name / path.name) for path in self._used_secrets()]
            if self._target.exists():
                self._target.replace(self._target.with_name(f"{self._target.name}.old"))
            return [self._place(self.config_file, self._target), *written]
        except OSError as error:
            raise UserError(
                f"{home} cannot be written to: {(error.strerror or 'unknown reason').lower()}.",
                advice="Name another place for the settings with --config PATH.",
            ) from error

    def _used_secrets(self) -> list[Path]:
        named = {reference.rpartition("/")[2].rpartition(":")[2] for reference in self._references.values()}
        return sorted(path for path in self._secrets.iterdir() if path.name in named)

    def _free(self, name: str) -> str:
        taken = self._target.parent / self._folder_name
        candidates = (name, *(f"{name}-{number}" for number in range(2, 1_000)))
        return next(each for each in candidates if not (taken / each).exists())

    @staticmethod
    def _place(source: Path, target: Path) -> Path:
        target.parent.mkdir(mode=0o700, exist_ok=True)
        unfinished = target.with_name(f".{target.name}.new")
        unfinished.unlink(missing_ok=True)
        _write_private(unfinished, source.read_text(encoding="utf-8"))
        return unfinished.replace(target)


def _write_private(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, which nobody else can read at any moment."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123 - pathlib cannot set the mode on creation
        file.write(text)

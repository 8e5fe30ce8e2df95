from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from sqlalchemy import text

from jeeves.store.database import alembic_config, connect, schema_revision
from jeeves.store.embedded import EmbeddedPostgres
from tests.acceptance.installation import PROPOSAL, letter, wait_until
from tests.integration.service.notify_socket import NotifySocket

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def test_a_restored_installation_goes_on_and_repeats_no_alert(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    daemon = installation.start()
    assert "lunch" in daemon.next_alert()
    saved = installation.folder / "jeeves.tar"

    made = installation.run("backup", str(saved))

    assert (made.returncode, made.stderr) == (0, "")
    assert saved.stat().st_mode & 0o777 == 0o600
    daemon.end()

    elsewhere = installation.folder / "elsewhere"
    installation.sections["database"] = {"url": "", "data_dir": str(elsewhere)}
    try:
        restored = installation.run("restore", str(saved))
        first = installation.run("run", "--once")
        server.deliver("INBOX", letter(2, PROPOSAL))
        second = installation.run("run", "--once")

        assert (restored.returncode, restored.stderr) == (0, "")
        assert (first.stdout, first.returncode) == ("", 0)
        assert len(second.stdout.splitlines()) == 1
        again = installation.run("restore", str(saved))
        assert again.returncode == 2
        assert "not empty" in again.stderr
        assert installation.status()["messages"] == 2
    finally:
        EmbeddedPostgres(elsewhere).remove()


def test_a_file_that_is_no_backup_is_refused_in_one_sentence(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    nonsense = installation.folder / "notes.txt"
    nonsense.write_text("Milk, eggs")

    done = installation.run("restore", str(nonsense))

    assert done.returncode == 2
    assert "The backup is of no use" in done.stderr


def test_an_upgrade_begins_with_a_backup_and_a_newer_database_is_left_alone(
    installation: Installation, engine: Engine
) -> None:
    backups = installation.folder / "data" / "backups"
    with engine.begin() as connection:
        head = schema_revision(connection)
        connection.execute(text("update alembic_version set version_num = '9999'"))
    refused = installation.run("run", "--once")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = :head"), {"head": head})
        command.downgrade(alembic_config(connection), "-1")
    (backups / ".backup-killed").mkdir(parents=True)
    for left in (".backup-killed/database.dump", ".before-upgrade-20260302T120000Z.tar-4711"):
        (backups / left).write_text("mail")

    upgraded = installation.run("db", "upgrade")
    again = installation.run("db", "upgrade")

    assert refused.returncode == 2
    assert "made by a newer Jeeves" in refused.stderr
    assert (upgraded.returncode, upgraded.stderr) == (0, "")
    assert again.returncode == 0
    assert [path.suffix for path in backups.iterdir()] == [".tar"]  # nothing is left of those that were killed


def test_the_service_manager_hears_of_an_upgrade_that_may_take_longer_than_a_start_is_given(
    installation: Installation, tmp_path: Path
) -> None:
    own = EmbeddedPostgres(installation.folder / "own")
    installation.sections["database"] = {"url": "", "data_dir": str(installation.folder / "own")}
    try:
        installation.run("db", "upgrade")
        with own.running() as url, connect(url).begin() as connection:
            command.downgrade(alembic_config(connection), "-1")

        with NotifySocket(tmp_path) as manager:
            installation.environment["NOTIFY_SOCKET"] = manager.address
            installation.run("run", "--once")
            installation.run("run", "--once")
            wait_until(lambda: manager.count("STATUS=Opening the database.") == 2)
    finally:
        own.remove()

    told = [line for line in manager.lines if line.startswith("EXTEND_TIMEOUT")]
    assert told == ["EXTEND_TIMEOUT_USEC=86400000000"]

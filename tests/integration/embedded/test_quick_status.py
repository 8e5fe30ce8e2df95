"""The quick way to the status: the same figures as the thorough one, without what takes long to load."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jeeves.store.database import connect, daemon_lock, migrate
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.health import beat, record_error
from jeeves.store.messages import PostgresMessages
from jeeves.store.status import read_embedded, read_status
from tests.integration.store.build import ACCOUNT, NOW, cursor, received
from tests.postgres import execute

if TYPE_CHECKING:
    from pathlib import Path

STATUS = (
    "import sys\nfrom jeeves.cli import main\n"
    "try:\n    main(sys.argv[1:])\n"
    "finally:\n    print(*sys.modules, file=sys.stderr)\n"
)


def test_the_quick_way_tells_what_the_thorough_one_tells_or_nothing(data_dir: Path) -> None:
    assert read_embedded(data_dir) is None  # no tables yet
    with EmbeddedPostgres(data_dir).running() as url:
        engine = connect(url)
        migrate(engine)
        recent = [received(1), received(2, received_at=datetime.now(UTC))]
        PostgresMessages(engine).store_batch(ACCOUNT, recent, cursor(2), reset=False)
        record_error(engine, "mail", "The server's answer held a 'quote' and a \\ backslash.", NOW, advice="Wait.")
        beat(engine, NOW)

        with daemon_lock(engine):
            quick, thorough = read_embedded(data_dir), read_status(engine)

        assert quick is not None
        assert replace(quick, database_bytes=0) == replace(thorough, database_bytes=0)
        assert (quick.messages, quick.daemon_running, quick.heartbeat) == (2, True, NOW)
        engine.dispose()
        execute(url, "update alembic_version set version_num = '0001'")
        assert read_embedded(data_dir) is None


def test_looking_at_an_embedded_database_loads_no_sqlalchemy_and_no_daemon(data_dir: Path, tmp_path: Path) -> None:
    config = tmp_path / "jeeves.toml"
    config.write_text(f'[mail]\nusername = "me@example.com"\n[database]\ndata_dir = "{data_dir}"\n', encoding="utf-8")
    with EmbeddedPostgres(data_dir).running() as url:
        engine = connect(url)
        migrate(engine)
        engine.dispose()

        done = subprocess.run(
            [sys.executable, "-c", STATUS, "--config", str(config), "status"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            timeout=100,
        )

    assert "0 stored" in done.stdout
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert loaded & {"sqlalchemy", "alembic", "numpy", "structlog", "imapclient"} == set()
    assert "jeeves.app" not in done.stderr.split()

"""Several mailboxes watched at once: what is wrong with one stays with that one."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from jeeves.app.building import build_each
from jeeves.app.clock import utc_now
from jeeves.app.databases import Database
from jeeves.config import load_config
from jeeves.daemon import Runner, SoleDaemon, watchers_for
from jeeves.store.database import connect
from jeeves.store.status import read_status
from jeeves.upkeep import Upkeep
from tests.acceptance.installation import PASSWORD, PATIENCE, USER, wait_until
from tests.integration.push.life import Recorder, proposal

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.servers.gmail_like import GmailLikeServer

SILENT = structlog.wrap_logger(
    structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
)
ACCOUNT = """
[[account]]
name = "{name}"
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{username}"
password = "env:{secret}"
"""


def test_without_a_password_or_with_a_wrong_one_a_mailbox_is_in_trouble_and_the_others_are_read(
    tmp_path: Path, database_url: str, server: GmailLikeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given three mailboxes of which one has no password and one a wrong one, and what an earlier configuration left
    monkeypatch.setenv("JEEVES_TEST_RIGHT", PASSWORD)
    monkeypatch.delenv("JEEVES_TEST_NOWHERE", raising=False)
    config_file = tmp_path / "jeeves.toml"
    tables = [("none", "none@example.com", "NOWHERE"), ("wrong", "wrong@example.com", "RIGHT"), ("work", USER, "RIGHT")]
    config_file.write_text(
        "".join(
            ACCOUNT.format(name=name, port=server.port, username=username, secret=f"JEEVES_TEST_{secret}")
            for name, username, secret in tables
        ),
        encoding="utf-8",
    )
    engine, recorder = connect(database_url), Recorder()
    apps = build_each(load_config(config_file), Database(engine=engine, revive=None))
    first, *beside = (replace(app, notifiers={"console": recorder}) for app in apps)
    with SoleDaemon(engine) as sole:
        runner = Runner(first, beside=beside, sole=sole, clock=utc_now, random=lambda: 0.9, log=SILENT)
        upkeep = Upkeep(first, beside=beside, config_file=config_file, clock=utc_now, log=SILENT)
        watchers = watchers_for(runner)
        threads = [threading.Thread(target=watcher.run) for watcher in watchers]

        # when all are watched
        server.deliver("INBOX", proposal(1))
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: read_status(engine).decided == 1)
            wait_until(lambda: {each.component for each in read_status(engine).troubles} == {"mail none", "mail wrong"})
            runner.deliver()

            # then the third is served, and each watcher lives on until it is told to end
            assert [body.split()[0] for _, body in recorder.alerts] == ["Ada1"]
            assert all(thread.is_alive() for thread in threads)
        finally:
            for watcher in watchers:
                watcher.stop()
            for thread in threads:
                thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in threads)
        assert sorted(job.name for job in upkeep.jobs() if job.name.partition(" ")[0] in ("labels", "audit")) == [
            f"{kind} {name}" for kind in ("audit", "labels") for name in ("none", "work", "wrong")
        ]
        upkeep.stop()
    engine.dispose()

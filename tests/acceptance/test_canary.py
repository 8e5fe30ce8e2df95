"""The self-test: a message of Jeeves's own goes through the running daemon."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jeeves.store.database import connect
from jeeves.store.label_queue import PostgresLabelQueue
from tests.acceptance.installation import PROPOSAL, letter, wait_until

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

FOLDER = "Jeeves canary"


def canary_findings(installation: Installation) -> list[dict[str, str]]:
    done = installation.run("doctor", "--canary", "--json", seconds=200)
    return [each for each in json.loads(done.stdout)["findings"] if each["subject"] == "canary"]


def test_a_canary_comes_through_unseen_and_leaves_no_trace(
    installation: Installation, server: GmailLikeServer, database_url: str
) -> None:
    installation.sections["health"] = {"canary": True, "prometheus_file": str(installation.folder / "jeeves.prom")}
    daemon = installation.start()
    wait_until(lambda: any("daemon.started" in line for line in daemon.errors))

    (found,) = canary_findings(installation)
    server.deliver("INBOX", letter(1, PROPOSAL))

    assert found["verdict"] == "ok", found
    assert "Ada Holm" in daemon.next_alert()  # the first one: the canary itself was not told
    assert server.folders[FOLDER].mails == {}
    report = installation.status()
    assert report["messages"] == 1
    assert report["canary_at"]
    engine = connect(database_url)
    assert len(PostgresLabelQueue(engine).waiting()) == 1
    assert PostgresLabelQueue(engine).search_numbers("canary", 10) == []
    engine.dispose()


def test_without_the_setting_nobody_is_asked_to_look_for_a_canary(
    installation: Installation, server: GmailLikeServer
) -> None:
    (found,) = canary_findings(installation)

    assert found["verdict"] == "fault"
    assert "health.canary = true" in found["remedy"]
    assert FOLDER not in server.folders

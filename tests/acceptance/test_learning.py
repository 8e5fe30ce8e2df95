"""From an alert to a better model while the daemon runs: label, retrain, gate, activate, and nobody told twice."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from tests.acceptance.installation import JEEVES, PROPOSAL, Installation, letter, wait_until

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.servers.gmail_like import GmailLikeServer

# A word no model has ever seen: only the owner's answers can teach it.
UNHEARD = "Zorp on {day}. The zorp report is attached, zorp."
LEARNING = 400.0  # seconds until a test gives up on a training


def decisions(engine: Engine) -> list[tuple[int, str, str]]:
    """Return message, model and decision of every prediction, in the order of the messages."""
    with engine.connect() as connection:
        found = connection.execute(
            text("select message_id, model_version, decision from predictions order by message_id, decided_at")
        )
        return [(row[0], row[1], row[2]) for row in found]


def labels_file(folder: Path) -> Path:
    """Write twelve labelled messages with the unheard word."""
    rows = [
        {"id": number, "body": UNHEARD.format(day=f"the {number}th"), "label": 1, "thread": f"zorp {number}"}
        for number in range(4, 16)
    ]
    path = folder / "zorp.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)) + "\n", encoding="utf-8")
    return path


def retrain(installation: Installation, *arguments: str) -> dict[str, object]:
    process = installation.popen("retrain", "--json", *arguments, stderr=subprocess.PIPE)
    out, errors = process.communicate(timeout=LEARNING)
    assert process.returncode == 0, errors
    report: dict[str, object] = json.loads(out)
    return report


@pytest.mark.timeout(600)
def test_a_running_daemon_takes_a_better_model_up_and_tells_nobody_twice(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    # given: a daemon that told of a proposal and let two zorps pass
    server.deliver("INBOX", letter(1, PROPOSAL))
    for number in (2, 3):
        server.deliver("INBOX", letter(number, UNHEARD.format(day=f"the {number}th")))
    daemon = installation.start()
    assert "lunch" in daemon.next_alert()
    wait_until(lambda: installation.status()["decided"] == 3)
    before = decisions(engine)
    old = installation.status()["active_model"]
    assert [decision for _, _, decision in before] == ["alert", "suppressed", "suppressed"]

    # when: the owner answers, and learns
    for answered in ("2", "3"):
        assert installation.run("label", answered, "yes").returncode == 0
    report = retrain(installation, "--corpus", str(labels_file(installation.folder)))

    # then: the gate let it in, because of the answer it had not seen
    verdict, new = report["verdict"], report["serves"]
    assert isinstance(verdict, dict)
    assert verdict["promoted"], verdict["why"]
    assert "it corrects 1 and spoils 0" in verdict["why"]
    assert new != old

    # and the daemon decides new mail by it, without a restart
    server.deliver("INBOX", letter(4, UNHEARD.format(day="the 4th")))
    assert "ada" in daemon.next_alert().lower()
    assert decisions(engine) == [*before, (4, new, "alert")]

    # and what was decided stays decided: the zorps that passed are not told of now, the lunch is not told again
    assert daemon.process.poll() is None
    assert installation.run("models", "rollback").returncode == 0
    server.deliver("INBOX", letter(5, UNHEARD.format(day="the 5th")))
    wait_until(lambda: installation.status()["decided"] == 5)
    assert decisions(engine) == [*before, (4, new, "alert"), (5, old, "suppressed")]
    assert len(daemon.lines) == 2


@pytest.mark.timeout(600)
def test_the_daemon_learns_by_itself_after_enough_answers(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    installation.sections["classifier"] = {"retrain_after": 1}
    server.deliver("INBOX", letter(1, PROPOSAL))
    assert installation.run("run", "--once").returncode == 0
    assert installation.run("label", "1", "yes").returncode == 0

    daemon = installation.start()

    wait_until(lambda: any("retrain.done" in line for line in daemon.errors), seconds=LEARNING)
    with engine.connect() as connection:
        rows = connection.execute(text("select state, last_label_id, why from models order by trained_at")).all()
    assert [row[0] for row in rows] == ["champion", "candidate"]
    assert rows[1][1] == 1
    assert rows[1][2].startswith("Kept as a candidate")
    assert sum("retrain.started" in line for line in daemon.errors) == 1
    status = daemon.end()
    assert status == 0, daemon.errors


def children(process: subprocess.Popen[str]) -> list[int]:
    found = Path(f"/proc/{process.pid}/task").glob("*/children")
    return [int(number) for path in found for number in path.read_text().split() if _learns(int(number))]


def _learns(number: int) -> bool:
    try:
        return b"retrain" in Path(f"/proc/{number}/cmdline").read_bytes()
    except OSError:
        return False


def _alive(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_learning_is_niced_and_ends_with_the_daemon(
    installation: Installation, server: GmailLikeServer, number: int
) -> None:
    # given: a daemon that learns
    installation.sections["classifier"] = {"retrain_after": 1}
    server.deliver("INBOX", letter(1, PROPOSAL))
    assert installation.run("run", "--once").returncode == 0
    assert installation.run("label", "1", "yes").returncode == 0
    daemon = installation.start()
    wait_until(lambda: any("retrain.started" in line for line in daemon.errors))
    wait_until(lambda: children(daemon.process) != [])
    [child] = children(daemon.process)
    wait_until(lambda: not _alive(child) or os.getpriority(os.PRIO_PROCESS, child) == 19)
    assert _alive(child)

    # when
    daemon.end(number)

    # then
    wait_until(lambda: not _alive(child))
    listed = installation.run("models", "list", "--json")
    assert [record["state"] for record in json.loads(listed.stdout)] == ["champion"]


def test_a_corpus_that_is_none_is_one_clear_error(installation: Installation) -> None:
    refused = installation.run("retrain", "--corpus", "nowhere.jsonl")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("nowhere.jsonl cannot be read")


@pytest.mark.timeout(600)
def test_a_model_to_ship_is_built_without_settings_or_database(tmp_path: Path) -> None:
    done = subprocess.run(
        [*JEEVES, "retrain", "--output", str(tmp_path / "models")],
        capture_output=True,
        text=True,
        check=False,
        timeout=LEARNING,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
    )

    assert done.returncode == 0, done.stderr
    name = (tmp_path / "models" / "ACTIVE").read_text().strip()
    assert name in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80

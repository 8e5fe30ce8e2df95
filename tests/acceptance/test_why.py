from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

import jeeves
from tests.acceptance.installation import JEEVES, PROPOSAL, REPORT, letter
from tests.acceptance.terminal import all_shown

if TYPE_CHECKING:
    from pathlib import Path

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

SHIPPED = (jeeves.shipped("models") / "ACTIVE").read_text().strip()
HOSTILE = "Lunch \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202e on Friday?"


def weights_of(output: str) -> tuple[list[float], float]:
    """Return the weights in the column, and the log-odds below it."""
    column, below = output.split("\n\n")[1].split("\n----------\n")
    return [float(line.split()[0]) for line in column.splitlines()], float(below.split()[0])


def on_a_terminal(folder: Path, *arguments: str) -> str:
    """Return what the command shows on a terminal of its own."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen([*JEEVES, *arguments], stdout=terminal, cwd=folder)
    os.close(terminal)
    shown = all_shown(controller)
    assert process.wait(timeout=40) == 0
    return shown.decode().replace("\r\n", "\n")


def test_an_alert_is_explained_by_its_sign(installation: Installation, server: GmailLikeServer) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.deliver("INBOX", letter(2, REPORT))
    assert installation.run("run", "--once").returncode == 0

    by_sign, by_number = installation.run("why", "b2"), installation.run("why", "1")

    assert (by_sign.returncode, by_sign.stderr) == (0, "")
    assert by_sign.stdout == by_number.stdout
    assert 'sentence    "Shall we have lunch together on Thursday?"' in by_sign.stdout
    assert "verdict     needs a place: probability " in by_sign.stdout
    assert " UTC, alert;\n" in by_sign.stdout
    assert f" by {SHIPPED}\nthread      " in by_sign.stdout
    assert "open, no place, by message 1 (b2)\n" in by_sign.stdout
    assert "channels    " in by_sign.stdout
    assert "alert by console: delivered\n" in by_sign.stdout
    assert by_sign.stdout.endswith(" UTC, delivered\n")
    assert max(map(len, by_sign.stdout.splitlines())) <= 80
    assert "verdict     needs no place: probability " in installation.run("why", "2").stdout


def test_a_thread_is_explained_by_its_name(installation: Installation, server: GmailLikeServer) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL), thread=2**62)
    assert installation.run("run", "--once").returncode == 0

    by_thread, by_sign = installation.run("why", str(2**62)), installation.run("why", "b2")

    assert (by_thread.returncode, by_thread.stderr) == (0, "")
    assert by_thread.stdout == by_sign.stdout


def test_a_decision_can_be_explained_after_its_model_is_gone(
    installation: Installation, server: GmailLikeServer
) -> None:
    models = installation.folder / "models"
    shutil.copytree(jeeves.shipped("models"), models)
    installation.sections["classifier"] = {"directory": str(models)}
    server.deliver("INBOX", letter(1, PROPOSAL))
    assert installation.run("run", "--once").returncode == 0
    before = json.loads(installation.run("why", "b2", "--json").stdout)
    shutil.rmtree(models / SHIPPED)

    after = json.loads(installation.run("why", "b2", "--json").stdout)
    shown = installation.run("why", "b2").stdout

    assert (after["model"], after["sentence"]) == (SHIPPED, before["sentence"])
    assert after["probability"] == pytest.approx(before["probability"])
    weights, total = weights_of(shown)
    assert sum(weights) == pytest.approx(total, abs=0.0005 * (len(weights) + 1))
    assert "all else (the model is gone" in shown


@pytest.mark.parametrize("arguments", [(), ("--all",)])
def test_the_weights_shown_add_up_to_the_score(
    installation: Installation, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(letter(1, PROPOSAL))

    shown = installation.run("why", str(file), *arguments)

    assert shown.returncode == 0, shown.stderr
    weights, total = weights_of(shown.stdout)
    assert sum(weights) == pytest.approx(total, abs=0.0005 * (len(weights) + 1))
    assert (len(weights) == 13) is (arguments == ())


def test_the_json_says_what_classify_says(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(letter(1, PROPOSAL))

    why = json.loads(installation.run("why", str(file), "--json").stdout)
    classified = json.loads(installation.run("classify", str(file)).stdout)

    assert sum(reason["weight"] for reason in why["reasons"]) == pytest.approx(why["log_odds"])
    assert (why["id"], why["model"]) == (classified["id"], SHIPPED)
    assert why["probability"] == pytest.approx(classified["probability"], abs=1e-6)


def test_every_message_of_a_file_is_explained(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "mail.jsonl"
    file.write_text('{"id": 7, "body": "Shall we meet?"}\n{"id": 8, "body": "Paid."}\n', encoding="utf-8")

    shown = installation.run("why", str(file), "--json", "--model", SHIPPED).stdout

    assert [json.loads(line)["id"] for line in shown.splitlines()] == [7, 8]


def test_who_and_what_about_reach_a_terminal_only_and_never_steer_it(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "one.eml"
    file.write_bytes(letter(1, HOSTILE, subject=HOSTILE, sender="Ada \x1b[31mHolm <ada@example.org>"))

    piped = installation.run("why", str(file)).stdout
    shown = on_a_terminal(tmp_path, "why", str(file))

    assert "ada@example.org" in shown
    assert "subject     Lunch red on Friday?" in shown
    assert "ada@example.org" not in piped
    assert "subject  " not in piped
    for text in (piped, shown):
        assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("99", "There is no message 99.\n"),
        ("<none@example.org>", "There is no such thread.\n"),
        ("b3", "There is no message 20.\n"),
        ("nowhere.eml", "nowhere.eml cannot be read: no such file or directory.\n"),
        ("w" * 300, "wwww"),
    ],
)
def test_what_is_not_there_is_one_clear_error(installation: Installation, asked: str, told: str) -> None:
    refused = installation.run("why", asked)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith(told)
    assert "Traceback" not in refused.stderr


def test_a_file_that_holds_no_mail_is_one_clear_error(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "notes.eml"
    file.write_text("just a line\n", encoding="utf-8")

    refused = installation.run("why", str(file))

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is no mail message: it has no header." in " ".join(refused.stderr.split())

"""Reports and errors on a terminal of 40 columns."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

from jeeves.cli.columns import columns_of
from tests.acceptance.installation import PATIENCE, letter
from tests.acceptance.terminal import all_shown

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

SENDER = '"Henrietta 渡辺 von Hohenlohe-Langenburg" <ada@example.org>'
SUBJECT = "会いましょう: lunch on a day of yours, somewhere in the middle of the town we both like"
PROPOSAL = "Shall we have lunch together on Thursday, as soon as the quarterly figures have left the house?"
AGE = re.compile(r"justnow|for\d+minutes?")  # the machine may take its time
# One program does what several would, for the sake of time.
SEVERAL_COMMANDS = """
import sys
from jeeves.cli import main
for command in sys.argv[2:]:
    print("$", command, flush=True)
    try:
        main(["--config", sys.argv[1], *command.split()])
    except SystemExit:
        sys.stdout.flush()
"""
COMMANDS = (
    "outbox list --all",
    "outbox cancel b2",
    "outbox cancel there-is-no-alert-with-a-name-like-this",
    "models list",
    "models show {model}",
    "pending",
    "search lunch",
    "show 4711",
    "models show a-model-that-nobody-has-ever-trained",
)


def told(shown: bytes) -> list[str]:
    return shown.decode().replace("\r\n", "\n").splitlines()


def by_command(lines: list[str]) -> dict[str, str]:
    """Return what each command wrote, without blanks: words too long for a line are broken."""
    parts = re.split(r"^\$ (.*)$", "\n".join(lines), flags=re.MULTILINE)
    return {command: AGE.sub("", "".join(text.split())) for command, text in zip(parts[1::2], parts[2::2], strict=True)}


def test_on_40_columns_nothing_is_wider_and_nothing_is_left_out(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL, subject=SUBJECT, sender=SENDER))
    assert installation.run("run", "--once").returncode == 0
    model = installation.run("models", "list").stdout.split()[1]
    commands = [command.format(model=model) for command in COMMANDS]
    program = [sys.executable, "-c", SEVERAL_COMMANDS, str(installation.config), *commands]

    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, 40))
    with subprocess.Popen(program, stdout=theirs, stderr=theirs) as process:
        os.close(theirs)
        narrow = told(all_shown(ours))
        process.wait(PATIENCE)
    piped = subprocess.run(program, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
    wide = told(piped.stdout)

    assert [line for line in narrow if columns_of(line) > 40 and not line.startswith("$ ")] == []
    assert 60 < max(columns_of(line) for line in wide) <= 80
    said, said_in_full = by_command(narrow), by_command(wide)
    assert list(said) == commands
    assert "Henrietta渡辺v会いましょう:lunchonaday" in said.pop("search lunch")  # cut at the edge
    assert said == {command: text for command, text in said_in_full.items() if command in said}

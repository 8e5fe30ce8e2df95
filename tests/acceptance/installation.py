"""Jeeves as an owner has it: a configuration file, an environment, the real program in a process of its own.

Lives here: what the acceptance tests share. Must not live here: expectations.
"""

from __future__ import annotations

import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PASSWORD = "correct horse"
USER = "me@example.com"
JEEVES = (sys.executable, "-m", "jeeves")
WRITTEN: set[str] = set()  # subjects and texts of the letters so far
_SECRET = re.compile("PASSWORD|TOKEN|SECRET")
PATIENCE = 40.0  # seconds until a test gives up on a process: a deadline, never an expectation


def wait_until(condition: Callable[[], bool], *, seconds: float = PATIENCE) -> None:
    """Return as soon as ``condition`` holds; fail the test when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "gave up waiting"
        time.sleep(0.05)


class Daemon:
    """A running ``jeeves run`` whose lines are collected as they come."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: queue.Queue[str] = queue.Queue()
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._readers = [threading.Thread(target=target, daemon=True) for target in (self._read_out, self._read_err)]
        for reader in self._readers:
            reader.start()

    def _read_out(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self.out.put(self.lines[-1])

    def _read_err(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.errors.append(line.rstrip("\n"))

    def next_alert(self) -> str:
        """Return the next line on standard output; fail when none comes."""
        return self.out.get(timeout=PATIENCE)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and return the exit status; fail when it waits out what it was doing instead of ending."""
        self.process.send_signal(number)
        status = self.process.wait(timeout=PATIENCE)
        self.kill()
        return status

    def kill(self) -> None:
        """End it as a power cut would, if it still runs, and read what it said to the end."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE)
        for reader in self._readers:
            reader.join(PATIENCE)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@dataclass
class Installation:
    """One configuration file and its surroundings."""

    folder: Path
    sections: dict[str, dict[str, Any]]
    environment: dict[str, str] = field(default_factory=dict)
    daemons: list[Daemon] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)  # lines commands wrote to standard error
    accounts: list[dict[str, Any]] = field(default_factory=list)  # each an [[account]]; then there is to be no [mail]

    @property
    def config(self) -> Path:
        """Write the configuration anew and return where it is."""
        lines: list[str] = []
        tables = [(f"[{name}]", keys) for name, keys in self.sections.items()]
        for heading, keys in (*tables, *(("[[account]]", account) for account in self.accounts)):
            lines.append(heading)
            lines.extend(f"{key} = {json.dumps(value)}" for key, value in keys.items())
        text = "\n".join(lines) + "\n"
        tomllib.loads(text)
        path = self.folder / "jeeves.toml"
        path.write_text(text, encoding="utf-8")
        return path

    def _environment(self) -> dict[str, str]:
        return {**os.environ, "JEEVES_IMAP_PASSWORD": PASSWORD, "COLUMNS": "80", **self.environment}

    def run(
        self, *arguments: str, input_text: str | None = None, seconds: float = PATIENCE
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end; fail when it has not come after ``seconds``."""
        done = subprocess.run(
            [*JEEVES, "--config", str(self.config), *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=seconds,
            env=self._environment(),
            cwd=self.folder,
            input=input_text,
        )
        self.errors += done.stderr.splitlines()
        return done

    def logged(self) -> list[str]:
        """Return every line that programs of this installation wrote to standard error so far."""
        return [*self.errors, *(line for daemon in self.daemons for line in daemon.errors)]

    def private(self) -> list[str]:
        """Return what may stand in none of their logs: secrets, subjects and texts."""
        secrets = [value for name, value in self.environment.items() if _SECRET.search(name)]
        return [PASSWORD, *secrets, *WRITTEN]

    def popen(self, *arguments: str, stderr: int, stdin: int | None = None) -> subprocess.Popen[str]:
        """Start a command whose standard output is a pipe."""
        return subprocess.Popen(
            [*JEEVES, "--config", str(self.config), *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            stdin=stdin,
            text=True,
            env=self._environment(),
            cwd=self.folder,
        )

    def start(self) -> Daemon:
        """Start the daemon."""
        process = self.popen("run", stderr=subprocess.PIPE)
        self.daemons.append(Daemon(process))
        return self.daemons[-1]

    def status(self) -> dict[str, Any]:
        """Return what ``jeeves status --json`` says."""
        finished = self.run("status", "--json")
        assert finished.returncode == 0, finished.stderr
        report: dict[str, Any] = json.loads(finished.stdout)
        return report


def letter(number: int, text: str, *, subject: str = "Hello", sender: str = "Ada Holm <ada@example.org>") -> bytes:
    """Return a plain message of our own, ``number`` making it and its thread unique."""
    WRITTEN.update((subject, text))
    return (
        f"From: {sender}\r\nTo: {USER}\r\nSubject: {subject}\r\n"
        f"Date: Tue, 10 Nov 2026 10:00:00 +0000\r\nMessage-ID: <letter-{number}@example.org>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n"
    ).encode()


PROPOSAL = "Shall we have lunch together on Thursday? I would love to catch up with you."
REPORT = "The quarterly report is attached. The invoice was paid yesterday."

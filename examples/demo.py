"""The main job in one minute: a local mailbox, the real daemon, an embedded PostgreSQL, alerts on this terminal.

Lives here: the staging of ``make demo``. Must not live here: anything Jeeves itself needs. The mail server is the
Gmail-like one of the tests, spoken to over a real socket; the messages are in ``examples/mailbox``.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from jeeves.sanitise import one_line
from jeeves.store.embedded import EmbeddedPostgres
from tests.servers.gmail_like import GmailLikeServer

MAILBOX = Path(__file__).parent / "mailbox"
JEEVES = (sys.executable, "-m", "jeeves")
USER, PASSWORD = "demo@example.com", "demo-password"
SYNC_DEADLINE = 40.0  # seconds: first start of PostgreSQL and the backlog, on a slow machine
ALERT_DEADLINE = 5.0  # seconds an alert may take before the demo calls it missing
SILENCE = 1.2  # seconds without an alert that count as silence

CONFIG = """\
[mail]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "{user}"
password = "env:JEEVES_DEMO_PASSWORD"
folders = ["INBOX"]
poll = "200ms"
[database]
data_dir = "{data_dir}"
[alerts]
channels = ["console"]
max_age = "12h"
"""

NEXT_STEPS = """
Three steps to your own Gmail:
  1. Turn on 2-Step Verification, then make an app password:
     https://myaccount.google.com/apppasswords
  2. Let Jeeves ask the rest, and try it:  .venv/bin/jeeves init
  3. Watch it work: init ends with the command for that"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one message that arrived while Jeeves was watching."""

    subject: str
    needs_place: bool  # what a person says, from the file's name
    seconds: float | None  # from arrival to alert; None: silence


class Daemon:
    """``jeeves run`` as a process of its own, its alerts read line by line."""

    def __init__(self, config: Path) -> None:
        self.alerts: queue.Queue[tuple[float, str]] = queue.Queue()
        self._process = subprocess.Popen(  # noqa: S603 - our own program
            [*JEEVES, "--config", str(config), "run"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        self.log: list[str] = []
        threading.Thread(target=self._read_alerts, daemon=True).start()
        threading.Thread(target=self._read_log, daemon=True).start()

    def _read_alerts(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - Popen was given PIPE
        for line in self._process.stdout:
            self.alerts.put((time.monotonic(), line.rstrip()))

    def _read_log(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - Popen was given PIPE
        self.log.extend(line.rstrip() for line in self._process.stderr)

    def is_running(self) -> bool:
        """Tell whether the daemon is still there."""
        return self._process.poll() is None

    def next_alert(self, deadline: float) -> tuple[float, str] | None:
        """Return (moment, text) of the next alert, or None when none came within ``deadline`` seconds."""
        try:
            return self.alerts.get(timeout=deadline)
        except queue.Empty:
            return None

    def stop(self) -> int:
        """End the daemon as systemd would and return its exit status."""
        self._process.send_signal(signal.SIGTERM)
        try:
            return self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def subject_of(rfc822: bytes) -> str:
    """Return the subject as a person reads it."""
    return one_line(str(make_header(decode_header(message_from_bytes(rfc822)["Subject"] or "(no subject)"))))


def fill(server: GmailLikeServer) -> int:
    """Put the bundled backlog into the INBOX, the newest five hours old; return how many messages there are."""
    files = sorted((MAILBOX / "inbox").glob("*.eml"))
    now = datetime.now(UTC)
    for age, path in enumerate(reversed(files)):
        server.deliver("INBOX", path.read_bytes(), received_at=now - timedelta(hours=5 + 4 * age))
    return len(files)


def status(config: Path, *options: str) -> str:
    """Return what ``jeeves status`` prints."""
    command = [*JEEVES, "--config", str(config), "status", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603 - our own program


def wait_for_backlog(daemon: Daemon, config: Path, total: int) -> list[str]:
    """Wait until the backlog is stored and decided on; return the alerts it gave."""
    deadline = time.monotonic() + SYNC_DEADLINE
    while time.monotonic() < deadline and daemon.is_running():
        report = status(config, "--json")
        if report and json.loads(report)["decided"] >= total:
            return [text for _, text in drain(daemon)]
        time.sleep(0.5)
    raise SystemExit("\n".join(["The daemon did not get through the mailbox. Its log:", *daemon.log[-20:]]))


def drain(daemon: Daemon) -> list[tuple[float, str]]:
    """Return the alerts that are there already."""
    found = []
    while (alert := daemon.next_alert(0.3)) is not None:
        found.append(alert)
    return found


def arrive(console: Console, daemon: Daemon, server: GmailLikeServer, path: Path) -> Outcome:
    """Deliver one message, wait for what Jeeves says, show it."""
    rfc822 = path.read_bytes()
    needs_place = "-needs-place-" in path.name
    console.print(f"\n[bold]New mail:[/bold] {escape(subject_of(rfc822))}", highlight=False)
    arrived = time.monotonic()
    server.deliver("INBOX", rfc822, received_at=datetime.now(UTC))
    alert = daemon.next_alert(ALERT_DEADLINE if needs_place else SILENCE)
    if alert is None:
        console.print("  [dim]silent[/dim]" if not needs_place else "  [red]no alert[/red]")
        return Outcome(subject=subject_of(rfc822), needs_place=needs_place, seconds=None)
    moment, text = alert
    console.print(f"  [green]after {moment - arrived:.2f} s[/green]  {escape(text)}", highlight=False)
    return Outcome(subject=subject_of(rfc822), needs_place=needs_place, seconds=moment - arrived)


def summary(outcomes: list[Outcome]) -> Table:
    """Return the closing table: what arrived, what a person says, what Jeeves did."""
    table = Table(title="What arrived while Jeeves watched", title_justify="left")
    table.add_column("subject", max_width=38, no_wrap=True)
    table.add_column("a person says")
    table.add_column("Jeeves")
    table.add_column("after", justify="right")
    for outcome in outcomes:
        table.add_row(
            outcome.subject,
            "needs a place" if outcome.needs_place else "-",
            "spoke up" if outcome.seconds is not None else "silent",
            f"{outcome.seconds:.2f} s" if outcome.seconds is not None else "",
            style="" if outcome.needs_place == (outcome.seconds is not None) else "red",
        )
    return table


def verdict(outcomes: list[Outcome]) -> str:
    """Return the honest sentence below the table."""
    wanted = [outcome for outcome in outcomes if outcome.needs_place]
    found = sum(outcome.seconds is not None for outcome in wanted)
    false = sum(outcome.seconds is not None for outcome in outcomes if not outcome.needs_place)
    alarms = "1 false alarm" if false == 1 else f"{false} false alarms"
    return f"Found {found} of {len(wanted)}, {alarms}: the starter model knows no mail of yours yet."


def watch(console: Console, server: GmailLikeServer, config: Path, total: int) -> list[Outcome]:
    """Run the daemon over the backlog and everything that arrives; return what happened.

    Raises SystemExit when the daemon does not end as it should.
    """
    daemon = Daemon(config)
    try:
        started = time.monotonic()
        alerts = wait_for_backlog(daemon, config, total)
        console.print(f"{total} messages stored and decided on in {time.monotonic() - started:.1f} s.", highlight=False)
        for text in alerts:
            console.print(f"  {text}", highlight=False, markup=False)
        outcomes = [arrive(console, daemon, server, path) for path in sorted((MAILBOX / "arriving").glob("*.eml"))]
        console.print()
        console.print(status(config), highlight=False, markup=False)
    finally:
        exit_status = daemon.stop()
    if exit_status != 0:
        raise SystemExit("\n".join([f"The daemon ended with status {exit_status}. Its log:", *daemon.log[-20:]]))
    return outcomes


def main() -> int:
    """Play the demo; return 0 when Jeeves spoke up, however many of the six it found."""
    console = Console(soft_wrap=True)
    os.environ["JEEVES_DEMO_PASSWORD"] = PASSWORD
    with tempfile.TemporaryDirectory(prefix="jeeves-demo-") as folder, GmailLikeServer({USER: PASSWORD}) as server:
        data_dir = Path(folder) / "data"
        config = Path(folder) / "jeeves.toml"
        config.write_text(CONFIG.format(port=server.port, user=USER, data_dir=data_dir), encoding="utf-8")
        total = fill(server)
        console.print(
            f"A mailbox with {total} messages on a local IMAP server; PostgreSQL starts inside "
            f"{data_dir.parent}.\nJeeves reads it, read-only, as it would read yours."
        )
        try:
            outcomes = watch(console, server, config, total)
        finally:
            EmbeddedPostgres(data_dir).remove()
    console.print(summary(outcomes))
    console.print(verdict(outcomes), highlight=False)
    console.print(NEXT_STEPS, highlight=False, markup=False)
    return 0 if any(outcome.seconds is not None for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())

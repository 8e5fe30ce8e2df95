"""The labelling screen as its owner meets it: the real program on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
import threading
from typing import TYPE_CHECKING

import pyte
import pytest

from jeeves.types import Answer
from tests.acceptance.installation import JEEVES, PATIENCE, wait_until
from tests.integration.labelling.build import LUNCH, PAID, keep, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation

COLUMNS, LINES = 80, 24


class Terminal:
    """A terminal of 80 x 24 with a program on it."""

    def __init__(self, installation: Installation, *arguments: str, term: str = "xterm-256color") -> None:
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)
        self._lock = threading.Lock()
        self.written = b""
        self._controller, terminal = pty.openpty()
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [*JEEVES, "--config", str(installation.config), *arguments],
            stdin=terminal,
            stdout=terminal,
            stderr=terminal,
            start_new_session=True,
            cwd=installation.folder,
            env={**os.environ, "TERM": term, "JEEVES_IMAP_PASSWORD": "unused"},
        )
        os.close(terminal)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        """Draw what the program writes; Linux ends it with EIO once nobody writes any more."""
        while True:
            try:
                portion = os.read(self._controller, 65_536)
            except OSError:
                return
            if not portion:
                return
            with self._lock:
                self.written += portion
                self._stream.feed(portion)

    def shown(self) -> str:
        """Return what stands on the screen."""
        with self._lock:
            return "\n".join(self._screen.display)

    def wait_for(self, text: str) -> None:
        """Wait until ``text`` stands on the screen."""
        wait_until(lambda: text in self.shown() or self.process.poll() is not None)
        assert text in self.shown()

    def press(self, keys: str) -> None:
        """Type something."""
        os.write(self._controller, keys.encode())

    def end(self) -> None:
        """Let go of the program and the terminal, whatever state they are in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(timeout=PATIENCE)
        self._reader.join(PATIENCE)
        os.close(self._controller)


class Desk:
    """Where terminals are opened; all are closed in the end."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.terminals: list[Terminal] = []

    def label(self, *arguments: str, term: str = "xterm-256color") -> Terminal:
        self.terminals.append(Terminal(self._installation, "label", *arguments, term=term))
        return self.terminals[-1]


@pytest.fixture
def desk(installation: Installation) -> Iterator[Desk]:
    made = Desk(installation)
    yield made
    for terminal in made.terminals:
        terminal.end()


def test_killing_the_program_loses_nothing_and_the_next_sitting_goes_on(desk: Desk, engine: Engine) -> None:
    lunch, paid, thanks = keep(engine, LUNCH, PAID, "Thanks a lot for the flowers.")
    terminal = desk.label("--strategy", "likely")
    terminal.wait_for("Shall we have lunch together")
    assert "y needs a place" in terminal.shown().splitlines()[-1]
    terminal.press("y")
    terminal.wait_for("2 queued")
    terminal.process.send_signal(signal.SIGKILL)
    terminal.process.wait(timeout=PATIENCE)

    assert said(engine) == {lunch: Answer.YES}

    again = desk.label("--strategy", "likely")
    again.wait_for("1 labelled, 1 of them yes; 2 queued")
    assert "Shall we have lunch" not in again.shown()
    again.press("u")
    again.wait_for("Taken back")
    assert said(engine) == {}
    again.press("n")
    again.wait_for("Noted: needs no place.")
    again.press("q")
    assert again.process.wait(timeout=PATIENCE) == 0
    assert said(engine) == {lunch: Answer.NO}
    assert {paid, thanks}.isdisjoint(said(engine))


def test_a_message_steers_no_terminal(desk: Desk, engine: Engine) -> None:
    keep(engine, "Lunch \x1b]0;stolen title\x07 \x1b]52;c;c3RvbGVu\x07 \x1b[2J [bold]markup[/bold] on Friday?")
    terminal = desk.label()
    terminal.wait_for("[bold]markup[/bold] on Friday?")
    terminal.press("q")
    terminal.process.wait(timeout=PATIENCE)

    assert b"stolen" not in terminal.written
    assert b"c3RvbGVu" not in terminal.written


def test_a_terminal_that_can_do_little_gets_prompts(desk: Desk, engine: Engine) -> None:
    lunch, paid = keep(engine, LUNCH, PAID)
    terminal = desk.label("--strategy", "likely", term="dumb")
    terminal.wait_for("o open, ? help, q")
    terminal.press("y\n")
    wait_until(lambda: lunch in said(engine))
    terminal.press("q\n")

    assert terminal.process.wait(timeout=PATIENCE) == 0
    assert b"Plain prompts: this terminal cannot move the cursor." in terminal.written
    assert b"\x1b" not in terminal.written
    assert paid not in said(engine)


def test_without_a_terminal_there_are_prompts(installation: Installation, engine: Engine) -> None:
    lunch, paid = keep(engine, LUNCH, PAID)

    finished = installation.run("label", "--strategy", "likely", input_text="y\nn\n")

    assert finished.returncode == 0
    assert finished.stderr == "Plain prompts: this is no terminal.\n"
    assert "Nothing is left to label." in finished.stdout
    assert said(engine) == {lunch: Answer.YES, paid: Answer.NO}

"""A report is as wide as its terminal, on a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
import termios
from typing import TYPE_CHECKING

import pytest

from jeeves.cli.terminal_width import width_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Return both ends of a terminal: what is read on its screen, and what a program writes to."""
    ours, theirs = pty.openpty()
    yield ours, theirs
    for end in (ours, theirs):
        os.close(end)


@pytest.mark.parametrize(("columns", "width"), [(40, 40), (79, 79), (200, 80), (3, 40), (0, 80)])
def test_lines_fit_the_terminal_within_reason(terminal: tuple[int, int], columns: int, width: int) -> None:
    termios.tcsetwinsize(terminal[1], (24, columns))

    with open(terminal[1], "w", closefd=False) as screen:
        assert width_for(screen) == width


def test_a_file_and_what_is_no_file_take_the_usual_width(tmp_path: Path) -> None:
    with (tmp_path / "report").open("w") as file:
        assert width_for(file) == 80
    assert width_for(io.StringIO()) == 80


def test_doctor_keeps_to_a_narrow_terminal(terminal: tuple[int, int], tmp_path: Path) -> None:
    screen, written = terminal
    termios.tcsetwinsize(written, (24, 40))

    subprocess.run(
        [sys.executable, "-m", "jeeves", "--config", str(tmp_path / "none.toml"), "doctor"],
        check=False,
        stdout=written,
        timeout=100,
    )

    shown = b""
    while b"to mend." not in shown:  # a terminal hands over what was written bit by bit
        shown += os.read(screen, 65_536)
    assert max(map(len, shown.decode().splitlines())) <= 40

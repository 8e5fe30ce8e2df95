from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(180)
def test_the_demo_shows_alerts_a_summary_and_the_next_steps_and_leaves_no_process(tmp_path: Path) -> None:
    finished = subprocess.run(
        [sys.executable, "-m", "examples.demo"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stdout + finished.stderr
    verdict = re.search(r"Found (\d) of 6, (\d) false alarms?: ", finished.stdout)
    assert verdict, finished.stdout
    found, false = map(int, verdict.groups())
    assert found >= 4
    assert finished.stdout.count("spoke up") == found + false
    assert "Three steps to your own Gmail" in finished.stdout
    assert list(tmp_path.glob("jeeves-demo-*")) == []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = process.read_bytes()
        except OSError:  # it has just ended
            continue
        assert str(tmp_path).encode() not in command

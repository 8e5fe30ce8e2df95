"""The rule for tests that need systemd's own programs.

Lives here: the rule, and asking systemd-analyze. Must not live here: what is tested with it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

BINARY = shutil.which("systemd-analyze")


def require_systemd() -> str:
    """Return systemd-analyze's path; skip the calling test where it is missing, or fail it in integration."""
    if BINARY is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs Debian's systemd")
    return BINARY


def analyze(runtime: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run systemd-analyze; a user's units want a folder to work in (XDG_RUNTIME_DIR)."""
    return subprocess.run(
        [require_systemd(), "--no-pager", *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PATH": os.defpath, "HOME": str(runtime), "XDG_RUNTIME_DIR": str(runtime), "LC_ALL": "C"},
    )

"""What every test shares.

Lives here: how the test process itself is set up. Must not live here: fixtures of one subject (``postgres``, ...).
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["tests.postgres"]

# A shell that runs the suite in the background has it ignore Ctrl-C, and every program it starts inherits that.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def _home_of_nobody() -> Iterator[None]:
    """Give every program a home of its own: what somebody keeps in theirs must not decide whether a test passes."""
    home = Path(tempfile.mkdtemp(prefix="jv-home-"))
    home.chmod(0o755)  # when the tests run as root, PostgreSQL runs as somebody else and has to get in
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for name in [
            name for name in os.environ if name.startswith(("XDG_", "JEEVES_")) and not name.startswith("JEEVES_TEST_")
        ]:
            patch.delenv(name)
        yield
    shutil.rmtree(home, ignore_errors=True)

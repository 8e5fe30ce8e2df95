"""The rule for tests that need espeak-ng.

Lives here: the rule. Must not live here: what is tested with it.
"""

from __future__ import annotations

import os
import shutil

import pytest

BINARY = shutil.which("espeak-ng")


def require_espeak() -> str:
    """Return the engine's path; skip the calling test where it is missing, or fail it in continuous integration."""
    if BINARY is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs Debian's espeak-ng")
    return BINARY

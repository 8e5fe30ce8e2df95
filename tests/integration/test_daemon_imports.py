"""What the running daemon must not load: each of these takes 10 to 70 MB of a small machine's memory for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NEEDLESS = {
    "alembic",
    "dateparser",
    "google_auth_oauthlib",
    "icalendar",
    "matplotlib",
    "nltk",
    "pygments",
    "requests",
    "rich",
    "scipy",
    "simplemma",
    "sklearn",
    "textual",
    "twilio",
}
DAEMON = """
import sys
import jeeves.app, jeeves.daemon, jeeves.logs, jeeves.upkeep
from jeeves import shipped
from jeeves.ml.artifact import load_active
from tests.unit.ml.examples import message

assert load_active(shipped("models")).predict([message("Shall we have lunch?")])
print(*sys.modules)
"""


def test_a_daemon_that_has_classified_a_message_holds_nothing_it_does_not_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DAEMON], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )

    assert NEEDLESS & set(done.stdout.split()) == set()


def test_the_log_leaves_rich_to_those_who_draw_with_it() -> None:
    program = "import jeeves.logs, rich.progress, sys; print(sys.modules['rich'].__name__)"

    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True, timeout=100
    )

    assert done.stdout == "rich\n"

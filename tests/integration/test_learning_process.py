from __future__ import annotations

import sys
import time

from jeeves.learning_process import LearningProcess


def test_a_learning_process_is_ended_at_once_and_for_good() -> None:
    process = LearningProcess([sys.executable, "-c", "import time; time.sleep(600)"])
    process.start()
    assert process.result() is None  # it runs

    process.stop()
    process.start()

    assert not process.running


def test_a_learning_process_asked_to_end_does_so_by_itself_and_no_other_starts() -> None:
    process = LearningProcess([sys.executable, "-c", "import sys; sys.exit(len(sys.stdin.read()))"])
    process.start()

    process.ask_to_end()

    deadline = time.monotonic() + 60
    while (complaint := process.result()) is None and time.monotonic() < deadline:
        time.sleep(0.05)
    assert complaint == ""
    process.start()
    assert not process.running

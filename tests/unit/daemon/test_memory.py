"""What was freed goes back to the machine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
# One piece in fifty stays in use, so that nothing below the last of them goes back by itself.
FREED = """
from pathlib import Path
from jeeves.daemon.memory import give_back

def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6

pieces = [bytes(3_000) for _ in range(30_000)]
kept = pieces[::50]
pieces.clear()
before = resident()
give_back()
print(before - resident())
"""

HEAPS = """
import ctypes, threading
from jeeves.daemon.memory import keep_one_heap

{before}
together = threading.Barrier(4)

def take():
    together.wait()
    taken = [bytes(20_000) for _ in range(1_000)]
    together.wait()

threads = [threading.Thread(target=take) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
ctypes.CDLL(None).malloc_stats()
"""


def test_memory_that_lies_between_what_is_in_use_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", FREED], cwd=ROOT, capture_output=True, text=True, check=True)

    assert float(done.stdout) > 40  # MB, of 90


def test_threads_share_one_heap() -> None:
    def heaps(before: str) -> int:
        program = [sys.executable, "-c", HEAPS.format(before=before)]
        return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, check=True).stderr.count("Arena ")

    assert heaps("") > 1
    assert heaps("keep_one_heap()") == 1

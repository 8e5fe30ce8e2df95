from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.footprint import footprint

HOLDING = """
import sys, threading
held = [open(sys.argv[1]) for _ in range(20)]
ballast = bytearray(b"x" * 50_000_000)
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""


def test_memory_files_threads_and_children_of_a_process_are_counted() -> None:
    command = [sys.executable, "-c", HOLDING, __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        found = footprint(process.pid, process.pid)
        above = footprint(os.getpid(), process.pid)

    assert (found.files, found.threads, found.children) == (23, 2, 0)
    assert found.resident > 50
    assert found.database > 50  # here the same process, counted as PostgreSQL's are
    assert above.children >= 1

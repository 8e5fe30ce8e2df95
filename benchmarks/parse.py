"""Print what reading mail costs, in milliseconds per megabyte, for prose and for mail made to be slow.

Run it as ``python -m benchmarks.parse [BYTES]``; the default size is 1,000,000 bytes a message.
"""

from __future__ import annotations

import sys
import time

from jeeves.mail.parse import parse_bytes
from tests.unit.mail.hostile import KINDS

_LIMIT = 50.0  # milliseconds per megabyte: what we promise


def measure(size: int) -> dict[str, float]:
    """Return milliseconds of processor time per megabyte for each kind of mail, the best of three."""
    found: dict[str, float] = {}
    for kind, make in KINDS.items():
        rfc822 = make(size)
        taken = []
        for _ in range(3):
            started = time.process_time()
            parse_bytes(rfc822)
            taken.append(time.process_time() - started)
        found[kind] = min(taken) * 1e9 / len(rfc822)
    return found


def main() -> None:
    """Print the table, the worst first."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    for kind, cost in sorted(measure(size).items(), key=lambda item: -item[1]):
        sys.stdout.write(f"{kind:<32}{cost:>9.1f} ms/MB{'  above the limit' if cost > _LIMIT else ''}\n")


if __name__ == "__main__":
    main()

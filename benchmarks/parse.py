"""Print what reading mail costs, in milliseconds per megabyte, for prose and for mail made to be slow.

Run it as ``python -m benchmarks.parse [BYTES]``; the default size is 1,000,000 bytes a message. The figure of a kind is
the least processor time of several rounds, and each round goes through all kinds: neither other programs nor a spell
of a busy machine can make one kind look slow. Exits with 1 when a kind is above the limit.
"""

from __future__ import annotations

import sys
import time

from jeeves.mail.parse import parse_bytes
from tests.unit.mail.hostile import KINDS

_LIMIT = 50.0  # milliseconds per megabyte: what we promise
_ROUNDS = 5


def measure(size: int) -> dict[str, float]:
    """Return milliseconds of processor time per megabyte for each kind of mail, the best of all rounds."""
    mails = {kind: make(size) for kind, make in KINDS.items()}
    best = dict.fromkeys(mails, float("inf"))
    for _ in range(_ROUNDS):
        for kind, rfc822 in mails.items():
            started = time.process_time()
            parse_bytes(rfc822)
            taken = time.process_time() - started
            best[kind] = min(best[kind], taken * 1e9 / len(rfc822))
    return best


def main() -> int:
    """Print the table, the worst first, and how many kinds are within the limit."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    found = measure(size)
    for kind, cost in sorted(found.items(), key=lambda item: -item[1]):
        sys.stdout.write(f"{kind:<32}{cost:>9.1f} ms/MB{'  above the limit' if cost > _LIMIT else ''}\n")
    within = sum(cost <= _LIMIT for cost in found.values())
    sys.stdout.write(f"{within} of {len(found)} kinds within {_LIMIT:.0f} ms per MB\n")
    return 0 if within == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())

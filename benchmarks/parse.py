"""What reading mail costs, processor time by megabyte: ``python -m benchmarks.parse [BYTES [BYTES_UNDER_A_LABEL]]``.

Two tables: mail made to be slow, 1,000,000 bytes a message unless BYTES says otherwise, and letters of several kinds
of bytes under every charset label there is and some there are not, 200,000 bytes each unless LABEL says otherwise. The
figure of a kind is the least of several rounds, each through all kinds: neither other programs nor a spell of a busy
machine can make one kind look slow. The anchor is ``email`` with its default policy on the first of them, prose.
"""

from __future__ import annotations

import email
import sys
import time
from collections import defaultdict
from typing import TYPE_CHECKING

from benchmarks.side_by_side import Figure, Report, Target, publish
from jeeves.mail.parse import parse_bytes
from tests.unit.mail.charset_letters import KNOWN_LABELS, UNKNOWN_LABELS, letters
from tests.unit.mail.hostile import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_LIMIT = 50.0  # milliseconds per megabyte: what we promise
_UNIT = "ms/MB"
_ROUNDS = 5
_ROUNDS_OF_LABELS = 6


def main(size: int = 1_000_000, label_size: int = 200_000) -> int:
    """Print both tables, the worst first, and how many kinds and labels are within the limit."""
    kinds = _measure({kind: make(size) for kind, make in KINDS.items()}, _ROUNDS)
    labels = _measure_labels(label_size)
    prose = KINDS["prose"](size)
    anchor = [_milliseconds(email.message_from_bytes, prose) for _ in range(_ROUNDS)]
    figures = [Figure(f"{kind}, {size:,} bytes", _UNIT, [cost]) for kind, cost in _worst_first(kinds)]
    figures += [Figure(f"{letter}, worst label", _UNIT, [max(costs.values())]) for letter, costs in labels.items()]
    figures += [Figure(f"{letter}, all labels", _UNIT, [*costs.values()]) for letter, costs in labels.items()]
    figures += [Figure("email.message_from_bytes, prose", _UNIT, anchor)]
    return publish(
        Report(
            name="parse",
            title="Reading mail, processor time by size",
            figures=figures,
            targets=[
                _target(f"{len(kinds)} kinds of hostile mail, each within {_LIMIT:.0f} {_UNIT}", kinds),
                *(
                    _target(f"{letter}: {len(costs)} labels, each within {_LIMIT:.0f} {_UNIT}", costs)
                    for letter, costs in labels.items()
                ),
            ],
        )
    )


def _target(promise: str, costs: Mapping[str, float]) -> Target:
    return Target(promise, max(costs.values()), kept=max(costs.values()) <= _LIMIT)


def _worst_first(costs: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(costs.items(), key=lambda item: -item[1])


def _measure(mails: Mapping[str, bytes], rounds: int) -> dict[str, float]:
    """Return the cost of each mail, the least of all rounds."""
    best = dict.fromkeys(mails, float("inf"))
    for _ in range(rounds):
        for kind, rfc822 in mails.items():
            best[kind] = min(best[kind], _milliseconds(parse_bytes, rfc822))
    return best


def _measure_labels(size: int) -> dict[str, dict[str, float]]:
    """Return for each kind of letter the cost under each label."""
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for label in (*KNOWN_LABELS, *UNKNOWN_LABELS):
        for letter, cost in _measure(dict(letters(label, size)), _ROUNDS_OF_LABELS).items():
            found[letter][label] = cost
    return found


def _milliseconds(read: Callable[[bytes], object], rfc822: bytes) -> float:
    """Return milliseconds of processor time per megabyte."""
    started = time.process_time()
    read(rfc822)
    return (time.process_time() - started) * 1e9 / len(rfc822)


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))

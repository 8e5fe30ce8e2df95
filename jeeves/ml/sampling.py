"""Which message to ask the owner about next.

Lives here: the order of a labelling queue, and what of it can be computed from vectors. Must not live here: where
candidates come from, what is shown of them, what an audit proves (``misses``). Everything is a pure function of its
arguments.

How the shares of the mixture were chosen: docs/labelling.md.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from heapq import heapify, heappop, heappush
from itertools import islice
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

CONFIDENT: Final = 0.5  # of a disagreement: from here on a label is suspected
_LARGEST_DIGEST: Final = 2**64


class Strategy(StrEnum):
    """What a message is shown for."""

    MIXED = "mixed"  # all of the others, each its share
    UNCERTAIN = "uncertain"  # closest to the toss of a coin
    LIKELY = "likely"  # a find that nobody has confirmed
    UNLIKE = "unlike"  # unlike anything labelled yet
    SUSPECT = "suspect"  # labelled, and everything else that is labelled says the opposite
    RANDOM = "random"  # drawn by lot: the audit


SHARES: Final[Mapping[Strategy, float]] = {
    Strategy.UNCERTAIN: 0.4,
    Strategy.LIKELY: 0.4,
    Strategy.UNLIKE: 0.05,
    Strategy.SUSPECT: 0.05,
    Strategy.RANDOM: 0.1,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A message that may be shown."""

    id: int
    thread_key: str
    probability: float  # 0 .. 1, by the model that serves
    label: bool | None = None  # True: the owner said it needs a place; None: nothing said yet
    novelty: float = 0.0  # 0 .. 1, see ``novelties``
    disagreement: float = 0.0  # 0 .. 1, see ``disagreement``; 0 for one the owner has confirmed already
    auditable: bool = True  # it arrived in the time ``misses`` tells of: drawn before those that did not


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """A message to show."""

    id: int
    why: Strategy  # never MIXED


def order(
    candidates: Sequence[Candidate],
    *,
    strategy: Strategy = Strategy.MIXED,
    seed: int,
    limit: int | None = None,
) -> list[Pick]:
    """Return in which order to show ``candidates``, each at most once, at most ``limit`` of them.

    Labelled messages are shown only as suspects, unlabelled ones never as such. Two of one thread never follow each
    other: what is left when nothing of another thread is, is left out, and comes with the next call. ``seed`` decides
    between equals; the lots of the audit are always the same (``lot``), or the sample would not be one.
    """
    chosen: Mapping[Strategy, float] = SHARES if strategy is Strategy.MIXED else {strategy: 1.0}
    ties = {each.id: _hashed(f"{seed} {each.id}") for each in candidates}
    queues = {each: _Queue(_ranked(candidates, each, ties)) for each in chosen}
    return list(islice(_draw(queues, chosen), limit))


def lot(message_id: int) -> float:
    """Return the message's permanent random number, 0 <= lot < 1: audits are drawn in ascending order of these.

    Whatever a message says, whatever a model thinks of it, its lot is the same. So the messages of the lowest lots
    are a simple random sample of any set of messages, also of one that grows (Ohlsson, "Coordination of samples using
    permanent random numbers", in Business Survey Methods, 1995).
    """
    return _hashed(f"audit {message_id}")


def novelties(rows: csr_matrix, labelled: csr_matrix) -> NDArray[np.float64]:
    """Return for each row which share of it, 0 .. 1, lies in features that no row of ``labelled`` has.

    The share is of the squared length: for rows of unit length it is what no combination of labelled messages could
    explain, whatever their cosines. Linear in the number of entries. An empty row has nothing new.
    """
    known = np.zeros(rows.shape[1], dtype=np.bool_)
    known[labelled.indices] = True
    squares = rows.multiply(rows).tocsr()
    everything = np.asarray(squares.sum(axis=1)).ravel()
    new = np.asarray(squares @ (~known).astype(np.float64)).ravel()
    shares: NDArray[np.float64] = np.divide(new, everything, out=np.zeros_like(new), where=everything > 0)
    return shares


def disagreement(*, label: bool, probability: float, threshold: float) -> float:
    """Return how confidently ``probability`` contradicts ``label``, 0 .. 1; 0 when both say the same.

    ``probability`` must come from a model that saw nothing of the message's thread: cross-validation. The scale runs
    from ``threshold`` (0 .. 1, exclusive) to the end that the label is not at: a false alarm and a miss that are
    equally far off count the same, however rare positives are.
    """
    away = (threshold - probability) / threshold if label else (probability - threshold) / (1.0 - threshold)
    return max(0.0, away)


def _ranked(candidates: Iterable[Candidate], strategy: Strategy, ties: Mapping[int, float]) -> list[Candidate]:
    """Return the candidates that ``strategy`` may show, best first; among equals by ``ties``."""
    qualities: Mapping[Strategy, Callable[[Candidate], float]] = {
        Strategy.UNCERTAIN: lambda each: -abs(each.probability - 0.5),
        Strategy.LIKELY: lambda each: each.probability,
        Strategy.UNLIKE: lambda each: each.novelty,
        Strategy.SUSPECT: lambda each: each.disagreement,
        Strategy.RANDOM: lambda each: each.auditable - lot(each.id),
    }
    quality = qualities[strategy]
    if strategy is Strategy.SUSPECT:
        eligible = [each for each in candidates if each.label is not None and each.disagreement >= CONFIDENT]
    else:
        eligible = [each for each in candidates if each.label is None]
    return sorted(eligible, key=lambda each: (-quality(each), ties[each.id]))


def _draw(queues: Mapping[Strategy, _Queue], shares: Mapping[Strategy, float]) -> Iterator[Pick]:
    """Yield picks such that each queue has had its share at any moment, as near as can be."""
    credit = dict.fromkeys(queues, 0.0)
    taken: set[int] = set()
    thread: str | None = None
    while True:
        for strategy, share in shares.items():
            credit[strategy] += share
        for strategy in sorted(credit, key=lambda each: -credit[each]):
            found = queues[strategy].best(taken, thread)
            if found is not None:
                break
        else:
            return
        credit[strategy] -= 1.0
        taken.add(found.id)
        thread = found.thread_key
        yield Pick(id=found.id, why=strategy)


class _Queue:
    """Candidates best first, from which the best of another thread can be had without a search."""

    def __init__(self, ranked: Sequence[Candidate]) -> None:
        self._threads: dict[str, list[tuple[int, Candidate]]] = {}  # of each the best one last
        for rank, each in zip(reversed(range(len(ranked))), reversed(ranked), strict=True):
            self._threads.setdefault(each.thread_key, []).append((rank, each))
        self._heads = [(entries[-1][0], thread) for thread, entries in self._threads.items()]
        heapify(self._heads)

    def best(self, taken: set[int], not_of: str | None) -> Candidate | None:
        """Return the best that is neither in ``taken`` nor of the thread ``not_of``; None when there is none."""
        aside = None
        found = None
        while found is None and self._heads:
            rank, thread = heappop(self._heads)
            entries = self._threads[thread]
            while entries and entries[-1][1].id in taken:
                entries.pop()
            if not entries:
                continue
            head = (entries[-1][0], thread)
            if head[0] != rank:
                heappush(self._heads, head)
            elif thread == not_of:
                aside = head
            else:
                found = entries[-1][1]
                heappush(self._heads, head)
        if aside is not None:
            heappush(self._heads, aside)
        return found


def _hashed(text: str) -> float:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / _LARGEST_DIGEST

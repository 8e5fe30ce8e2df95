"""How long the full search of ``jeeves retrain`` takes: ``python -m benchmarks.retrain [LABELS ...] [--part N]``.

Lives here: the search over at least 192 settings and 5 folds on 2,000 and 5,000 labelled messages, beside
GridSearchCV (scikit-learn) over a Pipeline of the same parts. That one would take hours, so it does N (6) settings
drawn at random, as many of each form of words, and our best one, all folds each; its time for the whole grid is
extrapolated from these. Both are counted in processor time, ours on all cores together; the clock is given besides.

The messages are those of ``../shared/corpus/train.jsonl`` where it lies beside the checkout, otherwise pairs of the
starter corpus's messages put together.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from dataclasses import dataclass, replace
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.grid_search import grid_search
from benchmarks.side_by_side import Figure, Report, Target, publish
from jeeves.actions.corpora import examples, read_corpus, starter_corpus
from jeeves.ml import settings
from jeeves.ml.features import document
from jeeves.ml.search import cross_validate, gather, quality
from jeeves.ml.train import FOLDS, folds_of
from jeeves.ml.word_forms import WordForm
from jeeves.types import Example, Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jeeves.ml.search import Folds, Material
    from jeeves.ml.settings import HyperParameters

CORPUS: Final = Path(__file__).parents[1] / "../shared/corpus/train.jsonl"
SIZES: Final = (2_000, 5_000)
_PROMISED: Final = {2_000: (50, 30), 5_000: (25, 120)}  # times as fast as the anchor, seconds by the clock
_SEED: Final = 20_260_101
_POSITIVE: Final = 0.12  # share of what is put together
_SCORES_APART: Final = 2e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What one search took and found."""

    processor: float  # s
    clock: float  # s
    scores: NDArray[np.float64]  # a point each


def mail(labels: int) -> tuple[list[Example], str]:
    """Return so many labelled messages, and what they are."""
    if CORPUS.exists():
        known = list(examples(read_corpus(CORPUS)))
        return random.Random(_SEED).sample(known, min(labels, len(known))), "real messages"  # noqa: S311 - no secret
    return _put_together(labels), "messages put together from the starter corpus"


def ours(known: Sequence[Example], points: Sequence[HyperParameters], folds: Folds) -> tuple[Found, Material]:
    """Search as ``train`` does, reading and counting included."""
    begun, clock = time.process_time(), time.perf_counter()
    material = gather(known, forms=tuple(WordForm))
    judged = np.array([each.weight > 0 for each in known])
    rows = cross_validate(material, folds, points, progress=lambda _done, _total: None)
    scores = np.array([quality(row, material.labels, judged, folds) for row in rows])
    took = Found(processor=time.process_time() - begun, clock=time.perf_counter() - clock, scores=scores)
    _tell(f"ours, {len(points)} settings", took)
    return took, material


def anchor(
    known: Sequence[Example],
    points: Sequence[HyperParameters],
    folds: Folds,
    material: Material,
    *,
    analysed_once: bool = False,
) -> Found:
    """Search through ``points`` by GridSearchCV."""
    begun, clock = time.process_time(), time.perf_counter()
    with threadpool_limits(limits=1):
        scores = grid_search(known, points, folds, material.counted, analysed_once=analysed_once)
    took = Found(processor=time.process_time() - begun, clock=time.perf_counter() - clock, scores=scores)
    _tell(f"GridSearchCV, {len(points)} settings{', analysed once' if analysed_once else ''}", took)
    return took


def _tell(what: str, took: Found) -> None:
    """Say what is done: the whole takes long."""
    sys.stderr.write(f"{what}: {took.processor:.1f} s (CPU), {took.clock:.1f} s\n")


def drawn(points: Sequence[HyperParameters], part: int) -> list[int]:
    """Return the numbers of ``part`` points at random, as many of each form: these differ most in what they take."""
    chance = random.Random(_SEED)  # noqa: S311 - no secret
    forms = [list(of_form) for _, of_form in groupby(range(len(points)), key=lambda each: points[each].shape.form)]
    return sorted(number for of_form in forms for number in chance.sample(of_form, max(1, part // len(forms))))


def measure(labels: int, part: int) -> tuple[list[Figure], list[Target]]:
    """Run both searches over so many labels; the anchor's part comes between two of ours."""
    known, what = mail(labels)
    points = settings.grid({Origin.CORPUS}, judged=sum(each.weight > 0 for each in known))
    if len(points) < len(settings.grid({Origin.CORPUS}, judged=settings.FEW)):
        points = settings.grid({Origin.CORPUS}, judged=settings.FEW)
    folds = folds_of(known, seed=_SEED)
    first, material = ours(known, points, folds)
    best = int(np.argmax(first.scores))
    some = drawn(points, part)
    plain = anchor(known, [points[number] for number in some], folds, material)
    once = anchor(known, [points[number] for number in some], folds, material, analysed_once=True)
    checked = anchor(known, [points[best]], folds, material, analysed_once=True) if best not in some else None
    second, _ = ours(known, points, folds)

    apart = float(np.abs(plain.scores - first.scores[some]).max())
    winner = float(checked.scores[0]) if checked else float(plain.scores[some.index(best)])
    whole = len(points) / len(some)
    taken = float(np.median([first.processor, second.processor]))
    size = f"{labels:,} labels"
    figures = [
        Figure(f"{size}: {len(points)} settings x {FOLDS} folds", "s (CPU)", [first.processor, second.processor]),
        Figure(f"{size}: the same by the clock", "s", [first.clock, second.clock]),
        Figure(f"{size}: GridSearchCV, from {len(some)} settings", "s (CPU)", [plain.processor * whole]),
        Figure(f"{size}: the same, analysed once", "s (CPU)", [once.processor * whole]),
        Figure(f"{size}: {what}", "messages", [float(len(known))]),
    ]
    times, seconds = _PROMISED.get(labels, (25, 120))
    ratio, cached = plain.processor * whole / taken, once.processor * whole / taken
    clock = min(first.clock, second.clock)
    gap = abs(winner - float(first.scores[best]))
    targets = [
        Target(f"{size}: at least {times} times as fast as GridSearchCV", ratio, ratio >= times),
        Target(f"{size}: and as one that analyses once", cached, cached >= times),
        Target(f"{size}: under {seconds} s by the clock", clock, clock < seconds),
        Target(f"{size}: scores at most {_SCORES_APART} apart", max(apart, gap), max(apart, gap) <= _SCORES_APART),
        Target(
            f"{size}: the winner's lead over those drawn, by GridSearchCV",
            winner - float(plain.scores.max()),
            winner >= float(plain.scores.max()),
        ),
    ]
    return figures, targets


def _put_together(labels: int) -> list[Example]:
    chance = random.Random(_SEED)  # noqa: S311 - no secret
    by_label = attrgetter("label")
    known = {label: list(each) for label, each in groupby(sorted(starter_corpus(), key=by_label), key=by_label)}
    made = []
    for number in range(labels):
        label = chance.random() < _POSITIVE
        one, other = chance.sample(known[label], 2)
        text = f"{one.message.text}\n\n{other.message.text}"
        made.append(
            Example(
                document=document(replace(one.message, text=text)),
                label=label,
                thread_key=str(number),
                origin=Origin.CORPUS,
            )
        )
    return made


def main() -> int:
    """Measure and publish."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("labels", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--part", type=int, default=6, help="settings the anchor does")
    options = parser.parse_args()
    figures: list[Figure] = []
    targets: list[Target] = []
    for labels in options.labels:
        some, others = measure(labels, options.part)
        figures += some
        targets += others
    return publish(Report("retrain", "jeeves retrain: the full search", figures, targets))


if __name__ == "__main__":
    sys.exit(main())

"""How many answers each labelling strategy needs: ``python -m benchmarks.sampling [CORPUS [RUNS]]``.

Lives here: the simulation behind docs/labelling.md, with the labels of CORPUS (default ../shared/corpus/train.jsonl) as
an owner who never errs. Each run holds a third of the threads back to judge by. The rest is an unlabelled mailbox; the
learner starts from the starter corpus, asks for a batch of answers in the order of ``jeeves.ml.sampling``, learns, and
asks again. An answer asked for twice, as of a suspect, counts twice.

The learner is a fast stand-in for the shipped one: logistic regression over the same evidence of whole messages, its
weights held near those of the starter corpus, no settings searched. The vocabulary is that of all messages.
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.figure import Figure
from scipy.optimize import minimize
from scipy.special import expit
from threadpoolctl import threadpool_limits

from jeeves.actions.corpora import examples, read_corpus, starter_corpus
from jeeves.errors import UserError
from jeeves.ml.evaluate import Scored, average_precision
from jeeves.ml.message_features import MessageFeatures
from jeeves.ml.plots import LIGHT, as_png
from jeeves.ml.sampling import Candidate, Strategy, disagreement, novelties, order

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from jeeves.types import Example

    Floats = NDArray[np.float64]
    Places = NDArray[np.intp]

ENOUGH: Final = 0.95  # of the average precision that all labels together give
RUNS: Final = 20
_PICTURE: Final = Path("docs/labelling.png")
_ASKED_AT_ONCE: Final = ((600, 25), (1_200, 50), (10**9, 100))  # answers, up to so many given; 25 as the daemon
_CHECKS: Final = 3  # in a row that must be enough, on average: one may be luck
_HELD_BACK: Final = 1 / 3  # of the threads
_FOLDS: Final = 3
_PENALTY: Final = 0.1
_PENALTY_STARTER: Final = 0.3
_PENALTY_INTERCEPT: Final = 0.01
_LINE: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """A fitted learner."""

    features: Floats
    intercept: float

    def log_odds(self, rows: csr_matrix) -> Floats:
        """Return the log-odds of each row."""
        return np.asarray(rows @ self.features + self.intercept, dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """Messages as numbers; all of one length."""

    rows: csr_matrix
    labels: NDArray[np.bool_]
    threads: NDArray[np.str_]
    counted: NDArray[np.bool_]  # False: chosen, not drawn; learned from, never judged by
    start: Weights  # learned from the starter corpus alone

    def quality(self, weights: Weights, judged: Places) -> float:
        """Return the average precision on ``judged``, each message counted once."""
        scores = weights.log_odds(self.rows[judged])
        scored = Scored(labels=self.labels[judged], probabilities=scores, weights=np.ones(len(judged)))
        return float(average_precision(scored, np.ones((1, len(judged))))[0])

    def learn(self, places: Sequence[int]) -> Weights:
        """Learn from the answers to ``places``; the start stands while they are all the same."""
        labels = self.labels[list(places)]
        if labels.all() or not labels.any():
            return self.start
        return fit(self.rows[list(places)], labels, self.start, penalty=_PENALTY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How good the learner was after so many answers."""

    answers: int
    share: float  # of what all labels together give


def fit(rows: csr_matrix, labels: NDArray[np.bool_], prior: Weights, *, penalty: float) -> Weights:
    """Fit logistic regression whose weights are held near ``prior``; a feature no row has keeps its weight."""
    used = np.unique(rows.indices)
    narrow = rows[:, used].tocsr()
    transposed = narrow.T.tocsr()
    signs = np.where(labels, 1.0, -1.0)
    base = np.asarray(rows @ prior.features)

    def loss(point: Floats) -> tuple[float, Floats]:
        away, intercept = point[:-1], point[-1]
        margins = signs * (base + narrow @ away + intercept)
        pulls = -signs * expit(-margins)
        drift = intercept - prior.intercept
        value = np.logaddexp(0.0, -margins).sum() + penalty / 2 * away @ away + _PENALTY_INTERCEPT / 2 * drift**2
        gradient = np.append(transposed @ pulls + penalty * away, pulls.sum() + _PENALTY_INTERCEPT * drift)
        return float(value), gradient

    begin = np.append(np.zeros(len(used)), prior.intercept)
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": 60}).x
    features = prior.features.copy()
    features[used] += found[:-1]
    return Weights(features=features, intercept=float(found[-1]))


def read(path: Path) -> Corpus:
    """Read the corpus at ``path`` and learn the start."""
    starter: list[Example] = list(examples(starter_corpus()))
    given: list[Example] = list(examples(read_corpus(path)))
    rows = MessageFeatures().fit_transform([each.document for each in (*starter, *given)])
    labels = np.array([each.label for each in (*starter, *given)])
    nothing = Weights(features=np.zeros(rows.shape[1]), intercept=-2.0)
    start = fit(rows[: len(starter)], labels[: len(starter)], nothing, penalty=_PENALTY_STARTER)
    return Corpus(
        rows=rows[len(starter) :],
        labels=labels[len(starter) :],
        threads=np.array([each.thread_key for each in given]),
        counted=np.array([each.weight > 0 for each in given]),
        start=start,
    )


def simulate(corpus: Corpus, strategy: Strategy, *, seed: int) -> list[Check]:
    """Ask and learn until nothing is left to ask; ``seed`` decides who is held back, and the lots."""
    random = np.random.default_rng(seed)
    names = np.unique(corpus.threads)
    held_back = random.permutation(names)[: round(len(names) * _HELD_BACK)]
    outside = np.isin(corpus.threads, held_back)
    judged, pool = np.flatnonzero(outside & corpus.counted), np.flatnonzero(~outside)
    numbers = random.permutation(len(corpus.labels))  # ids, so that the lots differ from run to run
    best = corpus.quality(corpus.learn(pool.tolist()), judged)
    places = {int(numbers[place]): int(place) for place in pool}
    answered: dict[int, int] = {}  # place -> times asked
    weights, asked = corpus.start, 0
    checks = [Check(answers=0, share=corpus.quality(weights, judged) / best)]
    while len(answered) < len(pool):
        candidates = _candidates(corpus, weights, pool, answered, numbers, strategy)
        batch = next(size for until, size in _ASKED_AT_ONCE if asked < until)
        for pick in order(candidates, strategy=strategy, seed=seed, limit=batch):
            place = places[pick.id]
            answered[place] = answered.get(place, 0) + 1
            asked += 1
        weights = corpus.learn(list(answered))
        checks.append(Check(answers=asked, share=corpus.quality(weights, judged) / best))
        if _is_enough(checks, len(checks) - _CHECKS):
            break
    return checks


def needed(checks: Sequence[Check]) -> int:
    """Return after how many answers it was enough; the last ones count as enough, they were all there were."""
    return next((check.answers for at, check in enumerate(checks) if _is_enough(checks, at)), checks[-1].answers)


def _is_enough(checks: Sequence[Check], at: int) -> bool:
    several = checks[at : at + _CHECKS] if at >= 0 else ()
    return len(several) == _CHECKS and statistics.mean(check.share for check in several) >= ENOUGH


def _candidates(
    corpus: Corpus,
    weights: Weights,
    pool: Places,
    answered: dict[int, int],
    numbers: Places,
    strategy: Strategy,
) -> list[Candidate]:
    known = list(answered)
    probabilities = expit(weights.log_odds(corpus.rows[pool]))
    news = novelties(corpus.rows[pool], corpus.rows[known])
    doubts = _doubts(corpus, known) if strategy is Strategy.MIXED and known else {}
    return [
        Candidate(
            id=int(numbers[place]),
            thread_key=str(corpus.threads[place]),
            probability=float(probability),
            label=bool(corpus.labels[place]) if place in answered else None,
            novelty=float(novelty),
            disagreement=doubts.get(place, 0.0) if answered.get(place) == 1 else 0.0,
        )
        for place, probability, novelty in zip(pool.tolist(), probabilities, news, strict=True)
    ]


def _doubts(corpus: Corpus, known: Sequence[int]) -> dict[int, float]:
    """Return how confidently the other threads' answers contradict each answer."""
    places = np.array(known)
    folds = np.unique(corpus.threads[places], return_inverse=True)[1] % _FOLDS
    doubts = {}
    for fold in range(_FOLDS):
        weights = corpus.learn(places[folds != fold].tolist())
        told = places[folds == fold]
        for place, probability in zip(told.tolist(), expit(weights.log_odds(corpus.rows[told])), strict=True):
            label = bool(corpus.labels[place])
            doubts[place] = disagreement(label=label, probability=float(probability), threshold=_LINE)
    return doubts


def mean_curve(runs: Sequence[Sequence[Check]], answers: Sequence[int]) -> Floats:
    """Return the mean share at each of ``answers``; a run that ended early stays where it was."""
    curves = [np.interp(answers, [check.answers for check in run], [check.share for check in run]) for run in runs]
    return np.asarray(np.mean(curves, axis=0), dtype=np.float64)


def draw(results: dict[Strategy, list[list[Check]]]) -> bytes:
    """Draw the mean curves, each as far as half of its runs go, and return the picture as PNG."""
    figure = Figure(figsize=(7.2, 4.2), layout="constrained")
    axes = figure.subplots()
    axes.axhline(ENOUGH, color=LIGHT.dashes, linestyle=(0, (4, 3)), linewidth=1)
    for number, (strategy, runs) in enumerate(results.items()):
        reach = int(statistics.median(run[-1].answers for run in runs))
        answers = sorted({check.answers for run in runs for check in run if check.answers <= reach})
        bold = 2.4 if strategy is Strategy.MIXED else 1.4
        axes.plot(answers, mean_curve(runs, answers), color=LIGHT.lines[number], linewidth=bold, label=strategy.value)
    axes.set_xlabel("answers given")
    axes.set_ylabel("average precision, share of that with all labels")
    axes.set_xlim(left=0)
    axes.legend(loc="lower right", frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return as_png(figure)


def table(results: dict[Strategy, list[list[Check]]]) -> str:
    """Return the answers each strategy needs, as Markdown."""
    at_random = statistics.median(needed(run) for run in results[Strategy.RANDOM])
    lines = [
        f"| strategy | answers to {ENOUGH:.0%}: median | middle half of the runs | of random | after 200 | after 500 |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for strategy, runs in results.items():
        quarters = statistics.quantiles([needed(run) for run in runs], n=4)
        early, later = mean_curve(runs, [200, 500])
        lines.append(
            f"| {strategy} | {quarters[1]:,.0f} | {quarters[0]:,.0f} to {quarters[2]:,.0f} "
            f"| {quarters[1] / at_random:.0%} | {early:.0%} | {later:.0%} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Run every strategy, print the table, write the picture."""
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/corpus/train.jsonl")
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else RUNS  # noqa: PLR2004 - the second argument
    try:
        corpus = read(path)
    except UserError as error:
        sys.exit(f"{error.message}. {error.advice}")
    results: dict[Strategy, list[list[Check]]] = {}
    with threadpool_limits(limits=1):
        for strategy in Strategy:
            if strategy is not Strategy.SUSPECT:  # it shows labelled messages only, so it never begins
                results[strategy] = [simulate(corpus, strategy, seed=seed) for seed in range(runs)]
                sys.stderr.write(f"{strategy}: {[needed(run) for run in results[strategy]]}\n")
    sys.stdout.write(table(results) + "\n")
    _PICTURE.write_bytes(draw(results))


if __name__ == "__main__":
    main()

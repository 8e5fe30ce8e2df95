"""Hold the contest of methods on a labelled corpus, and remember what is done.

Lives here: the course of the contest, and its notebook, a JSON file that lets a broken-off contest go on. Must not
live here: the methods (``ml.contest``), tables, drawing.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import sklearn

from jeeves.actions.corpora import examples
from jeeves.errors import NotEnoughLabels, UserError
from jeeves.ml import contest, features
from jeeves.ml.curves import Curve, roc, thinned
from jeeves.ml.evaluate import drawn, figures
from jeeves.ml.intervals import Interval, intervals
from jeeves.ml.train import FOLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from jeeves.actions.corpora import LabelledMessage
    from jeeves.ml.contest import Ground, Labelled, Method, Round

NOTEBOOK: Final = "contest.json"
_POINTS: Final = 200  # of each ROC curve: more could not be seen
_NO_LINE: Final = 2.0  # a threshold no rank reaches: the contest has no use for one


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the result."""

    method: str
    setting: Mapping[str, float]
    preparation: str
    average_precision: Interval  # each message counted once
    roc_auc: Interval  # likewise
    recall_at_50: Interval  # allowed 50 alerts per 1,000 messages, at natural prevalence
    seconds_to_train: float
    milliseconds_per_message: float
    megabytes: float
    false_alarm_rate: tuple[float, ...]  # the ROC curve, left to right
    recall: tuple[float, ...]


def prepare(corpus: Iterable[LabelledMessage]) -> Labelled:
    """Return ``corpus`` as what the contest takes; raises NotEnoughLabels when it cannot be cut into folds."""
    learned = list(examples(corpus))
    for label, name in ((True, "need a place"), (False, "do not need a place")):
        threads = {each.thread_key for each in learned if each.label is label and each.weight > 0}
        if len(threads) < 2 * FOLDS:
            raise NotEnoughLabels(
                f"too few labelled conversations that {name}: there are {len(threads)}, needed are {2 * FOLDS}",
                advice="Name a larger file with --corpus.",
            )
    return contest.Labelled(
        documents=[each.document for each in learned],
        labels=np.array([each.label for each in learned], dtype=np.bool_),
        weights=np.array([each.weight for each in learned], dtype=np.float64),
        threads=[each.thread_key for each in learned],
    )


def compare(
    labelled: Labelled,
    *,
    seed: int,
    directory: Path,
    timer: Callable[[], float],
    progress: Callable[[str, int, int], None],
    methods: Sequence[Method] = contest.METHODS,
) -> Iterator[Entry]:
    """Yield one entry per method, in order; those ``directory`` remembers come at once.

    Remembered is what was finished on the same documents, labels, seed, grid, features and scikit-learn. ``timer``
    gives seconds that only ever rise; ``progress`` hears (method, models trained, models in all). Raises UserError
    when the notebook cannot be read or written.
    """
    path = directory / NOTEBOOK
    notebook = _read(path)
    ground: Ground | None = None
    for method in methods:
        key = _key(labelled, method, seed)
        if key not in notebook:
            ground = ground or contest.Ground(labelled, seed=seed)
            finished = contest.compete(method, ground, timer=timer, progress=partial(progress, method.name))
            notebook[key] = asdict(_entry(method, finished, labelled, seed))
            _write(path, notebook)
        yield _remembered(notebook[key], path)


def _entry(method: Method, finished: Round, labelled: Labelled, seed: int) -> Entry:
    scored = finished.scored
    measured = partial(figures, scored, _NO_LINE)
    as_drawn = intervals(measured, drawn(scored).weights, labelled.threads, seed=seed)
    natural = intervals(measured, scored.weights, labelled.threads, seed=seed)
    curve = thinned(roc(drawn(scored)), _POINTS)
    return Entry(
        method=method.name,
        setting=dict(finished.setting),
        preparation=str(method.preparation),
        average_precision=as_drawn["average_precision"],
        roc_auc=as_drawn["roc_auc"],
        recall_at_50=natural["recall_at_50_alerts_per_1000"],
        seconds_to_train=finished.seconds_to_train,
        milliseconds_per_message=finished.milliseconds_per_message,
        megabytes=finished.megabytes,
        false_alarm_rate=tuple(curve.x.round(4).tolist()),
        recall=tuple(curve.y.round(4).tolist()),
    )


def curve_of(entry: Entry) -> Curve:
    """Return the ROC curve of an entry."""
    return Curve(x=np.array(entry.false_alarm_rate), y=np.array(entry.recall))


def _key(labelled: Labelled, method: Method, seed: int) -> str:
    """Return a name for this method on this very task."""
    task = {
        "documents": list(labelled.documents),
        "labels": labelled.labels.tolist(),
        "weights": labelled.weights.tolist(),
        "threads": list(labelled.threads),
        "seed": seed,
        "folds": FOLDS,
        "method": method.name,
        "preparation": method.preparation,
        "grid": [dict(setting) for setting in method.grid],
        "features": features.VERSION,
        "scikit-learn": sklearn.__version__,
    }
    return hashlib.sha256(json.dumps(task, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise _unreadable(path) from error
    if not isinstance(found, dict):
        raise _unreadable(path)
    return found


def _write(path: Path, notebook: Mapping[str, Any]) -> None:
    """Replace the notebook in one step: whoever breaks off leaves the old one or the new one."""
    unfinished = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(json.dumps(notebook, indent=1), encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        raise UserError(
            f"the contest cannot be kept in {path.parent}: {error.strerror or type(error).__name__}",
            advice="Make the folder writable and see that the disk has room, or name another one with --output.",
        ) from error


def _remembered(fields: Any, path: Path) -> Entry:  # noqa: ANN401 - whatever the file holds
    try:
        measured = {name: Interval(**fields[name]) for name in ("average_precision", "roc_auc", "recall_at_50")}
        curve = {name: tuple(map(float, fields[name])) for name in ("false_alarm_rate", "recall")}
        return Entry(**(fields | measured | curve))
    except (KeyError, TypeError, ValueError) as error:
        raise _unreadable(path) from error


def _unreadable(path: Path) -> UserError:
    return UserError(
        f"{path} is not the notebook of a contest, or is damaged",
        advice="Delete it to start the contest anew, or name another folder with --output.",
    )

"""Which words of a text moved the model, and which way.

Lives here: from the reasons of an explanation back to places in a text, for people to see. Must not live here: scoring,
colours.

A reason is a run of words, or a cue: phrases that mean the same kind of thing (``lexicon``). The weight of a run is
shared out among its words, that of a cue among the phrases of its kinds. What a word does beyond the text, such as
standing beside another sentence, is in the score and not in here.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jeeves.ml.lexicon import PHRASES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jeeves.types import Reason

LEAST_SHARE: Final = 0.25  # of the strongest word's weight; less is not worth a colour
LEAST_WEIGHT: Final = 0.15  # log-odds; of a message that nothing speaks for or against, nothing is marked
_CUE: Final = "cue: "
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d+|\?")  # noqa: RUF001 - what phones type
_PLAIN: Final = re.compile(r"(?:[^\W\d_]+(?:'[^\W\d_]+)*|\?)(?: (?:[^\W\d_]+(?:'[^\W\d_]+)*|\?))*")

_Run = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Highlight:
    """A stretch of a text that moved the model."""

    start: int  # place of the first character
    end: int  # place after the last one
    speaks_for: bool  # a get-together without a place


def highlights(text: str, reasons: Sequence[Reason]) -> list[Highlight]:
    """Return the stretches of ``text`` that ``reasons`` speak of, in order, none overlapping. Linear in both."""
    words = [(found.start(), found.end(), _spelled(found[0])) for found in _WORD.finditer(text)]
    weights = _weights([word for _, _, word in words], _runs(reasons))
    least = max(LEAST_WEIGHT, LEAST_SHARE * max(map(abs, weights), default=0.0))
    marked = [
        Highlight(start=start, end=end, speaks_for=weight > 0)
        for (start, end, _), weight in zip(words, weights, strict=True)
        if abs(weight) >= least
    ]
    return list(_joined(text, marked))


def _spelled(word: str) -> str:
    return word.lower().replace("’", "'")  # noqa: RUF001 - as above


def _runs(reasons: Sequence[Reason]) -> Mapping[str, dict[_Run, float]]:
    """Return the runs of words that matter, with their weights, by first word."""
    kinds: dict[str, float] = defaultdict(float)
    runs: dict[str, dict[_Run, float]] = defaultdict(dict)
    for reason in reasons:
        if reason.feature.startswith(_CUE):
            named = reason.feature.removeprefix(_CUE).split(" + ")
            for kind in named:
                kinds[kind] += reason.weight / len(named)
        elif _PLAIN.fullmatch(reason.feature):
            words = tuple(reason.feature.split(" "))
            runs[words[0]][words] = runs[words[0]].get(words, 0.0) + reason.weight
    for kind, weight in kinds.items():
        for phrase in PHRASES.get(kind, ()):
            words = tuple(phrase.split())
            runs[words[0]][words] = runs[words[0]].get(words, 0.0) + weight
    return runs


def _weights(words: Sequence[str], runs: Mapping[str, dict[_Run, float]]) -> list[float]:
    weights = [0.0] * len(words)
    for place, word in enumerate(words):
        for run, weight in runs.get(word, {}).items():
            if tuple(words[place : place + len(run)]) == run:
                for covered in range(place, place + len(run)):
                    weights[covered] += weight / len(run)
    return weights


def _joined(text: str, marked: Sequence[Highlight]) -> Iterator[Highlight]:
    """Join neighbours that speak the same way and have nothing but a space between them."""
    pending: Highlight | None = None
    for each in marked:
        if (
            pending is not None
            and pending.speaks_for is each.speaks_for
            and text[pending.end : each.start] in {"", " "}
        ):
            pending = Highlight(start=pending.start, end=each.end, speaks_for=each.speaks_for)
            continue
        if pending is not None:
            yield pending
        pending = each
    if pending is not None:
        yield pending

"""A trained model at work: messages in, predictions with their reasons out.

Lives here: scoring and explaining with one fitted model. Must not live here: how a message becomes evidence
(``features``, ``evidence``), training, files.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from jeeves.ml.features import MAX_SUBJECT, MAX_TEXT, OTHER_LANGUAGE, read
from jeeves.ml.lookup import Lookup
from jeeves.ml.pooled import pool, probability
from jeeves.ml.sentences import sentences
from jeeves.ml.vectors import KINDS
from jeeves.types import Message, Prediction, Reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.fitted import Fitted
    from jeeves.ml.lookup import Found

MOST_REASONS: Final = 5
BASE: Final = "base rate"  # the reason every message has: get-togethers are rare
SEVERAL: Final = "several telling sentences"
OTHER: Final = "not in English"
_AT_ONCE: Final = 100  # messages: enough to be quick, few enough that numbers need no memory of the system each time
_CHARACTERS_AT_ONCE: Final = 200_000  # of text: 100 messages of more than twice the usual length
LANGUAGE_PENALTY: Final = -6.0  # log-odds: whatever the words, they mean something else in another language


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a message has the score it has."""

    log_odds: float
    reasons: tuple[Reason, ...]  # all of them, strongest first; their weights add up to ``log_odds``
    sentence: str  # of the newest text (or subject) that speaks most for it

    @property
    def probability(self) -> float:
        """The same as a number between 0 and 1."""
        return float(probability(np.float64(self.log_odds)))


class _Scored(NamedTuple):
    """A message's score."""

    log_odds: float
    probability: float
    names: NDArray[np.int64]  # of what moved it, the strongest first
    weights: NDArray[np.float64]  # theirs
    sentence: str


class Model:
    """A fitted model, its threshold and its name; satisfies ``ports.Classifier``."""

    def __init__(self, fitted: Fitted, *, threshold: float, version: str) -> None:
        """Look the vocabulary up once."""
        self.fitted = fitted
        self._lookup = Lookup(fitted.vectoriser)
        self._regression = fitted.regression
        self._threshold = threshold
        self._version = version
        names = {
            of_sentences: [
                _plain(kind.name, name)
                for kind in KINDS
                if kind.of_sentences is of_sentences
                for name in fitted.vectoriser.names[kind.name].tolist()
            ]
            for of_sentences in (False, True)
        }
        # Numbered in alphabetical order: among reasons of the same weight that decides.
        # Each kind has its features in that order, and a dict keeps it: sorting has little left to do.
        self._names = sorted(dict.fromkeys([*names[False], *names[True], BASE, SEVERAL, OTHER]))
        numbers = {name: number for number, name in enumerate(self._names)}
        self._columns = {level: np.fromiter(map(numbers.__getitem__, each), np.int32) for level, each in names.items()}
        self._bits = len(self._names).bit_length()  # of a name's number
        self._base, self._several, self._other = (numbers[name] for name in (BASE, SEVERAL, OTHER))

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to another process as what it was made from."""
        return _made, (self.fitted, self._threshold, self._version)

    @property
    def version(self) -> str:
        """Name of the model, part of every prediction."""
        return self._version

    @property
    def threshold(self) -> float:
        """Probability from which on a message counts as needing a place."""
        return self._threshold

    def predict(self, messages: Sequence[Message]) -> list[Prediction]:
        """Score messages; same order, same length; never raises on any message.

        Raises TypeError when handed text or a single message instead of a sequence of messages.
        """
        _demand_messages(messages)
        return [
            Prediction(
                probability=scored.probability,
                needs_place=scored.probability >= self._threshold,
                reasons=tuple([each for each in self._reasons(scored) if each.feature != BASE][:MOST_REASONS]),
                sentence=scored.sentence,
                model_version=self._version,
            )
            # Of the strongest, one may be the base rate, which tells nothing.
            for scored in self._scored(messages, most=MOST_REASONS + 1)
        ]

    def explain(self, messages: Sequence[Message]) -> list[Explanation]:
        """Take scores apart into what made them; raises as ``predict`` does."""
        _demand_messages(messages)
        return [
            Explanation(log_odds=scored.log_odds, reasons=self._reasons(scored), sentence=scored.sentence)
            for scored in self._scored(messages)
        ]

    def _reasons(self, scored: _Scored) -> tuple[Reason, ...]:
        reasons = zip(scored.names.tolist(), scored.weights.tolist(), strict=True)
        return tuple([Reason(feature=self._names[number], weight=weight) for number, weight in reasons])

    def _scored(self, messages: Sequence[Message], *, most: int = sys.maxsize) -> Iterator[_Scored]:
        """Yield the score of each message and so many of its reasons."""
        for batch in _batches(messages):
            yield from self._score(batch, most)

    def _score(self, messages: Sequence[Message], most: int) -> Iterator[_Scored]:
        documents = [read(message) for message in messages]
        found = self._lookup.find([zones for zones, _ in documents])
        sentences = found.sentences
        parts = sentences.values * self._regression.sentence_weights[sentences.columns]
        strengths = np.bincount(sentences.rows, parts, minlength=len(found.owners)).astype(np.float64)
        _, shares = pool(strengths, found.starts, self._regression.temperature)
        english = [OTHER_LANGUAGE not in zones.facts for zones, _ in documents]
        row, name, weight = self._summed(found, parts, shares, english)
        log_odds = np.bincount(row, weight, minlength=len(messages)).astype(np.float64)
        probabilities = probability(log_odds).tolist()
        ends = np.cumsum(np.bincount(row, minlength=len(messages))).tolist()
        begins, sizes = [0, *ends[:-1]], np.abs(weight)
        for number, (message, (zones, written)) in enumerate(zip(messages, documents, strict=True)):
            own = begins[number] + _strongest_first(sizes[begins[number] : ends[number]], most)
            first = int(found.starts[number])
            sentence = _strongest(message, len(zones.subject), written, strengths[first:])
            yield _Scored(float(log_odds[number]), probabilities[number], name[own], weight[own], sentence)

    def _summed(
        self, found: Found, parts: NDArray[np.float64], shares: NDArray[np.float64], english: Sequence[bool]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Add up what each name weighs in each message; by message and then by name, what is not nothing."""
        regression, count = self._regression, len(english)
        entropy = np.add.reduceat(shares * np.log(np.maximum(shares, 1e-300)), found.starts)
        own = np.arange(count) << self._bits
        keys = np.concatenate(
            [
                *(own | name for name in (self._base, self._several, self._other)),
                found.messages.rows << self._bits | self._columns[False][found.messages.columns],
                found.owners[found.sentences.rows] << self._bits | self._columns[True][found.sentences.columns],
            ]
        )
        values = np.concatenate(
            [
                np.full(count, regression.intercept),
                -regression.temperature * entropy,
                np.where(english, 0.0, LANGUAGE_PENALTY),
                found.messages.values * regression.message_weights[found.messages.columns],
                shares[found.sentences.rows] * parts,
            ]
        )
        keys, order = _sorted(keys)
        begins = np.concatenate([[True], keys[1:] != keys[:-1]]).nonzero()[0]
        weights = np.add.reduceat(values[order], begins)
        kept = weights != 0
        keys = keys[begins[kept]]
        row, name = keys >> self._bits, keys & ((1 << self._bits) - 1)
        return row, name, weights[kept]


def _batches(messages: Sequence[Message]) -> Iterator[list[Message]]:
    """Yield the messages, as many at once as need little memory; numbers take more of it than text."""
    batch: list[Message] = []
    characters = 0
    for message in messages:
        length = min(len(message.text), MAX_TEXT)
        if batch and (len(batch) >= _AT_ONCE or characters + length > _CHARACTERS_AT_ONCE):
            yield batch
            batch, characters = [], 0
        batch.append(message)
        characters += length
    if batch:
        yield batch


def _made(fitted: Fitted, threshold: float, version: str) -> Model:
    return Model(fitted, threshold=threshold, version=version)


def _plain(kind: str, name: str) -> str:
    """Name a feature for people: n-grams as they are, wherever they stood; cues and history marked as such."""
    if kind == "history":
        return f"history: {name.replace('_', ' ')}"
    return f"cue: {name.replace('&', ' + ')}" if kind.endswith("cues") else name.removeprefix("~")


def _sorted(keys: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return keys that are no negative numbers in order, and where each stood; of equal ones the first comes first.

    Key and place as one number, which is sorted several times as fast as places are by their keys.
    """
    bits = len(keys).bit_length()
    places = keys << bits | np.arange(len(keys))
    places.sort()
    return places >> bits, places & ((1 << bits) - 1)


def _strongest_first(sizes: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Return the places of the largest sizes of weights; what weighs the same stays in the order of its names."""
    if len(sizes) <= most:
        return np.argsort(-sizes, kind="stable")
    largest = sizes.copy()
    largest.partition(-most)
    places = (sizes >= largest[-most]).nonzero()[0]
    strongest: NDArray[np.intp] = places[(-sizes[places]).argsort(kind="stable")[:most]]
    return strongest


def _strongest(message: Message, titles: int, written: Sequence[str], strengths: NDArray[np.float64]) -> str:
    """Return the sentence that speaks most for it, as it was written: of the subject and the newest text.

    ``titles``: sentences of the subject in lower case; they may be more than were written, for a small İ is two
    characters.
    """
    own = strengths[: titles + len(written)]
    if not len(own):
        return ""
    best = int(np.argmax(own))
    if best >= titles:
        return written[best - titles]
    title = list(sentences(message.subject[:MAX_SUBJECT]))
    return title[min(best, len(title) - 1)]


def _demand_messages(messages: Sequence[Message]) -> None:
    if isinstance(messages, (str, bytes, Message)) or not all(isinstance(each, Message) for each in messages):
        raise TypeError("the classifier takes a sequence of messages")

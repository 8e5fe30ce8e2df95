"""What a document offers as evidence, by kind: the features before any of them has a weight.

Lives here: which features there are and how each is named. Must not live here: counting, weighting (``vectors``),
anything learned from data.

Evidence comes at two levels. Of the whole message: its words, the words of its telling sentences and of the quoted
sentences they may answer, its cues, and the history with its sender. Of each sentence by itself: its words, its shape,
its cues and what its neighbours speak of. A proposal buried in a long mail is one sentence; the model looks at the
strongest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jeeves.ml.cue_features import MESSAGE_CUES, SENTENCE_CUES, cue_features
from jeeves.ml.features import zones_of
from jeeves.ml.marks import MARKS, SENTENCE_END, ZONE_END
from jeeves.ml.runs import read_runs
from jeeves.ml.tokens import Numbering

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jeeves.ml.runs import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceEvidence:
    """The features of one sentence."""

    words: list[str]
    cues: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The features of one document; lists, because how often each occurs counts."""

    words: list[str]
    telling: list[str]
    cues: list[str]
    history: list[str]
    sentences: list[SentenceEvidence]  # at least one


WORDS: Final = (1, 2)  # tokens in an n-gram, the fewest and the most
TELLING: Final = (1, 2)
OF_SENTENCE: Final = (1, 3)
OF_SHAPE: Final = (2, 4)
SHAPE: Final = "~"  # before the n-grams of shapes
QUOTED_WORD: Final = "quoted:"  # before the words of a quoted sentence


def extract(document: str) -> Evidence:
    """Return the evidence in ``document``. Linear in its length."""
    numbering = Numbering()
    runs = read_runs([zones_of(document)], numbering)
    words = list(numbering.words)
    telling = [
        f"{QUOTED_WORD}{word}" if quoted else word
        for word, quoted in zip(_written(words, runs.telling), runs.quoted.tolist(), strict=True)
    ]
    in_message, in_sentences = cue_features(runs.sentences)
    cues: list[list[str]] = [[] for _ in runs.messages]
    for sentence, number in zip(in_sentences.sentences.tolist(), in_sentences.numbers.tolist(), strict=True):
        cues[sentence].append(SENTENCE_CUES[number])
    return Evidence(
        words=_ngrams(_written(words, runs.words)[:-1], *WORDS),
        telling=_ngrams(telling[:-1], *TELLING),
        cues=[*runs.facts[0], *(MESSAGE_CUES[number] for number in in_message.numbers.tolist())],
        history=runs.history[0],
        sentences=[
            SentenceEvidence(
                words=_ngrams(tokens, *OF_SENTENCE) + [f"{SHAPE}{ngram}" for ngram in _ngrams(shape, *OF_SHAPE)],
                cues=own,
            )
            for tokens, shape, own in zip(
                _sentences(_written(words, runs.tokens)),
                _sentences(_written(words, runs.shapes)),
                cues,
                strict=True,
            )
        ]
        or [SentenceEvidence(words=[], cues=[])],
    )


def _written(words: Sequence[str], run: Run) -> list[str]:
    return [words[number] for number in run.numbers.tolist()]


def _sentences(words: Iterable[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in words:
        if word == MARKS[SENTENCE_END]:
            yield sentence
            sentence = []
        elif word != MARKS[ZONE_END]:
            sentence.append(word)


def _ngrams(tokens: Sequence[str], least: int, most: int) -> list[str]:
    return [
        " ".join(tokens[start : start + length])
        for length in range(least, most + 1)
        for start in range(len(tokens) - length + 1)
    ]

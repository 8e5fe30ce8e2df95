"""Evidence to numbers: which features count, and the TF-IDF weights of each document.

Lives here: vocabularies, term weighting, sparse matrices. Must not live here: what a feature is (``evidence``),
counting a whole corpus (``counting``), the decision (``pooled``).

A feature enters a vocabulary only when several threads share it, and never when it holds a name: nobody's sentence
and nobody's name can be read out of a model.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from jeeves.ml.word_forms import WordForm, formed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from jeeves.ml.evidence import Evidence


class Kind(NamedTuple):
    """One kind of evidence and how it is weighted."""

    name: str
    of_sentences: bool  # one row per sentence instead of one per message
    least_threads: int  # that must share a feature; never under 3, see the module's docstring
    tf_idf: bool  # sublinear TF-IDF of unit length (Salton and Buckley, 1988), else damped counts
    scale: float  # makes one penalty right for all kinds


KINDS: Final = (
    Kind("words", of_sentences=False, least_threads=3, tf_idf=True, scale=1.0),
    Kind("telling", of_sentences=False, least_threads=3, tf_idf=True, scale=1.0),
    Kind("cues", of_sentences=False, least_threads=5, tf_idf=False, scale=0.05),
    Kind("history", of_sentences=False, least_threads=3, tf_idf=False, scale=0.5),
    Kind("sentence_words", of_sentences=True, least_threads=4, tf_idf=True, scale=1.0),
    Kind("sentence_cues", of_sentences=True, least_threads=5, tf_idf=False, scale=0.15),
)
LONGEST: Final = 3  # words of an n-gram within a sentence


class Rows(NamedTuple):
    """Documents as numbers."""

    messages: csr_matrix  # one row per document
    sentences: csr_matrix  # one row per sentence
    starts: NDArray[np.intp]  # first sentence of each document


@dataclass(frozen=True, slots=True)
class Counted:
    """Features counted over a vocabulary that is still too large, for cross-validation to choose from."""

    names: Mapping[str, NDArray[Any]]  # by kind
    counts: Mapping[str, csr_matrix]  # by kind
    starts: NDArray[np.intp]  # first sentence of each document
    threads: NDArray[np.intp]  # number of each document's thread


@dataclass(frozen=True, slots=True)
class Vectoriser:
    """The vocabulary and the inverse document frequencies of each kind of evidence."""

    names: Mapping[str, NDArray[Any]]  # by kind: features, sorted
    idf: Mapping[str, NDArray[np.float64]]  # by kind: one per feature; ones where the kind has none
    form: WordForm  # words are brought to it before they are looked up

    def index(self) -> Callable[[Sequence[Evidence]], Rows]:
        """Look the vocabulary up once; return the function that turns evidence into rows."""
        indices = {kind: {str(name): place for place, name in enumerate(names)} for kind, names in self.names.items()}

        def rows(evidence: Sequence[Evidence]) -> Rows:
            counted = {
                kind.name: _count(_formed(features(evidence, kind), kind, self.form), indices[kind.name])
                for kind in KINDS
            }
            return self._weigh(counted, starts(evidence))

        return rows

    def rows(self, counted: Counted, documents: NDArray[np.intp]) -> Rows:
        """Return ``documents`` (numbers) of ``counted`` as rows over this vocabulary."""
        sentences, starts = _sentences_of(counted, documents)
        chosen = {}
        for kind in KINDS:
            columns = np.searchsorted(counted.names[kind.name], self.names[kind.name])
            chosen[kind.name] = counted.counts[kind.name][sentences if kind.of_sentences else documents][:, columns]
        return self._weigh(chosen, starts)

    def penalties(self, penalty: float, *, cue_penalty: float) -> NDArray[np.float64]:
        """Return the penalty of each weight, those of messages first; ``cue_penalty`` is a factor for all but words."""
        return np.concatenate(
            [
                np.full(len(self.names[kind.name]), penalty if kind.tf_idf else penalty * cue_penalty)
                for kind in sorted(KINDS, key=attrgetter("of_sentences"))
            ]
        )

    def without_words(self, rows: Rows) -> Rows:
        """Return ``rows`` with cues and history alone."""
        kept = [
            np.concatenate(
                [
                    np.full(len(self.names[kind.name]), not kind.tf_idf)
                    for kind in KINDS
                    if kind.of_sentences is of_sentences
                ]
            )
            for of_sentences in (False, True)
        ]
        return rows._replace(messages=rows.messages[:, kept[False]], sentences=rows.sentences[:, kept[True]])

    def _weigh(self, counted: Mapping[str, csr_matrix], starts: NDArray[np.intp]) -> Rows:
        from scipy.sparse import hstack  # noqa: PLC0415 - 20 MB, which whoever only scores must not pay for

        weighed = {kind.name: _weigh(counted[kind.name], self.idf[kind.name], kind) for kind in KINDS}
        return Rows(
            messages=hstack([weighed[kind.name] for kind in KINDS if not kind.of_sentences], format="csr"),
            sentences=hstack([weighed[kind.name] for kind in KINDS if kind.of_sentences], format="csr"),
            starts=starts,
        )


def fit(
    counted: Counted,
    documents: NDArray[np.intp],
    *,
    form: WordForm,
    longest: int = LONGEST,
    rarity: int = 1,
    known: Vectoriser | None = None,
) -> Vectoriser:
    """Choose vocabulary and inverse document frequencies by ``documents`` (numbers) alone.

    N-grams of a sentence have up to ``longest`` words; ``rarity`` times as many threads as a kind asks for must share
    a word or n-gram.
    The features of ``known`` all stay, with the frequencies they had: weights learned for them keep their meaning.
    """
    sentences, starts = _sentences_of(counted, documents)
    sizes = np.diff(np.append(starts, len(sentences)))
    vocabulary, frequencies = {}, {}
    for kind in KINDS:
        counts = counted.counts[kind.name][sentences if kind.of_sentences else documents]
        threads = counted.threads[documents]
        shared = _threads_per_column(counts, np.repeat(threads, sizes) if kind.of_sentences else threads)
        old = np.searchsorted(counted.names[kind.name], known.names[kind.name]) if known else np.zeros(0, dtype=np.intp)
        least = kind.least_threads * (rarity if kind.tf_idf else 1)
        columns = np.union1d(np.flatnonzero((shared >= least) & _short(counted.names[kind.name], kind, longest)), old)
        idf = _idf(counts[:, columns]) if kind.tf_idf else np.ones(len(columns))
        if known:
            idf[np.searchsorted(columns, old)] = known.idf[kind.name]
        vocabulary[kind.name], frequencies[kind.name] = counted.names[kind.name][columns], idf
    return Vectoriser(names=vocabulary, idf=frequencies, form=form)


def _short(names: NDArray[Any], kind: Kind, longest: int) -> NDArray[np.bool_]:
    """Return which features are no n-grams of too many words; shapes of sentences have a length of their own."""
    if not kind.of_sentences or not kind.tf_idf:
        return np.ones(len(names), dtype=np.bool_)
    kept: NDArray[np.bool_] = (np.char.count(names, " ") < longest) | np.char.startswith(names, "~")
    return kept


def places(old: Vectoriser, new: Vectoriser, *, of_sentences: bool) -> NDArray[np.intp]:
    """Return, for each column of ``new``, the column of ``old`` with the same feature, or -1."""
    found, offset = [], 0
    for kind in KINDS:
        if kind.of_sentences is of_sentences:
            index = {str(name): place for place, name in enumerate(old.names[kind.name], start=offset)}
            found += [index.get(str(name), -1) for name in new.names[kind.name]]
            offset += len(index)
    return np.array(found, dtype=np.intp)


def features(evidence: Iterable[Evidence], kind: Kind) -> list[list[str]]:
    """Return the features of that kind of each row, as they are written."""
    if kind.name == "sentence_words":
        return [sentence.words for each in evidence for sentence in each.sentences]
    if kind.name == "sentence_cues":
        return [sentence.cues for each in evidence for sentence in each.sentences]
    of_message: Callable[[Evidence], list[str]] = attrgetter(kind.name)
    return [of_message(each) for each in evidence]


def _formed(features: list[list[str]], kind: Kind, form: WordForm) -> list[list[str]]:
    if form is WordForm.WRITTEN or not kind.tf_idf:
        return features
    return [[formed(feature, form) for feature in row] for row in features]


def starts(evidence: Sequence[Evidence]) -> NDArray[np.intp]:
    """Return the first sentence of each document."""
    sizes = [len(each.sentences) for each in evidence]
    return np.cumsum([0, *sizes[:-1]], dtype=np.intp) if sizes else np.zeros(0, dtype=np.intp)


def _sentences_of(counted: Counted, documents: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the sentence rows of ``documents`` and where among them each document starts."""
    ends = np.append(counted.starts[1:], counted.counts[KINDS[-1].name].shape[0])
    sizes = (ends - counted.starts)[documents]
    starts = np.cumsum(sizes) - sizes
    return np.arange(sizes.sum()) + np.repeat(counted.starts[documents] - starts, sizes), starts


def _threads_per_column(counts: csr_matrix, threads: NDArray[np.intp]) -> NDArray[np.intp]:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - as above

    numbers = np.unique(threads, return_inverse=True)[1]
    by_thread = csr_matrix((np.ones(len(numbers)), (numbers, np.arange(len(numbers)))))
    return np.asarray((by_thread @ counts).getnnz(axis=0), dtype=np.intp)


def _count(features: Sequence[Sequence[str]], index: Mapping[str, int]) -> csr_matrix:
    from scipy.sparse import csr_matrix  # noqa: PLC0415 - as above

    columns: list[int] = []
    values: list[int] = []
    ends = [0]
    for row in features:
        found = Counter(index[feature] for feature in row if feature in index)
        columns.extend(found.keys())
        values.extend(found.values())
        ends.append(len(columns))
    counts = csr_matrix((np.array(values, dtype=np.float64), columns, ends), shape=(len(features), len(index)))
    counts.sort_indices()
    return counts


def _idf(counts: csr_matrix) -> NDArray[np.float64]:
    """Return smoothed inverse document frequencies (scikit-learn user guide, 6.2.3.4)."""
    idf: NDArray[np.float64] = np.log((1 + counts.shape[0]) / (1 + counts.getnnz(axis=0))) + 1
    return idf


def _weigh(counts: csr_matrix, idf: NDArray[np.float64], kind: Kind) -> csr_matrix:
    weighed = counts.copy()
    weighed.data = (1.0 + np.log(weighed.data)) * kind.scale
    if kind.tf_idf:
        weighed.data *= idf[weighed.indices]
        squares = np.asarray(weighed.multiply(weighed).sum(axis=1)).ravel()
        lengths = np.where(squares > 0, np.sqrt(squares), 1.0) / kind.scale
        weighed.data /= np.repeat(lengths, np.diff(weighed.indptr))
    return weighed

"""Counting the features of many documents once, for cross-validation to choose from.

Lives here: which features enough threads share, and how often each row holds them, in several forms of the words. Must
not live here: what a feature is (``evidence``), weighting, the vocabulary of a fold (``vectors``).

Features become numbers at first sight; after that all is arithmetic on arrays, and a further form of the words costs no
further reading.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from jeeves.ml.vectors import KINDS, Counted, features, starts
from jeeves.ml.word_forms import WordForm, formed

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from numpy.typing import NDArray

    from jeeves.ml.evidence import Evidence
    from jeeves.ml.vectors import Kind, Vectoriser

    Places = NDArray[np.intp]

_NOWHERE: Final = -1


class _Written(NamedTuple):
    """The features of one kind, as they are written."""

    names: list[str]
    counts: csr_matrix  # rows, names
    threads: Places  # of each count, in the order of the matrix


def count_forms(
    evidence: Sequence[Evidence],
    threads: Sequence[str],
    *,
    forms: Collection[WordForm],
    names: Collection[str],
    known: Vectoriser | None = None,
) -> dict[WordForm, Counted]:
    """Count, in each of ``forms``, every feature that enough threads share; none with a word of ``names`` counts.

    ``threads`` holds each document's thread. The vocabulary of ``known`` is counted in any case.
    """
    numbers = {thread: number for number, thread in enumerate(dict.fromkeys(threads))}
    owners = np.array([numbers[thread] for thread in threads], dtype=np.intp)
    sizes = [len(each.sentences) for each in evidence]
    counted: dict[WordForm, dict[str, tuple[NDArray[Any], csr_matrix]]] = {form: {} for form in forms}
    for kind in KINDS:
        written = _written(features(evidence, kind), np.repeat(owners, sizes) if kind.of_sentences else owners)
        old = known.names[kind.name].tolist() if known else ()
        for form in forms:
            counted[form][kind.name] = _in_form(written, kind, form if kind.tf_idf else WordForm.WRITTEN, names, old)
    return {
        form: Counted(
            names={kind: vocabulary for kind, (vocabulary, _counts) in of_kinds.items()},
            counts={kind: counts for kind, (_vocabulary, counts) in of_kinds.items()},
            starts=starts(evidence),
            threads=owners,
        )
        for form, of_kinds in counted.items()
    }


def count(
    evidence: Sequence[Evidence],
    threads: Sequence[str],
    *,
    form: WordForm,
    names: Collection[str],
    known: Vectoriser | None = None,
) -> Counted:
    """Count in one form, as ``count_forms`` does."""
    return count_forms(evidence, threads, forms=(form,), names=names, known=known)[form]


def _written(rows: Sequence[Sequence[str]], threads: Places) -> _Written:
    flat = list(chain.from_iterable(rows))
    index = {name: place for place, name in enumerate(dict.fromkeys(flat))}
    places = np.fromiter(map(index.__getitem__, flat), dtype=np.intp, count=len(flat))
    ends = np.cumsum([0, *map(len, rows)])
    counts = csr_matrix((np.ones(len(flat)), places, ends), shape=(len(rows), len(index)))
    counts.sum_duplicates()
    return _Written(names=list(index), counts=counts, threads=np.repeat(threads, np.diff(counts.indptr)))


def _in_form(
    written: _Written, kind: Kind, form: WordForm, names: Collection[str], old: Collection[str]
) -> tuple[NDArray[Any], csr_matrix]:
    """Return the vocabulary, sorted, and the counts over it."""
    titles, groups = _grouped(written.names, form)
    shared = _shared(written, groups, len(titles), kind.least_threads, names)
    vocabulary = sorted({titles[group] for group in shared.tolist()}.union(old))
    index = {title: place for place, title in enumerate(vocabulary)}
    columns = np.array([index.get(title, _NOWHERE) for title in titles], dtype=np.intp)
    return np.array(vocabulary, dtype=np.str_), _over(written.counts, columns[groups], len(vocabulary))


def _grouped(written: list[str], form: WordForm) -> tuple[list[str], Places]:
    """Return the features in that form, and for each written one its place among them."""
    if form is WordForm.WRITTEN:
        return written, np.arange(len(written))
    brought = [formed(name, form) for name in written]
    index = {title: place for place, title in enumerate(dict.fromkeys(brought))}
    return list(index), np.fromiter(map(index.__getitem__, brought), dtype=np.intp, count=len(brought))


def _shared(written: _Written, groups: Places, titles: int, least: int, names: Collection[str]) -> Places:
    """Return which of the formed features at least ``least`` threads hold, in words that are no ``names``."""
    columns = written.counts.indices
    often = np.bincount(groups[columns], minlength=titles) >= least  # most are not, and cost no more than this
    telling = often[groups]
    telling[[place for place in np.flatnonzero(telling).tolist() if _holds(written.names[place], names)]] = False
    kept = telling[columns]
    held = csr_matrix(
        (np.ones(int(kept.sum())), (written.threads[kept], groups[columns[kept]])),
        shape=(int(written.threads.max(initial=_NOWHERE)) + 1, titles),
    )
    held.sum_duplicates()  # once per thread, however often
    return np.flatnonzero(np.bincount(held.indices, minlength=titles) >= least)


def _holds(feature: str, names: Collection[str]) -> bool:
    return any(word.removeprefix("quoted:") in names for word in feature.split(" "))


def _over(counts: csr_matrix, columns: Places, width: int) -> csr_matrix:
    """Return ``counts`` with each column moved to its place, those that have none left out."""
    moved = columns[counts.indices]
    kept = moved != _NOWHERE
    ends = np.append(0, np.cumsum(kept))[counts.indptr]
    found = csr_matrix((counts.data[kept], moved[kept], ends), shape=(counts.shape[0], width))
    found.sum_duplicates()
    return found

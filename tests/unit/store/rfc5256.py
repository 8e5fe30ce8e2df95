"""RFC 5256, section 3, THREAD=REFERENCES, steps 1, 2 and 5, written down as plainly as it is specified.

Lives here: the algorithm over a whole set, as a yardstick. Must not live here: anything incremental.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence


class Letter(NamedTuple):
    """What the algorithm knows of a message."""

    name: str  # its Message-ID
    references: tuple[str, ...] = ()
    base_subject: str = ""


def threads(letters: Sequence[Letter]) -> set[frozenset[str]]:
    """Return the threads of ``letters`` (in the order of their numbers) as sets of Message-IDs."""
    parents: dict[str, str] = {}
    for letter in letters:
        for parent, child in zip(letter.references, letter.references[1:], strict=False):  # step 1 (A)
            if child not in parents and not _is_below(parents, parent, child):
                parents[child] = parent
        parents.pop(letter.name, None)  # step 1 (B)
        if letter.references and not _is_below(parents, letter.references[-1], letter.name):
            parents[letter.name] = letter.references[-1]
    groups: dict[str, set[str]] = {}
    for letter in letters:  # step 2: by root, whether that was received or is only named
        groups.setdefault(_root(parents, letter.name), set()).add(letter.name)
    return {frozenset(group) for group in _merged_by_subject(groups, parents, letters)}


def _merged_by_subject(
    groups: dict[str, set[str]], parents: dict[str, str], letters: Sequence[Letter]
) -> list[set[str]]:
    """Step 5, as far as it decides which threads are one: those whose first message has the same base subject."""
    subjects = {letter.name: letter.base_subject for letter in letters}
    merged: dict[str, set[str]] = {}
    for root, group in groups.items():
        first = root if root in subjects else next(name for name in subjects if _root(parents, name) == root)
        merged.setdefault(subjects[first] or f"\0{root}", set()).update(group)
    return list(merged.values())


def _root(parents: dict[str, str], name: str) -> str:
    while name in parents:
        name = parents[name]
    return name


def _is_below(parents: dict[str, str], name: str, ancestor: str) -> bool:
    while name != ancestor:
        if name not in parents:
            return False
        name = parents[name]
    return True

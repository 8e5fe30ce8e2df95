"""Which thread an arriving message joins, and what becomes of threads that turn out to be one: pure.

Lives here: the incremental form of RFC 5256's REFERENCES for sets that grow in any order. Must not live here:
statements (``threads``), what a subject or a References field means (``mail.threads``).

Two messages are of one thread when a chain of references connects them, whatever the order they arrive in: where
References contradict each other, RFC 5256 believes whichever came first, and we all of them. Its merging by subject
is kept to replies that name no message they answer: such a reply joins the nearest earlier message that has the same
base subject, a correspondent in common and lies within ``WINDOW``, so that "Lunch" of two years ago stays apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from jeeves.types import PlaceState, ThreadState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WINDOW = timedelta(days=30)
_PRECEDENCE = (  # of the states of threads that turn out to be one
    PlaceState.OPEN,
    PlaceState.SETTLED,
    PlaceState.REMOTE,
    PlaceState.OFF,
    PlaceState.PAST,
    PlaceState.NONE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that was just stored."""

    id: int  # of its row
    chain: tuple[str, ...]  # the ids it names, oldest first, its own last; keys, may be empty
    name: str  # of its thread, when none of these ids is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """What changes for a batch of arrivals."""

    thread_of: Mapping[int, str]  # message row -> thread
    links: Mapping[str, str]  # Message-ID -> thread, for every id named for the first time
    merged: Mapping[str, str]  # thread that was found to be part of another -> that other


@dataclass(frozen=True, slots=True, kw_only=True)
class Correspondence:
    """Who wrote to whom."""

    thread_key: str
    people: frozenset[str]  # addresses of sender and recipients


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A thread's state with what decides which get-together goes on after a merge."""

    state: ThreadState
    alerted: bool  # the owner was told of the latest proposal

    @property
    def rank(self) -> tuple[bool, bool]:
        """Order of threads: the one whose get-together goes on comes last."""
        return self.state.place_state is PlaceState.OPEN, self.alerted


@dataclass(frozen=True, slots=True, kw_only=True)
class MergedState:
    """The state of a thread made of several, and which proposal went where."""

    state: ThreadState
    moved: Mapping[tuple[str, int], int]  # (old thread, proposal) -> proposal in the new thread


def join(arrivals: Iterable[Arrival], known: Mapping[str, str], sizes: Mapping[str, int]) -> Joined:
    """Put each arrival into the thread of the ids it names, merging threads that it connects.

    ``known`` holds the thread of each id named before; ``sizes`` how many messages those threads hold: the largest
    keeps its name, so that the cost of all merges together stays small.
    """
    thread_of: dict[int, str] = {}
    links = dict(known)
    merged: dict[str, str] = {}
    counts = dict(sizes)

    for arrival in arrivals:
        found = list(dict.fromkeys(resolve(links[each], merged) for each in arrival.chain if each in links))
        thread = max(found, key=lambda key: counts.get(key, 0), default=arrival.name)
        for other in found:
            if other != thread:
                merged[other] = thread
                counts[thread] = counts.get(thread, 0) + counts.get(other, 0)
        counts[thread] = counts.get(thread, 0) + 1
        thread_of[arrival.id] = thread
        links.update(dict.fromkeys(arrival.chain, thread))

    return Joined(
        thread_of={message: resolve(thread, merged) for message, thread in thread_of.items()},
        links={each: resolve(thread, merged) for each, thread in links.items() if each not in known},
        merged={thread: resolve(thread, merged) for thread in merged},
    )


def resolve(thread: str, merged: Mapping[str, str]) -> str:
    """Return what ``thread`` is called after the merges so far; each of them named a thread that still stood."""
    while thread in merged:
        thread = merged[thread]
    return thread


def nearest(people: frozenset[str], earlier: Iterable[Correspondence], *, owner: str) -> str | None:
    """Return the thread of the first of ``earlier`` that shares a correspondent other than ``owner``; None for none.

    ``earlier``: messages of the same base subject within ``WINDOW`` before the reply, the nearest first. ``people``:
    addresses of the reply's sender and recipients.
    """
    others = people - {owner, ""}
    return next((each.thread_key for each in earlier if others & each.people), None)


def merge_states(thread: str, standings: Sequence[Standing]) -> MergedState:
    """Make one state of those of threads that are one, as ``thread``, which may be among them.

    Proposals are numbered through, and the one that goes on is last: an open one before a settled one, one the owner
    was told of before one they were not. As its alert moves along (``moved``), nobody is alerted of it again. The
    revision is new: whoever made a state from one of the parts is out of date.
    """
    ranked = sorted(standings, key=lambda standing: standing.rank)  # stable
    total = next((each.state.proposal for each in ranked if each.state.thread_key == thread), 0)
    moved: dict[tuple[str, int], int] = {}
    for standing in ranked:
        state = standing.state
        if state.thread_key != thread:
            moved |= {(state.thread_key, number): total + number for number in range(1, state.proposal + 1)}
            total += state.proposal
        elif standing is ranked[-1] and len(ranked) > 1 and state.proposal:
            total += 1  # numbers are never given twice: the alerts of this thread keep theirs until moved
            moved[thread, state.proposal] = total
    best = min(_PRECEDENCE.index(standing.state.place_state) for standing in ranked)
    goes_on = [each.state for each in ranked if _PRECEDENCE.index(each.state.place_state) == best][-1]
    revision = 1 + max(standing.state.revision for standing in ranked)
    return MergedState(state=replace(goes_on, thread_key=thread, proposal=total, revision=revision), moved=moved)

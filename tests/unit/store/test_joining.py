"""Threads grow message by message to what RFC 5256 makes of the whole set, in whatever order mail comes in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jeeves.store.joining import Arrival, Correspondence, Standing, join, merge_states, nearest
from jeeves.types import PlaceState, ThreadState
from tests.unit.store import rfc5256
from tests.unit.store.rfc5256 import Letter


class Shelf:
    """What a store keeps of threads, in memory."""

    def __init__(self) -> None:
        self.links: dict[str, str] = {}
        self.thread_of: dict[int, str] = {}

    def add(self, *arrivals: Arrival) -> None:
        named = {each for arrival in arrivals for each in arrival.chain}
        known = {each: thread for each, thread in self.links.items() if each in named}
        standing = list(self.thread_of.values())
        joined = join(arrivals, known, {thread: standing.count(thread) for thread in known.values()})
        self.thread_of |= joined.thread_of
        self.thread_of = {message: joined.merged.get(thread, thread) for message, thread in self.thread_of.items()}
        self.links |= joined.links
        self.links = {each: joined.merged.get(thread, thread) for each, thread in self.links.items()}

    def threads(self, names: list[str]) -> set[frozenset[str]]:
        grouped: dict[str, set[str]] = {}
        for message, thread in self.thread_of.items():
            grouped.setdefault(thread, set()).add(names[message])
        return {frozenset(group) for group in grouped.values()}


def shelved(letters: list[Letter], sizes_of_batches: list[int]) -> set[frozenset[str]]:
    """Return the threads after ``letters`` came in, in that order and in batches of those sizes."""
    arrivals = [
        Arrival(id=number, chain=(*letter.references, letter.name), name=(*letter.references, letter.name)[0])
        for number, letter in enumerate(letters)
    ]
    shelf = Shelf()
    for size in sizes_of_batches:
        shelf.add(*arrivals[:size])
        del arrivals[:size]
    shelf.add(*arrivals)
    return shelf.threads([letter.name for letter in letters])


@st.composite
def conversations(draw: st.DrawFn) -> list[Letter]:
    """Messages that name all they descend from; some never arrive; the rest in any order."""
    references: list[tuple[str, ...]] = []
    for number in range(draw(st.integers(1, 14))):
        parent = draw(st.none() | st.integers(0, number - 1)) if number else None
        references.append(() if parent is None else (*references[parent], f"m{parent}"))
    letters = [Letter(f"m{number}", chain) for number, chain in enumerate(references)]
    arriving = draw(st.permutations(letters))
    return arriving[: draw(st.integers(1, len(arriving)))]


@st.composite
def contradictions(draw: st.DrawFn) -> list[Letter]:
    """Messages that name anything at all."""
    names = [f"m{number}" for number in range(draw(st.integers(1, 8)))]
    anything = st.lists(st.sampled_from([*names, "gone1", "gone2"]), max_size=4, unique=True)
    return [
        Letter(name, tuple(each for each in draw(anything) if each != name)) for name in draw(st.permutations(names))
    ]


BATCHES = st.lists(st.integers(1, 5), max_size=6)


@given(letters=conversations(), batches=BATCHES)
def test_complete_references_give_exactly_the_threads_of_the_rfc(letters: list[Letter], batches: list[int]) -> None:
    assert shelved(letters, batches) == rfc5256.threads(letters)


@given(letters=contradictions(), batches=BATCHES)
def test_contradicting_references_never_part_what_the_rfc_holds_together(
    letters: list[Letter], batches: list[int]
) -> None:
    ours = shelved(letters, batches)

    assert all(any(thread <= larger for larger in ours) for thread in rfc5256.threads(letters))


@given(letters=contradictions(), batches=BATCHES, data=st.data())
def test_the_order_of_arrival_makes_no_difference(
    letters: list[Letter], batches: list[int], data: st.DataObject
) -> None:
    another = data.draw(st.permutations(letters))

    assert shelved(letters, batches) == shelved(another, [])


def test_a_missing_link_makes_two_threads_one() -> None:
    shelf = Shelf()
    shelf.add(Arrival(id=0, chain=("root",), name="root"))
    shelf.add(Arrival(id=1, chain=("middle", "end"), name="middle"))
    assert len(set(shelf.thread_of.values())) == 2

    shelf.add(Arrival(id=2, chain=("root", "middle"), name="root"))

    assert len(set(shelf.thread_of.values())) == 1


def test_a_message_that_names_nothing_is_a_thread_of_its_own() -> None:
    shelf = Shelf()
    shelf.add(Arrival(id=0, chain=(), name="digest 1"), Arrival(id=1, chain=(), name="digest 2"))

    assert shelf.thread_of == {0: "digest 1", 1: "digest 2"}


def test_the_largest_thread_keeps_its_name() -> None:
    arrival = Arrival(id=9, chain=("a", "b", "c"), name="a")

    joined = join([arrival], {"a": "small", "b": "large"}, {"small": 1, "large": 5})

    assert joined.thread_of == {9: "large"}
    assert joined.merged == {"small": "large"}


def earlier(thread: str, *people: str) -> Correspondence:
    return Correspondence(thread_key=thread, people=frozenset(people))


def test_a_reply_without_references_joins_the_nearest_message_of_the_same_people() -> None:
    found = nearest(
        frozenset({"ben@x", "anna@x"}),
        [earlier("carol's", "carol@x", "anna@x"), earlier("near", "anna@x", "ben@x"), earlier("far", "ben@x")],
        owner="anna@x",
    )

    assert found == "near"


def test_the_owner_alone_is_nobody_in_common() -> None:
    assert nearest(frozenset({"ben@x", "anna@x", ""}), [earlier("t", "carol@x", "anna@x", "")], owner="anna@x") is None


def standing(thread: str, place: PlaceState, proposal: int, *, alerted: bool = False) -> Standing:
    return Standing(state=ThreadState(thread_key=thread, place_state=place, proposal=proposal), alerted=alerted)


def test_an_open_get_together_goes_on_in_the_merged_thread_with_its_alert() -> None:
    merged = merge_states(
        "new", [standing("new", PlaceState.NONE, 0), standing("old", PlaceState.OPEN, 1, alerted=True)]
    )

    assert merged.state == ThreadState(thread_key="new", place_state=PlaceState.OPEN, proposal=1, revision=1)
    assert merged.moved == {("old", 1): 1}


def test_of_two_open_ones_the_alerted_one_goes_on() -> None:
    merged = merge_states(
        "new", [standing("new", PlaceState.OPEN, 2, alerted=True), standing("old", PlaceState.OPEN, 1)]
    )

    assert merged.state == ThreadState(thread_key="new", place_state=PlaceState.OPEN, proposal=4, revision=1)
    assert merged.moved == {("old", 1): 3, ("new", 2): 4}


def test_what_was_settled_stays_settled_and_the_next_one_is_new() -> None:
    merged = merge_states("new", [standing("new", PlaceState.SETTLED, 1), standing("old", PlaceState.SETTLED, 1)])

    assert merged.state.place_state is PlaceState.SETTLED
    assert merged.state.proposal >= 2


@given(st.lists(st.tuples(st.sampled_from(PlaceState), st.integers(0, 3), st.booleans()), min_size=1, max_size=4))
def test_no_two_proposals_get_one_number(parts: list[tuple[PlaceState, int, bool]]) -> None:
    standings = [
        standing(f"t{number}", place, proposal, alerted=alerted)
        for number, (place, proposal, alerted) in enumerate(parts)
    ]

    merged = merge_states("t0", standings)

    kept = {number for number in range(1, parts[0][1] + 1) if ("t0", number) not in merged.moved}
    numbers = [*kept, *merged.moved.values()]
    assert len(numbers) == len(set(numbers)) == sum(proposal for _, proposal, _ in parts)
    assert max(numbers, default=0) <= merged.state.proposal
    assert kept.isdisjoint(merged.moved.values())

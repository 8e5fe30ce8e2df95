"""The plan of a synchronisation: never loses a message, never asks for one twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from jeeves.mail.sync import batches, plan_fetch
from jeeves.types import FetchPlan, FolderStatus, MailboxState

MAX_UID = 2**32 - 1


def status(*, uidvalidity: int = 7, uidnext: int, exists: int = 1) -> FolderStatus:
    return FolderStatus(folder="INBOX", uidvalidity=uidvalidity, uidnext=uidnext, exists=exists)


def state(*, uidvalidity: int = 7, last_uid: int) -> MailboxState:
    return MailboxState(account="owner", folder="INBOX", uidvalidity=uidvalidity, last_uid=last_uid)


def plan(first_uid: int, last_uid: int, *, uidvalidity: int = 7, reset: bool = False) -> FetchPlan:
    return FetchPlan(folder="INBOX", uidvalidity=uidvalidity, first_uid=first_uid, last_uid=last_uid, reset=reset)


def test_the_first_sync_asks_for_everything() -> None:
    assert plan_fetch(None, status(uidnext=101)) == plan(1, 100, reset=True)


def test_the_next_sync_asks_for_what_is_new() -> None:
    assert plan_fetch(state(last_uid=100), status(uidnext=104)) == plan(101, 103)


def test_nothing_new_is_an_empty_plan_without_reset() -> None:
    nothing = plan_fetch(state(last_uid=100), status(uidnext=101))

    assert nothing.is_empty
    assert not nothing.reset


def test_a_folder_that_never_held_mail_is_an_empty_plan() -> None:
    assert plan_fetch(None, status(uidnext=1, exists=0)).is_empty


def test_an_empty_folder_synced_before_is_not_reset() -> None:
    assert plan_fetch(state(last_uid=0), status(uidnext=2)) == plan(1, 1)


def test_another_uidvalidity_starts_over() -> None:
    assert plan_fetch(state(last_uid=100), status(uidvalidity=8, uidnext=51)) == plan(1, 50, uidvalidity=8, reset=True)


def test_a_smaller_uidvalidity_starts_over_too() -> None:
    assert plan_fetch(state(last_uid=9), status(uidvalidity=6, uidnext=51)) == plan(1, 50, uidvalidity=6, reset=True)


def test_a_mailbox_restored_from_a_backup_starts_over() -> None:
    # given 100 messages of which the server lost the last 20 and then took in another,
    # when UIDVALIDITY did not change, then UID 81 is a new message under a number we hold
    assert plan_fetch(state(last_uid=100), status(uidnext=82)) == plan(1, 81, reset=True)


@given(
    held=st.none() | st.builds(state, uidvalidity=st.integers(1, 3), last_uid=st.integers(0, MAX_UID)),
    now=st.builds(status, uidvalidity=st.integers(1, 3), uidnext=st.integers(1, MAX_UID), exists=st.integers(0, 9)),
)
def test_a_plan_covers_exactly_what_is_not_held(held: MailboxState | None, now: FolderStatus) -> None:
    result = plan_fetch(held, now)

    assert result.uidvalidity == now.uidvalidity
    assert result.last_uid == now.uidnext - 1
    assert result.first_uid == (1 if result.reset or held is None else held.last_uid + 1)
    assert result.first_uid <= now.uidnext


@dataclass
class Server:
    """A folder as the server sees it; a message is a number of ours, whatever its UID."""

    uidvalidity: int = 1
    uidnext: int = 1
    messages: dict[int, int] = field(default_factory=dict)

    def status(self) -> FolderStatus:
        return status(uidvalidity=self.uidvalidity, uidnext=self.uidnext, exists=len(self.messages))


class Synchronisation(RuleBasedStateMachine):
    """Deliveries, expunges, renumberings and passes that break off, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.server = Server()
        self.held: MailboxState | None = None
        self.arrived = 0
        self.fetched: Counter[tuple[int, int]] = Counter()  # (uidvalidity, UID): how often asked for and stored
        self.stored: set[int] = set()

    @rule()
    def deliver(self) -> None:
        self.arrived += 1
        self.server.messages[self.server.uidnext] = self.arrived
        self.server.uidnext += 1

    @rule(gap=st.integers(1, 1000))
    def skip_numbers(self, gap: int) -> None:
        self.server.uidnext += gap

    @precondition(lambda self: self.server.messages)
    @rule(data=st.data())
    def expunge(self, data: st.DataObject) -> None:
        del self.server.messages[data.draw(st.sampled_from(sorted(self.server.messages)))]

    @rule()
    def renumber(self) -> None:
        messages = self.server.messages.values()
        self.server.uidvalidity += 1
        self.server.messages = dict(enumerate(messages, start=1))
        self.server.uidnext = len(self.server.messages) + 1

    @rule(stored_before_the_crash=st.integers(0, 5))
    def sync_breaks_off(self, stored_before_the_crash: int) -> None:
        self._sync(limit=stored_before_the_crash)

    @rule()
    def sync(self) -> None:
        self._sync(limit=None)
        assert set(self.server.messages.values()) <= self.stored

    def _sync(self, limit: int | None) -> None:
        todo = plan_fetch(self.held, self.server.status())
        uids = [uid for uid in sorted(self.server.messages) if todo.first_uid <= uid <= todo.last_uid]
        for uid in uids[:limit]:
            self.fetched[todo.uidvalidity, uid] += 1
            self.stored.add(self.server.messages[uid])
            self.held = state(uidvalidity=todo.uidvalidity, last_uid=uid)
        if limit is None:
            self.held = state(uidvalidity=todo.uidvalidity, last_uid=todo.last_uid)

    @invariant()
    def nothing_is_fetched_twice(self) -> None:
        assert all(times == 1 for times in self.fetched.values())


TestSynchronisation = Synchronisation.TestCase


SIZES = st.lists(st.tuples(st.integers(1, MAX_UID), st.integers(0, 5000)), max_size=60)


@given(sizes=SIZES, max_messages=st.integers(1, 10), max_bytes=st.integers(1, 8000))
def test_batches_keep_every_message_in_order_and_within_bounds(
    sizes: list[tuple[int, int]], max_messages: int, max_bytes: int
) -> None:
    # given UIDs that name their own position, so that sizes can be looked up
    numbered = [(position, size) for position, (_, size) in enumerate(sizes)]

    found = list(batches(numbered, max_messages=max_messages, max_bytes=max_bytes))

    assert [uid for batch in found for uid in batch] == [uid for uid, _ in numbered]
    assert all(0 < len(batch) <= max_messages for batch in found)
    assert all(len(batch) == 1 or sum(numbered[uid][1] for uid in batch) <= max_bytes for batch in found)


def test_batches_fill_up_before_they_end() -> None:
    sizes = [(1, 40), (2, 60), (3, 1), (4, 500), (5, 10), (6, 10), (7, 10)]

    assert list(batches(sizes, max_messages=2, max_bytes=100)) == [[1, 2], [3], [4], [5, 6], [7]]

"""No message is lost and none is repeated, whatever mailbox, network and power do and in whatever order."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, cast
from unittest import mock

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from jeeves.actions import ingest
from jeeves.actions.audit import audit
from jeeves.actions.ingest import sync_folder
from jeeves.errors import MailUnavailable, TransientError
from jeeves.types import MessageRef
from tests.unit.actions.model_mailbox import NOW, ModelServer, ModelStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from jeeves.ports import MessageStore

FOLDERS = ("INBOX", "Work")
folders = st.sampled_from(FOLDERS)
steps = st.integers(0, 8)


class Completeness(RuleBasedStateMachine):
    """Arrivals, expunges, moves, renumbering, restored backups, and passes that break off anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.server = ModelServer(*FOLDERS)
        self.store = ModelStore()
        self.server.held = self.store.holds
        self.arrived = 0
        self.small_batches = mock.patch.object(ingest, "_MESSAGES_PER_BATCH", 3)
        self.small_batches.start()

    def teardown(self) -> None:
        self.small_batches.stop()

    def _deliver(self, folder: str) -> None:
        self.arrived += 1
        self.server.folders[folder].append(self.arrived)

    def _expunge_one(self, folder: str, choice: int) -> int | None:
        messages = self.server.folders[folder].messages
        return messages.pop(sorted(messages)[choice % len(messages)]) if messages else None

    def _move(self, folder: str, choice: int) -> None:
        number = self._expunge_one(folder, choice)
        if number is not None:
            self.server.folders["Work" if folder == "INBOX" else "INBOX"].append(number)

    def _copy(self, folder: str, choice: int) -> None:
        found = self.server.folders[folder].messages
        if found:
            self.server.folders["Work"].append(found[sorted(found)[choice % len(found)]])

    @rule(folder=folders, count=st.integers(1, 7))
    def deliver(self, folder: str, count: int) -> None:
        for _ in range(count):
            self._deliver(folder)

    @rule(folder=folders, choice=st.integers(0, 9))
    def expunge(self, folder: str, choice: int) -> None:
        self._expunge_one(folder, choice)

    @rule(folder=folders, choice=st.integers(0, 9))
    def move(self, folder: str, choice: int) -> None:
        self._move(folder, choice)

    @rule(folder=folders, choice=st.integers(0, 9))
    def copy(self, folder: str, choice: int) -> None:
        self._copy(folder, choice)

    @rule(folder=folders)
    def renumber(self, folder: str) -> None:
        self.server.folders[folder].renumber()

    @rule(folder=folders, gap=st.integers(1, 1000))
    def skip_numbers(self, folder: str, gap: int) -> None:
        self.server.folders[folder].uidnext += gap

    @rule(folder=folders, after=steps, choice=st.integers(0, 9), what=st.sampled_from(["in", "out", "move", "copy"]))
    def mailbox_changes_during_a_pass(self, folder: str, after: int, choice: int, what: str) -> None:
        changes: dict[str, Callable[[], object]] = {
            "in": lambda: self._deliver(folder),
            "out": lambda: self._expunge_one(folder, choice),
            "move": lambda: self._move(folder, choice),
            "copy": lambda: self._copy(folder, choice),
        }
        self._pass_with(changes[what], after)

    @rule(folder=folders, after=steps)
    def folder_is_renumbered_during_a_pass(self, folder: str, after: int) -> None:
        self._pass_with(self.server.folders[folder].renumber, after)

    @rule(after=steps)
    def connection_breaks_during_a_pass(self, after: int) -> None:
        def hang_up() -> None:
            raise MailUnavailable("The connection broke.")

        self._pass_with(hang_up, after)

    @rule(when=st.sampled_from(["before", "after"]))
    def power_fails_while_a_batch_is_stored(self, when: str) -> None:
        self.store.crash = when
        with suppress(TransientError):
            self._pass()

    @rule(folder=folders)
    def server_is_restored_from_a_backup(self, folder: str) -> None:
        """The last two messages are gone, their UIDs are given anew, and UIDVALIDITY says nothing of it."""
        self.an_undisturbed_pass_has_everything()
        found = self.server.folders[folder]
        lost = sorted(found.messages)[-2:]
        if len(lost) > 1 and lost[-1] == found.uidnext - 1:
            for uid in lost:
                del found.messages[uid]
            found.uidnext = lost[0]
            self._deliver(folder)
            self.an_undisturbed_pass_has_everything()

    def _pass_with(self, event: Callable[[], object], after: int) -> None:
        self.server.meanwhile, self.server.countdown = event, after
        with suppress(TransientError):
            self._pass()
        self.server.meanwhile = None

    def _pass(self) -> int:
        return sum(
            sync_folder(self.server, cast("MessageStore", self.store), "owner", folder, lambda: NOW)
            for folder in FOLDERS
        )

    @rule(choice=st.integers(0, 9))
    def an_audit_finds_what_was_lost_here(self, choice: int) -> None:
        self._pass()
        lost = [ref for ref, _ in sorted(self.store.locations.items(), key=str)][choice::4]
        for ref in lost:
            self.store.stored.pop(self.store.locations.pop(ref), None)
        self.server.held = lambda ref: ref not in lost

        report = audit(self.server, cast("MessageStore", self.store), "owner", FOLDERS, lambda: NOW)

        on_server = {ref for ref in lost if ref.uid in self.server.folders[ref.mailbox].messages}
        assert sum(folder.missing for folder in report.folders) == len(on_server)
        assert sum(folder.repaired for folder in report.folders) == len(on_server)
        self.server.held = self.store.holds
        self.an_undisturbed_pass_has_everything()

    @rule()
    def an_undisturbed_pass_has_everything(self) -> None:
        before = len(self.store.stored)

        new = self._pass()

        on_server = {
            MessageRef(mailbox=name, uidvalidity=folder.uidvalidity, uid=uid): f"{number}@x"
            for name, folder in self.server.folders.items()
            for uid, number in folder.messages.items()
        }
        assert on_server.items() <= self.store.locations.items()
        assert len(self.store.stored) - before == new
        assert self._pass() == 0

    @invariant()
    def no_message_is_new_twice(self) -> None:
        assert all(times == 1 for times in self.store.stored.values())

    @invariant()
    def nothing_is_made_up(self) -> None:
        assert set(self.store.stored) <= {f"{number}@x" for number in range(1, self.arrived + 1)}

    @invariant()
    def what_was_committed_is_not_fetched_again(self) -> None:
        assert self.server.refetched == []


TestCompleteness = Completeness.TestCase
TestCompleteness.settings = settings(max_examples=100, stateful_step_count=40, deadline=None)

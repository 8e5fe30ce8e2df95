"""What an audit compares: everything up to the cursor, in portions that fit a small machine."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

from hypothesis import given
from hypothesis import strategies as st

from jeeves.actions.audit import AuditReport, FolderAudit, audit, plan_audit
from jeeves.actions.ingest import sync_folder
from jeeves.cli.audit import lines
from jeeves.types import FolderStatus, MailboxState
from tests.unit.actions.model_mailbox import NOW, ModelServer, ModelStore

if TYPE_CHECKING:
    from jeeves.ports import MessageStore


def state(last_uid: int) -> MailboxState:
    return MailboxState(account="owner", folder="INBOX", uidvalidity=7, last_uid=last_uid)


def status(uidnext: int, exists: int) -> FolderStatus:
    return FolderStatus(folder="INBOX", uidvalidity=7, uidnext=uidnext, exists=exists)


@given(last=st.integers(0, 2**32 - 1), beyond=st.integers(1, 9), exists=st.integers(0, 500_000))
def test_the_ranges_cover_everything_up_to_the_cursor_once(last: int, beyond: int, exists: int) -> None:
    plans = list(plan_audit(state(last), status(last + beyond, exists)))

    assert [plan.first_uid for plan in plans] == [1, *(plan.last_uid + 1 for plan in plans[:-1])][: len(plans)]
    assert max((plan.last_uid for plan in plans), default=0) == last
    assert len(plans) <= exists // 20_000 + 1
    assert not any(plan.reset for plan in plans)


def test_half_a_million_messages_are_compared_in_portions() -> None:
    plans = list(plan_audit(state(500_000), status(500_001, 500_000)))

    assert len(plans) == 25
    assert max(plan.last_uid - plan.first_uid for plan in plans) < 20_000


def test_a_folder_that_was_never_read_has_nothing_to_compare() -> None:
    assert list(plan_audit(None, status(9, 8))) == []


def audited(server: ModelServer, store: ModelStore) -> FolderAudit:
    (folder,) = audit(server, cast("MessageStore", store), "owner", ["INBOX"], lambda: NOW).folders
    return folder


def filled(count: int) -> tuple[ModelServer, ModelStore]:
    server, store = ModelServer("INBOX"), ModelStore()
    for number in range(count):
        server.folders["INBOX"].append(number)
    sync_folder(server, cast("MessageStore", store), "owner", "INBOX", lambda: NOW)
    return server, store


def test_everything_is_counted_and_what_is_missing_comes_back() -> None:
    # given ten messages stored; here two are lost, there one is expunged, and one has just arrived
    server, store = filled(10)
    for ref in list(store.locations)[2:4]:
        store.stored.pop(store.locations.pop(ref))
    del server.folders["INBOX"].messages[9]
    server.folders["INBOX"].append(10)

    found = audited(server, store)

    expected = FolderAudit(
        folder="INBOX", on_server=10, new=1, stored=8, missing=2, repaired=2, gone=1, maybe_capped=False
    )
    assert found == expected
    assert audited(server, store) == replace(expected, new=0, stored=10, missing=0, repaired=0)


def test_as_many_messages_as_gmail_may_be_told_to_show_are_pointed_out() -> None:
    found = audited(*filled(1000))

    assert found.maybe_capped
    assert "limit Gmail can set" in "\n".join(lines([("", AuditReport(folders=(found,)))]))

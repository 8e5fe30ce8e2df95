"""What a source owes its caller when the server tells of arrivals, shown on both servers."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import MailUnavailable
from jeeves.types import FetchPlan, Waited

if TYPE_CHECKING:
    from jeeves.mail.imap import ImapSource
    from jeeves.ports import PushSource
    from jeeves.types import RawMessage
    from tests.servers.certificates import Certificate
    from tests.servers.interface import MailServer
    from tests.servers.mail_fixtures import SourceFactory

LONG = 60.0  # seconds no wait in these tests may last


def message(number: int) -> bytes:
    return f"Subject: number {number}\r\n\r\nThis is message {number}.\r\n".encode()


def after_uid(source: PushSource, uid: int) -> FetchPlan:
    uidvalidity = source.status("INBOX").uidvalidity
    return FetchPlan(folder="INBOX", uidvalidity=uidvalidity, first_uid=uid + 1, last_uid=2**32 - 1, reset=False)


def waiting(source: ImapSource) -> tuple[threading.Thread, list[Waited | MailUnavailable]]:
    """Start to wait in a thread; the list gets what it came to."""
    results: list[Waited | MailUnavailable] = []

    def wait() -> None:
        try:
            results.append(source.wait("INBOX", LONG))
        except MailUnavailable as failure:
            results.append(failure)

    thread = threading.Thread(target=wait)
    thread.start()
    time.sleep(0.5)  # into IDLE
    return thread, results


def test_a_folder_not_looked_at_yet_cannot_be_waited_for(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    assert source.wait("INBOX", LONG) is Waited.LOST_TRACK
    server.create_folder("Work")
    source.status("Work")

    assert source.wait("INBOX", LONG) is Waited.LOST_TRACK


def test_nothing_new_is_quiet_and_the_connection_goes_on(server: MailServer, source_of: SourceFactory) -> None:
    server.deliver("INBOX", message(1))
    source = source_of(server)
    source.status("INBOX")

    assert [source.wait("INBOX", 0.2), source.wait("INBOX", 0.2)] == [Waited.QUIET] * 2
    assert source.status("INBOX").exists == 1


def test_an_arrival_ends_the_wait_and_is_fetched_alone(server: MailServer, source_of: SourceFactory) -> None:
    first = server.deliver("INBOX", message(1))
    source = source_of(server)
    plan = after_uid(source, first)
    thread, results = waiting(source)

    second = server.deliver("INBOX", message(2))
    thread.join(timeout=LONG)

    assert results == [Waited.ARRIVED]
    assert [(raw.ref.uid, raw.rfc822) for raw in source.arrivals(plan)] == [(second, message(2))]


def test_an_arrival_before_the_wait_ends_it_at_once(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    plan = after_uid(source, 0)
    uid = server.deliver("INBOX", message(1))

    assert source.wait("INBOX", LONG) is Waited.ARRIVED
    assert [raw.ref.uid for raw in source.arrivals(plan)] == [uid]


def test_many_arrivals_come_ascending_and_complete(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    plan = after_uid(source, 0)
    uids = [server.deliver("INBOX", message(number)) for number in range(12)]

    assert source.wait("INBOX", LONG) is Waited.ARRIVED
    assert [raw.ref.uid for raw in source.arrivals(plan)] == uids


def test_after_an_arrival_the_next_one_is_told_too(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    plan = after_uid(source, 0)
    fetched: list[RawMessage] = []
    for number in range(3):
        server.deliver("INBOX", message(number))
        assert source.wait("INBOX", LONG) is Waited.ARRIVED
        fetched += source.arrivals(plan)
        plan = FetchPlan(
            folder="INBOX",
            uidvalidity=plan.uidvalidity,
            first_uid=fetched[-1].ref.uid + 1,
            last_uid=plan.last_uid,
            reset=False,
        )

    assert [raw.rfc822 for raw in fetched] == [message(number) for number in range(3)]
    assert source.wait("INBOX", 0.2) is Waited.QUIET


def test_one_expunged_before_it_is_fetched_brings_no_older_one_back(
    server: MailServer, source_of: SourceFactory
) -> None:
    first = server.deliver("INBOX", message(1))
    source = source_of(server)
    plan = after_uid(source, first)
    server.expunge("INBOX", server.deliver("INBOX", message(2)))
    source.wait("INBOX", 1.0)

    assert list(source.arrivals(plan)) == []


def test_a_connection_cut_in_the_wait_is_told_and_the_folder_must_be_looked_at(
    server: MailServer, source_of: SourceFactory
) -> None:
    source = source_of(server)
    source.status("INBOX")
    thread, results = waiting(source)

    server.drop_connections()
    thread.join(timeout=LONG)

    assert [type(result) for result in results] == [MailUnavailable]
    assert source.wait("INBOX", LONG) is Waited.LOST_TRACK


def test_closing_ends_a_wait_at_once(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    source.status("INBOX")
    thread, results = waiting(source)

    source.close()
    thread.join(timeout=10)

    assert [type(result) for result in results] == [MailUnavailable]


def test_a_folder_renumbered_meanwhile_is_not_read_under_its_old_numbers(
    server: MailServer, source_of: SourceFactory
) -> None:
    server.deliver("INBOX", message(1))
    source = source_of(server)
    plan = after_uid(source, 0)
    server.renumber("INBOX")
    server.drop_connections()

    with pytest.raises(MailUnavailable, match="renumbered"):
        list(source.arrivals(plan))


def test_arrivals_are_told_over_tls(tls_server: MailServer, source_of: SourceFactory, certificate: Certificate) -> None:
    source = source_of(tls_server, host="localhost", tls="implicit", ca_file=certificate.authority)
    plan = after_uid(source, 0)
    assert source.wait("INBOX", 0.2) is Waited.QUIET
    thread, results = waiting(source)

    uid = tls_server.deliver("INBOX", message(1))
    thread.join(timeout=LONG)

    assert results == [Waited.ARRIVED]
    assert [raw.ref.uid for raw in source.arrivals(plan)] == [uid]

"""What every mail source owes its caller, shown on two servers: the Gmail-like one and a real Dovecot."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import MailAuthFailed, MailFolderMissing, MailHostUnknown, MailTlsFailed, MailUnavailable
from jeeves.mail.sync import plan_fetch
from jeeves.types import FetchPlan, MailboxState
from tests.servers.interface import ALL_MAIL, SENT_MAIL

if TYPE_CHECKING:
    from jeeves.mail.imap import ImapSource
    from jeeves.ports import MailSource
    from jeeves.types import RawMessage
    from tests.servers.certificates import Certificate
    from tests.servers.interface import MailServer
    from tests.servers.mail_fixtures import SourceFactory

HOSTILE = (
    b"Subject: plain\r\n\r\nShall we meet?\r\n",
    b"Subject: caf\xe9 \xff\xfe\r\n\r\n8-bit \x80\x81 without a declaration\r\n",
    b"Subject: ) BODY[] {3}\r\n\r\n* 1 FETCH (UID 7 BODY[] {5}\r\nabcde)\r\n* BYE\r\nA001 OK done\r\n",
    b"no header at all\r\n",
    b"\r\n",
    b"Subject: one long line\r\n\r\n" + b"x" * 1_500_000 + b"\r\n",
    b"Subject: last line unended\r\n\r\nbye",
)


def message(number: int) -> bytes:
    return f"Subject: number {number}\r\n\r\nThis is message {number}.\r\n".encode()


def read_all(source: MailSource, folder: str = "INBOX", state: MailboxState | None = None) -> list[RawMessage]:
    plan = plan_fetch(state, source.status(folder))
    return list(source.fetch(plan, source.uids(plan)))


def state_after(source: MailSource, folder: str = "INBOX") -> MailboxState:
    status = source.status(folder)
    return MailboxState(
        account="owner", folder=folder, uidvalidity=status.uidvalidity, last_uid=max(status.uidnext - 1, 0)
    )


def test_the_adapter_satisfies_the_port(server: MailServer, source_of: SourceFactory) -> None:
    source: MailSource = source_of(server)

    assert source.status("INBOX").exists == 0


def test_an_empty_folder_gives_an_empty_plan(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)

    plan = plan_fetch(None, source.status("INBOX"))

    assert plan.is_empty
    assert source.uids(plan) == []


def test_every_message_comes_back_byte_for_byte(server: MailServer, source_of: SourceFactory) -> None:
    delivered = {server.deliver("INBOX", rfc822): rfc822 for rfc822 in HOSTILE}

    fetched = read_all(source_of(server))

    assert {raw.ref.uid: raw.rfc822 for raw in fetched} == delivered


def test_a_message_carries_its_place_and_its_arrival(server: MailServer, source_of: SourceFactory) -> None:
    arrival = datetime(2024, 2, 29, 23, 59, 58, tzinfo=UTC)
    uid = server.deliver("INBOX", message(1), received_at=arrival)
    source = source_of(server)

    (raw,) = read_all(source)

    assert raw.received_at == arrival
    assert (raw.ref.mailbox, raw.ref.uidvalidity, raw.ref.uid) == ("INBOX", source.status("INBOX").uidvalidity, uid)


def test_reading_leaves_every_flag_as_it_was(server: MailServer, source_of: SourceFactory) -> None:
    for number in range(3):
        server.deliver("INBOX", message(number))
    before = server.flags("INBOX")

    fetched = read_all(source_of(server))

    assert len(fetched) == 3
    assert server.flags("INBOX") == before == {raw.ref.uid: set() for raw in fetched}


def test_the_next_status_sees_a_new_arrival_and_the_plan_fetches_only_that(
    server: MailServer, source_of: SourceFactory
) -> None:
    server.deliver("INBOX", message(1))
    source = source_of(server)
    state = state_after(source)
    new = server.deliver("INBOX", message(2))

    fetched = read_all(source, state=state)

    assert [(raw.ref.uid, raw.rfc822) for raw in fetched] == [(new, message(2))]


def test_nothing_new_means_nothing_to_fetch(server: MailServer, source_of: SourceFactory) -> None:
    server.deliver("INBOX", message(1))
    source = source_of(server)

    assert read_all(source, state=state_after(source)) == []


def test_a_renumbered_folder_is_read_again_from_the_start(server: MailServer, source_of: SourceFactory) -> None:
    for number in range(3):
        server.deliver("INBOX", message(number))
    source = source_of(server)
    state = state_after(source)
    server.renumber("INBOX")
    server.deliver("INBOX", message(3))

    plan = plan_fetch(state, source.status("INBOX"))
    fetched = list(source.fetch(plan, source.uids(plan)))

    assert plan.reset
    assert sorted(raw.rfc822 for raw in fetched) == [message(number) for number in range(4)]
    assert {raw.ref.uidvalidity for raw in fetched} == {plan.uidvalidity}


def test_a_plan_from_before_the_renumbering_fetches_no_wrong_message(
    server: MailServer, source_of: SourceFactory
) -> None:
    server.deliver("INBOX", message(1))
    kept = server.deliver("INBOX", message(2))
    server.expunge("INBOX", kept - 1)
    source = source_of(server)
    plan = plan_fetch(None, source.status("INBOX"))
    uids = source.uids(plan)
    server.renumber("INBOX")

    with pytest.raises(MailUnavailable, match="renumbered"):
        list(source.fetch(plan, uids))


def test_an_expunged_message_is_not_among_the_uids(server: MailServer, source_of: SourceFactory) -> None:
    uids = [server.deliver("INBOX", message(number)) for number in range(3)]
    server.expunge("INBOX", uids[1])
    source = source_of(server)

    assert source.uids(plan_fetch(None, source.status("INBOX"))) == [uids[0], uids[2]]


def test_a_message_expunged_while_we_fetch_is_left_out(server: MailServer, source_of: SourceFactory) -> None:
    uids = [server.deliver("INBOX", message(number)) for number in range(5)]
    source = source_of(server)
    plan = plan_fetch(None, source.status("INBOX"))
    known = source.uids(plan)
    server.expunge("INBOX", uids[1])

    fetched = list(source.fetch(plan, known))

    assert [raw.ref.uid for raw in fetched] == [uids[0], *uids[2:]]
    assert [raw.rfc822 for raw in fetched] == [message(number) for number in (0, 2, 3, 4)]


def test_uids_keep_to_the_plan(server: MailServer, source_of: SourceFactory) -> None:
    uids = [server.deliver("INBOX", message(number)) for number in range(5)]
    source = source_of(server)
    validity = source.status("INBOX").uidvalidity

    def within(first: int, last: int) -> list[int]:
        return source.uids(FetchPlan(folder="INBOX", uidvalidity=validity, first_uid=first, last_uid=last, reset=False))

    assert within(uids[1], uids[3]) == uids[1:4]
    assert within(uids[4] + 1, uids[4] + 50) == []


@pytest.mark.parametrize("name", ["Büro & Café", "日本語", 'say "when"', "🎉 party", "plain"])
def test_a_folder_has_any_name(server: MailServer, source_of: SourceFactory, name: str) -> None:
    server.create_folder(name)
    server.deliver(name, message(1))

    (raw,) = read_all(source_of(server), name)

    assert raw.ref.mailbox == name


def test_all_mail_is_found_by_its_attribute_whatever_it_is_called(server: MailServer, source_of: SourceFactory) -> None:
    server.create_folder("All Mail")  # a name that means nothing
    server.create_folder(ALL_MAIL)
    server.deliver(ALL_MAIL, message(1))

    (raw,) = read_all(source_of(server), "\\All")

    assert (raw.rfc822, raw.ref.mailbox) == (message(1), "\\All")


def test_sent_mail_is_found_by_its_attribute(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    before = source.bears("\\Sent")
    server.create_folder(SENT_MAIL)
    server.deliver(SENT_MAIL, message(1))

    assert (before, source.bears("\\Sent")) == (False, True)
    assert [raw.ref.mailbox for raw in read_all(source, "\\Sent")] == ["\\Sent"]


def test_an_attribute_no_folder_bears_is_a_missing_folder(server: MailServer, source_of: SourceFactory) -> None:
    with pytest.raises(MailFolderMissing):
        source_of(server).status("\\All")


def test_one_connection_serves_several_folders(server: MailServer, source_of: SourceFactory) -> None:
    server.create_folder("Work")
    server.deliver("INBOX", message(1))
    server.deliver("Work", message(2))
    source = source_of(server)
    inbox, work = (plan_fetch(None, source.status(folder)) for folder in ("INBOX", "Work"))

    assert [raw.rfc822 for raw in source.fetch(inbox, source.uids(inbox))] == [message(1)]
    assert [raw.rfc822 for raw in source.fetch(work, source.uids(work))] == [message(2)]


def test_a_missing_folder_is_named_with_those_there_are(server: MailServer, source_of: SourceFactory) -> None:
    server.create_folder("Réunions")

    with pytest.raises(MailFolderMissing, match="'Inobx'") as failure:
        source_of(server).status("Inobx")

    assert "Réunions" in failure.value.advice
    assert "INBOX" in failure.value.advice


def test_a_missing_folder_appears_later(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    with pytest.raises(MailFolderMissing):
        source.status("Later")
    server.create_folder("Later")

    assert source.status("Later").exists == 0


def test_five_megabytes_come_through(server: MailServer, source_of: SourceFactory) -> None:
    large = b"Subject: photographs\r\n\r\n" + (b"0123456789abcdef" * 4 + b"\r\n") * 80_000
    server.deliver("INBOX", message(1))
    server.deliver("INBOX", large)
    server.deliver("INBOX", large)

    assert [raw.rfc822 for raw in read_all(source_of(server))] == [message(1), large, large]


def test_a_thousand_messages_come_once_each_and_in_order(server: MailServer, source_of: SourceFactory) -> None:
    delivered = [server.deliver("INBOX", message(number)) for number in range(1000)]

    fetched = read_all(source_of(server))

    assert [raw.ref.uid for raw in fetched] == delivered
    assert [raw.rfc822 for raw in fetched] == [message(number) for number in range(1000)]


def test_a_wrong_password_is_told_apart_and_not_repeated_in_the_message(
    server: MailServer, source_of: SourceFactory
) -> None:
    with pytest.raises(MailAuthFailed) as failure:
        source_of(server, password="Sesame123").status("INBOX")

    assert "Sesame123" not in f"{failure.value.message} {failure.value.advice} {failure.value.__cause__!r}"
    assert "mail.password" in failure.value.advice


def test_a_connection_that_died_between_calls_is_replaced_unnoticed(
    server: MailServer, source_of: SourceFactory
) -> None:
    server.deliver("INBOX", message(1))
    source = source_of(server)
    plan = plan_fetch(None, source.status("INBOX"))
    server.drop_connections()
    uids = source.uids(plan)
    server.drop_connections()

    assert [raw.rfc822 for raw in source.fetch(plan, uids)] == [message(1)]
    server.drop_connections()
    assert source.status("INBOX").exists == 1


def test_a_server_that_is_down_is_unavailable_until_it_is_back(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    source.status("INBOX")
    server.stop()
    with pytest.raises(MailUnavailable):
        source.status("INBOX")
    with pytest.raises(MailUnavailable, match="Nothing takes connections"):
        source.status("INBOX")
    server.start()
    server.deliver("INBOX", message(1))

    assert [raw.rfc822 for raw in read_all(source)] == [message(1)]


def test_an_unknown_host_is_named(server: MailServer, source_of: SourceFactory) -> None:
    for host in ("no-such-host.invalid", "imap..example.org"):
        with pytest.raises(MailHostUnknown, match=host.replace(".", r"\.")):
            source_of(server, host=host).status("INBOX")


def test_tls_from_the_first_byte(tls_server: MailServer, certificate: Certificate, source_of: SourceFactory) -> None:
    tls_server.deliver("INBOX", message(1))

    source = source_of(tls_server, host="localhost", tls="implicit", ca_file=certificate.authority)

    assert [raw.rfc822 for raw in read_all(source)] == [message(1)]


def test_tls_after_starttls(starttls_server: MailServer, certificate: Certificate, source_of: SourceFactory) -> None:
    starttls_server.deliver("INBOX", message(1))

    source = source_of(starttls_server, host="localhost", tls="starttls", ca_file=certificate.authority)

    assert [raw.rfc822 for raw in read_all(source)] == [message(1)]


def test_a_certificate_of_an_unknown_authority_is_refused(tls_server: MailServer, source_of: SourceFactory) -> None:
    with pytest.raises(MailTlsFailed, match="cannot be trusted") as failure:
        source_of(tls_server, host="localhost", tls="implicit").status("INBOX")

    assert "mail.ca_file" in failure.value.advice


def test_a_certificate_of_an_unknown_authority_is_refused_after_starttls(
    starttls_server: MailServer, source_of: SourceFactory
) -> None:
    with pytest.raises(MailTlsFailed, match="cannot be trusted"):
        source_of(starttls_server, host="localhost", tls="starttls").status("INBOX")


def test_a_certificate_for_another_host_is_refused(
    tls_server: MailServer, certificate: Certificate, source_of: SourceFactory
) -> None:
    with pytest.raises(MailTlsFailed, match="cannot be trusted"):
        source_of(tls_server, host="127.0.0.1", tls="implicit", ca_file=certificate.authority).status("INBOX")


def test_a_server_without_tls_is_not_spoken_to_in_the_clear(server: MailServer, source_of: SourceFactory) -> None:
    with pytest.raises(MailTlsFailed, match="No secure connection"):
        source_of(server, tls="implicit", timeout=5).status("INBOX")
    with pytest.raises(MailTlsFailed, match="STARTTLS"):
        source_of(server, tls="starttls").status("INBOX")


def test_close_logs_out_twice_without_complaint_and_for_good(server: MailServer, source_of: SourceFactory) -> None:
    source = source_of(server)
    source.status("INBOX")

    source.close()
    source.close()

    with pytest.raises(MailUnavailable):
        source.status("INBOX")


def test_close_from_another_thread_ends_a_fetch(server: MailServer, source_of: SourceFactory) -> None:
    for number in range(3):
        server.deliver("INBOX", message(number))
    source = source_of(server)
    ended = threading.Thread(target=keep_reading, args=(source,))
    ended.start()
    time.sleep(0.2)

    source.close()
    ended.join(timeout=10)

    assert not ended.is_alive()


def keep_reading(source: ImapSource) -> None:
    try:
        while True:
            read_all(source)
    except MailUnavailable:
        return

"""What servers do to us in the field: refusals, throttling, silence, broken-off answers, odd dialects."""

from __future__ import annotations

import logging
import socket
import threading
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from imapclient import IMAPClient

from jeeves.errors import JeevesError, MailAuthFailed, MailFolderMissing, MailTlsFailed, MailUnavailable
from jeeves.mail import imap, imap_fetch
from jeeves.mail.imap import ImapSource
from jeeves.mail.sync import plan_fetch
from jeeves.types import FetchPlan
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jeeves.types import RawMessage
    from tests.servers.mail_fixtures import SourceFactory

MESSAGE = b"Subject: lunch\r\n\r\nLunch tomorrow?\r\n"


def read_all(source: ImapSource) -> list[RawMessage]:
    plan = plan_fetch(None, source.status("INBOX"))
    return list(source.fetch(plan, source.uids(plan)))


@contextmanager
def listening(answer: bytes) -> Iterator[int]:
    """Yield the port of a server that sends ``answer`` to everyone who connects, and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_gmails_identity_and_labels_come_along(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    gmail.deliver("INBOX", MESSAGE, labels=("\\Inbox", "Café", "2024", 'say "hi"'), thread=2**64 - 1)

    (raw,) = read_all(source_of(gmail))

    assert raw.labels == ("\\Inbox", "Café", "2024", 'say "hi"')
    assert raw.gmail_thread == 2**64 - 1
    assert raw.gmail_id is not None
    assert raw.gmail_id > 2**63


def test_a_server_without_gmails_extensions_is_not_asked_for_them(source_of: SourceFactory) -> None:
    with GmailLikeServer({USERNAME: PASSWORD}, gmail=False) as server:
        server.deliver("INBOX", MESSAGE, labels=("\\Inbox",))

        (raw,) = read_all(source_of(server))

        assert (raw.gmail_id, raw.labels) == (None, ())
        assert not any("X-GM" in command for command in server.commands)


def test_only_examine_and_peek_are_ever_used(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    for _ in range(3):
        gmail.deliver("INBOX", MESSAGE)

    read_all(source_of(gmail))

    assert not any(command.startswith(("SELECT", "STORE", "EXPUNGE", "CLOSE")) for command in gmail.commands)
    assert all("BODY.PEEK[]" in command for command in gmail.commands if "BODY" in command)
    assert any("BODY.PEEK[]" in command for command in gmail.commands)


def test_the_server_of_these_tests_would_notice_a_careless_reader(gmail: GmailLikeServer) -> None:
    uid = gmail.deliver("INBOX", MESSAGE)
    with IMAPClient("127.0.0.1", gmail.port, ssl=False) as client:
        client.plain_login(USERNAME, PASSWORD)
        client.select_folder("INBOX")
        client.fetch([uid], ["BODY[]"])

    assert gmail.flags("INBOX") == {uid: {"\\Seen"}}


def test_arrivals_are_pushed_to_who_waits_in_idle(gmail: GmailLikeServer) -> None:
    with IMAPClient("127.0.0.1", gmail.port, ssl=False, timeout=30) as client:
        client.plain_login(USERNAME, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        client.idle()
        gmail.deliver("INBOX", MESSAGE)

        assert (1, b"EXISTS") in client.idle_check(timeout=30)
        client.idle_done()


def test_a_server_with_login_only_gets_the_user_name_quoted(source_of: SourceFactory) -> None:
    with GmailLikeServer({'the "owner"\\ of it': "open se'same"}, sasl=False) as server:
        source = ImapSource(
            host="127.0.0.1",
            port=server.port,
            tls="none",
            username='the "owner"\\ of it',
            password=lambda: "open se'same",
        )

        assert source.status("INBOX").exists == 0
        source.close()
        with pytest.raises(MailAuthFailed, match="ASCII"):
            source_of(server, password="Bücher\r\nA1 DELETE INBOX").status("INBOX")


@pytest.mark.parametrize(
    "refusal",
    [
        "[ALERT] Too many simultaneous connections. (Failure)",
        "[UNAVAILABLE] Temporary authentication failure.",
        "[OVERQUOTA] Account exceeded command or bandwidth limits",
        "[THROTTLED] Slow down",
        "[INUSE] Try again",
    ],
)
def test_being_asked_to_slow_down_is_no_wrong_password(
    gmail: GmailLikeServer, source_of: SourceFactory, refusal: str
) -> None:
    gmail.refuse_login = refusal
    source = source_of(gmail)
    with pytest.raises(MailUnavailable, match="just now"):
        source.status("INBOX")
    gmail.refuse_login = ""

    assert source.status("INBOX").exists == 0


def test_gmail_asking_for_an_app_password_is_explained(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    gmail.refuse_login = "[ALERT] Application-specific password required: https://example.org (Failure)"

    with pytest.raises(MailAuthFailed) as failure:
        source_of(gmail).status("INBOX")

    assert "app password" in failure.value.advice


def test_a_password_is_never_sent_where_the_server_forbids_it(source_of: SourceFactory) -> None:
    with GmailLikeServer({USERNAME: PASSWORD}, starttls=True) as server:
        with pytest.raises(MailAuthFailed, match="not secured"):
            source_of(server).status("INBOX")

        assert not {"LOGIN", "AUTHENTICATE"} & set(server.commands)


def test_the_password_is_asked_for_at_every_sign_in(gmail: GmailLikeServer) -> None:
    asked = []

    def password() -> str:
        asked.append(1)
        return PASSWORD

    source = ImapSource(host="127.0.0.1", port=gmail.port, tls="none", username=USERNAME, password=password)
    assert asked == []
    source.status("INBOX")
    source.status("INBOX")
    assert asked == [1]
    gmail.drop_connections()
    source.status("INBOX")
    source.close()

    assert asked == [1, 1]


@pytest.mark.parametrize(
    "answer",
    [
        b"* BYE Too many connections\r\n",
        b"* BYE",
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff" * 600_000,
        b"* OK hello\r\n* OK [" + b"(" * 5000,
    ],
)
def test_a_greeting_that_is_none_means_unavailable(answer: bytes) -> None:
    with listening(answer) as port:
        source = ImapSource(host="127.0.0.1", port=port, tls="none", username="u", password=lambda: "p", timeout=5)
        with pytest.raises(MailUnavailable):
            source.status("INBOX")


def test_a_silent_server_is_given_up_on_after_the_time_out_and_not_twice(
    gmail: GmailLikeServer, source_of: SourceFactory
) -> None:
    source = source_of(gmail, timeout=0.5)
    source.status("INBOX")
    gmail.go_silent()
    begun = time.monotonic()
    with pytest.raises(MailUnavailable, match=r"within 0\.5 seconds"):
        source.status("INBOX")
    gmail.speak()

    assert time.monotonic() - begun < 60
    assert source.status("INBOX").exists == 0


def test_a_server_silent_from_the_start_is_given_up_on(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    gmail.go_silent()

    with pytest.raises(MailUnavailable, match="did not answer"):
        source_of(gmail, timeout=0.5).status("INBOX")


def test_closing_does_not_wait_for_a_silent_server(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    source = source_of(gmail)
    source.status("INBOX")
    gmail.go_silent()
    begun = time.monotonic()

    source.close()

    assert time.monotonic() - begun < 60


def test_closing_ends_a_call_that_waits_for_a_silent_server(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    source = source_of(gmail, timeout=100)
    source.status("INBOX")
    gmail.go_silent()
    failures: list[JeevesError] = []

    def wait() -> None:
        try:
            source.status("INBOX")
        except JeevesError as failure:
            failures.append(failure)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.3)
    source.close()
    waiting.join(timeout=10)

    assert [type(failure) for failure in failures] == [MailUnavailable]


def test_an_answer_that_breaks_off_is_unavailable_and_the_next_try_reads_everything(
    gmail: GmailLikeServer, source_of: SourceFactory
) -> None:
    gmail.deliver("INBOX", MESSAGE)
    source = source_of(gmail)
    plan = plan_fetch(None, source.status("INBOX"))
    gmail.answers["FETCH"] = "DROP"
    with pytest.raises(MailUnavailable, match="broke off"):
        list(source.fetch(plan, [1]))
    gmail.answers.clear()

    assert [raw.rfc822 for raw in source.fetch(plan, [1])] == [MESSAGE]


@pytest.mark.parametrize("command", ["EXAMINE", "SEARCH", "FETCH"])
@pytest.mark.parametrize("answer", ["NO [UNAVAILABLE] Later", "BAD What?", "NO \x1b[31m\xff"])
def test_any_refusal_of_any_command_passes_by_itself(
    gmail: GmailLikeServer, source_of: SourceFactory, command: str, answer: str
) -> None:
    for _ in range(3):
        gmail.deliver("INBOX", MESSAGE)
    source = source_of(gmail)
    gmail.answers[command] = answer
    with pytest.raises(MailUnavailable) as failure:
        read_all(source)
    gmail.answers.clear()

    assert "\x1b" not in f"{failure.value.message}{failure.value.advice}"
    assert len(read_all(source)) == 3


def test_a_message_withheld_is_not_taken_for_expunged(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    # given a server that says OK and hands over nothing: moving on would lose the mail for good
    gmail.deliver("INBOX", MESSAGE)
    source = source_of(gmail)
    gmail.answers["FETCH"] = "OK Success"

    with pytest.raises(MailUnavailable, match="withheld"):
        read_all(source)


def test_a_batch_refused_for_one_message_is_fetched_one_by_one(
    gmail: GmailLikeServer, source_of: SourceFactory
) -> None:
    for _ in range(4):
        gmail.deliver("INBOX", MESSAGE)
    gmail.unreadable_flags = True

    fetched = read_all(source_of(gmail))

    assert [raw.rfc822 for raw in fetched] == [MESSAGE] * 4
    assert all(raw.gmail_id is not None for raw in fetched)


def test_a_server_that_omits_uidnext_is_asked_for_its_last_message(
    gmail: GmailLikeServer, source_of: SourceFactory
) -> None:
    gmail.omit_uidnext = True
    source = source_of(gmail)
    assert source.status("INBOX").uidnext == 1
    for _ in range(3):
        gmail.deliver("INBOX", MESSAGE)

    assert source.status("INBOX").uidnext == 4


def test_a_server_without_arrival_times_leaves_the_date_header(
    gmail: GmailLikeServer, source_of: SourceFactory
) -> None:
    gmail.omit_internaldate = True
    gmail.deliver("INBOX", b"Date: Tue, 5 Mar 2024 10:00:00 +0200\r\n\r\nx\r\n")

    (raw,) = read_all(source_of(gmail))

    assert raw.received_at == datetime(2024, 3, 5, 8, 0, tzinfo=UTC)


def test_a_huge_folder_is_searched_in_windows(
    gmail: GmailLikeServer, source_of: SourceFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given windows of 10 instead of 50,000, as delivering millions would take too long
    monkeypatch.setattr(imap_fetch, "_NUMBERS_PER_SEARCH", 10)
    uids = [gmail.deliver("INBOX", MESSAGE) for _ in range(35)]
    for uid in uids[5:8]:
        gmail.expunge("INBOX", uid)
    source = source_of(gmail)

    found = source.uids(plan_fetch(None, source.status("INBOX")))

    assert found == uids[:5] + uids[8:]
    assert [command for command in gmail.commands if command.startswith("SEARCH")] == [
        f"SEARCH {window} UID 1:35" for window in ("31:*", "21:30", "11:20", "1:10")
    ]


def test_few_bytes_are_in_memory_at_a_time(
    gmail: GmailLikeServer, source_of: SourceFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap, "_BYTES_PER_FETCH", 3 * len(MESSAGE))
    for _ in range(7):
        gmail.deliver("INBOX", MESSAGE)

    assert len(read_all(source_of(gmail))) == 7
    bodies = [command for command in gmail.commands if "BODY.PEEK[]" in command]
    assert [command.split()[1] for command in bodies] == ["1,2,3", "4,5,6", "7"]


def test_the_star_quirk_brings_no_old_message_back(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    gmail.deliver("INBOX", MESSAGE)
    source = source_of(gmail)
    validity = source.status("INBOX").uidvalidity
    beyond = FetchPlan(folder="INBOX", uidvalidity=validity, first_uid=2, last_uid=9, reset=False)

    assert source.uids(beyond) == []


def test_a_folder_that_only_holds_folders_is_not_offered(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    with pytest.raises(MailFolderMissing) as failure:
        source_of(gmail).status("[Gmail]")

    assert failure.value.advice == "Put one of these into mail.folders: INBOX."


def test_many_folders_are_not_all_listed(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    for number in range(300):
        gmail.create_folder(f"Project {number:03}")

    with pytest.raises(MailFolderMissing) as failure:
        source_of(gmail).status("Projekt")

    assert len(failure.value.advice) < 500
    assert failure.value.advice.endswith(" and 281 more.")


@pytest.mark.parametrize("content", [None, b"", b"not a certificate"])
def test_an_unusable_ca_file_is_named(
    gmail: GmailLikeServer, source_of: SourceFactory, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(MailTlsFailed, match=r"ca\.pem"):
        source_of(gmail, tls="implicit", ca_file=path).status("INBOX")


def test_nothing_private_reaches_the_log(
    gmail: GmailLikeServer, source_of: SourceFactory, caplog: pytest.LogCaptureFixture
) -> None:
    gmail.deliver("INBOX", MESSAGE)
    caplog.set_level(logging.DEBUG)

    read_all(source_of(gmail))
    with pytest.raises(MailAuthFailed):
        source_of(gmail, password="hush-hush").status("INBOX")

    for secret in ("Lunch", "lunch", PASSWORD, "hush-hush", USERNAME):
        assert secret not in caplog.text


def test_the_server_of_these_tests_stops_without_a_trace(caplog: pytest.LogCaptureFixture) -> None:
    # a session cancelled while it was already closing once left a traceback in what `make demo` prints
    for _ in range(30):
        with GmailLikeServer({USERNAME: PASSWORD}) as server:
            source = ImapSource(
                host="127.0.0.1", port=server.port, tls="none", username=USERNAME, password=lambda: PASSWORD
            )
            source.status("INBOX")
            source.close()

    assert caplog.records == []


def test_closed_while_it_signs_in_it_leaves_no_connection_open(gmail: GmailLikeServer) -> None:
    def close_and_tell() -> str:
        source.close()
        return PASSWORD

    source = ImapSource(host="127.0.0.1", port=gmail.port, tls="none", username=USERNAME, password=close_and_tell)
    with suppress(MailUnavailable):
        source.status("INBOX")

    assert gmail.connections == 1
    assert "LOGOUT" in gmail.commands

"""How servers speak in IDLE, beyond what the two of the contract tests do."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import MailThrottled, MailUnavailable
from jeeves.mail import imap, imap_idle
from jeeves.mail.imap import ImapSource
from jeeves.mail.sync import plan_fetch
from jeeves.types import FetchPlan, Waited
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from imapclient import IMAPClient

    from jeeves.mail.imap_idle import Tally
    from jeeves.types import RawMessage
    from tests.servers.mail_fixtures import SourceFactory

LONG = 60.0
MESSAGE = b"Subject: lunch\r\n\r\nLunch tomorrow?\r\n"


def read_all(source: ImapSource) -> list[RawMessage]:
    plan = plan_fetch(None, source.status("INBOX"))
    return list(source.fetch(plan, source.uids(plan)))


Say = bytes | float  # what a server says next, or for how many seconds it keeps silent first


@contextmanager
def speaking(idle: Sequence[Say], done: Sequence[Say] = (b"TAG OK done\r\n",)) -> Iterator[ImapSource]:
    """Yield a source that has opened INBOX on a server that says ``idle`` to IDLE and ``done`` to DONE."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve, args=(listener, idle, done), daemon=True)
        thread.start()
        source = ImapSource(
            host="127.0.0.1",
            port=listener.getsockname()[1],
            tls="none",
            username="u",
            password=lambda: "p",
            timeout=1.0,
        )
        source.status("INBOX")
        yield source
        source.close()
        thread.join(timeout=10)


def _serve(listener: socket.socket, idle: Sequence[Say], done: Sequence[Say]) -> None:
    examined = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 1] ok\r\n* OK [UIDNEXT 4] ok\r\nTAG OK [READ-ONLY] done\r\n"
    answers: dict[bytes, Sequence[Say]] = {
        b"CAPABILITY": (b"* CAPABILITY IMAP4rev1 IDLE\r\nTAG OK done\r\n",),
        b"LOGIN": (b"TAG OK done\r\n",),
        b"EXAMINE": (examined,),
        b"LOGOUT": (b"* BYE\r\nTAG OK done\r\n",),
        b"IDLE": idle,
        b"DONE": done,
    }
    connection, _ = listener.accept()
    tag = b""
    with connection, suppress(OSError):
        connection.sendall(b"* OK hello\r\n")
        for line in connection.makefile("rb"):
            words = line.split()
            tag, verb = (tag, words[0]) if len(words) == 1 else (words[0], words[1])
            for what in answers[verb.upper()]:
                if isinstance(what, bytes):
                    connection.sendall(what.replace(b"TAG", tag))
                else:
                    time.sleep(what)


@pytest.mark.parametrize(
    "idle",
    [
        [b"+ idling\r\n* 4 EXISTS\r\n"],
        [b"* 4 EXISTS\r\n+ idling\r\n"],
        [b"+ idling\r\n* 4 EX", 0.3, b"ISTS\r\n"],
        [b"+ idling\r\n", 0.1, b"* OK Still here\r\n", 0.1, b"* 4 EXISTS\r\n* 1 RECENT\r\n"],
        [b"+ idling\r\n* 1 FETCH (FLAGS (\\Seen))\r\n* 2 EXPUNGE\r\n* 3 EXISTS\r\n"],
        [b"+ idling\r\n* 1 FETCH (BODY[TEXT] {12}\r\n* 9 EXISTS\r\n)\r\n* 4 EXISTS\r\n"],
    ],
    ids=["one packet", "before idling", "in two parts", "after small talk", "among others", "after a literal"],
)
def test_an_arrival_is_heard_however_it_is_told(idle: Sequence[Say]) -> None:
    with speaking(idle) as source:
        assert source.wait("INBOX", LONG) is Waited.ARRIVED


def test_an_arrival_told_only_when_the_idle_ends_is_heard() -> None:
    with speaking([b"+ idling\r\n"], [b"* 4 EXISTS\r\nTAG OK done\r\n"]) as source:
        assert source.wait("INBOX", 0.2) is Waited.ARRIVED


def test_one_told_after_the_idle_has_ended_is_heard_by_the_next() -> None:
    with speaking([b"+ idling\r\n"], [b"TAG OK done\r\n* 4 EXISTS\r\n"]) as source:
        assert source.wait("INBOX", 0.2) is Waited.QUIET
        assert source.wait("INBOX", LONG) is Waited.ARRIVED


@pytest.mark.parametrize(
    "idle",
    [[b"* BYE too old\r\n"], [b"+ idling\r\n* BYE too old\r\n"], [b"+ idling\r\n\x00\xff\r\n"], [b"what?\r\n"]],
)
def test_a_goodbye_or_nonsense_ends_the_connection_even_if_it_stays_open(idle: Sequence[Say]) -> None:
    with speaking(idle) as source, pytest.raises(MailUnavailable):
        source.wait("INBOX", LONG)


@pytest.mark.parametrize(
    ("idle", "done"),
    [([], []), ([b"+ idling\r\n"], []), ([b"+ idling\r\n* 4 EX"], []), ([b"* OK still thinking\r\n"], [])],
    ids=["no answer", "no answer to DONE", "half a line", "never idling"],
)
def test_a_server_that_owes_an_answer_is_given_up_on(idle: Sequence[Say], done: Sequence[Say]) -> None:
    begun = time.monotonic()
    with speaking(idle, done) as source, pytest.raises(MailUnavailable, match="did not answer"):
        source.wait("INBOX", 0.2)

    assert time.monotonic() - begun < 60


@pytest.mark.parametrize("idle", [[b"+ idling\r\n* 3 EXISTS\r\n"], [b"+ idling\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n"]])
def test_a_server_that_only_repeats_its_count_causes_no_loop(idle: Sequence[Say]) -> None:
    with speaking(idle) as source:
        begun = time.monotonic()

        assert source.wait("INBOX", 0.5) is Waited.QUIET
        assert time.monotonic() - begun >= 0.5


@pytest.mark.parametrize("answer", [b"TAG NO not now\r\n", b"TAG BAD what?\r\n", b"* 4 EXISTS\r\nTAG NO not now\r\n"])
def test_a_refusal_leaves_the_connection_usable(answer: bytes) -> None:
    with speaking([answer]) as source:
        assert source.wait("INBOX", LONG) in {Waited.REFUSED, Waited.ARRIVED}
        assert source.status("INBOX").exists == 3


def test_a_machine_that_slept_trusts_no_connection(
    gmail: GmailLikeServer, source_of: SourceFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given a clock that finds eight hours gone after a wait of at most five seconds
    moments = itertools.chain([0.0], itertools.repeat(8 * 3600.0))

    def idle(client: IMAPClient, tally: Tally, seconds: float, timeout: float) -> Tally:
        return imap_idle.idle(client, tally, seconds, timeout, clock=lambda: next(moments))

    monkeypatch.setattr(imap, "idle", idle)
    source = source_of(gmail)
    source.status("INBOX")
    monkeypatch.setattr(imap_idle, "_SLICE", 0.1)

    assert source.wait("INBOX", LONG) is Waited.LOST_TRACK
    source.status("INBOX")
    assert gmail.connections == 2


def test_what_arrives_carries_gmails_identity_and_labels(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    labels = ("\\Inbox", "Büro & Café", "2024", "NIL", 'say "hi"', "日程/会議")
    source = source_of(gmail)
    status = source.status("INBOX")
    gmail.deliver("INBOX", MESSAGE, labels=labels, thread=2**64 - 1)
    assert source.wait("INBOX", LONG) is Waited.ARRIVED
    plan = FetchPlan(folder="INBOX", uidvalidity=status.uidvalidity, first_uid=1, last_uid=2**32 - 1, reset=False)

    (raw,) = source.arrivals(plan)

    assert (raw.labels, raw.gmail_thread) == (labels, 2**64 - 1)
    assert raw.gmail_id is not None


def test_arrivals_the_parser_cannot_read_at_once_are_read_one_by_one(
    gmail: GmailLikeServer, source_of: SourceFactory
) -> None:
    source = source_of(gmail)
    status = source.status("INBOX")
    gmail.unreadable_flags = True
    gmail.deliver("INBOX", MESSAGE)
    assert source.wait("INBOX", LONG) is Waited.ARRIVED
    plan = FetchPlan(folder="INBOX", uidvalidity=status.uidvalidity, first_uid=1, last_uid=2**32 - 1, reset=False)

    assert [raw.rfc822 for raw in source.arrivals(plan)] == [MESSAGE]


@pytest.mark.parametrize("command", ["EXAMINE", "FETCH"])
@pytest.mark.parametrize(
    "answer", ["NO [THROTTLED] Slow down", "NO [OVERQUOTA] Account exceeded command or bandwidth limits"]
)
def test_a_request_to_slow_down_is_told_from_other_refusals(
    source_of: SourceFactory, command: str, answer: str
) -> None:
    with GmailLikeServer({USERNAME: PASSWORD}) as server:
        server.deliver("INBOX", MESSAGE)
        server.answers[command] = answer

        with pytest.raises(MailThrottled):
            read_all(source_of(server))


def test_a_silent_connection_is_probed_by_the_system(gmail: GmailLikeServer, source_of: SourceFactory) -> None:
    source = source_of(gmail)
    source.status("INBOX")
    assert source._client is not None  # noqa: SLF001 - what the kernel was told shows nowhere else
    connection = source._client.socket()  # noqa: SLF001 - the same

    assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

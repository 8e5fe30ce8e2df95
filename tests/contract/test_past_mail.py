"""What a backfill needs of a mailbox, on each kind of server."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import MailFolderMissing, MailUnavailable
from jeeves.mail.imap_backfill import ImapBackfill
from jeeves.mail.imap_connect import ImapServer, connect
from jeeves.mail.parse import parse, parse_bytes
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.types import Fetched, FolderContents, RawMessage
    from tests.servers.interface import MailServer

JANUARY, JUNE = datetime(2024, 1, 31, 12, tzinfo=UTC), datetime(2024, 6, 30, 12, tzinfo=UTC)
ATTACHMENT = base64.encodebytes(bytes(range(256)) * 400).replace(b"\n", b"\r\n")  # 138 kB
SMALL = b"From: ada@example.org\r\nMessage-ID: <small@example.org>\r\nSubject: small\r\n\r\nShall we meet?\r\n"
LARGE = (
    b"From: Ada <ada@example.org>\r\nTo: owner@example.org\r\nMessage-ID: <large@example.org>\r\n"
    b"Subject: =?utf-8?q?caf=C3=A9?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\n\r\n"
    b"--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n"
    b"--inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Shall we meet at the caf=C3=A9?\r\n"
    b"--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Shall we meet?</p>\r\n--inner--\r\n"
    b"--outer\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\n"
    b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20240701T120000Z\r\nSUMMARY:Lunch\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    b"--outer\r\nContent-Type: message/rfc822\r\n\r\nFrom: bob@example.org\r\nSubject: old\r\n\r\nI am quoted.\r\n"
    b"--outer\r\nContent-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename=a.pdf\r\n\r\n" + ATTACHMENT + b"--outer--\r\n"
)
LONG_TEXT = b"From: ada@example.org\r\nMessage-ID: <long@example.org>\r\n\r\n" + b"We talked for a while.\r\n" * 90_000
NAMELESS = LARGE.replace(b"Message-ID: <large@example.org>\r\n", b"")
BROKEN = (
    b"Message-ID: <broken@example.org>\r\nContent-Type: multipart/mixed; boundary=never\r\n\r\n" + b"text\r\n" * 9_000
)


@pytest.fixture
def past(server: MailServer) -> Iterator[ImapBackfill]:
    where = ImapServer(host="127.0.0.1", port=server.port, tls="none")
    opened = ImapBackfill(where, lambda: connect(where, USERNAME, PASSWORD))
    yield opened
    opened.close()


def fetched(past: ImapBackfill, contents: FolderContents, *, max_bytes: int = 10**9) -> list[Fetched]:
    return list(past.fetch(contents, list(contents.uids), max_bytes=max_bytes))


def raws(portions: list[Fetched]) -> dict[int, RawMessage]:
    assert not [uid for portion in portions for uid in portion.unreadable]
    return {raw.ref.uid: raw for portion in portions for raw in portion.raws}


def test_messages_read_like_whole_ones_and_attachments_stay_where_they_are(
    server: MailServer, past: ImapBackfill
) -> None:
    mails = {server.deliver("INBOX", mail, received_at=JUNE): mail for mail in (SMALL, LARGE, BROKEN)}
    before = server.flags("INBOX")

    portions = fetched(past, past.contents("INBOX", since=None))

    found = raws(portions)
    assert sorted(found) == sorted(mails)
    for uid, mail in mails.items():
        whole, ours = parse_bytes(mail, received_at=JUNE), parse(found[uid])
        assert (ours.text, ours.quoted, ours.invite, ours.sender) == (
            whole.text,
            whole.quoted,
            whole.invite,
            whole.sender,
        )
        assert ours.received_at == JUNE
    assert sum(portion.size for portion in portions) < len(BROKEN) + 20_000
    assert server.flags("INBOX") == before


def test_a_message_has_the_identity_it_has_for_the_daemon(server: MailServer, past: ImapBackfill) -> None:
    delivered = [server.deliver("INBOX", mail, received_at=JUNE) for mail in (SMALL, LARGE, NAMELESS)]

    found = raws(fetched(past, past.contents("INBOX", since=None)))

    if isinstance(server, GmailLikeServer):
        mails = server.folders["INBOX"].mails
        expected = [str(mails[uid].gmail_id) for uid in delivered]
    else:
        expected = [parse_bytes(mail).message_key for mail in (SMALL, LARGE, NAMELESS)]
    assert [parse(found[uid]).message_key for uid in delivered] == expected


def test_of_a_long_text_only_the_beginning_comes(server: MailServer, past: ImapBackfill) -> None:
    server.deliver("INBOX", LONG_TEXT, received_at=JUNE)

    portions = fetched(past, past.contents("INBOX", since=None))

    (raw,) = raws(portions).values()
    assert len(LONG_TEXT) > 2_000_000
    assert sum(portion.size for portion in portions) < 1_100_000
    assert parse(raw).text.startswith("We talked for a while.")


def test_only_what_arrived_since_is_listed(server: MailServer, past: ImapBackfill) -> None:
    server.deliver("INBOX", SMALL, received_at=JANUARY)
    late = server.deliver("INBOX", LARGE, received_at=JUNE)

    assert past.contents("INBOX", since=date(2024, 6, 30)).uids == (late,)
    assert past.contents("INBOX", since=date(2024, 7, 2)).uids == ()
    assert len(past.contents("INBOX", since=date(2024, 1, 30)).uids) == 2


def test_portions_stay_below_the_bytes_allowed_unless_one_message_is_larger(
    server: MailServer, past: ImapBackfill
) -> None:
    letters = [SMALL.replace(b"small@", b"%d@" % number) + b"word " * 1_000 for number in range(30)]
    for each in letters:
        server.deliver("INBOX", each, received_at=JUNE)

    portions = fetched(past, past.contents("INBOX", since=None), max_bytes=20_000)

    assert len(raws(portions)) == 30
    assert max(portion.size for portion in portions) < 21_000


def test_what_was_expunged_meanwhile_is_left_out(server: MailServer, past: ImapBackfill) -> None:
    gone, here = (server.deliver("INBOX", mail, received_at=JUNE) for mail in (SMALL, LARGE))
    contents = past.contents("INBOX", since=None)
    server.expunge("INBOX", gone)

    past.close()

    assert list(raws(fetched(past, contents))) == [here]


def test_a_renumbered_folder_is_not_read_on(server: MailServer, past: ImapBackfill) -> None:
    server.deliver("INBOX", SMALL, received_at=JUNE)
    contents = past.contents("INBOX", since=None)
    server.renumber("INBOX")

    past.close()

    with pytest.raises(MailUnavailable):
        fetched(past, contents)


def test_a_folder_that_is_not_there_is_named(past: ImapBackfill) -> None:
    with pytest.raises(MailFolderMissing, match="Nowhere"):
        past.contents("Nowhere", since=None)


def test_a_cut_connection_is_reported_and_the_next_call_goes_on(server: MailServer, past: ImapBackfill) -> None:
    server.deliver("INBOX", SMALL, received_at=JUNE)
    contents = past.contents("INBOX", since=None)
    server.drop_connections()

    with pytest.raises(MailUnavailable):
        fetched(past, contents)

    assert len(raws(fetched(past, contents))) == 1

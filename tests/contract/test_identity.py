"""Who a message is and what it belongs to, with Gmail's extensions and without: the same promises."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select

from jeeves.actions.audit import audit
from jeeves.actions.ingest import sync_folder
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import message_locations, messages
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from jeeves.ports import MailSource
    from tests.servers.interface import MailServer
    from tests.servers.mail_fixtures import SourceFactory

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ELSEWHERE = "Büro"


def deliver(server: MailServer, folder: str, number: int, *answers: int, copy_of: int | None = None) -> int:
    """Deliver the message ``number`` that answers others; on the Gmail-like server with what Gmail would know of it."""
    references = " ".join(f"<m{each}@x>" for each in answers)
    rfc822 = f"From: ben@x\r\nTo: {USERNAME}\r\nSubject: s{number}\r\nMessage-ID: <m{number}@x>\r\n"
    rfc822 += f"References: {references}\r\n\r\nHello\r\n" if references else "\r\nHello\r\n"
    moment = NOW + timedelta(minutes=number)
    if not isinstance(server, GmailLikeServer):
        return server.deliver(folder, rfc822.encode(), received_at=moment)
    uid = server.deliver(folder, rfc822.encode(), received_at=moment, thread=100 + (answers or (number,))[0])
    if copy_of is not None:
        server.folders[folder].mails[uid].gmail_id = server.folders["INBOX"].mails[copy_of].gmail_id
    return uid


def sync(source: MailSource, engine: Engine, folder: str = "INBOX") -> int:
    return sync_folder(source, PostgresMessages(engine), USERNAME, folder, lambda: NOW)


def threads(engine: Engine) -> set[frozenset[str]]:
    found: dict[str, set[str]] = {}
    with engine.connect() as connection:
        for row in connection.execute(select(messages.c.thread_key, messages.c.subject)):
            found.setdefault(row.thread_key, set()).add(row.subject)
    return {frozenset(group) for group in found.values()}


def test_one_message_in_two_folders_is_one_row_with_two_places(
    server: MailServer, source_of: SourceFactory, engine: Engine
) -> None:
    server.create_folder(ELSEWHERE)
    first = deliver(server, "INBOX", 1)
    deliver(server, ELSEWHERE, 1, copy_of=first)
    source = source_of(server)

    assert (sync(source, engine), sync(source, engine, ELSEWHERE)) == (1, 0)

    with engine.connect() as connection:
        counted = select(select(func.count()).select_from(messages).scalar_subquery(), func.count())
        assert tuple(connection.execute(counted.select_from(message_locations)).one()) == (1, 2)


def test_a_renumbered_folder_brings_no_message_twice(
    server: MailServer, source_of: SourceFactory, engine: Engine
) -> None:
    for number in range(1, 4):
        deliver(server, "INBOX", number)
    source = source_of(server)
    assert sync(source, engine) == 3
    server.renumber("INBOX")
    deliver(server, "INBOX", 4)

    assert sync(source, engine) == 1


def test_a_conversation_is_one_thread(server: MailServer, source_of: SourceFactory, engine: Engine) -> None:
    deliver(server, "INBOX", 3, 1, 2)
    deliver(server, "INBOX", 1)
    deliver(server, "INBOX", 2, 1)
    deliver(server, "INBOX", 4)

    sync(source_of(server), engine)

    assert threads(engine) == {frozenset({"s1", "s2", "s3"}), frozenset({"s4"})}


def test_an_audit_fetches_exactly_what_is_missing(server: MailServer, source_of: SourceFactory, engine: Engine) -> None:
    for number in range(1, 6):
        deliver(server, "INBOX", number)
    source = source_of(server)
    sync(source, engine)
    with engine.begin() as connection:
        connection.execute(delete(messages).where(messages.c.subject.in_(["s2", "s4"])))

    (found,) = audit(source, PostgresMessages(engine), USERNAME, ["INBOX"], lambda: NOW).folders

    assert (found.on_server, found.stored, found.missing, found.repaired, found.gone) == (5, 3, 2, 2, 0)
    assert {subject for thread in threads(engine) for subject in thread} == {"s1", "s2", "s3", "s4", "s5"}


def test_labels_are_stored_decoded(engine: Engine, source_of: SourceFactory) -> None:
    with GmailLikeServer({USERNAME: PASSWORD}) as gmail:
        gmail.deliver("INBOX", b"Subject: x\r\n\r\nHello\r\n", labels=["\\Important", "Büro & Café", "日本語", "123"])

        sync(source_of(gmail), engine)

    with engine.connect() as connection:
        stored = connection.execute(select(messages.c.labels)).scalar_one()
    assert stored == ["\\Important", "Büro & Café", "日本語", "123"]

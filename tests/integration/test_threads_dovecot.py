"""Threads as Dovecot's THREAD=REFERENCES (RFC 5256) sees them and as we store them: the same, but for what we guard.

The differences are wanted: the server joins any two threads of one subject, we only an answer that names nothing, to
people it has in common, within a month.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from imapclient import IMAPClient
from sqlalchemy import select

from jeeves.actions.ingest import sync_folder
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import message_locations, messages
from tests.servers.dovecot import DovecotServer
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.servers.mail_fixtures import SourceFactory

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
BEN, CAROL = "ben@example.org", "carol@example.org"

Threads = set[frozenset[int]]


def mail(*fields: str, sender: str = BEN, day: int = 0) -> tuple[bytes, datetime]:
    moment = START + timedelta(days=day)
    lines = [f"From: {sender}", f"To: {USERNAME}", f"Date: {format_datetime(moment)}", *fields]
    return "\r\n".join([*lines, "", "Shall we?", ""]).encode(), moment


def threads_of(
    engine: Engine, source_of: SourceFactory, mails: list[tuple[bytes, datetime]]
) -> tuple[Threads, Threads]:
    """Return the threads of ``mails``, as sets of UIDs, as Dovecot tells them and as we store them."""
    with DovecotServer() as server:
        for rfc822, moment in mails:
            server.deliver("INBOX", rfc822, received_at=moment)
        sync_folder(source_of(server), PostgresMessages(engine), USERNAME, "INBOX", lambda: START)
        client = IMAPClient("127.0.0.1", server.port, ssl=False, timeout=30)
        client.plain_login(USERNAME, PASSWORD)
        client.select_folder("INBOX", readonly=True)
        told = {frozenset(_flat(thread)) for thread in client.thread("REFERENCES", "ALL", "UTF-8")}
        client.logout()
    stored: dict[str, set[int]] = {}
    with engine.connect() as connection:
        for row in connection.execute(
            select(messages.c.thread_key, message_locations.c.uid).join_from(messages, message_locations)
        ):
            stored.setdefault(row.thread_key, set()).add(row.uid)
    return told, {frozenset(group) for group in stored.values()}


def _flat(thread: object) -> list[int]:
    if isinstance(thread, int):
        return [thread]
    return [uid for part in thread for uid in _flat(part)] if isinstance(thread, tuple) else []


def test_conversations_are_told_apart_as_the_server_does(engine: Engine, source_of: SourceFactory) -> None:
    told, stored = threads_of(
        engine,
        source_of,
        [
            mail("Subject: Re: Lunch", "Message-ID: <3@x>", "References: <1@x> <2@x>", day=2),
            mail("Subject: Lunch", "Message-ID: <1@x>"),
            mail("Subject: Re: Lunch", "Message-ID: <2@x>", "In-Reply-To: <1@x>", day=1),
            mail("Subject: A new subject", "Message-ID: <4@x>", "References: <1@x> <2@x> <3@x>", day=3),
            mail("Subject: Re: The lost one", "Message-ID: <6@x>", "References: <5@x>"),
            mail("Subject: Re: The lost one", "Message-ID: <7@x>", "In-Reply-To: <5@x>"),
            mail("Subject: Walk", "Message-ID: <8@x>"),
            mail("Subject: AntwRe: Walk", "Message-ID: <9@x>"),
            mail("Subject: Picnic (fwd)", "Message-ID: <10@x>", day=4),
            mail("Subject: [walkers] Picnic", "Message-ID: <11@x>", day=3),
            mail("Subject: Cinema", day=3),
            mail("Message-ID: <12@x>"),
            mail("Message-ID: <13@x>", "Subject: Re:"),
            mail("Subject: Loop", "Message-ID: <20@x>", "References: <21@x>"),
            mail("Subject: Loop 2", "Message-ID: <21@x>", "References: <20@x>"),
        ],
    )

    assert stored == told
    assert frozenset({1, 2, 3, 4}) in stored
    assert len(stored) == 9


def test_where_the_server_joins_by_subject_alone_we_do_not(engine: Engine, source_of: SourceFactory) -> None:
    told, stored = threads_of(
        engine,
        source_of,
        [
            mail("Subject: Lunch", "Message-ID: <1@x>"),
            mail("Subject: Re: Lunch", "Message-ID: <2@x>", day=730),
            mail("Subject: Lunch", "Message-ID: <3@x>", day=7),
            mail("Subject: Re: Lunch", "Message-ID: <4@x>", sender=CAROL, day=8),
        ],
    )

    assert told == {frozenset({1, 2, 3, 4})}
    assert stored == {frozenset({uid}) for uid in range(1, 5)}

"""Migration 0004 on a database that holds mail already: what comes next joins what is there."""

from __future__ import annotations

from alembic import command
from sqlalchemy import text

from jeeves.store.database import alembic_config, connect, migrate
from jeeves.store.messages import PostgresMessages
from tests.integration.store.test_threads import grouped, keep, mail, together

OLD_MAIL = """
insert into messages (account, message_key, thread_key, gmail_thread, sender_name, sender_address, recipients, subject,
    text, quoted, received_at, bulk, defects)
values ('a', 'm2', 'm1', null, '', '', '[]', '', '', '', now(), false, '{}'),
    ('a', '17', '16', 16, '', '', '[]', '', '', '', now(), false, '{}')
"""


def test_mail_stored_before_is_joined_by_its_ids(empty_database_url: str) -> None:
    engine = connect(empty_database_url)
    with engine.begin() as connection:
        command.upgrade(alembic_config(connection), "0001")
        connection.execute(text(OLD_MAIL))
    migrate(engine)
    store = PostgresMessages(engine)

    keep(store, mail(1), mail(3, references=("m2",)), mail(4, references=("16",)))

    assert grouped(engine) == {together("m1", "m2", "m3"), together("17"), together("m4")}
    engine.dispose()

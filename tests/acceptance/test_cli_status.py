from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import select

from jeeves.ml.sampling import lot
from jeeves.store.audits import PostgresAudits
from jeeves.store.embedded import EmbeddedPostgres
from jeeves.store.health import record_error
from jeeves.store.schema import messages
from tests.acceptance.installation import PROPOSAL, REPORT, USER, letter

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def test_a_database_nobody_has_used_yet_says_so(installation: Installation) -> None:
    done = installation.run("status")

    assert (done.returncode, done.stderr) == (0, "")
    told = [line.split() for line in done.stdout.splitlines()]
    assert ["daemon", "never", "ran"] in told
    assert ["mailboxes", "none"] in told
    assert ["messages", "0", "stored,", "0", "classified"] in told
    assert ["last", "error", "none"] in told


def test_after_a_pass_every_figure_is_there_for_people_and_for_machines(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.deliver("INBOX", letter(2, REPORT))
    installation.run("run", "--once")

    report = installation.status()
    text = installation.run("status").stdout

    (mailbox,) = report["mailboxes"]
    assert (mailbox["account"], mailbox["folder"], mailbox["last_uid"]) == (USER, "INBOX", 2)
    assert datetime.fromisoformat(mailbox["last_synced_at"]).tzinfo is not None
    assert (report["messages"], report["decided"]) == (2, 2)
    assert report["alerts"]["delivered"] == 1
    assert report["models"] == {report["active_model"]: 2}
    assert report["database_bytes"] > 1_000_000
    assert report["last_error"] is None
    assert "2 stored, 2 classified" in text
    assert "1 delivered" in text
    assert "read up to UID 2" in text


def test_what_was_missed_is_told_once_there_are_audits(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    # given: two messages Jeeves stayed silent on, of which the audit drew the one of the lower lot
    for number in (1, 2):
        server.deliver("INBOX", letter(number, REPORT))
    installation.run("run", "--once")
    assert installation.status()["misses"] is None
    assert "missed" not in installation.run("status").stdout
    with engine.connect() as connection:
        drawn = min(connection.execute(select(messages.c.id)).scalars(), key=lot)
    PostgresAudits(engine).draw([drawn], now=datetime.now(UTC))

    # when: the owner says that it was none
    installation.run("label", str(drawn), "no")

    # then
    misses = installation.status()["misses"]
    assert (misses["messages"], misses["audits"], misses["missed"]) == (2, 1, 0)
    told = " ".join(installation.run("status").stdout.split())
    assert "of 2 messages this month Jeeves missed between 0 and 1 (95% sure, by 1 audit)" in told


def test_the_last_error_is_shown_with_its_remedy_within_80_columns(installation: Installation, engine: Engine) -> None:
    record_error(
        engine,
        "mail",
        "The server refused the password \x1b[31m" + "for this account " * 10,
        datetime.now(UTC),
        advice="Make a new app password.",
    )

    text = installation.run("status").stdout

    told = " ".join(text.split())
    assert "wrong now mail: The server refused the password" in told
    assert told.count("Make a new app password.") == 2
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 80
    assert installation.status()["last_error"]["component"] == "mail"


def test_the_embedded_database_is_started_for_it(installation: Installation) -> None:
    installation.sections["database"]["url"] = ""

    try:
        assert installation.status()["messages"] == 0
    finally:
        EmbeddedPostgres(installation.folder / "data").remove()

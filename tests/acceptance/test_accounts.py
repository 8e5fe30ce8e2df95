"""Two mailboxes in one configuration, by the real program."""

from __future__ import annotations

import json
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, text

from jeeves.store.database import daemon_lock
from jeeves.store.schema import labels
from tests.acceptance.installation import PASSWORD, PROPOSAL, REPORT, USER, letter, wait_until
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.twilio_stub import TwilioStub

WORK = "me@work.example"
CUT_OFF = (
    "select pg_terminate_backend(pid, 40000) from pg_locks join pg_database on pg_database.oid = database"
    " where locktype = 'advisory' and datname = current_database()"
)


@pytest.fixture
def work() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({WORK: PASSWORD}) as running:
        yield running


@pytest.fixture
def both(installation: Installation, work: GmailLikeServer, twilio: TwilioStub) -> Installation:
    """Return an installation with two accounts: alerts of "home" go to the console, those of "work" by text message."""
    assert twilio.mistakes == []
    mail = installation.sections.pop("mail")
    installation.accounts = [
        mail | {"name": "home"},
        mail | {"name": "work", "port": work.port, "username": WORK, "channels": ["sms"]},
    ]
    return installation


def undecided(installation: Installation) -> int:
    report = installation.status()
    return int(report["messages"] - report["decided"])


def test_each_mailbox_has_its_channels_a_dead_one_stops_no_other_and_nothing_is_told_twice(
    both: Installation, server: GmailLikeServer, work: GmailLikeServer, twilio: TwilioStub
) -> None:
    # given a daemon that watches both
    daemon = both.start()
    server.deliver("INBOX", letter(1, PROPOSAL, sender="Ada Holm <ada@example.org>"))
    work.deliver("INBOX", letter(2, PROPOSAL, sender="Ben Ott <ben@example.org>"))
    assert "Ada Holm suggests: lunch" in daemon.next_alert()
    wait_until(lambda: len(twilio.texts_received) == 1)
    assert "Ben Ott suggests: lunch" in twilio.texts_received[0]

    # and mail to both addresses that has come to one of them, and was told there
    to_both = letter(3, PROPOSAL, sender="Cleo Ferri <cleo@example.org>")
    server.deliver("INBOX", to_both)
    assert "Cleo Ferri" in daemon.next_alert()
    wait_until(lambda: both.status()["alerts"]["delivered"] == 2 and both.status()["alerts"]["sent"] == 1)

    # when the daemon dies, one server too, and the copy comes to the other
    daemon.kill()
    server.stop()
    work.deliver("INBOX", to_both)
    work.deliver("INBOX", letter(4, PROPOSAL, sender="Dora Lind <dora@example.org>"))
    daemon = both.start()

    # then the living mailbox is served, the dead one is in trouble by name, and the copy is silent
    wait_until(lambda: len(twilio.texts_received) == 2)
    assert "Dora Lind" in twilio.texts_received[1]
    wait_until(lambda: [each["component"] for each in both.status()["troubles"]] == ["mail home"])
    assert 'account "home".host' in both.status()["troubles"][0]["advice"]
    wait_until(lambda: undecided(both) == 0)
    assert both.status()["messages"] == 5
    assert daemon.end() == 0, daemon.errors
    assert daemon.lines == []
    assert len(twilio.texts_received) == 2
    assert any("account=work" in line or '"account": "work"' in line for line in daemon.errors)


def test_one_pass_reads_what_can_be_read_and_names_what_cannot(
    both: Installation, server: GmailLikeServer, work: GmailLikeServer
) -> None:
    both.accounts[1] |= {"channels": ["console"], "write_labels": True}
    server.stop()
    found = work.deliver("INBOX", letter(1, PROPOSAL))

    finished = both.run("run", "--once")

    assert finished.returncode != 0
    assert "Ada Holm suggests: lunch" in finished.stdout
    assert work.labels("INBOX", found) == ("Jeeves",)
    assert f"127.0.0.1:{server.port}" in finished.stderr
    assert 'Check account "home".host and account "home".port' in " ".join(finished.stderr.split())
    audited = both.run("audit", "--json")
    assert audited.returncode != 0
    assert f"127.0.0.1:{server.port}" in audited.stderr
    assert 'account "home".host' in " ".join(audited.stderr.split())
    report = json.loads(audited.stdout)
    assert (report["complete"], [each["account"] for each in report["folders"]]) == (False, ["work"])


def test_a_pass_that_another_daemon_takes_over_from_leaves_deciding_and_labels_to_it(
    both: Installation, work: GmailLikeServer, engine: Engine
) -> None:
    both.accounts[1]["channels"] = ["console"]
    work.deliver("INBOX", letter(1, PROPOSAL), labels=["Jeeves"])
    with ExitStack() as other_daemon:

        def take_over() -> None:
            """Cut off the session that holds the lock, as a restart of PostgreSQL does, and be faster."""
            with engine.begin() as connection:
                connection.execute(text(CUT_OFF))
            other_daemon.enter_context(daemon_lock(engine))

        work.before["FETCH"] = take_over
        finished = both.run("run", "--once")

    assert (finished.returncode, finished.stdout) == (75, "")
    assert both.status()["messages"] == 1
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(labels)).scalar_one() == 0
    assert "Ada Holm suggests: lunch" in both.run("run", "--once").stdout
    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(labels)).scalar_one() == 1


def test_commands_take_the_account_they_are_for_and_say_whose_mail_they_show(
    both: Installation, server: GmailLikeServer, work: GmailLikeServer
) -> None:
    both.accounts[1]["channels"] = ["console"]
    server.deliver("INBOX", letter(1, REPORT))
    work.deliver("INBOX", letter(2, PROPOSAL))
    assert both.run("run", "--once").returncode == 0

    audits = json.loads(both.run("audit", "--json").stdout)
    assert [(each["account"], each["stored"]) for each in audits["folders"]] == [("home", 1), ("work", 1)]
    (pending,) = (json.loads(line) for line in both.run("pending", "--json").stdout.splitlines())
    assert pending["account"] == "work"
    assert "mailbox     work" in both.run("show", str(pending["message"])).stdout
    past = json.loads(both.run("backfill", "--account", "work", "--json").stdout)
    assert (past["account"], past["total"]) == ("work", 0)
    unnamed = both.run("import", str(both.config))
    assert 'Say which one: --account with "home" or "work".' in unnamed.stderr
    told = json.loads(both.run("doctor", "--json").stdout)
    assert {"mail home", "mail work", "folders work"} <= {each["subject"] for each in told["findings"]}


def test_init_leaves_settings_of_several_mailboxes_alone(both: Installation) -> None:
    before = both.config.read_text(encoding="utf-8")

    finished = both.run("init", "--yes", "--force", "--email", USER)

    assert finished.returncode == 2
    assert "several mailboxes" in finished.stderr
    assert (both.folder / "jeeves.toml").read_text(encoding="utf-8") == before

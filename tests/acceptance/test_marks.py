from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from jeeves.store.schema import labels
from tests.acceptance.installation import PROPOSAL, REPORT, letter, wait_until

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def answers(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return [(row.value, row.source) for row in connection.execute(select(labels).order_by(labels.c.id))]


def test_the_daemon_follows_labels_within_a_poll(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    uid = server.deliver("INBOX", letter(1, REPORT))
    daemon = installation.start()
    wait_until(lambda: installation.status()["decided"] == 1)

    server.set_labels("INBOX", uid, ["Jeeves"])
    wait_until(lambda: answers(engine) == [("yes", "gmail")])
    server.set_labels("INBOX", uid, [])
    wait_until(lambda: answers(engine) == [("yes", "gmail"), ("skip", "gmail")])

    assert daemon.end() == 0, daemon.errors
    assert not any(command.startswith(("SELECT", "STORE", "CREATE")) for command in server.commands)


def test_one_pass_labels_what_it_finds_when_that_is_wanted(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    installation.sections["mail"]["write_labels"] = True
    found = server.deliver("INBOX", letter(1, PROPOSAL))
    other = server.deliver("INBOX", letter(2, REPORT))

    done = installation.run("run", "--once")
    again = installation.run("run", "--once")

    assert (done.returncode, again.returncode) == (0, 0), done.stderr
    assert server.labels("INBOX", found) == ("Jeeves",)
    assert server.labels("INBOX", other) == ()
    assert answers(engine) == []

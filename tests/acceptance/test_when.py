"""When the owner is spoken to: quiet hours, the budget, mutes, by the real program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from jeeves.store.schema import notifications
from tests.acceptance.installation import PROPOSAL, letter

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

PEOPLE = ("Ada Holm <ada@example.org>", "Ben Ode <ben@example.org>", "Cleo Roy <cleo@example.org>")


def deliver(server: GmailLikeServer) -> None:
    for number, sender in enumerate(PEOPLE, start=1):
        server.deliver("INBOX", letter(number, PROPOSAL, sender=sender))


def quiet_now() -> str:
    """Return quiet hours around this moment, whatever the hour."""
    now = datetime.now(UTC)
    return f"{now - timedelta(hours=2):%H:%M}-{now + timedelta(hours=2):%H:%M}"


def let_the_wait_end(installation: Installation, engine: Engine) -> None:
    installation.sections["alerts"].pop("quiet_hours", None)
    with engine.begin() as connection:
        connection.execute(update(notifications).values(next_attempt_at=datetime.now(UTC) - timedelta(seconds=1)))


def test_alerts_of_quiet_hours_are_told_as_one_when_these_end(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    installation.sections["alerts"] |= {"quiet_hours": quiet_now(), "timezone": "UTC"}
    deliver(server)

    quiet = installation.run("run", "--once")
    assert (quiet.returncode, quiet.stdout) == (0, ""), quiet.stderr
    assert installation.status()["alerts"]["pending"] == 3
    let_the_wait_end(installation, engine)
    morning = installation.run("run", "--once")

    (told,) = morning.stdout.splitlines()
    assert "3 get-togethers need a place:" in told
    assert all(name in told for name in ("Ada", "Ben", "Cleo"))
    assert installation.run("run", "--once").stdout == ""


def test_beyond_the_budget_the_rest_waits_for_the_digest(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    a_day_away = f"{datetime.now(UTC) - timedelta(minutes=5):%H:%M}"
    installation.sections["alerts"] |= {"budget_per_day": 1, "digest_at": a_day_away, "timezone": "UTC"}
    deliver(server)  # three equally sure alerts

    first = installation.run("run", "--once")
    let_the_wait_end(installation, engine)
    second = installation.run("run", "--once")

    assert len(first.stdout.splitlines()) == 1
    (digest,) = second.stdout.splitlines()
    assert "2 get-togethers need a place:" in digest


def test_a_muted_sender_raises_no_alert_until_unmuted(installation: Installation, server: GmailLikeServer) -> None:
    muted = installation.run("mute", "ADA@example.org", "--for", "30d")
    assert (muted.returncode, muted.stdout.startswith("Muted: ada@example.org, until ")) == (0, True), muted.stderr
    server.deliver("INBOX", letter(1, PROPOSAL))

    assert installation.run("run", "--once").stdout == ""
    why = installation.run("why", "1")
    assert "you muted its sender or its thread" in " ".join(why.stdout.split())
    assert "ada@example.org" in installation.run("mute", "list").stdout

    assert installation.run("unmute", "ada@example.org").stdout == "ada@example.org is heard again.\n"
    assert installation.run("mute", "list").stdout == "Nothing is muted.\n"
    server.deliver("INBOX", letter(2, PROPOSAL))
    assert "Ada Holm" in installation.run("run", "--once").stdout


def test_a_muted_thread_is_silent_and_its_waiting_alert_is_withdrawn(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    installation.sections["alerts"] |= {"quiet_hours": quiet_now(), "timezone": "UTC"}
    server.deliver("INBOX", letter(1, PROPOSAL), thread=77)
    installation.run("run", "--once")

    assert installation.run("mute", "b2", "--thread").stdout == "Muted: the thread of message 1, for good.\n"

    let_the_wait_end(installation, engine)
    assert installation.run("run", "--once").stdout == ""
    assert installation.status()["alerts"]["withdrawn"] == 1
    assert "b2 Hello" in installation.run("mute", "list").stdout
    assert installation.run("unmute", "1", "--thread").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("mute", "nobody"), "That names neither a message nor a sender."),
        (("mute", "99"), "There is no message 99."),
        (("mute", "ada@example.org", "--thread"), "That names neither a message nor a sender."),
        (("mute", "ada@example.org", "--for", "a while"), "write a whole number and a unit"),
        (("mute", "ada@example.org", "--for", "0s"), "must be longer than nothing"),
        (("unmute", "ada@example.org"), "ada@example.org is not muted."),
    ],
)
def test_what_cannot_be_muted_is_one_clear_sentence(
    installation: Installation, arguments: tuple[str, ...], sentence: str
) -> None:
    refused = installation.run(*arguments)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PROPOSAL, REPORT, letter

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

HOSTILE = "Invoice \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b2J \u202e and a very long subject that goes on and on and on"


@pytest.fixture
def read(installation: Installation, server: GmailLikeServer) -> Installation:
    """Return an installation that has read two messages."""
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.deliver("INBOX", letter(2, f"{REPORT}\r\n\r\n> older {HOSTILE}", subject=HOSTILE))
    assert installation.run("run", "--once").returncode == 0
    return installation


def test_a_missed_message_is_found_labelled_and_shown(read: Installation) -> None:
    found = read.run("search", "quarterly", "Report")
    number = found.stdout.splitlines()[1].split()[0]
    read.run("label", number, "yes")
    read.run("label", number, "no")

    shown = read.run("show", number).stdout

    assert found.returncode == 0
    assert number == "2"
    assert " needs a place, you, with jeeves label\n" in shown
    assert "answer      needs no place: your latest word\n" in shown
    assert "The quarterly report is attached. The invoice was paid yesterday.\n" in shown
    assert "lies in     folder INBOX" in shown
    assert "at the time " in shown
    assert read.run("search", "quarterly").stdout.splitlines()[1].split()[1] == "no"


def test_everything_fits_a_terminal_and_steers_none(read: Installation) -> None:
    for arguments in (("show", "1"), ("show", "2"), ("search", "invoice"), ("search", "nothing"), ("search", "lunch")):
        shown = read.run(*arguments)

        assert shown.returncode == 0, shown.stderr
        assert all(line.isprintable() and len(line) <= 80 for line in shown.stdout.split("\n"))


def test_an_alert_is_shown_with_its_message(read: Installation) -> None:
    shown = read.run("show", "b2").stdout

    assert "alert       b2 by console, " in shown
    assert ": delivered\n" in shown
    assert "thread      a get-together is open: nobody has said where" in shown


def test_the_same_comes_as_json(read: Installation) -> None:
    read.run("label", "1", "yes")

    shown = json.loads(read.run("show", "1", "--json").stdout)
    found = [json.loads(line) for line in read.run("search", "--json", "lunch or invoice").stdout.splitlines()]

    assert (shown["id"], shown["text"], shown["answer"]) == (1, PROPOSAL, "yes")
    assert [(entry["answer"], entry["source"], entry["counts"]) for entry in shown["labels"]] == [("yes", "cli", True)]
    assert shown["thread"]["place"] == "open"
    assert [decision["decision"] for decision in shown["decisions"]] == ["alert"]
    assert {each["id"]: each["answer"] for each in found} == {1: "yes", 2: None}
    assert found[0]["message_key"]


def test_a_number_nobody_has_is_one_clear_error(installation: Installation) -> None:
    refused = installation.run("show", "99")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("There is no message 99.\n")

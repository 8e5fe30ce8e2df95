"""Labels, and a server or a folder that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.errors import MailUnavailable
from tests.integration.marks.life import Start, mail

if TYPE_CHECKING:
    from tests.servers.gmail_like import GmailLikeServer


def test_a_connection_that_died_between_two_polls_costs_nothing(gmail: GmailLikeServer, start: Start) -> None:
    uid = gmail.deliver("INBOX", mail(1))
    life = start(gmail)
    life.read_mail()
    life.follow()

    gmail.drop_connections()
    gmail.set_labels("INBOX", uid, ["Jeeves"])
    life.follow()

    assert life.answers() == [("m1", "yes")]


def test_a_server_in_trouble_is_left_to_those_who_watch_it(gmail: GmailLikeServer, start: Start) -> None:
    gmail.deliver("INBOX", mail(1), labels=["Jeeves"])
    life = start(gmail)
    life.read_mail()
    gmail.drop_connections()
    gmail.answers["EXAMINE"] = "DROP"

    life.follow()

    assert life.answers() == []
    gmail.answers.clear()
    life.follow()
    assert life.answers() == [("m1", "yes")]


def test_labels_that_can_never_be_read_are_told_in_the_end(gmail: GmailLikeServer, start: Start) -> None:
    life = start(gmail)
    gmail.answers["EXAMINE"] = "OK but nothing of what an EXAMINE has to say"
    for _ in range(9):
        life.follow()

    with pytest.raises(MailUnavailable):
        life.follow()


def test_a_folder_that_is_missing_does_not_hide_the_labels_of_the_others(gmail: GmailLikeServer, start: Start) -> None:
    gmail.create_folder("Work")
    gmail.deliver("INBOX", mail(1), labels=["Jeeves"])
    life = start(gmail, folders=("Work", "INBOX"))
    life.read_mail()
    gmail.remove_folder("Work")

    life.follow()

    assert life.answers() == [("m1", "yes")]


def test_letting_go_is_for_good(gmail: GmailLikeServer, start: Start) -> None:
    life = start(gmail)
    source = life.app.open_marks()
    assert source.scan("INBOX", None).marked == ()
    source.close()

    with pytest.raises(MailUnavailable, match="closed"):
        source.scan("INBOX", None)

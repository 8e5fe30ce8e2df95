"""Labels where the server is not Gmail: keywords and folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from imapclient import IMAPClient

from tests.acceptance.installation import PROPOSAL
from tests.integration.marks.life import Start, mail
from tests.servers.dovecot import DovecotServer
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.servers.gmail_like import GmailLikeServer


@pytest.fixture
def dovecot() -> Iterator[DovecotServer]:
    with DovecotServer() as server:
        yield server


@pytest.fixture
def phone(dovecot: DovecotServer) -> Iterator[IMAPClient]:
    """Yield another mail program, in which the owner labels mail."""
    with IMAPClient("127.0.0.1", dovecot.port, ssl=False, timeout=40) as client:
        client.plain_login(USERNAME, PASSWORD)
        yield client


def test_on_other_servers_keywords_are_the_labels(dovecot: DovecotServer, phone: IMAPClient, start: Start) -> None:
    for number in (1, 2):
        dovecot.deliver("INBOX", mail(number))
    life = start(dovecot)
    life.read_mail()
    life.follow()
    phone.select_folder("INBOX")

    phone.add_flags([2], [b"$Jeeves"])
    life.follow()
    phone.add_flags([2], [b"$JeevesNo"])
    life.follow()
    life.follow()
    phone.remove_flags([2], [b"$Jeeves", b"$JeevesNo"])
    life.follow()

    assert life.answers() == [("m2", "yes"), ("m2", "no"), ("m2", "skip"), ("m2", "skip")]
    assert dovecot.flags("INBOX") == {1: set(), 2: set()}


def test_on_other_servers_what_is_found_gets_the_keyword_and_the_owner_may_take_it_off(
    dovecot: DovecotServer, phone: IMAPClient, start: Start
) -> None:
    dovecot.deliver("INBOX", mail(1, PROPOSAL))
    dovecot.deliver("INBOX", mail(2))
    life = start(dovecot, write=True)
    life.read_mail()
    for _ in range(3):
        life.follow()
    assert dovecot.flags("INBOX") == {1: {"$Jeeves"}, 2: set()}
    assert life.answers() == []

    phone.select_folder("INBOX")
    phone.remove_flags([1], [b"$Jeeves"])
    for _ in range(2):
        life.follow()

    assert dovecot.flags("INBOX") == {1: set(), 2: set()}
    assert life.answers() == [("m1", "skip")]


def test_on_other_servers_moving_to_a_folder_of_the_labels_name_is_an_answer(
    dovecot: DovecotServer, phone: IMAPClient, start: Start
) -> None:
    for folder in ("Jeeves", "Jeeves.No"):
        dovecot.create_folder(folder)
    for number in (1, 2):
        dovecot.deliver("INBOX", mail(number))
    life = start(dovecot)
    life.read_mail()
    life.follow()

    def move(source: str, target: str) -> None:
        phone.select_folder(source)
        phone.move([max(phone.search())], target)
        for _ in range(2):
            life.read_mail()
            life.follow()

    move("INBOX", "Jeeves")
    assert life.answers() == [("m2", "yes")]
    move("Jeeves", "Jeeves.No")
    assert life.answers() == [("m2", "yes"), ("m2", "no")]
    move("Jeeves.No", "INBOX")
    assert life.answers() == [("m2", "yes"), ("m2", "no"), ("m2", "skip"), ("m2", "skip")]


def test_a_copy_in_the_folder_counts_as_much(dovecot: DovecotServer, phone: IMAPClient, start: Start) -> None:
    dovecot.create_folder("Jeeves")
    dovecot.deliver("INBOX", mail(1))
    life = start(dovecot)
    life.read_mail()
    life.follow()
    phone.select_folder("INBOX")

    phone.copy([1], "Jeeves")
    for flag in (b"\\Seen", b"\\Flagged"):
        phone.add_flags([1], [flag])
        life.follow()

    assert life.answers() == [("m1", "yes")]


def test_two_copies_of_which_one_is_labelled_do_not_contradict_each_other(gmail: GmailLikeServer, start: Start) -> None:
    gmail.gmail = False
    gmail.create_folder("Work")
    for folder in ("INBOX", "Work"):
        gmail.deliver(folder, mail(1))
    gmail.folders["Work"].mails[1].flags.add("$Jeeves")
    life = start(gmail, folders=("INBOX", "Work"))
    life.read_mail()

    for _ in range(3):
        life.follow()

    assert life.answers() == [("m1", "yes")]

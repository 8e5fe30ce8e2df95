"""Labels in the mailbox as answers: real servers, a real database, the real classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.app.clock import utc_now
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.types import Answer, LabelSource
from tests.acceptance.installation import PROPOSAL
from tests.integration.marks.life import Start, mail
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import ALL_MAIL, PASSWORD, USERNAME

if TYPE_CHECKING:
    from sqlalchemy import Engine

WRITES = ("SELECT", "STORE", "CREATE", "COPY", "APPEND", "EXPUNGE", "CLOSE")


def test_a_label_put_on_changed_and_taken_off_is_an_answer_each_time(gmail: GmailLikeServer, start: Start) -> None:
    first, second = (gmail.deliver("INBOX", mail(number)) for number in (1, 2))
    life = start(gmail)
    life.read_mail()
    life.follow()
    assert life.answers() == []

    for labelled in (["\\Inbox", "Jeeves"], ["Jeeves/No"], ["Other"]):
        gmail.set_labels("INBOX", second, labelled)
        life.follow()
        life.follow()

    assert life.answers() == [("m2", "yes"), ("m2", "no"), ("m2", "skip"), ("m2", "skip")]
    assert gmail.labels("INBOX", first) == ()


@pytest.mark.parametrize("before", [Answer.NO, None])
def test_a_label_taken_off_leaves_what_was_said_otherwise(
    before: Answer | None, gmail: GmailLikeServer, start: Start, engine: Engine
) -> None:
    uid = gmail.deliver("INBOX", mail(1))
    life = start(gmail)
    life.read_mail()
    history, queue = PostgresLabels(engine), PostgresLabelQueue(engine)
    number = queue.waiting()[0].id
    if before is not None:
        history.add(number, before, LabelSource.CLI, now=utc_now())

    for labelled in (["Jeeves/No"], ["Jeeves"], []):
        gmail.set_labels("INBOX", uid, labelled)
        life.follow()

    assert [each.answer for each in history.answered()] == ([] if before is None else [before])
    assert [each.id for each in queue.waiting()] == ([number] if before is None else [])


def test_the_label_has_the_name_the_owner_gave_it(gmail: GmailLikeServer, start: Start) -> None:
    uid = gmail.deliver("INBOX", mail(1))
    life = start(gmail, label="Büro/Treffen")
    life.read_mail()

    gmail.set_labels("INBOX", uid, ["Jeeves", "Büro/Treffen/No"])
    life.follow()

    assert life.answers() == [("m1", "no")]


def test_labels_of_before_the_first_look_count(gmail: GmailLikeServer, start: Start) -> None:
    gmail.deliver("INBOX", mail(1), labels=["Jeeves"])
    life = start(gmail)

    life.read_mail()
    life.follow()

    assert life.answers() == [("m1", "yes")]


def test_a_message_labelled_before_it_was_read_counts_once_it_is(gmail: GmailLikeServer, start: Start) -> None:
    gmail.deliver("INBOX", mail(1))
    life = start(gmail)
    life.read_mail()
    life.follow()
    gmail.deliver("INBOX", mail(2), labels=["Jeeves/No"])
    life.follow()
    assert life.answers() == []

    life.read_mail()
    life.follow()

    assert life.answers() == [("m2", "no")]


def test_a_message_that_was_archived_is_followed_in_all_mail(gmail: GmailLikeServer, start: Start) -> None:
    gmail.create_folder(ALL_MAIL)
    uid = gmail.deliver("INBOX", mail(1))
    copy = gmail.deliver(ALL_MAIL, mail(1))
    gmail.folders[ALL_MAIL].mails[copy].gmail_id = gmail.folders["INBOX"].mails[uid].gmail_id
    life = start(gmail)
    life.read_mail()
    life.follow()

    gmail.expunge("INBOX", uid)
    gmail.set_labels(ALL_MAIL, copy, ["Jeeves"])
    life.follow()

    assert life.answers() == [("m1", "yes")]


def test_a_renumbered_folder_says_nothing_twice(gmail: GmailLikeServer, start: Start) -> None:
    for number in (1, 2, 3):
        gmail.deliver("INBOX", mail(number), labels=["Jeeves"] if number > 1 else [])
    life = start(gmail)
    life.read_mail()
    life.follow()
    before = life.answers()

    gmail.expunge("INBOX", 1)
    gmail.renumber("INBOX")
    life.follow()
    life.read_mail()
    life.follow()

    assert sorted(before) == sorted(life.answers()) == [("m2", "yes"), ("m3", "yes")]


def test_only_what_changed_is_asked_for_where_changes_are_counted(start: Start) -> None:
    with GmailLikeServer({USERNAME: PASSWORD}) as server:
        for number in range(1, 30):
            server.deliver("INBOX", mail(number))
        life = start(server)
        life.read_mail()
        life.follow()
        server.commands.clear()

        life.follow()
        assert not any(command.startswith("FETCH") for command in server.commands)
        server.set_labels("INBOX", 7, ["Jeeves"])
        life.follow()

        (asked,) = (command for command in server.commands if command.startswith("FETCH"))
        assert "CHANGEDSINCE" in asked
        assert life.answers() == [("m7", "yes")]


def test_reading_labels_leaves_no_trace(gmail: GmailLikeServer, start: Start) -> None:
    uid = gmail.deliver("INBOX", mail(1, PROPOSAL), labels=["Jeeves/No"])
    life = start(gmail)

    life.read_mail()
    life.follow()

    assert life.answers() == [("m1", "no")]
    assert gmail.flags("INBOX") == {uid: set()}
    assert gmail.labels("INBOX", uid) == ("Jeeves/No",)
    assert not any(command.startswith(WRITES) for command in gmail.commands)

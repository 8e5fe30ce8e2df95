"""Labels in the mailbox as answers, and labels Jeeves writes: real servers, a real database, the real classifier."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest
import structlog
from imapclient import IMAPClient
from sqlalchemy import select

from jeeves.actions.decide import decide_new
from jeeves.actions.ingest import sync_folder
from jeeves.app.building import build
from jeeves.app.clock import utc_now
from jeeves.app.databases import Database
from jeeves.config import load_config
from jeeves.errors import MailUnavailable, UserError
from jeeves.store.label_queue import PostgresLabelQueue
from jeeves.store.labels import PostgresLabels
from jeeves.store.schema import labels, messages
from jeeves.types import CANARY_SENDER, Answer, LabelSource
from jeeves.upkeep import Upkeep
from tests.acceptance.installation import PROPOSAL, REPORT, letter
from tests.servers.dovecot import DovecotServer
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import ALL_MAIL, PASSWORD, USERNAME, MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from sqlalchemy import Engine

WRITES = ("SELECT", "STORE", "CREATE", "COPY", "APPEND", "EXPUNGE", "CLOSE")


class Life:
    """What the daemon does of it in one poll, step by step."""

    def __init__(self, engine: Engine, config: Path) -> None:
        self.engine = engine
        self.app = build(load_config(config), Database(engine=engine, revive=None))
        self._upkeep = Upkeep(self.app, config_file=config, clock=utc_now, log=structlog.get_logger("test"))

    def read_mail(self) -> None:
        for folder in self.app.config.mail.folders:
            sync_folder(self.app.source, self.app.store, USERNAME, folder, utc_now)
        decide_new(self.app.store, self.app.classifier, self.app.owner, self.app.history, utc_now)

    def follow(self) -> None:
        self._upkeep.follow_labels()

    def answers(self) -> list[tuple[str, str]]:
        """Return every answer by label there is, in order: (Message-ID's number, answer)."""
        query = (
            select(messages.c.subject, labels.c.value, labels.c.source)
            .join(labels, labels.c.message_id == messages.c.id)
            .order_by(labels.c.id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        assert {row.source for row in rows} <= {"gmail"}
        return [(row.subject, row.value) for row in rows]

    def close(self) -> None:
        self.app.source.close()
        self._upkeep.stop()


class Start(Protocol):
    def __call__(
        self, server: MailServer, *, write: bool = False, folders: Sequence[str] = ("INBOX",), label: str = "Jeeves"
    ) -> Life: ...


@pytest.fixture
def start(engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    monkeypatch.setenv("JEEVES_IMAP_PASSWORD", PASSWORD)
    lives: list[Life] = []

    def begin(
        server: MailServer, *, write: bool = False, folders: Sequence[str] = ("INBOX",), label: str = "Jeeves"
    ) -> Life:
        config = tmp_path / "jeeves.toml"
        named = ", ".join(f'"{name}"' for name in folders)
        config.write_text(
            f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\nusername = "{USERNAME}"\n'
            f'folders = [{named}]\ntraining_label = "{label}"\nwrite_labels = {str(write).lower()}\n'
            f'[database]\ndata_dir = "{tmp_path / "data"}"\n',
            encoding="utf-8",
        )
        lives.append(Life(engine, config))
        return lives[-1]

    yield begin
    for life in lives:
        life.close()


@pytest.fixture(params=["changes counted", "changes not counted"])
def gmail(request: pytest.FixtureRequest) -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USERNAME: PASSWORD}) as server:
        server.condstore = request.param == "changes counted"
        yield server


def mail(number: int, text: str = REPORT) -> bytes:
    return letter(number, text, subject=f"m{number}")


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


def test_what_jeeves_finds_is_labelled_once_and_is_nobodys_answer(gmail: GmailLikeServer, start: Start) -> None:
    found, other = gmail.deliver("INBOX", mail(1, PROPOSAL)), gmail.deliver("INBOX", mail(2))
    canary = gmail.deliver("INBOX", letter(3, PROPOSAL, sender=f"Jeeves <{CANARY_SENDER}>"))
    life = start(gmail, write=True)
    life.read_mail()

    for _ in range(3):
        life.follow()

    assert gmail.labels("INBOX", found) == ("Jeeves",)
    assert gmail.labels("INBOX", other) == gmail.labels("INBOX", canary) == ()
    assert gmail.flags("INBOX") == {found: set(), other: set(), canary: set()}
    assert life.answers() == []
    assert sum(command.startswith("STORE") for command in gmail.commands) == 1


@pytest.mark.parametrize(
    ("corrected", "answer"), [((), "skip"), (("Jeeves/No",), "no"), (("Jeeves", "Jeeves/No"), "no")]
)
def test_the_owner_corrects_a_label_of_jeeves_and_is_not_contradicted(
    gmail: GmailLikeServer, start: Start, corrected: tuple[str, ...], answer: str
) -> None:
    uid = gmail.deliver("INBOX", mail(1, PROPOSAL))
    life = start(gmail, write=True)
    life.read_mail()
    life.follow()
    life.follow()

    gmail.set_labels("INBOX", uid, corrected)
    for _ in range(3):
        life.follow()

    assert life.answers() == [("m1", answer)]
    assert gmail.labels("INBOX", uid) == corrected


def test_what_the_owner_has_labelled_jeeves_leaves_alone(gmail: GmailLikeServer, start: Start) -> None:
    uid = gmail.deliver("INBOX", mail(1, PROPOSAL), labels=["Jeeves/No"])
    life = start(gmail, write=True)
    life.read_mail()
    life.follow()

    gmail.set_labels("INBOX", uid, [])
    for _ in range(2):
        life.follow()

    assert gmail.labels("INBOX", uid) == ()
    assert life.answers() == [("m1", "no"), ("m1", "skip")]


def test_a_label_that_may_have_been_written_is_not_tried_again_and_not_taken_for_an_answer(
    gmail: GmailLikeServer, start: Start
) -> None:
    # given a connection that breaks while a label is written, which the server had obeyed
    uid = gmail.deliver("INBOX", mail(1, PROPOSAL))
    life = start(gmail, write=True)
    life.read_mail()
    gmail.answers["STORE"] = "DROP"
    life.follow()
    del gmail.answers["STORE"]
    gmail.set_labels("INBOX", uid, ["Jeeves"])

    life.follow()
    life.follow()

    assert life.answers() == []
    assert sum(command.startswith("STORE") for command in gmail.commands) == 1


def test_after_a_refusal_a_label_that_appears_is_the_owners(gmail: GmailLikeServer, start: Start) -> None:
    uid = gmail.deliver("INBOX", mail(1, PROPOSAL))
    life = start(gmail, write=True)
    life.read_mail()
    gmail.answers["STORE"] = "NO [CANNOT] No labels today"
    with pytest.raises(UserError, match="takes no labels"):
        life.follow()
    del gmail.answers["STORE"]
    gmail.set_labels("INBOX", uid, ["Jeeves"])

    life.follow()
    life.follow()

    assert life.answers() == [("m1", "yes")]
    assert sum(command.startswith("STORE") for command in gmail.commands) == 1


def test_a_server_that_takes_no_labels_is_told_with_the_remedy(start: Start) -> None:
    with GmailLikeServer({USERNAME: PASSWORD}, gmail=False) as server:
        server.deliver("INBOX", mail(1, PROPOSAL))
        life = start(server, write=True)
        life.read_mail()

        with pytest.raises(UserError) as refused:
            life.follow()

        assert "takes no labels" in refused.value.message
        assert "write_labels" in refused.value.advice


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

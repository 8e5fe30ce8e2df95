"""Labels that Jeeves writes, and what the owner makes of them."""

from __future__ import annotations

import pytest

from jeeves.errors import UserError
from jeeves.types import CANARY_SENDER
from tests.acceptance.installation import PROPOSAL, letter
from tests.integration.marks.life import Start, mail
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.interface import PASSWORD, USERNAME


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

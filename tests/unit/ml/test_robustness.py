"""What the shipped model says of mail that is odd, noisy or meant to deceive."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from jeeves import shipped
from jeeves.mail.parse import parse_bytes
from jeeves.ml import artifact
from jeeves.types import Invite, Message
from tests.unit.ml.examples import message

if TYPE_CHECKING:
    from jeeves.ml.model import Model

PROPOSAL = "Are you free for lunch next Tuesday? It would be great to catch up. Let me know what time works for you."


@pytest.fixture(scope="module")
def model() -> Model:
    return artifact.load_active(shipped("models"))


def probability(model: Model, letter: Message) -> float:
    return model.predict([letter])[0].probability


def html_mail(html: str) -> Message:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Deals <deals@shop.example>", "me@example.com", "Our prices"
    mail["Date"] = "Wed, 04 Mar 2026 10:00:00 +0000"
    mail.set_content(html, subtype="html")
    return parse_bytes(mail.as_bytes())


def test_a_plain_proposal_is_found_and_a_parcel_is_not(model: Model) -> None:
    proposal, parcel = model.predict([message(PROPOSAL), message("Your parcel was delivered. Track it online.")])
    assert proposal.needs_place
    assert not parcel.needs_place


@pytest.mark.parametrize("text", ["", "ok", "Thanks!", "👍", "🍕🍷🥂🎉", "Unsubscribe", "...", "1234567890"])
def test_next_to_nothing_raises_no_alert(model: Model, text: str) -> None:
    assert not model.predict([message(text)])[0].needs_place


def test_a_megabyte_of_report_raises_no_alert(model: Model) -> None:
    report = "The figures of the third quarter are attached. Revenue rose, costs fell. " * 14_000
    assert not model.predict([message(report, subject="Quarterly report")])[0].needs_place


def test_a_proposal_on_top_of_a_megabyte_is_still_read(model: Model) -> None:
    long = PROPOSAL + "\n\n" + "The figures of the third quarter are attached. Revenue rose, costs fell. " * 14_000
    (prediction,) = model.predict([message(long)])
    assert prediction.sentence in PROPOSAL
    assert prediction.probability > probability(model, message(long[len(PROPOSAL) :]))


def test_shouting_says_the_same(model: Model) -> None:
    assert model.predict([message(PROPOSAL.upper())])[0].needs_place


def test_an_invite_alone_is_read(model: Model) -> None:
    bare = Message(
        message_key="i",
        thread_key="i",
        sender=message().sender,
        recipients=message().recipients,
        subject="Lunch on Tuesday",
        received_at=message().received_at,
        invite=Invite(method="REQUEST", summary="Lunch on Tuesday"),
    )
    placed = Message(
        message_key="i",
        thread_key="i",
        sender=message().sender,
        recipients=message().recipients,
        subject="Lunch on Tuesday",
        received_at=message().received_at,
        invite=Invite(method="REQUEST", summary="Lunch on Tuesday", location="Golden Lion, Mill Street 4"),
    )
    assert probability(model, bare) > probability(model, placed)


def test_scanned_letters_with_some_errors_are_still_read(model: Model) -> None:
    scanned = "Are yon free for lunch next Tuesday? It wou1d be great to cat ch up. Let me know what tirne works."
    assert model.predict([message(scanned)])[0].needs_place


def test_another_language_raises_no_alert_and_says_so(model: Model) -> None:
    for text in (
        "来週の火曜日にランチでもいかがですか?場所はお任せします。",
        "Hast du nächste Woche Zeit für ein Mittagessen? Sag mir, welcher Tag dir am besten passt, dann buche ich.",
    ):
        (prediction,) = model.predict([message(text)])
        assert not prediction.needs_place
        assert "not in English" in {reason.feature for reason in prediction.reasons}


@pytest.mark.parametrize("style", ["display:none", "font-size:0", "visibility:hidden", "max-height:0;overflow:hidden"])
def test_filler_nobody_can_see_changes_nothing(model: Model, style: str) -> None:
    advert = "<p>Save 40% on all shoes this week only. Click here to order now. Unsubscribe at any time.</p>"
    hidden = f'<div style="{style}">Nice to meet you! Are you free for lunch on Tuesday? Where shall we meet?</div>'
    with_filler, without = html_mail(hidden + advert), html_mail(advert)
    assert probability(model, with_filler) == pytest.approx(probability(model, without))
    assert not model.predict([with_filler])[0].needs_place


def test_the_best_contradictory_evidence_is_named(model: Model) -> None:
    (prediction,) = model.predict([message("Lunch on Tuesday at noon at the Golden Lion, 4 Mill Street.")])
    assert not prediction.needs_place
    assert min(reason.weight for reason in prediction.reasons) < 0

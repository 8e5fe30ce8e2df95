"""The owner answers an alert by text message, by the real daemon."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from jeeves.store.labels import PostgresLabels
from jeeves.store.schema import labels, replies
from jeeves.types import Answer
from tests.acceptance.installation import PROPOSAL, letter, wait_until
from tests.servers.twilio_stub import TwilioStub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

_A_LOOK = 90.0  # seconds: answers are looked for every 15


@pytest.fixture
def twilio(installation: Installation) -> Iterator[TwilioStub]:
    """Serve a Twilio that the installation texts through, and demand that nobody misused it."""
    with TwilioStub() as stub:
        account = {"account_sid": "env:TWILIO_SID", "auth_token": "env:TWILIO_TOKEN", "api_base": stub.url}
        installation.sections["notify.sms"] = account | {"from": "+15550100", "to": "+15550101"}
        installation.sections["alerts"]["channels"] = ["sms"]
        installation.environment |= {"TWILIO_SID": stub.account_sid, "TWILIO_TOKEN": stub.auth_token}
        yield stub
        assert stub.mistakes == []


def count(engine: Engine, table: object) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()  # type: ignore[arg-type] # a table
        return found


def test_an_answer_becomes_a_label_and_others_are_ignored_and_counted(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub, engine: Engine
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.deliver("INBOX", letter(2, PROPOSAL, sender="Ben <ben@example.org>"))
    installation.start()
    wait_until(lambda: len(twilio.texts_received) == 2)

    twilio.receive("2 b2", sender="+15550199")
    twilio.receive("1 C2")
    twilio.receive("4 b2 The Crown")
    wait_until(lambda: count(engine, replies) == 3, seconds=_A_LOOK)

    answers = [(mail.id, mail.answer) for mail in PostgresLabels(engine).answered()]
    assert answers == [(2, Answer.YES), (1, Answer.YES)]
    shown = installation.run("status").stdout
    assert "answers     2 by text message, 1 from others, ignored" in shown


def test_an_answer_that_is_not_clear_is_answered_in_one_text_message(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    for number in (1, 2):
        server.deliver("INBOX", letter(number, PROPOSAL))
    installation.start()
    wait_until(lambda: len(twilio.texts_received) == 2)

    twilio.receive("1")

    wait_until(lambda: len(twilio.texts_received) == 3, seconds=_A_LOOK)
    said = twilio.texts_received[-1]
    assert said.startswith("Which one? b2 Ada Holm: lunch")
    assert len(said) <= 160


def test_killed_again_and_again_each_answer_counts_once(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub, engine: Engine
) -> None:
    for number in range(1, 6):
        server.deliver("INBOX", letter(number, PROPOSAL))
    assert installation.run("run", "--once").returncode == 0
    for reference in ("b2", "c2", "d2", "f2", "g2"):
        twilio.receive(f"1 {reference}")
    for wait in (0.9, 1.2, 1.5, 1.8):  # before, in the middle of and after the first look
        daemon = installation.start()
        time.sleep(wait)
        daemon.kill()

    installation.start()
    wait_until(lambda: count(engine, replies) == 5, seconds=_A_LOOK)

    assert count(engine, labels) == 5
    assert [mail.id for mail in PostgresLabels(engine).answered()] == [1, 2, 3, 4, 5]

"""Where waiting, settling, digests, answers and escalation meet: a night and a morning of the real program."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from jeeves.app.clock import utc_now
from jeeves.store.schema import notifications
from tests.acceptance.installation import PROPOSAL, letter, wait_until
from tests.acceptance.test_sent_mail import answer
from tests.acceptance.test_when import deliver, let_the_wait_end, quiet_now
from tests.servers.interface import SENT_MAIL
from tests.servers.twilio_stub import Failure

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer
    from tests.servers.twilio_stub import TwilioStub

_A_LOOK = 90.0  # seconds: answers are looked for every 15


def fall_silent(installation: Installation, *channels: str) -> None:
    installation.sections["alerts"] |= {"quiet_hours": quiet_now(), "timezone": "UTC", "channels": list(channels)}


def states(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        found = connection.execute(select(notifications).order_by(notifications.c.id))
        return [(row.channel, row.status) for row in found]


def test_what_the_owner_settles_at_night_is_not_told_in_the_morning(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub, engine: Engine
) -> None:
    fall_silent(installation, "sms")
    server.create_folder(SENT_MAIL)
    server.deliver("INBOX", letter(1, PROPOSAL), thread=7, received_at=utc_now() - timedelta(minutes=5))
    installation.run("run", "--once")
    assert installation.status()["alerts"]["pending"] == 1
    server.deliver(SENT_MAIL, answer(1, "Gladly! Let's meet at Luigi's."), thread=7)
    installation.run("run", "--once")

    let_the_wait_end(installation, engine)
    morning = installation.run("run", "--once")

    assert morning.returncode == 0, morning.stderr
    assert twilio.texts_received == []
    assert states(engine) == [("sms", "withdrawn")]


def test_a_text_message_that_twilio_never_got_is_not_repeated_before_the_morning(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub, engine: Engine
) -> None:
    installation.sections["alerts"]["channels"] = ["sms", "call"]
    twilio.next_failures.append(Failure(status=503))
    server.deliver("INBOX", letter(1, PROPOSAL))
    installation.run("run", "--once")
    assert states(engine) == [("sms", "unconfirmed")]

    fall_silent(installation, "sms", "call")
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with engine.begin() as connection:
        connection.execute(update(notifications).values(next_attempt_at=long_ago, tried_at=long_ago))
    for _ in range(2):
        assert installation.run("run", "--once").returncode == 0
        assert states(engine) == [("sms", "pending")]
        assert (twilio.texts_received, twilio.calls_received) == ([], [])

    let_the_wait_end(installation, engine)
    installation.run("run", "--once")
    assert len(twilio.texts_received) == 1


def test_each_alert_of_a_digest_is_answered_by_its_sign_and_no_call_follows(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub, engine: Engine
) -> None:
    fall_silent(installation, "sms", "call")
    deliver(server)  # three alerts: b2, c2, d2
    installation.run("run", "--once")
    let_the_wait_end(installation, engine)
    installation.start()
    wait_until(lambda: len(twilio.texts_received) == 1)
    (digest,) = twilio.texts_received
    assert len(digest) <= 160
    assert digest.startswith("3 get-togethers need a place: b2 Ada Holm")

    twilio.receive("1")
    twilio.receive("4 b2 The Crown")
    twilio.receive("2 c2")
    wait_until(lambda: len(twilio.texts_received) == 2, seconds=_A_LOOK)

    assert twilio.texts_received[1].startswith("Which one? b2 Ada Holm: lunch")
    wait_until(lambda: installation.status()["replies"]["applied"] == 2)
    pending = installation.run("pending").stdout
    assert [sign in pending for sign in ("b2", "c2", "d2")] == [False, False, True]
    why = " ".join(installation.run("why", "c2").stdout.split())
    assert "alert by sms, in a digest: sent" in why
    assert "settled: The Crown, by your word" in " ".join(installation.run("why", "b2").stdout.split())
    with engine.connect() as connection:  # who answers has read it
        due = select(notifications.c.id).where(
            notifications.c.escalate_at.is_not(None), notifications.c.kind == "digest"
        )
        assert connection.execute(due).all() == []


def test_a_thread_that_is_opened_anew_is_texted_with_a_new_sign(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub
) -> None:
    installation.sections["alerts"]["channels"] = ["sms"]
    for number, text in enumerate(
        (PROPOSAL, "Let's meet at the Red Lion.", "The Red Lion is closed on Thursday. Where else shall we go?"), 1
    ):
        server.deliver("INBOX", letter(number, text), thread=7)
        assert installation.run("run", "--once").returncode == 0

    assert [text[-4:] for text in twilio.texts_received] == ["[b2]", "[d2]"]


def test_what_is_ordered_again_in_quiet_hours_is_said_to_wait(
    installation: Installation, server: GmailLikeServer, twilio: TwilioStub, engine: Engine
) -> None:
    fall_silent(installation, "sms")
    server.deliver("INBOX", letter(1, PROPOSAL))
    installation.run("run", "--once")
    installation.run("outbox", "cancel", "b2")

    again = installation.run("outbox", "retry", "b2")

    assert "is sent again when quiet hours end, " in again.stdout
    installation.run("run", "--once")
    assert (twilio.texts_received, states(engine)) == ([], [("sms", "pending")])

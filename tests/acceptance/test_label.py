from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.store.labels import PostgresLabels
from jeeves.types import Answer
from tests.acceptance.installation import PROPOSAL, letter

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def test_an_answer_is_kept(installation: Installation, server: GmailLikeServer, engine: Engine) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL))
    assert installation.run("run", "--once").returncode == 0

    assert installation.run("label", "1", "yes").stdout == "Noted: message 1 needs a place.\n"
    noted = installation.run("label", "b2", "no")  # the sign of its alert

    assert (noted.returncode, noted.stdout) == (0, "Noted: message 1 does not need a place.\n")
    assert [(mail.id, mail.answer) for mail in PostgresLabels(engine).answered()] == [(1, Answer.NO)]


def test_a_number_nobody_has_is_one_clear_error(installation: Installation) -> None:
    refused = installation.run("label", "99", "yes")

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("There is no message 99.\n")


@pytest.mark.parametrize("arguments", [("0", "yes"), ("99999999999999999999", "yes"), ("one", "yes"), ("1", "maybe")])
def test_what_is_no_number_or_no_answer_is_refused(installation: Installation, arguments: tuple[str, str]) -> None:
    refused = installation.run("label", *arguments)

    assert refused.returncode == 2
    assert "Traceback" not in refused.stderr

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.acceptance.installation import PROPOSAL, letter

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def test_a_sender_is_forgotten_for_good_and_everything_on_demand(
    installation: Installation, server: GmailLikeServer
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL, sender="Eve <eve@example.org>"))
    server.deliver("INBOX", letter(2, PROPOSAL))
    installation.run("run", "--once")

    unsure = installation.run("forget", "--sender", "eve@example.org", input_text="n\n")
    done = installation.run("forget", "--sender", "Eve@example.org", "--yes")
    audited = installation.run("audit")
    left = installation.status()["messages"]
    wrong = installation.run("forget", "--all", "--before", "2026-01-01")
    emptied = installation.run("forget", "--all", "--yes")

    assert (unsure.returncode, unsure.stdout.count("Delete 1 message")) == (130, 1)
    assert (done.stdout, done.stderr) == ("1 message forgotten.\n", "")
    assert (audited.returncode, left) == (0, 1)
    assert wrong.returncode == 2
    assert "Name one of" in wrong.stderr
    assert emptied.stdout == "Everything forgotten.\n"
    assert installation.status()["messages"] == 0

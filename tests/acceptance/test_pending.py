"""``jeeves pending`` by the real program on a real mailbox."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.acceptance.installation import PROPOSAL, REPORT, letter

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def test_open_get_togethers_are_listed_with_the_sign_of_their_alert(
    installation: Installation, server: GmailLikeServer
) -> None:
    before = installation.run("pending")
    server.deliver("INBOX", letter(1, PROPOSAL))
    server.deliver("INBOX", letter(2, REPORT))
    told = installation.run("run", "--once").stdout

    listed, data = installation.run("pending"), installation.run("pending", "--json")

    assert (before.returncode, before.stdout) == (0, "Nothing is pending: every get-together has a place.\n")
    assert (listed.returncode, listed.stderr) == (0, "")
    [line] = data.stdout.splitlines()
    found = json.loads(line)
    assert (found["who"], found["what"]) == ("Ada Holm", "lunch")
    assert f"[{found['reference']}]" in told
    assert listed.stdout.startswith(f"{found['reference']}      Ada Holm, lunch, ")
    assert max(map(len, listed.stdout.splitlines())) <= 80

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from jeeves.store.schema import message_locations, messages
from tests.acceptance.installation import PROPOSAL, REPORT, letter

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


def test_what_was_lost_is_found_and_fetched_and_the_mailbox_stays_untouched(
    installation: Installation, server: GmailLikeServer, engine: Engine
) -> None:
    # given three messages stored, of which one is lost here and one is gone there
    for number in range(1, 4):
        server.deliver("INBOX", letter(number, REPORT if number > 1 else PROPOSAL))
    installation.run("run", "--once")
    lost = select(message_locations.c.message_id).where(message_locations.c.uid == 2)
    with engine.begin() as connection:
        connection.execute(delete(messages).where(messages.c.id.in_(lost)))
    server.expunge("INBOX", 3)
    flags = server.flags("INBOX")

    first = installation.run("audit", "--json")
    second = installation.run("audit")

    assert (first.returncode, first.stderr) == (0, "")
    report = json.loads(first.stdout)
    assert not report["complete"]
    assert report["folders"] == [
        {
            "folder": "INBOX",
            "on_server": 2,
            "new": 0,
            "stored": 1,
            "missing": 1,
            "repaired": 1,
            "gone": 1,
            "maybe_capped": False,
        }
    ]
    assert second.stdout.splitlines() == [
        "INBOX: 2 on the server, 0 of them new; 0 missing, 0 repaired; 1 gone from the server",
        "Nothing was missing.",
    ]
    assert server.flags("INBOX") == flags
    assert installation.status()["messages"] == 3

"""Every test ends by looking through what the programs it started logged (``conftest``); here it is shown that the
look-out sees, and that the noisiest log there is says nothing of mail.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.installation import PASSWORD, PROPOSAL, Daemon, letter, wait_until
from tests.acceptance.privacy import leaks, log_lines

if TYPE_CHECKING:
    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer


@pytest.mark.parametrize(
    "line",
    [
        "12:00:00 info    mail.synced account=me@example.com",
        '{"at": "2026-11-21T12:00:00", "level": "info", "event": "sms.sent", "phone": "+15550101"}',
        f"12:00:00 warning sign.in password={PASSWORD}",
        "12:00:00 debug   message.read about=Hello",
    ],
)
def test_the_look_out_sees_what_gives_somebody_away(line: str) -> None:
    harmless = "12:00:00 info    mail.synced folder=INBOX new=1 took_ms=41"

    assert leaks(log_lines([line, harmless, "Traceback: nothing of ours"]), [PASSWORD, "Hello"]) == [line]


def test_a_program_is_overheard_however_it_was_started() -> None:
    said = "import sys; print('12:00:00 info    mail.synced', file=sys.stderr)"

    subprocess.run([sys.executable, "-c", said], check=True, stderr=subprocess.DEVNULL)

    (overheard,) = Path(os.environ["JEEVES_TEST_OVERHEARD"]).iterdir()
    assert overheard.read_text(encoding="utf-8") == "12:00:00 info    mail.synced\n"


@pytest.mark.parametrize("form", ["console", "json"])
def test_the_noisiest_log_tells_of_work_and_not_of_mail(
    installation: Installation, server: GmailLikeServer, form: str
) -> None:
    server.deliver("INBOX", letter(1, PROPOSAL, subject="Wednesday at Harriet's"))
    process = installation.popen("--log-format", form, "-vv", "run", stderr=subprocess.PIPE)
    daemon = Daemon(process)
    installation.daemons.append(daemon)

    assert "lunch" in daemon.next_alert()
    installation.environment["JEEVES_IMAP_PASSWORD"] = "wrong horse"
    wait_until(lambda: any("alert.sent" in line for line in daemon.errors))
    refused = installation.run("-vv", "run", "--once")

    assert refused.returncode != 0
    assert "wrong horse" not in refused.stderr
    daemon.end()
    assert len(log_lines(daemon.errors)) > 2
    assert leaks(log_lines(installation.logged()), installation.private()) == []

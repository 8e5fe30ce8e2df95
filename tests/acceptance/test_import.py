from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from jeeves.store.schema import messages
from tests.acceptance.installation import PROPOSAL, REPORT, letter, wait_until
from tests.acceptance.terminal import all_shown

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer

SEAM = b"From ada@example.org Tue Nov 10 10:00:01 2026\n"


def mbox(*letters: bytes) -> bytes:
    return b"".join(SEAM + each.replace(b"\r\n", b"\n") + b"\n" for each in letters)


def takeout(number: int, thread: int, labels: str, rfc822: bytes) -> bytes:
    envelope = f"From {number}@xxx Tue Nov 10 10:00:01 +0000 2026\r\n"
    return f"{envelope}X-GM-THRID: {thread}\r\nX-Gmail-Labels: {labels}\r\n".encode() + rfc822 + b"\r\n"


def imported(installation: Installation, *paths: Path) -> dict[str, Any]:
    finished = installation.run("import", "--json", *map(str, paths))
    report: dict[str, Any] = json.loads(finished.stdout)
    assert finished.returncode == (1 if report["unreadable"] else 0), finished.stderr
    return report


def stored_in(engine: Engine) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(messages)).scalar_one()
    return found


def test_every_kind_of_archive_goes_in_once(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "old.mbox").write_bytes(mbox(letter(1, REPORT), letter(2, PROPOSAL)))
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "Maildir" / folder).mkdir(parents=True)
    (tmp_path / "Maildir" / "cur" / "1.host:2,S").write_bytes(letter(3, REPORT))
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.eml").write_bytes(letter(4, REPORT))
    (tmp_path / "folder" / "b.eml").write_bytes(letter(1, REPORT))
    paths = [tmp_path / name for name in ("old.mbox", "Maildir", "folder")]

    first, second = imported(installation, *paths), imported(installation, *paths)

    assert (first["read"], first["new"], first["known"], first["unreadable"]) == (5, 4, 1, 0)
    assert (second["read"], second["new"], second["known"]) == (5, 0, 5)
    assert installation.status()["messages"] == 4


def test_imported_mail_is_never_alerted_and_never_holds_up_the_daemon(
    installation: Installation, server: GmailLikeServer, tmp_path: Path
) -> None:
    (tmp_path / "old.mbox").write_bytes(mbox(*(letter(number, PROPOSAL) for number in range(50))))
    imported(installation, tmp_path / "old.mbox")
    server.deliver("INBOX", letter(99, PROPOSAL))

    finished = installation.run("run", "--once")

    assert "1 new message, 1 decided on, 1 alert" in finished.stderr
    assert installation.status()["decided"] == 51


def test_a_takeout_message_is_the_one_the_server_has(
    installation: Installation, server: GmailLikeServer, tmp_path: Path, engine: Engine
) -> None:
    uid = server.deliver("INBOX", letter(1, PROPOSAL), thread=2**63 + 5)
    mail = server.folders["INBOX"].mails[uid]
    (tmp_path / "Takeout.mbox").write_bytes(takeout(mail.gmail_id, mail.thread, "Inbox,Opened", letter(1, PROPOSAL)))

    before = imported(installation, tmp_path / "Takeout.mbox")
    finished = installation.run("run", "--once")
    after = imported(installation, tmp_path / "Takeout.mbox")

    assert (before["new"], after["new"]) == (1, 0)
    assert "0 new messages, 0 decided on, 0 alerts" in finished.stderr
    with engine.connect() as connection:
        row = connection.execute(select(messages)).one()
    assert (row.message_key, row.thread_key) == (str(mail.gmail_id), str(mail.thread))
    assert row.received_at == datetime(2026, 11, 10, 10, 0, 1, tzinfo=UTC)


def test_the_training_label_of_a_takeout_becomes_answers_once(installation: Installation, tmp_path: Path) -> None:
    labels = ("Inbox,Jeeves", "=?UTF-8?Q?Ge=C3=B6ffnet,Jeeves/No?=", "Inbox")
    mails = [takeout(10 + n, 10 + n, label, letter(n, PROPOSAL)) for n, label in enumerate(labels)]
    (tmp_path / "Takeout.mbox").write_bytes(b"".join(mails))

    first, second = (imported(installation, tmp_path / "Takeout.mbox") for _ in range(2))
    said = installation.run("import", str(tmp_path / "Takeout.mbox"))

    assert (first["answers"], second["answers"]) == (2, 0)
    assert "answers" not in said.stdout


def test_fresh_mail_in_an_archive_is_alerted_once_whichever_way_it_comes_first(
    installation: Installation, server: GmailLikeServer, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    server.gmail = False
    fresh = letter(1, PROPOSAL).replace(b"Tue, 10 Nov 2026 10:00:00 +0000", format_datetime(now).encode())
    (tmp_path / "fresh.eml").write_bytes(fresh)

    imported(installation, tmp_path / "fresh.eml")
    first = installation.run("run", "--once")
    server.deliver("INBOX", fresh)
    second = installation.run("run", "--once")

    assert len(first.stdout.splitlines()) == 1
    assert second.stdout == ""
    assert installation.status()["messages"] == 1


def test_what_is_damaged_is_named_with_its_offset_and_the_rest_goes_in(
    installation: Installation, tmp_path: Path
) -> None:
    good = mbox(letter(1, REPORT))
    hostile = (
        b"\x00\xff\xfe no header here\n\n",
        b'Subject: \x1b]0;gotcha\x07\x00\xff\nFrom: "\n\nbody \x00\n',
        b"Content-Type: multipart/mixed; boundary=\n\n--\n" * 20,
        b"X-GM-THRID: 99999999999999999999999\nX-Gmail-Labels: =?utf-8?b?////?=\n\n",
        b"Message-ID: <" + b"x" * 5_000 + b">\n\nlong key\n",
    )
    content = good + b"".join(SEAM + each + b"\n" for each in hostile) + mbox(letter(2, REPORT))
    (tmp_path / "bad.mbox").write_bytes(content)

    finished = installation.run("import", str(tmp_path / "bad.mbox"), str(tmp_path / "absent.mbox"))

    assert finished.returncode == 1
    assert finished.stdout == "6 messages stored, 0 known already, 2 unreadable.\n"
    assert f"bad.mbox, message 2 (offset {len(good)}): is no mail message: it has no header" in finished.stderr
    assert "absent.mbox: cannot be read: no such file or directory" in finished.stderr
    assert "gotcha" not in finished.stderr


def test_json_lines_are_refused_with_a_reason(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "mail.jsonl").write_text('{"body": "x"}\n')

    finished = installation.run("import", str(tmp_path / "mail.jsonl"))

    assert finished.returncode == 1
    assert "holds JSON lines, not mail as it was sent" in finished.stderr


def test_killed_in_the_middle_it_goes_on_where_it_was_and_repeats_nothing(
    installation: Installation, tmp_path: Path, engine: Engine
) -> None:
    letters = [mbox(letter(number, REPORT)) for number in range(3_000)]
    os.mkfifo(tmp_path / "fifo.mbox")
    process = installation.popen("import", str(tmp_path / "fifo.mbox"), stderr=subprocess.DEVNULL)
    with (tmp_path / "fifo.mbox").open("wb", buffering=0) as half:  # and it never ends by itself
        for each in letters[:2_000]:
            half.write(each)
        wait_until(lambda: stored_in(engine) >= 300)
        process.kill()
        process.communicate()
    stored = stored_in(engine)
    total = len(letters)
    (tmp_path / "big.mbox").write_bytes(b"".join(letters))

    report = imported(installation, tmp_path / "big.mbox")

    assert 300 <= stored < total
    assert (report["read"], report["new"], report["known"]) == (total, total - stored, stored)
    assert stored_in(engine) == total


def test_a_terminal_shows_how_far_it_is(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / "old.mbox").write_bytes(b"".join(mbox(letter(number, REPORT * 20)) for number in range(700)))
    ours, theirs = pty.openpty()
    process = installation.popen("import", str(tmp_path / "old.mbox"), stderr=theirs)
    os.close(theirs)
    shown = all_shown(ours)

    assert process.wait(timeout=40) == 0
    process.communicate()
    assert re.search(rb"0\.\d/1\.\d MB", shown)
    assert b"messages/s" in shown


def test_memory_stays_the_same_however_large_the_archive(installation: Installation, tmp_path: Path) -> None:
    body = "We met and talked about the report for quite some time.\r\n" * 350  # 20 kB

    def peak(megabytes: int) -> int:
        path = tmp_path / f"{megabytes}.mbox"
        with path.open("wb") as file:
            for number in range(megabytes * 50):
                file.write(mbox(letter(megabytes * 1_000_000 + number, body)))
        process = installation.popen("import", str(path), stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.communicate()[0].startswith(f"{megabytes * 50:,} messages stored")
        return usage.ru_maxrss  # KiB on Linux

    small, large = peak(6), peak(30)

    assert large - small < 15_000

"""Real mail through the real program from a real Dovecot: the corpus beside the checkout, else the bundled mailbox."""

from __future__ import annotations

import tarfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from jeeves.mail.parse import parse_bytes
from jeeves.store.schema import message_locations, messages
from tests.acceptance.installation import Installation
from tests.servers.dovecot import DovecotServer, require_dovecot
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "raw.tar.gz"


def real_mail() -> list[bytes]:
    if not CORPUS.exists():
        return [path.read_bytes() for path in sorted((ROOT / "examples" / "mailbox").glob("*/*.eml"))]
    with tarfile.open(CORPUS) as archive:
        files = (archive.extractfile(member) for member in archive if member.isfile())
        return [file.read() for file in files if file is not None]


@pytest.fixture
def dovecot() -> Iterator[DovecotServer]:
    require_dovecot()
    with DovecotServer() as server:
        yield server


@pytest.mark.timeout(300)
def test_every_message_is_stored_once_as_a_person_reads_it_and_a_second_run_adds_nothing(
    dovecot: DovecotServer, tmp_path: Path, database_url: str, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mails = real_mail()
    for mail in mails:
        dovecot.deliver("INBOX", mail)
    flags = dovecot.flags("INBOX")
    installation = Installation(
        folder=tmp_path,
        sections={
            "mail": {"host": "127.0.0.1", "port": dovecot.port, "tls": "none", "username": USERNAME},
            "database": {"url": database_url},
        },
        environment={"JEEVES_IMAP_PASSWORD": PASSWORD},
    )

    began = time.monotonic()
    first = installation.run("run", "--once", seconds=200)
    seconds = time.monotonic() - began
    second = installation.run("run", "--once")

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert f"{len(mails)} new messages, {len(mails)} decided on" in first.stderr
    assert "0 new messages, 0 decided on, 0 alerts" in second.stderr
    assert dovecot.flags("INBOX") == flags

    with engine.connect() as connection:
        rows = connection.execute(select(messages)).all()
        places = connection.execute(select(message_locations.c.uid)).scalars().all()
    assert sorted(places) == sorted(flags)
    assert len(rows) == len(mails)
    # What is stored is what the parser reads, message by message; the parser's own tests hold it to what people read.
    # A server may hand out other line ends, and another character for NUL, than it was given.
    stored = Counter((row.sender_address, row.subject, " ".join(row.text.split())) for row in rows)
    read = Counter((m.sender.address, m.subject, " ".join(m.text.split())) for m in map(parse_bytes, mails))
    assert (stored - read).total() <= len(rows) / 500
    assert sum(not row.sender_address for row in rows) <= 1
    assert sum(not row.subject for row in rows) <= len(rows) / 200
    assert sum(not (row.text or row.quoted) for row in rows) <= len(rows) / 200

    defects = Counter(defect for row in rows for defect in row.defects)
    with capsys.disabled():
        print(f"\n{len(mails)} messages in {seconds:.1f} s; defects: {dict(defects.most_common())}")  # noqa: T201 - for the record

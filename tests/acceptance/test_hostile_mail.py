"""Hostile letters through the real program to everywhere it shows, stores or forwards what mail says."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.acceptance.hostile_letters import CANARY, MARK, PAYLOADS, hostile_letters
from tests.acceptance.installation import JEEVES, PASSWORD, PATIENCE, USER
from tests.acceptance.labelled_mail import write_corpus
from tests.acceptance.terminal import all_shown
from tests.servers.push_services import PushServices
from tests.servers.smtp import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.acceptance.installation import Installation
    from tests.servers.gmail_like import GmailLikeServer
    from tests.servers.twilio_stub import TwilioStub

EVERY = len(PAYLOADS)


@pytest.fixture
def besieged(installation: Installation, server: GmailLikeServer) -> Iterator[Installation]:
    """Return an installation with every hostile letter in its mailbox; nothing of them may ever be run or saved."""
    for letter in hostile_letters():
        server.deliver("INBOX", letter)
    yield installation
    made = [path for folder in (installation.folder, *installation.folder.parents[:2]) for path in folder.glob("*pwn*")]
    assert made == []


def read_by(besieged: Installation, channel: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """Read the mail and alert through ``channel``."""
    besieged.sections["alerts"]["channels"] = [channel]
    finished = besieged.run(*flags, "run", "--once")
    assert finished.returncode == 0, finished.stderr
    assert besieged.status()["messages"] == EVERY  # whatever they say to the database
    return finished


def assert_one_harmless_line(text: str) -> None:
    assert text.isprintable(), ascii(text)
    assert text.strip()


def on_a_terminal(installation: Installation, *arguments: str, keys: str = "") -> str:
    """Return what a command shows on a terminal of its own, ``keys`` being typed."""
    controller, terminal = pty.openpty()
    process = subprocess.Popen(
        [*JEEVES, "--config", str(installation.config), *arguments],
        stdin=subprocess.PIPE if keys else terminal,
        stdout=terminal,
        stderr=terminal,
        cwd=installation.folder,
        env={**os.environ, "JEEVES_IMAP_PASSWORD": PASSWORD, "COLUMNS": "80", "TERM": "xterm-256color"},
    )
    os.close(terminal)
    if process.stdin is not None:
        process.stdin.write(keys.encode())
        process.stdin.close()
    shown = all_shown(controller)
    assert process.wait(timeout=PATIENCE) == 0, shown
    return shown.decode().replace("\r\n", "\n")


@pytest.mark.timeout(300)  # a dozen programs, one after the other
def test_the_terminal_is_never_steered(besieged: Installation) -> None:
    told = read_by(besieged, "console")
    assert len(told.stdout.splitlines()) == EVERY
    commands = [("status",), ("pending",), ("search", MARK), ("search", PAYLOADS["sql"]), ("outbox", "list")]
    commands += [("show", "1"), ("show", "2"), ("why", "1"), ("why", "2")]

    for command in commands:
        shown = on_a_terminal(besieged, *command)
        assert all(line.isprintable() for line in shown.split("\n")), (command, ascii(shown))
    prompted = on_a_terminal(besieged, "label", "--plain", keys="n\n" * EVERY)
    assert MARK in prompted
    assert all(line.isprintable() for line in prompted.split("\n")), ascii(prompted)


def test_text_messages_are_plain_lines(besieged: Installation, twilio: TwilioStub) -> None:
    read_by(besieged, "sms")

    assert len(twilio.texts_received) == EVERY
    for text in twilio.texts_received:
        assert_one_harmless_line(text)
    assert {each.form["To"] for each in twilio.resources} == {"+15550101"}


def test_calls_say_it_and_dial_nobody(besieged: Installation, twilio: TwilioStub) -> None:
    read_by(besieged, "call")

    assert len(twilio.resources) == EVERY
    for call in twilio.resources:
        twiml = ET.fromstring(call.form["Twiml"])  # noqa: S314 - what our own program wrote; the parser is the witness
        assert [(each.tag, each.attrib) for each in twiml.iter()] == [
            ("Response", {}),
            ("Say", {}),
            ("Pause", {"length": "1"}),
            ("Say", {}),
        ]
        assert call.form["To"] == "+15550101"


@pytest.mark.parametrize("channel", ["ntfy", "webhook"])
def test_push_services_get_text_in_its_field(besieged: Installation, channel: str) -> None:
    with PushServices() as services:
        besieged.sections["notify.ntfy"] = {"url": services.url, "topic": "env:TOPIC", "token": "env:TOKEN"}
        besieged.sections["notify.webhook"] = {"url": "env:HOOK", "token": "env:TOKEN"}
        secrets = {"TOPIC": services.topic, "TOKEN": services.token, "HOOK": f"{services.url}/hook?key=1"}
        besieged.environment |= secrets
        read_by(besieged, channel)

    received = services.published if channel == "ntfy" else services.posted
    assert len(received) == EVERY
    for each in received:
        assert_one_harmless_line(each["message" if channel == "ntfy" else "text"])
    assert len({frozenset(each) for each in received}) == 1  # no letter adds a field, such as ntfy's actions


def test_mail_goes_to_the_owner_only(besieged: Installation) -> None:
    with MailServer("sesame") as mail:
        besieged.sections["notify.email"] = {
            "host": "127.0.0.1",
            "port": mail.port,
            "tls": "none",
            "password": "env:SMTP_PASSWORD",
        }
        besieged.environment["SMTP_PASSWORD"] = mail.password
        read_by(besieged, "email")

    assert len(mail.mails) == EVERY
    for sent in mail.mails:
        assert (sent["From"], sent["To"], sent["Bcc"], sent["X-Evil"]) == (USER, USER, None, None)
        assert_one_harmless_line(sent["Subject"])
    assert len({tuple(sent.keys()) for sent in mail.mails}) == 1


@pytest.mark.parametrize("form", ["console", "json"])
def test_logs_hold_nothing_of_it(besieged: Installation, form: str) -> None:
    told = read_by(besieged, "console", "--log-format", form, "-vv")

    assert f"{EVERY} new messages" in told.stderr
    assert MARK not in told.stderr
    assert "stranger" not in told.stderr
    assert all(line.isprintable() for line in told.stderr.split("\n"))


class Tags(HTMLParser):
    """Collects what a browser would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_the_report_of_an_evaluation_runs_and_fetches_nothing(tmp_path: Path) -> None:
    corpus, report = write_corpus(tmp_path / "labelled.jsonl"), tmp_path / "report.html"
    rows = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    for row, payload in zip(rows, [*PAYLOADS.values()] * 7, strict=False):
        row |= {"id": f"{row['id']}{payload}", "source": payload, "subject": payload}
    corpus.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")

    done = subprocess.run(
        [*JEEVES, "evaluate", "--corpus", str(corpus), "--report", str(report)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=tmp_path,
    )

    assert done.returncode == 0, done.stderr
    assert all(line.isprintable() for line in done.stdout.split("\n"))
    page = Tags()
    page.feed(report.read_text(encoding="utf-8"))
    assert {"script", "iframe", "object", "link", "form"}.isdisjoint(tag for tag, _ in page.tags)
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert all((attributes.get("src") or "data:").startswith("data:") for _, attributes in page.tags)
    assert {path.name for path in tmp_path.iterdir()} == {"labelled.jsonl", "report.html"}


def test_an_export_is_lines_of_json_in_the_file_that_was_named(besieged: Installation) -> None:
    read_by(besieged, "console")
    besieged.run("label", "--plain", input_text="y\n" * EVERY)
    before = {path.name for path in besieged.folder.iterdir()}

    exported = besieged.run("label", "--export", "answers.jsonl", "--with-text")

    assert exported.returncode == 0, exported.stderr
    written = (besieged.folder / "answers.jsonl").read_text(encoding="ascii")
    assert len([json.loads(line) for line in written.splitlines()]) == EVERY
    assert all(line.isprintable() for line in written.split("\n"))
    assert {path.name for path in besieged.folder.iterdir()} - before == {"answers.jsonl"}
    assert CANARY not in str(sorted(besieged.folder.rglob("*")))

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from jeeves import logs
from jeeves.errors import MailUnavailable
from jeeves.redaction import MASK, locate, redact, scrub


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("jeeves")
    before = (root.handlers, root.level, own.level)
    yield
    root.handlers = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])
    structlog.reset_defaults()


def logged(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    """Return the one JSON line on standard error."""
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    found: dict[str, object] = json.loads(line)
    return found


def test_an_event_is_a_name_with_fields_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="json", level="info")

    structlog.get_logger().info("mail.synced", folder="INBOX", new=3, took_ms=41.5, slow=None)

    line = logged(capsys)
    at = datetime.fromisoformat(str(line.pop("at")))
    assert at.tzinfo == UTC
    assert line == {
        "level": "info",
        "event": "mail.synced",
        "folder": "INBOX",
        "new": 3,
        "took_ms": 41.5,
        "slow": None,
    }


def test_an_event_is_one_readable_line_on_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="console", level="info")

    structlog.get_logger().warning("mail.synced", folder="Sent Mail\x1b[31m\nx", new=3)

    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(' warning mail.synced folder="Sent Mail\\u001b[31m\\nx" new=3')


def test_the_level_holds_back_what_is_below_it(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="json", level="warning")

    structlog.get_logger().info("mail.synced")

    assert capsys.readouterr().err == ""


def test_configuring_twice_does_not_log_twice(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="json", level="warning")
    logs.configure(output="json", level="info")

    structlog.get_logger().info("mail.synced")

    assert logged(capsys)["event"] == "mail.synced"


def test_fields_bound_earlier_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="json", level="info")

    structlog.get_logger("jeeves").bind(folder="INBOX").info("mail.synced")

    assert logged(capsys)["folder"] == "INBOX"


def test_an_exception_shows_its_type_and_place_but_never_its_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="json", level="info")

    try:
        int("Dear Ann, shall we meet")
    except ValueError:
        structlog.get_logger().exception("mail.failed", folder="INBOX")

    line = logged(capsys)
    assert line["level"] == "error"
    assert "ValueError at " in str(line["exception"])
    assert "test_logs.py" in str(line["exception"])
    assert "Dear Ann" not in json.dumps(line)


def test_an_exception_handed_over_as_an_object_is_shown_on_the_console_too(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="console", level="info")

    structlog.get_logger().error("mail.failed", exc_info=ValueError("Dear Ann"))

    output = capsys.readouterr().err
    assert "\n    builtins.ValueError at unknown place" in output
    assert "Dear Ann" not in output


def test_lines_of_third_parties_lose_their_arguments_and_texts(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="console", level="info")
    third_party = logging.getLogger("some.library")

    third_party.warning("cannot parse %s", "Dear Ann")
    third_party.warning("cannot parse Dear Ann")  # what an f-string leaves behind
    try:
        int("Dear Ann")
    except ValueError:
        third_party.exception("failed with %s", "Dear Ann")

    output = capsys.readouterr().err
    assert "Dear Ann" not in output
    assert output.count("logger=some.library") == 3
    assert '"cannot parse %s"' in output
    assert "ValueError at " in output


def test_third_parties_are_not_heard_below_warning(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="json", level="info")

    logging.getLogger("some.library").info("connected")

    assert capsys.readouterr().err == ""


def test_an_event_longer_than_usual_and_full_of_percent_signs_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure(output="json", level="info")

    structlog.get_logger().info("odd %s %d event", progress="100%s")

    assert logged(capsys)["progress"] == "100%s"


def test_logging_to_a_closed_terminal_does_not_stop_the_program(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import os, structlog\nfrom jeeves import logs\nlogs.configure()\nos.close(2)\n"
        "structlog.get_logger().info('mail.synced')\nprint('still here')\n"
    )

    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)

    assert done.stdout == "still here\n"


# Redaction


@dataclass
class Letter:
    body: str


@pytest.mark.parametrize(
    "name",
    ["password", "imap_password", "auth_token", "token", "subject", "message_subject", "body", "Body", "sender", "to"],
)
def test_a_private_field_is_masked_whatever_it_holds(name: str) -> None:
    assert redact({name: "x"}) == {name: MASK}
    assert redact({name: ["x"]}) == {name: MASK}
    assert redact({"fields": {name: b"x"}}) == {"fields": {name: MASK}}


@pytest.mark.parametrize(
    "text",
    [
        "ann@example.com",
        "Ann <ann.lee+x@mail.example.co.uk>",
        "postgresql://ann:hunter2@db.example.com/jeeves",
        "+15550100123",
        "+44 7700 900123",
        "(020) 7946 0958",
        "020 7946 0958",
        "555-010-0123",
        "call 555-0100",
        "ann@localhost",
    ],
)
def test_an_address_or_telephone_number_is_taken_out_of_any_text(text: str) -> None:
    (value,) = redact({"detail": f"before {text} after"}).values()

    assert isinstance(value, str)
    assert "[address]" in value or "[number]" in value
    assert value.startswith("before ")
    assert value.endswith(" after")
    for part in ("ann", "hunter2", "0100", "0123", "0958"):
        assert part not in value


@pytest.mark.parametrize(
    "text",
    [
        "INBOX",
        "2026-11-21",
        "2026-11-21T14:30:00+00:00",
        "192.168.100.200",
        "starter-2026.11.21-1a2b3c4d",
        "3.11.7",
        "took 41 ms",
        "k7",
        "jeeves/mail/parse.py:1234567",
    ],
)
def test_what_is_no_address_and_no_number_is_left_alone(text: str) -> None:
    assert redact({"detail": text}) == {"detail": text}


def test_numbers_of_our_own_are_left_alone() -> None:
    fields = {"uidvalidity": 1700000000, "took_ms": 41.5, "ok": True, "last": None}

    assert redact(fields) == fields


def test_an_object_is_named_by_its_type_only() -> None:
    assert redact({"letter": Letter(body="Dear Ann"), "error": ValueError("Dear Ann"), "bytes": b"Dear Ann"}) == {
        "letter": "<Letter>",
        "error": "<ValueError>",
        "bytes": "<bytes>",
    }


def test_nesting_without_end_is_cut() -> None:
    endless: list[object] = []
    endless.append(endless)

    assert redact({"endless": endless}) == {"endless": [[[["<list>"]]]]}


def test_a_chain_of_exceptions_shows_own_texts_only() -> None:
    def fail() -> None:
        try:
            int("Dear Ann")
        except ValueError as error:
            raise MailUnavailable("the server broke off") from error

    with pytest.raises(MailUnavailable) as caught:
        fail()

    outer, inner = locate(caught.value).split("\ncaused by ")
    assert outer.startswith("jeeves.errors.MailUnavailable: the server broke off at ")
    assert inner.startswith("builtins.ValueError at ")
    assert "Dear Ann" not in inner


@given(st.text(alphabet="+(0123456789 .-)@a\n", max_size=60))
def test_scrubbing_never_leaves_an_address_behind(text: str) -> None:
    assert "a@a" not in scrub(f"{text} a@a")


@pytest.mark.timeout(10)  # a pattern that backtracks takes hours on these
@pytest.mark.parametrize("text", ["a" * 10**6, "1 " * 10**6, "a:" * 10**6, "@" * 10**6, "+(" * 10**6])
def test_scrubbing_long_text_takes_no_time_to_speak_of(text: str) -> None:
    assert len(scrub(text)) < 20_000

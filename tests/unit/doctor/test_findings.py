"""How checks are carried out, and what follows from what they see."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.app.mailboxes import watched_in
from jeeves.cli.doctor import lines
from jeeves.config import load_config
from jeeves.doctor.database import judge_canary, judge_daemon, judge_silence
from jeeves.doctor.findings import Check, Finding, Verdict, examine, fault, note, ok
from jeeves.doctor.machine import judge_clock
from jeeves.errors import ConfigError, MailAuthFailed
from jeeves.types import Arrivals
from tests.acceptance.installation import PATIENCE
from tests.unit.test_status_lines import MAILBOX, REPORT
from tests.unit.test_status_lines import NOW as STATUS_NOW

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def refuse() -> list[Finding]:
    raise MailAuthFailed("The mail server refused the password.", advice="Check mail.password.")


def trip() -> list[Finding]:
    raise LookupError("someone@example.org")


def test_a_check_that_hangs_takes_no_other_down() -> None:
    release = threading.Event()

    def hang() -> list[Finding]:
        release.wait(PATIENCE)
        return []

    found = examine([Check(subject="mail", look=hang), Check(subject="disk", look=lambda: [ok("disk", "fine")])], 0.5)
    release.set()

    assert [(each.subject, each.verdict) for each in found] == [("mail", Verdict.FAULT), ("disk", Verdict.OK)]
    assert "longer than 0.5 s" in found[0].message


def test_an_error_is_a_fault_with_its_remedy() -> None:
    assert examine([Check(subject="mail", look=refuse)], PATIENCE) == [
        fault("mail", "The mail server refused the password.", "Check mail.password.")
    ]


def test_every_problem_of_the_settings_is_a_fault_of_its_own() -> None:
    def look() -> list[Finding]:
        raise ConfigError("jeeves.toml", ["mail.port: is wrong", "mail.host: is missing"])

    assert len(examine([Check(subject="settings", look=look)], PATIENCE)) == 2


def test_a_bug_in_a_check_is_named_without_what_it_may_quote() -> None:
    (found,) = examine([Check(subject="mail", look=trip)], PATIENCE)
    assert found.verdict is Verdict.FAULT
    assert "LookupError" in found.message
    assert "someone" not in f"{found.message}{found.remedy}"


def test_a_clock_is_right_within_five_minutes() -> None:
    assert judge_clock(timedelta(minutes=-5)).verdict is Verdict.OK
    assert "6 minutes slow" in judge_clock(timedelta(minutes=-6)).message
    assert "3 hours fast" in judge_clock(timedelta(hours=3)).message


def test_an_unusual_silence_is_a_fault_and_a_usual_one_is_not() -> None:
    last = NOW - timedelta(days=5)
    came = Arrivals(last=last, first=last - timedelta(days=60), count=100, longest_gap=timedelta(days=2))

    suspicious = judge_silence(came, NOW)

    assert suspicious.verdict is Verdict.FAULT
    assert "None for 5 days" in suspicious.message
    assert judge_silence(came, NOW - timedelta(days=1)).verdict is Verdict.OK


@pytest.mark.parametrize("width", [40, 80])
def test_the_report_fits_its_columns_and_ends_with_the_faults(width: int) -> None:
    wrong = fault("mail", "It is " + "very " * 40 + "wrong.", "Mend " + "all " * 40 + "of it.")
    report = list(lines([wrong, note("x", "y", "z")], width))
    assert max(map(len, report)) <= width
    assert report[0].startswith("note   x")
    assert report[2].startswith("FAULT  mail")
    assert report[-1] == "1 fault to mend."


def test_what_a_server_names_does_not_steer_the_terminal() -> None:
    report = "\n".join(lines([fault("folders", "There is no \x1b[2J.", "Take one of: a\x1b]0;x\x07b\nc")]))
    assert "\x1b" not in report
    assert "\x07" not in report


def test_a_canary_that_is_long_gone_is_a_fault() -> None:
    assert judge_canary(NOW - timedelta(days=3), NOW).verdict is Verdict.FAULT
    assert judge_canary(NOW - timedelta(days=1), NOW).verdict is Verdict.OK
    assert judge_canary(None, NOW).verdict is Verdict.NOTE


def test_of_several_mailboxes_the_late_one_is_named_and_one_no_longer_read_is_none() -> None:
    late = replace(MAILBOX, last_synced_at=STATUS_NOW - timedelta(hours=2))
    gone = replace(late, account="gone@example.org")
    left = [replace(late, folder=folder) for folder in ("Jeeves canary", "Projects")]
    report = replace(REPORT, daemon_running=True, heartbeat=STATUS_NOW, mailboxes=(late, gone, *left), troubles=())
    watched = {late.account: {"INBOX"}, "b@example.org": {"INBOX"}}

    findings = [*judge_daemon(report, STATUS_NOW, watched, {late.account: "home", "b@example.org": "work"})]
    alone = [*judge_daemon(report, STATUS_NOW, {late.account: {"INBOX"}})]

    assert [each.message for each in findings] == ["Jeeves runs.", "home INBOX was last read 2 hours ago."]
    assert [each.message for each in alone] == ["Jeeves runs.", "INBOX was last read 2 hours ago."]
    assert len([*judge_daemon(report, STATUS_NOW, watched, late=timedelta(hours=3))]) == 1


def test_what_has_to_be_up_to_date_is_what_the_settings_name(tmp_path: Path) -> None:
    settings = tmp_path / "jeeves.toml"
    settings.write_text(
        '[[account]]\nname = "home"\nusername = "a@example.org"\n'
        '[[account]]\nname = "work"\nusername = "b@example.org"\nfolders = ["INBOX", "Work"]\nsent = false\n'
    )

    assert watched_in(load_config(settings)) == {
        "a@example.org": {"INBOX", "\\Sent"},
        "b@example.org": {"INBOX", "Work"},
    }

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jeeves.cli.status import lines
from jeeves.ml.misses import MissEstimate
from jeeves.store.report import DriftReport, StatusReport, Trouble
from jeeves.types import Arrivals, MailboxState, NotificationStatus, ReplyOutcome

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MAILBOX = MailboxState(
    account="me@example.com", folder="INBOX", uidvalidity=1, last_uid=1042, last_synced_at=NOW - timedelta(seconds=30)
)
TROUBLE = Trouble(
    component="mail",
    message="The server cannot be reached.",
    advice="",
    since=NOW - timedelta(hours=2),
    last_at=NOW - timedelta(minutes=3),
    failures=12,
    next_attempt_at=None,
    cleared_at=NOW - timedelta(seconds=90),
)
REPORT = StatusReport(
    mailboxes=(MAILBOX, replace(MAILBOX, folder="Archive", last_synced_at=None)),
    messages=12_345,
    decided=12_000,
    alerts=dict.fromkeys(NotificationStatus, 0) | {NotificationStatus.SENT: 3, NotificationStatus.FAILED: 1},
    models={"starter-1": 12_000},
    database_bytes=39_500_000,
    original_bytes=12_300_000,
    daemon_running=True,
    heartbeat=NOW - timedelta(seconds=5),
    troubles=(),
    last_error=TROUBLE,
)


def test_every_figure_has_its_place() -> None:
    assert list(lines(REPORT, "starter-1", now=NOW)) == [
        "daemon      running, last sign of life 5 s ago",
        "mailboxes   INBOX of me@example.com: read up to UID 1042, synced 30 s ago",
        "            Archive of me@example.com: read up to UID 1042, synced never",
        "messages    12,345 stored, 12,000 classified",
        "alerts      3 sent, 1 failed",
        "model       starter-1",
        "used so far starter-1: 12,000 predictions",
        "database    39.5 MB, 3.2 kB a message; originals: 12.3 MB",
        "wrong now   none",
        "last error  mail: The server cannot be reached. (12 times, last 3 minutes ago,",
        "              over since 90 s ago)",
    ]


def test_it_fits_a_narrow_terminal_without_losing_a_word() -> None:
    wide = " ".join(lines(REPORT, "starter-1", now=NOW)).split()
    narrow = list(lines(REPORT, "starter-1", now=NOW, width=40))

    assert max(map(len, narrow)) <= 40
    assert " ".join(narrow).split() == wide


@pytest.mark.parametrize(
    ("size", "shown"), [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (10**9, "1.0 GB"), (10**16, "10000.0 TB")]
)
def test_a_size_is_shown_in_the_unit_that_fits(size: int, shown: str) -> None:
    assert f"database    {shown}" in list(lines(replace(REPORT, database_bytes=size, messages=0), "starter-1", now=NOW))


@pytest.mark.parametrize(
    ("age", "shown"),
    [
        (timedelta(seconds=-5), "0 s ago"),  # the clocks of two machines differ
        (timedelta(seconds=119), "119 s ago"),
        (timedelta(minutes=2), "2 minutes ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=40), "40 days ago"),
    ],
)
def test_an_age_is_shown_in_the_unit_that_fits(age: timedelta, shown: str) -> None:
    (first, *_) = lines(replace(REPORT, heartbeat=NOW - age), "starter-1", now=NOW)

    assert first.endswith(f"last sign of life {shown}")


def test_a_folder_name_cannot_steer_the_terminal() -> None:
    hostile = replace(MAILBOX, folder="\x1b[2J\u202eINBOX\n" + "x" * 200)

    told = list(lines(replace(REPORT, mailboxes=(hostile,)), "starter-1", now=NOW))

    assert all(line.isprintable() and len(line) <= 80 for line in told)


def test_drift_is_told_only_when_something_moved_and_the_model_still_serves() -> None:
    moved = DriftReport(measured_at=NOW, model_version="starter-1", figures={}, verdict="Its scores have shifted.")

    def told(report: DriftReport, active: str) -> bool:
        return any(line.startswith("drift") for line in lines(replace(REPORT, drift=report), active, now=NOW))

    assert told(moved, "starter-1")
    assert not told(replace(moved, verdict=""), "starter-1")
    assert not told(moved, "starter-2")


@pytest.mark.parametrize(
    ("misses", "said"),
    [
        (
            MissEstimate(messages=1_240, audits=620, missed=0, estimate=0, low=0, high=4, until=NOW),
            "missed of 1,240 messages this month Jeeves missed between 0 and 4 (95% sure, by 620 audits)",
        ),
        (
            MissEstimate(messages=3, audits=1, missed=1, estimate=1, low=1, high=1, until=NOW),
            "missed of 3 messages this month Jeeves missed 1 (95% sure, by 1 audit)",
        ),
    ],
)
def test_what_was_missed_is_told_with_its_interval_and_what_it_rests_on(misses: MissEstimate, said: str) -> None:
    told = list(lines(REPORT, "starter-1", now=NOW, misses=misses))

    assert said in " ".join(" ".join(told).split())
    assert max(map(len, told)) <= 80


def test_without_an_audit_nothing_is_told_of_misses() -> None:
    assert not any(line.startswith("missed") for line in lines(REPORT, "starter-1", now=NOW))


def test_answers_by_text_message_are_counted_once_there_are_any() -> None:
    replies = {ReplyOutcome.APPLIED: 3, ReplyOutcome.UNCLEAR: 0, ReplyOutcome.STRANGER: 1_000}
    shown = list(lines(replace(REPORT, replies=replies), "starter-1", now=NOW))
    assert "answers     3 by text message, 1,000 from others, ignored" in shown


def test_alerts_that_wait_are_told_with_the_time_they_wait_for() -> None:
    shown = list(lines(replace(REPORT, held=2, held_until=NOW), "starter-1", now=NOW))
    assert f"waiting     2 of them, the first until {NOW.astimezone():%a %H:%M}" in shown


def test_a_silence_longer_than_this_mailboxs_habit_is_told_and_a_usual_one_is_not() -> None:
    last = NOW - timedelta(days=3)
    came = Arrivals(last=last, first=last - timedelta(days=50), count=900, longest_gap=timedelta(hours=14))

    told = " ".join(" ".join(lines(replace(REPORT, arrivals=came), "starter-1", now=NOW)).split())
    usual = " ".join(lines(replace(REPORT, arrivals=came), "starter-1", now=last + timedelta(hours=27)))

    assert "silence the last mail came 3 days ago; before, never more than 14 hours passed without any" in told
    assert "silence" not in usual


def test_a_self_test_says_when_it_last_came_through() -> None:
    shown = list(lines(replace(REPORT, canary_at=NOW - timedelta(days=1)), "starter-1", now=NOW))

    assert [line for line in shown if line.startswith("self-test")] == [
        f"self-test   came through {(NOW - timedelta(days=1)).astimezone():%a %d %b %H:%M}"
    ]


def test_of_several_mailboxes_the_silent_one_is_named_though_others_are_lively() -> None:
    last = NOW - timedelta(days=3)
    silent = Arrivals(last=last, first=last - timedelta(days=59), count=400, longest_gap=timedelta(hours=14))
    lively = replace(silent, last=NOW)
    report = replace(REPORT, arrivals=lively, arrivals_in={"a@x": lively, "b@x": silent, "gone@x": silent})

    told = [*lines(report, "starter-1", now=NOW, names={"a@x": "home", "b@x": "work"})]

    assert [line for line in told if "the last mail came" in line] == [
        next(line for line in told if line.startswith("silence     work: the last mail came 3 days ago; before"))
    ]

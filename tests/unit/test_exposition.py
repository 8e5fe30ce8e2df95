from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import UserError
from jeeves.exposition import exposition, write_figures
from jeeves.types import Arrivals
from tests.unit.test_status_lines import MAILBOX, NOW, REPORT

if TYPE_CHECKING:
    from pathlib import Path


def test_figures_are_metrics_with_help_and_type_and_hold_no_address() -> None:
    report = replace(REPORT, errors={"mail": 7}, lag_seconds=1.5, canary_at=NOW - timedelta(hours=2))
    arrivals = Arrivals(last=NOW, first=NOW, count=1, longest_gap=timedelta())
    report = replace(report, arrivals=arrivals)

    text = exposition(report, NOW)

    lines = text.splitlines()
    assert 'jeeves_alerts{status="sent"} 3' in lines
    assert 'jeeves_errors_total{component="mail"} 7' in lines
    assert "jeeves_lag_seconds 1.5" in lines
    assert f"jeeves_canary_seconds {(NOW - timedelta(hours=2)).timestamp()}" in lines
    assert "jeeves_messages_undecided 345" in lines
    assert f"jeeves_last_mail_seconds {NOW.timestamp()}" in lines
    assert f'jeeves_synced_seconds{{folder="INBOX"}} {(NOW - timedelta(seconds=30)).timestamp()}' in lines
    names = {line.split()[0].split("{")[0] for line in lines if not line.startswith("#")}
    assert names == {line.split()[2] for line in lines if line.startswith("# TYPE")}
    assert text.endswith("\n")
    assert "@" not in text


def test_a_folders_name_cannot_break_out_and_appears_once() -> None:
    odd = replace(MAILBOX, folder='a"} 1\n\\b')

    text = exposition(replace(REPORT, mailboxes=(odd, replace(odd, account="other@example.org"))), NOW)

    assert [line for line in text.splitlines() if line.startswith("jeeves_synced")] == [
        f'jeeves_synced_seconds{{folder="a\\"}} 1\\n\\\\b"}} {(NOW - timedelta(seconds=30)).timestamp()}'
    ]


def test_of_several_mailboxes_each_folder_says_by_name_whose_it_is() -> None:
    work = replace(MAILBOX, account="work@example.org", last_synced_at=NOW)
    gone = replace(MAILBOX, account="gone@example.org")
    names = {MAILBOX.account: "home", "work@example.org": "work"}

    silent, lively = (
        Arrivals(last=NOW - timedelta(days=days), first=NOW - timedelta(days=60), count=50, longest_gap=timedelta(1))
        for days in (9, 0)
    )
    report = replace(REPORT, arrivals=lively, arrivals_in={MAILBOX.account: silent, "work@example.org": lively})

    text = exposition(replace(report, mailboxes=(gone, MAILBOX, work)), NOW, names)

    assert [line for line in text.splitlines() if line.startswith("jeeves_last_mail")] == [
        f'jeeves_last_mail_seconds{{account="home"}} {silent.last.timestamp()}',
        f'jeeves_last_mail_seconds{{account="work"}} {NOW.timestamp()}',
    ]

    assert [line for line in text.splitlines() if line.startswith("jeeves_synced")] == [
        f'jeeves_synced_seconds{{account="home",folder="INBOX"}} {(NOW - timedelta(seconds=30)).timestamp()}',
        f'jeeves_synced_seconds{{account="work",folder="INBOX"}} {NOW.timestamp()}',
    ]


def test_the_file_is_replaced_whole_and_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "jeeves.prom"

    write_figures(path, "one\n")
    write_figures(path, "two\n")

    assert path.read_text() == "two\n"
    assert [each.name for each in tmp_path.iterdir()] == ["jeeves.prom"]
    with pytest.raises(UserError, match=r"health\.prometheus_file"):
        write_figures(tmp_path / "gone" / "jeeves.prom", "three\n")

from __future__ import annotations

import io
import os
import sys
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import NotifierUnavailable
from jeeves.notify.console import ConsoleNotifier
from jeeves.types import Receipt
from tests.integration.notify.build import alert

if TYPE_CHECKING:
    from pathlib import Path

LOCAL_NOON = datetime(2026, 5, 12, 12, 5, tzinfo=timezone(timedelta(hours=2)))


def _noon() -> datetime:
    return LOCAL_NOON


def test_an_alert_is_one_line_with_the_local_time() -> None:
    stream = io.StringIO()

    receipt = ConsoleNotifier(stream, clock=_noon).send(alert())

    assert stream.getvalue() == "12:05  Ada Holm suggests: lunch. Where? [b2]\n"
    assert receipt == Receipt(delivered=True)


def test_what_standard_output_is_at_that_moment_gets_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    notifier = ConsoleNotifier()

    notifier.send(alert())

    assert capsys.readouterr().out.endswith("  Ada Holm suggests: lunch. Where? [b2]\n")


def test_the_line_is_out_before_the_receipt_is_given(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="utf-8") as stream:
        ConsoleNotifier(stream, clock=_noon).send(alert())

        assert (tmp_path / "out").read_text("utf-8").endswith("[b2]\n")


def test_a_terminal_without_unicode_shows_question_marks(tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as stream:
        ConsoleNotifier(stream, clock=_noon).send(alert(body="café 🍜 [b2]"))

    assert (tmp_path / "out").read_bytes() == b"12:05  caf? ? [b2]\n"


def test_nobody_at_the_other_end_of_the_pipe_means_unavailable() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    stream = os.fdopen(writing, "w", encoding="utf-8")

    with pytest.raises(NotifierUnavailable):
        ConsoleNotifier(stream).send(alert())

    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_closed_stream_means_unavailable() -> None:
    stream = io.StringIO()
    stream.close()

    with pytest.raises(NotifierUnavailable):
        ConsoleNotifier(stream).send(alert())


def test_no_standard_output_at_all_means_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    with pytest.raises(NotifierUnavailable):
        ConsoleNotifier().send(alert())

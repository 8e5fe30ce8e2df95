"""``jeeves status``: how the service does, for people and for machines.

Lives here: options and the two forms of the report. Must not live here: the figures (``store.status``).
"""

from __future__ import annotations

import json
import sys
import textwrap
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click

from jeeves.assist.silence import is_unusual_silence
from jeeves.cli.terminal_width import WIDEST, width_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Engine

    from jeeves.config import Config
    from jeeves.ml.misses import MissEstimate
    from jeeves.store.report import StatusReport, Trouble
    from jeeves.types import Arrivals, MailboxState

_LABEL: Final = 12  # columns before the figures
_ANSWERS: Final = {"applied": "by text message", "unclear": "not understood", "stranger": "from others, ignored"}
_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")


@click.command(short_help="Show how far mail is read, what was found, what is wrong.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.pass_context
def command(context: click.Context, *, as_json: bool) -> None:
    """Show mailboxes, messages, alerts, models, the size of the database, and what is wrong now."""
    from jeeves.config import load_config  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config.accounts import names_by_username  # noqa: PLC0415

    config = load_config(context.find_root().params["config"])
    now = datetime.now(UTC)
    report, misses = _figures(config, now)
    active = _active_model(config)
    if as_json:
        figures = {"active_model": active, **asdict(report), "misses": None if misses is None else asdict(misses)}
        click.echo(json.dumps(figures, default=_as_text, indent=2))
    else:
        names = names_by_username(config)
        width = width_for(sys.stdout)
        for line in lines(report, active or "none", now=now, misses=misses, names=names, width=width):
            click.echo(line)


def _figures(config: Config, now: datetime) -> tuple[StatusReport, MissEstimate | None]:
    """Read the embedded database the quick way, which most often is all there is to do."""
    from jeeves.store.status import read_embedded, read_status  # noqa: PLC0415 - --help must not pay for it

    report = None if config.database.url else read_embedded(config.database.data_dir)
    if report is not None and not report.audits:
        return report, None
    with _opened(config) as engine:
        return read_status(engine), _misses(engine, now)


@contextmanager
def _opened(config: Config) -> Iterator[Engine]:
    """Open the database; when it is up to date without what migrating it takes, which is most of the time."""
    from jeeves.store.reading import current_engine  # noqa: PLC0415 - --help must not pay for it

    with current_engine(config.database.url, config.database.data_dir) as engine:
        if engine is not None:
            yield engine
            return
        from jeeves.app.databases import open_database  # noqa: PLC0415 - only when needed

        with open_database(config) as database:
            yield database.engine


def _misses(engine: Engine, now: datetime) -> MissEstimate | None:
    from jeeves.store.audits import PostgresAudits  # noqa: PLC0415 - --help must not pay for it

    classified = PostgresAudits(engine).classified(since=now - timedelta(days=30))
    if not any(each.drawn_at for each in classified):
        return None
    from jeeves.ml.misses import estimate_misses  # noqa: PLC0415 - only when needed: it loads numpy

    return estimate_misses(classified)


def _active_model(config: Config) -> str | None:
    from jeeves.errors import NoActiveModel  # noqa: PLC0415 - --help must not pay for it
    from jeeves.ml.shelf import shelf_for  # noqa: PLC0415 - likewise

    try:
        return shelf_for(config.classifier.directory, config.database.data_dir).active_version()
    except NoActiveModel:
        return None


def lines(
    report: StatusReport,
    active_model: str,
    *,
    now: datetime,
    misses: MissEstimate | None = None,
    names: Mapping[str, str] = MappingProxyType({}),
    width: int = WIDEST,
) -> Iterator[str]:
    """Yield the report for people, at most ``width`` columns wide.

    ``now`` (aware) is what ages are counted from; ``names``: of several mailboxes, what each is called, by account.
    """
    row = partial(_row, width=width)
    yield from row("daemon", _daemon(report, now))
    yield from row("mailboxes", *(_mailbox(mailbox, now) for mailbox in report.mailboxes))
    yield from row("messages", f"{report.messages:,} stored, {report.decided:,} classified")
    counts = [f"{count:,} {status}" for status, count in report.alerts.items() if count]
    yield from row("alerts", ", ".join(counts) or "none")
    if misses is not None:
        yield from row("missed", _missed(misses))
    if report.held_until is not None:
        yield from row("waiting", f"{report.held:,} of them, the first until {report.held_until.astimezone():%a %H:%M}")
    texts = {outcome.value: count for outcome, count in report.replies.items()}
    answers = [f"{texts[outcome]:,} {said}" for outcome, said in _ANSWERS.items() if texts.get(outcome)]
    if answers:
        yield from row("answers", ", ".join(answers))
    if report.canary_at is not None:
        yield from row("self-test", f"came through {report.canary_at.astimezone():%a %d %b %H:%M}")
    yield from row("model", active_model)
    if report.drift is not None and report.drift.model_version == active_model and report.drift.verdict:
        yield from row("drift", report.drift.verdict)
    yield from row("used so far", *(f"{name}: {count:,} predictions" for name, count in report.models.items()))
    yield from row("database", _growth(report))
    silences = [*_silences(report, now, names)]
    if silences:
        yield from row("silence", *silences)
    yield from row("wrong now", *(_trouble(trouble, now) for trouble in report.troubles))
    last = report.last_error
    yield from row("last error", *([_trouble(last, now)] if last else []))


def _row(label: str, *entries: str, width: int) -> Iterator[str]:
    """Yield entries below each other beside ``label``; "none" when there are none."""
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    margin = " " * _LABEL
    first = f"{label:<{_LABEL}}"
    for entry in entries or ("none",):
        yield from textwrap.wrap(one_line(entry), width, initial_indent=first, subsequent_indent=margin + "  ")
        first = margin


def _daemon(report: StatusReport, now: datetime) -> str:
    state = "running" if report.daemon_running else "not running"
    if report.heartbeat is None:
        return state if report.daemon_running else "never ran"
    return f"{state}, last sign of life {_ago(report.heartbeat, now)}"


def _missed(misses: MissEstimate) -> str:
    between = f"between {misses.low:,} and {misses.high:,}" if misses.low < misses.high else f"{misses.high:,}"
    audits = "1 audit" if misses.audits == 1 else f"{misses.audits:,} audits"
    return f"of {misses.messages:,} messages this month Jeeves missed {between} (95% sure, by {audits})"


def _mailbox(mailbox: MailboxState, now: datetime) -> str:
    synced = _ago(mailbox.last_synced_at, now) if mailbox.last_synced_at else "never"
    return f"{mailbox.folder} of {mailbox.account}: read up to UID {mailbox.last_uid}, synced {synced}"


def _trouble(trouble: Trouble, now: datetime) -> str:
    times = f"{trouble.failures} times, " if trouble.failures > 1 else ""
    over = "" if trouble.cleared_at is None else f", over since {_ago(trouble.cleared_at, now)}"
    retry = f", next attempt {trouble.next_attempt_at.astimezone():%H:%M:%S}" if trouble.next_attempt_at else ""
    text = f"{trouble.component}: {trouble.message} ({times}last {_ago(trouble.last_at, now)}{over}{retry})"
    return f"{text} {trouble.advice}" if trouble.advice else text


def _ago(moment: datetime, now: datetime) -> str:
    seconds = max(int((now - moment).total_seconds()), 0)
    for name, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {name}s ago"
    return f"{seconds} s ago"


def _growth(report: StatusReport) -> str:
    total = size_text(report.database_bytes)
    if not report.messages:
        return total
    each = size_text(report.database_bytes // report.messages)
    return f"{total}, {each} a message; originals: {size_text(report.original_bytes)}"


def _silences(report: StatusReport, now: datetime, names: Mapping[str, str]) -> Iterator[str]:
    """Yield what is unusual; of several mailboxes each is looked at by itself: another's mail would hide it."""
    each = {f"{name}: ": report.arrivals_in.get(account) for account, name in names.items()}
    for whose, arrivals in (each or {"": report.arrivals}).items():
        if arrivals is not None and is_unusual_silence(arrivals, now):
            yield f"{whose}{_silence(arrivals, now)}"


def _silence(arrivals: Arrivals, now: datetime) -> str:
    usual = _ago(arrivals.last, arrivals.last + arrivals.longest_gap).removesuffix(" ago")
    return f"the last mail came {_ago(arrivals.last, now)}; before, never more than {usual} passed without any"


def size_text(size: int) -> str:
    """Return a number of bytes for people."""
    thousands = min((len(str(size)) - 1) // 3, len(_UNITS) - 1)  # SI prefixes
    return f"{size / 1000**thousands:.1f} {_UNITS[thousands]}" if thousands else f"{size} bytes"


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)

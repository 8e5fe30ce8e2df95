"""The daemon's figures as Prometheus reads them, in a file for node_exporter's textfile collector: no port is opened.

Lives here: the text and its file. Must not live here: where the figures come from (``store.status``).
Format: https://prometheus.io/docs/instrumenting/exposition_formats/, text-based format. No address is in it: other
users of the machine can read the file.
"""

from __future__ import annotations

import os
from types import MappingProxyType
from typing import TYPE_CHECKING

from jeeves.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from jeeves.store.report import StatusReport


def exposition(report: StatusReport, now: datetime, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the figures of ``report`` as metrics, the last line ended.

    ``names``: of several mailboxes, what each is called, by the account it is stored under; empty where there is one.
    """
    return "".join(f"{line}\n" for line in _lines(report, now, names))


def write_figures(path: Path, text: str) -> None:
    """Replace ``path`` in one step: nobody reads half of it. Raises UserError when the disk does not take it."""
    unfinished = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.chmod(0o644)
        unfinished.replace(path)
    except OSError as error:
        raise UserError(
            f"health.prometheus_file: {path} cannot be written: {error.strerror or type(error).__name__}.",
            advice="Name a file in a folder Jeeves may write to.",
        ) from error


def _lines(report: StatusReport, now: datetime, names: Mapping[str, str]) -> Iterator[str]:
    alerts = {_labelled(status=status.value): count for status, count in report.alerts.items()}
    errors = {_labelled(component=component): count for component, count in report.errors.items()}
    yield from _metric("written_seconds", "When this file was written, in seconds since 1970.", now.timestamp())
    if report.heartbeat is not None:
        yield from _metric("heartbeat_seconds", "The daemon's last sign of life.", report.heartbeat.timestamp())
    yield from _family("last_mail_seconds", "When the latest mail arrived.", _last_mail(report, names))
    if report.canary_at is not None:
        yield from _metric("canary_seconds", "When a self-test last came through.", report.canary_at.timestamp())
    if report.lag_seconds is not None:
        yield from _metric("lag_seconds", "From arrival to decision, the median of the last day.", report.lag_seconds)
    yield from _family("synced_seconds", "When a folder was last read.", _synced(report, names))
    yield from _metric("messages", "Messages stored.", report.messages)
    yield from _metric("messages_undecided", "Messages that wait for a decision.", report.messages - report.decided)
    yield from _family("alerts", "Alerts by what became of them.", alerts)
    yield from _metric("database_bytes", "Size of the database.", report.database_bytes)
    yield from _metric("original_bytes", "Size of the original messages in it.", report.original_bytes)
    yield from _metric("troubles", "Components in trouble now.", len(report.troubles))
    yield from _family("errors_total", "Failures ever, by component.", errors, kind="counter")


def _last_mail(report: StatusReport, names: Mapping[str, str]) -> Mapping[str, float]:
    """Return when mail came last; of several mailboxes, to each: another's mail would hide that one is silent."""
    if not names:
        return {} if report.arrivals is None else {"": report.arrivals.last.timestamp()}
    arrived = {name: report.arrivals_in.get(account) for account, name in names.items()}
    return {_labelled(account=name): each.last.timestamp() for name, each in arrived.items() if each is not None}


def _synced(report: StatusReport, names: Mapping[str, str]) -> Mapping[str, float]:
    """Return when each folder was read last; of several mailboxes, those that are configured."""
    synced: dict[str, float] = {}
    for mailbox in report.mailboxes:
        if mailbox.last_synced_at is None or (names and mailbox.account not in names):
            continue
        account = {"account": names[mailbox.account]} if names else {}
        labels, moment = _labelled(**account, folder=mailbox.folder), mailbox.last_synced_at.timestamp()
        synced[labels] = min(synced.get(labels, moment), moment)
    return synced


def _metric(name: str, meaning: str, value: float) -> Iterator[str]:
    yield f"# HELP jeeves_{name} {meaning}"
    yield f"# TYPE jeeves_{name} gauge"
    yield f"jeeves_{name} {value}"


def _family(name: str, meaning: str, values: Mapping[str, float], *, kind: str = "gauge") -> Iterator[str]:
    if not values:
        return
    yield f"# HELP jeeves_{name} {meaning}"
    yield f"# TYPE jeeves_{name} {kind}"
    for labels, value in values.items():
        yield f"jeeves_{name}{labels} {value}"


def _labelled(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")

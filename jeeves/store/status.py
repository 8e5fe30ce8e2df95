"""The figures behind ``jeeves status``: read only, in one statement and so at one moment.

Lives here: the statement, and its answer as a ``StatusReport``. Must not live here: formatting, anything that writes,
SQLAlchemy before it is needed: plain SQL over the driver answers before SQLAlchemy is even loaded.
"""

from __future__ import annotations

import json
from contextlib import closing
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from jeeves.store import sessions
from jeeves.store.report import DriftReport, StatusReport, Trouble
from jeeves.store.revision import FIND_REVISION, HAS_REVISION, newest_migration
from jeeves.types import CANARY_SENDER, Arrivals, MailboxState, NotificationStatus, ReplyOutcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sqlalchemy import Engine

# Asked of tens of thousands of messages, where mostly there is no canary at all.
_IS_MAIL: Final = "((select not exists (select from canaries)) or received_at not in (select * from canaries))"
# How long a silence is usual, the last 60 days of mail show; what came "later than now" lies, and a canary is no mail:
# it is known by its moment, which the indexes hold (its sender's: ``schema.left_of_sender``). What is texted back to
# the owner is no alert. Counted is what has come since the tallies were taken (``tallies``); that nothing is beyond the
# last one goes without saying, but only of what lies between two bounds PostgreSQL expects little, and takes the index.
_FIGURES: Final = f"""
with canaries as (select received_at from messages where left(sender_address, 255) = '{CANARY_SENDER}'),
last as (
  select max(received_at) as moment
  from messages where received_at <= now() and {_IS_MAIL}
),
gaps as (
  select received_at, received_at - lag(received_at) over (order by received_at) as gap
  from messages, last where received_at <= now() and received_at > moment - interval '60 days'
    and {_IS_MAIL}
),
tallied as (
  select coalesce(max(up_to), 0) as up_to, coalesce(max(counted), 0) as counted from tallies where model_version = ''
),
stored as (select counted + (select count(*) from messages where id > up_to) as number from tallied)
select json_build_object(
  'mailboxes', (select coalesce(json_agg(m order by account, folder), '[]')
    from (select account, folder, uidvalidity, last_uid, last_synced_at from mailboxes) m),
  'messages', (select number from stored),
  'decided', (select number from stored) - (select count(*) from messages where decided_at is null),
  'alerts', (select coalesce(json_object_agg(status, number), '{{}}')
    from (select status, count(*) as number from notifications where kind <> 'answer' group by status) n),
  'models', (select coalesce(json_agg(json_build_array(model_version, number) order by latest desc), '[]')
    from (select model_version, sum(counted) as number, max(latest) as latest
      from (select model_version, counted, latest from tallies where model_version <> ''
        union all select model_version, count(*), max(decided_at)
        from predictions where message_id > (select up_to from tallied)
          and message_id <= (select max(message_id) from predictions) group by model_version) t
      group by model_version having sum(counted) > 0) p),
  'database_bytes', pg_database_size(current_database()),
  'original_bytes', pg_total_relation_size('raw_messages'),
  'daemon_running', exists (select from pg_locks
    where locktype = 'advisory' and granted and objsubid = 2
      and classid = {sessions.LOCK_SPACE} and objid = {sessions.DAEMON}
      and database = (select oid from pg_database where datname = current_database())),
  'heartbeat', (select beat_at from health where component = 'daemon'),
  'troubles', (select coalesce(json_agg(h order by last_at desc, component), '[]')
    from (select component, error as message, advice, error_since as since, error_at as last_at, failures,
      next_attempt_at, cleared_at from health where error is not null) h),
  'errors', (select coalesce(json_object_agg(component, errors order by component), '{{}}')
    from health where errors > 0),
  'drift', (select row_to_json(d) from drift d order by measured_at desc limit 1),
  'held', (select count(*) from notifications where held and status = 'pending'),
  'held_until', (select min(next_attempt_at) from notifications where held and status = 'pending'),
  'replies', (select coalesce(json_object_agg(outcome, number), '{{}}')
    from (select outcome, count(*) as number from replies group by outcome) r),
  'lag_seconds', (select percentile_cont(0.5) within group (order by extract(epoch from p.decided_at - m.received_at))
    from messages m join predictions p on p.message_id = m.id
    where m.received_at > now() - interval '1 day' and p.decided_at >= m.received_at),
  'arrivals', (select json_build_object('last', moment, 'first', (select min(received_at) from gaps),
      'count', (select count(*) from gaps),
      'longest_gap', (select coalesce(extract(epoch from max(gap)), 0) from gaps))
    from last where moment is not null),
  'arrivals_in', (select coalesce(json_object_agg(account, found), '{{}}')
    from (select account, json_build_object('last', moment, 'first', min(received_at), 'count', count(*),
        'longest_gap', coalesce(extract(epoch from max(gap)), 0)) as found
      from (select distinct account from mailboxes) a,
        lateral (select max(received_at) as moment
          from messages m where m.account = a.account and received_at <= now()
            and {_IS_MAIL}) l,
        lateral (select received_at, received_at - lag(received_at) over (order by received_at) as gap
          from messages m where m.account = a.account and received_at <= now()
            and received_at > moment - interval '60 days'
            and {_IS_MAIL}) g
      group by account, moment) t
    where (select count(distinct account) from mailboxes) > 1),
  'canary_at', (select max(beat_at) from health where component ~ '^canary( |$)'),
  'audits', (select count(*) from audits a join messages m on m.id = a.message_id
    where m.received_at >= now() - interval '30 days')
)::text
"""  # noqa: S608 - what is put in are constants of ours


def read_status(engine: Engine) -> StatusReport:
    """Read every figure. Raises DatabaseUnavailable, DatabaseRefused, MigrationsNotRun."""
    from jeeves.store.failures import translated  # noqa: PLC0415 - loads SQLAlchemy, see above

    with translated(), engine.connect() as connection:
        return _report(connection.exec_driver_sql(_FIGURES).scalar_one())


def read_embedded(data_dir: Path) -> StatusReport | None:
    """Read every figure of the embedded database below ``data_dir``, starting it if nobody has.

    Returns None when its tables are not exactly those of this program, and when PostgreSQL does not answer:
    ``read_status`` knows why. Raises DatabaseUnavailable and UserError when it cannot be started.
    """
    import psycopg2  # noqa: PLC0415 - whoever has an engine has it already

    from jeeves.store.embedded import EmbeddedPostgres  # noqa: PLC0415 - likewise

    with EmbeddedPostgres(data_dir).running() as url:
        try:
            with (
                closing(
                    psycopg2.connect(
                        url.replace("+psycopg2", "", 1),
                        connect_timeout=sessions.CONNECT_TIMEOUT,
                        application_name=sessions.APPLICATION,
                        options=sessions.OPTIONS,
                        client_encoding="utf8",
                    )
                ) as connection,
                connection.cursor() as cursor,
            ):
                for question, answer in ((HAS_REVISION, True), (FIND_REVISION, newest_migration())):
                    cursor.execute(question)
                    if cursor.fetchone() != (answer,):
                        return None
                cursor.execute(_FIGURES)
                (figures,) = cursor.fetchone() or ("{}",)
        except psycopg2.Error:
            return None
    return _report(figures)


def _report(written: str) -> StatusReport:
    found: dict[str, Any] = json.loads(written)
    troubles = [
        Trouble(**_dated(each, "since", "last_at", "next_attempt_at", "cleared_at")) for each in found["troubles"]
    ]
    arrivals, drift = found["arrivals"], found["drift"]
    return StatusReport(
        **_dated(found, "heartbeat", "held_until", "canary_at")
        | {
            "mailboxes": tuple(MailboxState(**_dated(each, "last_synced_at")) for each in found["mailboxes"]),
            "alerts": {status: found["alerts"].get(status.value, 0) for status in NotificationStatus},
            "models": dict(found["models"]),
            "troubles": tuple(each for each in troubles if each.cleared_at is None),
            "last_error": troubles[0] if troubles else None,
            "drift": None if drift is None else DriftReport(**_dated(drift, "measured_at")),
            "replies": {outcome: found["replies"].get(outcome.value, 0) for outcome in ReplyOutcome},
            "arrivals": None if arrivals is None else _arrivals(arrivals),
            "arrivals_in": {account: _arrivals(each) for account, each in found["arrivals_in"].items()},
        }
    )


def _arrivals(found: Mapping[str, Any]) -> Arrivals:
    gap = timedelta(seconds=found["longest_gap"])
    return Arrivals(**_dated(found, "last", "first") | {"longest_gap": gap})


def _dated(found: Mapping[str, Any], *moments: str) -> dict[str, Any]:
    """Return ``found`` with those of its values that are moments, or null, as such."""
    read = {name: None if found[name] is None else datetime.fromisoformat(found[name]) for name in moments}
    return {**found, **read}

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from jeeves.actions.backfill import Backfill, BackfillReport, Reach
from jeeves.errors import MailThrottled, MailUnavailable
from jeeves.mail.imap_backfill import ImapBackfill
from jeeves.mail.imap_connect import ImapServer, connect
from jeeves.store.backfills import PostgresBackfills
from jeeves.store.messages import PostgresMessages
from jeeves.store.schema import message_locations, messages
from jeeves.types import FolderContents
from tests.acceptance.installation import wait_until
from tests.servers.interface import PASSWORD, USERNAME

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine, Table

    from tests.servers.gmail_like import GmailLikeServer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLENTY = 10**9
PATIENCE = 40.0  # seconds
DAY = timedelta(days=1)


def letter(number: int, size: int = 0) -> bytes:
    return (
        f"From: ada@example.org\r\nMessage-ID: <{number}@example.org>\r\n\r\nHello {number} {'x' * size}\r\n".encode()
    )


class Run:
    """A backfill with everything that happens around it written down."""

    def __init__(self, server: GmailLikeServer, engine: Engine) -> None:
        where = ImapServer(host="127.0.0.1", port=server.port, tls="none", timeout=5)
        self.source = ImapBackfill(where, lambda: connect(where, USERNAME, PASSWORD))
        self.store = PostgresBackfills(engine)
        self.now = NOW
        self.reports: list[BackfillReport] = []
        self.capped_folders: list[str] = []
        self.waited: list[tuple[type[MailUnavailable], float]] = []
        self.while_waiting: Callable[[], None] = lambda: None
        self.after_a_batch: Callable[[], None] = lambda: None

    def start(
        self, *, since: date | None = None, last: int | None = None, budget: int = PLENTY, folder: str = "INBOX"
    ) -> BackfillReport:
        reach = Reach(since=since, last=last, budget=budget, max_age=timedelta(hours=12))
        backfill = Backfill(
            self.source,
            self.store,
            USERNAME,
            reach,
            clock=lambda: self.now,
            random=lambda: 0.0,
            wait=lambda _: self.while_waiting(),
            narrator=self,
        )
        return backfill.run([folder])

    def progress(self, report: BackfillReport) -> None:
        self.reports.append(report)
        self.after_a_batch()

    def capped(self, folder: str) -> None:
        self.capped_folders.append(folder)

    def waits(self, error: MailUnavailable, delay: timedelta) -> None:
        self.waited.append((type(error), delay.total_seconds()))


@pytest.fixture
def run(gmail: GmailLikeServer, engine: Engine) -> Iterator[Run]:
    made = Run(gmail, engine)
    yield made
    made.source.close()


def count(engine: Engine, table: Table) -> int:
    with engine.connect() as connection:
        found: int = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return found


def stored_texts(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(messages.c.text).order_by(messages.c.id.desc())).scalars())


def test_everything_is_stored_once_and_a_second_run_fetches_nothing(
    run: Run, gmail: GmailLikeServer, engine: Engine
) -> None:
    for number in range(450):
        gmail.deliver("INBOX", letter(number), received_at=NOW - number * DAY)

    first = run.start()
    gmail.commands.clear()
    second = run.start()

    assert (first.total, first.done, first.new, first.unreadable, first.finished) == (450, 450, 450, 0, True)
    assert (second.total, second.done, second.finished) == (0, 0, True)
    assert not [command for command in gmail.commands if command.startswith("FETCH")]
    assert (count(engine, messages), count(engine, message_locations)) == (450, 450)


def test_a_folder_that_gmail_seems_to_cut_short_is_named(run: Run, gmail: GmailLikeServer) -> None:
    for number in range(1_000):
        gmail.deliver("INBOX", letter(number))
    run.start(last=1)
    gmail.deliver("INBOX", letter(1_000))
    run.start(last=1)
    assert run.capped_folders == ["INBOX"]


def test_the_newest_come_first(run: Run, gmail: GmailLikeServer, engine: Engine) -> None:
    for number in range(1, 11):
        gmail.deliver("INBOX", letter(number))

    run.start(last=3)
    assert sorted(stored_texts(engine)) == ["Hello 10", "Hello 8", "Hello 9"]

    run.start(last=5)
    assert count(engine, messages) == 5


def test_it_goes_back_to_a_day_and_no_further(run: Run, gmail: GmailLikeServer) -> None:
    for days in range(10):
        gmail.deliver("INBOX", letter(days), received_at=NOW - days * DAY)

    assert run.start(since=(NOW - 4 * DAY).date()).new == 5
    assert run.start().new == 5


def test_nothing_on_the_server_is_changed(run: Run, gmail: GmailLikeServer) -> None:
    gmail.deliver("INBOX", letter(1))
    gmail.deliver("INBOX", letter(2, 100_000))
    before = gmail.flags("INBOX")

    run.start()

    assert gmail.flags("INBOX") == before
    assert {command.split()[0] for command in gmail.commands} <= {
        "CAPABILITY",
        "AUTHENTICATE",
        "EXAMINE",
        "SEARCH",
        "FETCH",
    }


def test_old_mail_is_decided_and_todays_is_left_to_the_daemon(run: Run, gmail: GmailLikeServer, engine: Engine) -> None:
    gmail.deliver("INBOX", letter(1), received_at=NOW - DAY)
    gmail.deliver("INBOX", letter(2), received_at=NOW - timedelta(hours=1))

    run.start()

    (waiting,) = PostgresMessages(engine).unclassified(10)
    assert waiting.message.text == "Hello 2"
    assert waiting.message.ref is not None


def test_a_message_in_two_folders_is_one_row_with_two_places(run: Run, gmail: GmailLikeServer, engine: Engine) -> None:
    gmail.gmail = False
    gmail.create_folder("Archive")
    for folder in ("INBOX", "Archive"):
        gmail.deliver(folder, letter(1))

    first, second = run.start(), run.start(folder="Archive")

    assert (first.new, second.done, second.new) == (1, 1, 0)
    assert (count(engine, messages), count(engine, message_locations)) == (1, 2)


def test_the_budget_ends_the_day_and_the_next_day_goes_on(run: Run, gmail: GmailLikeServer, engine: Engine) -> None:
    for number in range(100):
        gmail.deliver("INBOX", letter(number, 5_000))

    first = run.start(budget=200_000)
    again = run.start(budget=200_000)
    run.now = NOW + DAY
    next_day = run.start(budget=200_000)

    assert not first.finished
    assert 0 < first.new < 50
    assert 200_000 <= first.bytes_today < 420_000  # what was on its way is taken
    assert (again.finished, again.done, again.bytes_today) == (False, 0, first.bytes_today)
    assert first.new < first.new + next_day.new == count(engine, messages) < 100


def uids_asked_for(server: GmailLikeServer) -> list[int]:
    """Return the UIDs of the messages that were fetched whole."""
    asked = [command.split()[1] for command in list(server.commands) if "BODY.PEEK[]" in command]
    return [int(uid) for uids in asked for uid in uids.split(",")]


def spend_it_all(run: Run) -> None:
    """Have another run of the account use up the day's budget."""
    nothing = FolderContents(folder="INBOX", uidvalidity=1, uids=())
    run.store.keep(USERNAME, nothing, [], size=PLENTY, silent_before=NOW, now=NOW)
    run.after_a_batch = lambda: None


def test_when_another_run_spends_the_budget_what_was_fetched_is_stored_and_counted(
    run: Run, gmail: GmailLikeServer, engine: Engine
) -> None:
    for number in range(2_000):
        gmail.deliver("INBOX", letter(number))

    def spend_as_far_ahead_as_it_reads() -> None:
        wait_until(lambda: len(uids_asked_for(gmail)) == 1_600)
        spend_it_all(run)

    run.after_a_batch = spend_as_far_ahead_as_it_reads
    first = run.start()
    stored, spent = count(engine, messages), run.store.traffic(USERNAME, NOW.date())
    run.now += DAY
    next_day = run.start()

    assert (first.finished, next_day.finished) == (False, True)
    assert stored == first.done == 1_600
    assert spent == PLENTY + first.bytes_today
    assert sorted(uids_asked_for(gmail)) == list(range(1, 2_001))  # each once


def test_once_the_budget_is_used_up_a_connection_that_breaks_off_ends_it(run: Run, gmail: GmailLikeServer) -> None:
    for number in range(1_000):
        gmail.deliver("INBOX", letter(number))

    def break_off_after_a_batch() -> None:
        if len(uids_asked_for(gmail)) <= 400:
            gmail.before["FETCH"] = break_off_after_a_batch
        else:
            gmail.answers["FETCH"] = "DROP"

    gmail.before["FETCH"] = break_off_after_a_batch
    run.after_a_batch = lambda: spend_it_all(run)
    report = run.start()

    assert (report.done, report.finished, run.waited) == (400, False, [])


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("FETCH", "NO [THROTTLED] Slow down"),
        ("FETCH", "NO [OVERQUOTA] Account exceeded command or bandwidth limits"),
        ("FETCH", "OK Success [THROTTLED]"),
        ("SEARCH", "NO [ALERT] Too many simultaneous connections. (Failure)"),
        ("EXAMINE", "NO [OVERQUOTA] Account exceeded command or bandwidth limits"),
        ("AUTHENTICATE", "NO [ALERT] Too many simultaneous connections. (Failure)"),
    ],
)
def test_a_server_that_asks_to_slow_down_is_left_alone_for_minutes_and_then_all_comes(
    run: Run, gmail: GmailLikeServer, engine: Engine, command: str, answer: str
) -> None:
    for number in range(300):
        gmail.deliver("INBOX", letter(number))
    gmail.answers[command] = answer

    def relent() -> None:
        if len(run.waited) == 2:
            gmail.answers.clear()

    run.while_waiting = relent
    report = run.start()

    assert (report.new, report.finished) == (300, True)
    assert run.waited == [(MailThrottled, 80.0), (MailThrottled, 160.0)]
    assert count(engine, messages) == 300


def test_a_server_that_stays_throttled_ends_it_with_what_is_stored_kept(run: Run, gmail: GmailLikeServer) -> None:
    gmail.deliver("INBOX", letter(1))
    gmail.answers["FETCH"] = "NO [THROTTLED] Slow down"

    with pytest.raises(MailThrottled):
        run.start()

    assert [seconds for _, seconds in run.waited] == [80.0, 160.0, 320.0, 640.0, 900.0, 900.0]


def test_a_connection_that_breaks_off_is_made_anew_and_nothing_is_lost_or_repeated(
    run: Run, gmail: GmailLikeServer, engine: Engine
) -> None:
    for number in range(500):
        gmail.deliver("INBOX", letter(number))
    gmail.answers["FETCH"] = "DROP"
    run.while_waiting = gmail.answers.clear

    report = run.start()

    assert (report.new, report.done) == (500, 500)
    assert [kind for kind, _ in run.waited] == [MailUnavailable]
    assert count(engine, message_locations) == 500


def test_after_a_renumbering_messages_are_known_again_by_their_key(
    run: Run, gmail: GmailLikeServer, engine: Engine
) -> None:
    for number in range(5):
        gmail.deliver("INBOX", letter(number))
    run.start()
    gmail.renumber("INBOX")

    report = run.start()

    assert (report.done, report.new) == (5, 0)
    assert count(engine, messages) == 5


def test_closing_it_from_elsewhere_ends_a_call_that_waits_for_a_silent_server(gmail: GmailLikeServer) -> None:
    gmail.deliver("INBOX", letter(1))
    where = ImapServer(host="127.0.0.1", port=gmail.port, tls="none", timeout=600)
    source = ImapBackfill(where, lambda: connect(where, USERNAME, PASSWORD))
    contents = source.contents("INBOX", since=None)
    asked = threading.Event()

    def fall_silent() -> None:
        gmail.may_speak.clear()
        asked.set()

    gmail.before["FETCH"] = fall_silent
    with ThreadPoolExecutor(1) as elsewhere:
        fetching = elsewhere.submit(lambda: list(source.fetch(contents, contents.uids, max_bytes=PLENTY)))
        assert asked.wait(PATIENCE)
        source.close()

        with pytest.raises(MailUnavailable):
            fetching.result(PATIENCE)
    gmail.speak()

"""A real Jeeves with all it depends on, to which faults can be done, and the count of what was lost or repeated.

Lives here: ``Life``, what a fault may take hold of. Must not live here: faults, expectations of one of them.

Every server is real and on this machine: mail (through a proxy), PostgreSQL, and a Twilio that counts texts across all
daemons there were. Each letter comes from an address of its own, by which it is told apart in database and texts.
"""

from __future__ import annotations

import os
import re
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from jeeves.store.database import connect
from tests.acceptance.installation import PASSWORD, PROPOSAL, REPORT, USER, WRITTEN, Installation, letter, wait_until
from tests.acceptance.privacy import leaks, log_lines
from tests.servers.gmail_like import GmailLikeServer
from tests.servers.proxy import TcpProxy
from tests.servers.twilio_stub import TwilioStub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from tests.acceptance.installation import Daemon
    from tests.servers.twilio_form import Form
    from tests.servers.twilio_stub import Resource

RECOVERY = 180.0  # seconds until a test gives up on recovery: a deadline, never an expectation
TAKEN = 75  # exit status of a daemon whose database another one serves
_ATTEMPTS = 10
_REAL = 6.0  # seconds that pass as they do
_FASTER = 150.0  # seconds that pass in five from then on: more than a lease
_MACHINE = Path(__file__).parent / "machine"
_NAMED = re.compile(r"\bAda(\d+)\b")
_DECIDED = "select count(*) from messages where decided_at is not null"
_RUNNING = "select count(*) from notifications where status in ('pending', 'sending', 'unconfirmed')"


@dataclass(frozen=True, kw_only=True)
class Count:
    """What became of the letters."""

    lost: int = 0  # letters not stored or not decided on, and proposals not texted
    repeated: int = 0  # what was stored or texted beyond the first time, or should not have been texted at all


@dataclass(kw_only=True)
class Machine:
    """The clock and the name service of the daemons, by files (``machine/sitecustomize.py``)."""

    folder: Path
    _set: dict[str, float] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Return what makes a process see this machine."""
        path = os.pathsep.join(filter(None, (str(_MACHINE), os.environ.get("PYTHONPATH", ""))))
        return {"FAULTS": str(self.folder), "PYTHONPATH": path}

    def now(self) -> datetime:
        """Return what the machine's clock shows."""
        return datetime.now(UTC) + timedelta(seconds=sum(self._set.values()))

    def put_clock(self, hours: float) -> None:
        """Let the time of day be so many hours ahead, or behind, from now on."""
        self._write("ahead", hours * 3600)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass that only clocks which count sleep have seen."""
        self._write("asleep", self._set.get("asleep", 0.0) + seconds)

    @contextmanager
    def nameless(self) -> Iterator[None]:
        """Let no host name be found within the block."""
        (self.folder / "nameless").touch()
        yield
        (self.folder / "nameless").unlink()

    def seconds(self) -> float:
        """Return seconds that count sleep, as the machine sees them."""
        return time.monotonic() + self._set.get("asleep", 0.0)

    def _write(self, name: str, seconds: float) -> None:
        self._set[name] = seconds
        fresh = self.folder / f"{name}.new"
        fresh.write_text(str(seconds))
        fresh.rename(self.folder / name)  # nobody ever reads half of it


class Twilio(TwilioStub):
    """A Twilio in whose sight something can happen to those who use it."""

    def __init__(self) -> None:
        super().__init__()
        self.after_accepting: Callable[[], None] | None = None  # called between accepting a text and saying so

    def create(self, kind: str, form: Form) -> Resource:
        resource = super().create(kind, form)
        if self.after_accepting is not None:
            self.after_accepting()
        return resource


@dataclass(kw_only=True)
class Life:
    """One installation with its servers; see ``live``."""

    installation: Installation
    server: GmailLikeServer
    proxy: TcpProxy
    twilio: Twilio
    machine: Machine
    engine: Engine
    proposals: set[int] = field(default_factory=set)
    reports: set[int] = field(default_factory=set)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def daemon(self) -> Daemon:
        """The daemon started last."""
        return self.installation.daemons[-1]

    def start(self) -> Daemon:
        """Start a daemon and wait until it says so.

        Once more, as a service manager does, while PostgreSQL has not noticed yet that the last one is gone.
        """
        for _ in range(_ATTEMPTS):
            started = self.installation.start()
            self._wait_for_start(started)
            if started.process.poll() != TAKEN:
                break
        return started

    def _wait_for_start(self, daemon: Daemon) -> None:
        wait_until(
            lambda: self.logged(daemon, "daemon.started") > 0 or daemon.process.poll() is not None, seconds=RECOVERY
        )

    @staticmethod
    def logged(daemon: Daemon, event: str) -> int:
        """Return how often a daemon has logged ``event``."""
        return sum(f" {event} " in f"{line} " for line in daemon.errors)

    def wait_for_log(self, event: str, times: int = 1, *, seconds: float = RECOVERY) -> None:
        """Return when the daemon has logged ``event`` so often."""
        daemon = self.daemon
        wait_until(lambda: self.logged(daemon, event) >= times, seconds=seconds)

    def propose(self) -> int:
        """Let a letter arrive that the owner has to be texted of; return its number."""
        number = self._deliver(PROPOSAL)
        self.proposals.add(number)
        return number

    def report(self, words: str = REPORT) -> int:
        """Let a letter arrive that is nobody's business; return its number."""
        number = self._deliver(words)
        self.reports.add(number)
        return number

    def _deliver(self, words: str) -> int:
        number = next(self._numbers)
        rfc822 = letter(number, words, sender=f"Ada{number} <ada{number}@example.org>")
        self.server.deliver("INBOX", rfc822, received_at=self.machine.now())
        return number

    def texted(self) -> Counter[int]:
        """Return how often the owner was texted of each letter, by all daemons together."""
        return Counter(int(found[1]) for each in self.twilio.texts_received if (found := _NAMED.search(each)))

    def wait_for_text(self, number: int) -> None:
        """Return when the owner was texted of a letter."""
        wait_until(lambda: number in self.texted(), seconds=RECOVERY)

    def wait_for_everything(self, *, seconds: float = RECOVERY) -> None:
        """Return when every letter is decided on, every proposal texted, and nothing on its way out any more.

        Where that takes long, as it does while a lease runs or a server is left alone, time is let pass faster.
        """
        letters = len(self.proposals | self.reports)

        def is_over() -> bool:
            try:
                done = self.ask(_DECIDED) >= letters and self.ask(_RUNNING) == 0
            except OperationalError:  # the database may still be coming back
                return False
            return done and self.texted().keys() >= self.proposals

        deadline = time.monotonic() + seconds
        faster_from = time.monotonic() + _REAL
        while not is_over():
            assert time.monotonic() < deadline, "gave up waiting"
            if time.monotonic() > faster_from:
                self.machine.sleep(_FASTER)
                faster_from += 5.0
            time.sleep(0.1)

    def counted(self) -> Count:
        """Return what is lost and what is repeated now."""
        with self.engine.connect() as connection:
            found = connection.execute(text("select sender_address from messages where decided_at is not null"))
            stored = Counter(int(re.sub(r"\D", "", row.sender_address)) for row in found)
        texted, letters = self.texted(), self.proposals | self.reports
        lost = len(letters - stored.keys()) + len(self.proposals - texted.keys())
        repeated = stored.total() - len(stored) + texted.total() - len(texted.keys() & self.proposals)
        places = self.ask("select count(*) from message_locations")
        return Count(lost=lost, repeated=repeated + max(places - len(letters), 0))

    def ask(self, query: str) -> int:
        """Return the one number that ``query`` finds."""
        with self.engine.connect() as connection:
            found: int = connection.execute(text(query)).scalar_one()
        return found

    def kill(self) -> None:
        """End the daemon by kill -9, if it still runs."""
        self.daemon.kill()


@contextmanager
def live(folder: Path, database: dict[str, Any], url: str) -> Iterator[Life]:
    """Yield an installation in ``folder`` with ``[database]`` as given, which is to be found at ``url``.

    No daemon runs yet. At the end every daemon is killed, and their logs must not hold mail, addresses or secrets.
    """
    WRITTEN.clear()
    with ExitStack() as stack:
        server = stack.enter_context(GmailLikeServer({USER: PASSWORD}))
        proxy = stack.enter_context(TcpProxy(server.port))
        twilio = stack.enter_context(Twilio())
        twilio.next_status = "delivered"
        engine = connect(url)
        stack.callback(engine.dispose)
        (folder / "machine").mkdir()
        machine = Machine(folder=folder / "machine")
        api = twilio.url.replace("127.0.0.1", "localhost")  # by name, so that a name service can fail
        account = {"account_sid": "env:TWILIO_SID", "auth_token": "env:TWILIO_TOKEN", "api_base": api}
        mail = {"host": "localhost", "port": server.port, "tls": "none", "username": USER, "poll": "1s"}
        installation = Installation(
            folder=folder,
            sections={
                "mail": mail,
                "database": database,
                "alerts": {"channels": ["sms"]},
                "notify.sms": account | {"from": "+15550100", "to": "+15550101"},
            },
            environment={"TWILIO_SID": twilio.account_sid, "TWILIO_TOKEN": twilio.auth_token} | machine.environment,
        )
        stack.callback(_kill_all, installation)
        yield Life(installation=installation, server=server, proxy=proxy, twilio=twilio, machine=machine, engine=engine)
        _kill_all(installation)
        assert twilio.mistakes == []
        assert leaks(log_lines(installation.logged()), installation.private()) == []


def _kill_all(installation: Installation) -> None:
    for daemon in installation.daemons:
        daemon.kill()

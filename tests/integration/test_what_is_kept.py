"""What a daemon holds after some letters it holds after many more: nothing is kept of a letter once it is decided.

Counted are objects, statements and bounded caches, never bytes: those depend on allocators and on what ran before.
"""

from __future__ import annotations

import gc
import inspect
import logging
import random
import sys
from contextlib import ExitStack
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from jeeves.app.building import build
from jeeves.app.clock import utc_now
from jeeves.app.databases import Database
from jeeves.config import load_config
from jeeves.daemon import Runner, SoleDaemon
from jeeves.mail.imap import ImapSource
from jeeves.types import Receipt
from tests.acceptance.installation import PASSWORD, PROPOSAL, USER, letter
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from jeeves.types import Notification

LETTERS = 20  # in the first round, one more in each that follows: what is sent at once differs in size
WARM_UP = 2  # rounds in which code is loaded, caches and pools are filled
ROUNDS = 3  # that are counted; what grows with the letters grows in each of them
_LRU_CACHE = type(lru_cache(lambda: None))


class Deaf:
    """A channel that takes everything and keeps nothing."""

    def send(self, notification: Notification) -> Receipt:
        del notification
        return Receipt(delivered=True)

    def find(self, notification: Notification) -> Receipt | None:
        del notification
        return Receipt(delivered=True)


@pytest.fixture
def server() -> Iterator[GmailLikeServer]:
    with GmailLikeServer({USER: PASSWORD}) as server:
        yield server


@pytest.fixture
def source(server: GmailLikeServer) -> Iterator[ImapSource]:
    source = ImapSource(host="127.0.0.1", port=server.port, tls="none", username=USER, password=lambda: PASSWORD)
    yield source
    source.close()


@pytest.fixture
def runner(engine: Engine, server: GmailLikeServer, tmp_path: Path) -> Iterator[Runner]:
    written = tmp_path / "jeeves.toml"
    written.write_text(
        f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\nusername = "{USER}"\n', encoding="utf-8"
    )
    app = build(load_config(written), Database(engine=engine, revive=None))
    silent = structlog.wrap_logger(
        structlog.ReturnLogger(), wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL)
    )
    with ExitStack() as stack:
        sole = SoleDaemon(engine)
        stack.callback(sole.__exit__)
        app = replace(app, notifiers={"console": Deaf()})
        yield Runner(app, sole=sole, clock=utc_now, random=lambda: 0.9, log=silent)


def test_nothing_is_kept_of_a_letter_that_is_decided(
    engine: Engine, server: GmailLikeServer, source: ImapSource, runner: Runner
) -> None:
    held, statements = [], []
    for number in range(WARM_UP + ROUNDS):
        _live_through(number, server, source, runner)
        held.append(_objects())
        statements.append(len(engine._compiled_cache or ()))  # noqa: SLF001 - SQLAlchemy shows it nowhere else

    # The least of several rounds: code that is first needed late is loaded in one of them, a leak is in all.
    assert min(_growth(held)) < LETTERS // 4, f"objects after each round: {held}"
    assert min(_growth(statements)) == 0, f"statements kept after each round: {statements}"


def test_every_cache_is_bounded() -> None:
    found = _own_caches()

    assert found
    for cache in found:
        bound = cache.cache_parameters()["maxsize"]
        assert bound is not None or not inspect.signature(cache.__wrapped__).parameters, cache


def _live_through(number: int, server: GmailLikeServer, source: ImapSource, runner: Runner) -> None:
    """Let letters come, be decided and told of, and disappear from the server."""
    arrived = [server.deliver("INBOX", _letter(number * 1000 + each)) for each in range(LETTERS + number)]
    assert runner.sync(source, "INBOX") == len(arrived)
    assert runner.decide() == len(arrived)
    assert runner.deliver() > 0
    runner.mind_threads()
    for uid in arrived:
        server.expunge("INBOX", uid)


def _letter(number: int) -> bytes:
    """Return a letter of words, names, addresses and a link that no other has."""
    chance = random.Random(number)  # noqa: S311 - words, no secrets
    words = ["".join(chance.choices("aeioklmnprst", k=chance.randint(4, 9))) for _ in range(40)]
    texts = (PROPOSAL, f"Are you free on 12 May at {number % 12 + 1} pm?", "The report is attached.")
    body = f"{texts[number % 3]} {' '.join(words)}. https://{words[0]}.example.org/{number}"
    return letter(number, body, subject=words[1], sender=f"{words[2].title()} <{words[3]}@{words[4]}.example.org>")


def _objects() -> int:
    """Return how many objects there are when all that may be forgotten is."""
    for cache in _own_caches():
        cache.cache_clear()
    gc.collect()
    return len(gc.get_objects())


def _own_caches() -> list[Any]:
    own = [module for name, module in sys.modules.items() if name.startswith("jeeves.")]
    return [each for module in own for each in vars(module).values() if isinstance(each, _LRU_CACHE)]


def _growth(counts: list[int]) -> list[int]:
    counted = counts[WARM_UP - 1 :]
    return [after - before for before, after in pairwise(counted)]

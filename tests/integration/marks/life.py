"""What the daemon makes of the labels of a mailbox, step by step. Must not live here: expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import structlog
from sqlalchemy import select

from jeeves.actions.decide import decide_new
from jeeves.actions.ingest import sync_folder
from jeeves.app.building import build
from jeeves.app.clock import utc_now
from jeeves.app.databases import Database
from jeeves.config import load_config
from jeeves.store.schema import labels, messages
from jeeves.upkeep import Upkeep
from tests.acceptance.installation import REPORT, letter
from tests.servers.interface import USERNAME, MailServer

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine


class Life:
    """What the daemon does of it in one poll, step by step."""

    def __init__(self, engine: Engine, config: Path) -> None:
        self.engine = engine
        self.app = build(load_config(config), Database(engine=engine, revive=None))
        self._upkeep = Upkeep(self.app, config_file=config, clock=utc_now, log=structlog.get_logger("test"))

    def read_mail(self) -> None:
        for folder in self.app.config.mail.folders:
            sync_folder(self.app.source, self.app.store, USERNAME, folder, utc_now)
        decide_new(self.app.store, self.app.classifier, self.app.owner, self.app.history, utc_now)

    def follow(self) -> None:
        self._upkeep.follow_labels()

    def answers(self) -> list[tuple[str, str]]:
        """Return every answer by label there is, in order: (Message-ID's number, answer)."""
        query = (
            select(messages.c.subject, labels.c.value, labels.c.source)
            .join(labels, labels.c.message_id == messages.c.id)
            .order_by(labels.c.id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        assert {row.source for row in rows} <= {"gmail"}
        return [(row.subject, row.value) for row in rows]

    def close(self) -> None:
        self.app.source.close()
        self._upkeep.stop()


class Start(Protocol):
    def __call__(
        self, server: MailServer, *, write: bool = False, folders: Sequence[str] = ("INBOX",), label: str = "Jeeves"
    ) -> Life: ...


def mail(number: int, text: str = REPORT) -> bytes:
    return letter(number, text, subject=f"m{number}")

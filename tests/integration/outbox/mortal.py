"""A program that forks children which deliver and die: at the n-th line of our code, or when they are told to.

Lives here: the program, run as ``python -m tests.integration.outbox.mortal``. Must not live here: who starts it
(``world``), expectations.

It reads one JSON object a line: ``die_at`` (line of our code at which the child kills itself; 0: at none),
``kill_after`` (seconds after which it is killed; null: never) and ``offsets`` (seconds that its clock may be wrong by,
one chosen at each look). It answers each with a JSON object: ``killed``, ``lines`` that a child lived through, and
``first``: the name of a file -> at which of these a line of it was come to for the first time.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import psycopg2.extras  # noqa: F401 - loaded late by SQLAlchemy: once here, not in each child
import twilio.rest.api.v2010.account  # noqa: F401 - loaded late by the SDK

import jeeves
from jeeves.actions.deliver import Plan, deliver_due
from jeeves.config import Call, Sms
from jeeves.errors import JeevesError
from jeeves.notify.call import CallNotifier
from jeeves.notify.conversation import Timeouts
from jeeves.notify.sms import SmsNotifier
from jeeves.notify.speech import SpeechNotifier
from jeeves.store.database import connect
from jeeves.store.outbox import PostgresOutbox

if TYPE_CHECKING:
    from types import FrameType

    from jeeves.ports import Notifier
    from jeeves.types import Notification

_OURS = Path(jeeves.__file__).parent
# Where something is read or written; a line of pure code between two of these is the same point as they.
_WITH_EFFECT = {
    str(_OURS / each)
    for each in (
        "actions/deliver.py",
        "store/outbox.py",
        "store/holding.py",
        "store/escalation.py",
        "notify/sms.py",
        "notify/call.py",
        "notify/speech.py",
        "notify/twilio_client.py",
        "notify/conversation.py",
    )
}
DATABASE_GONE = 3  # exit status of a child whose database went away


class Silence:
    """A reporter that tells nobody: the status is not what is tested here."""

    def is_news(self, _notification: Notification, _trouble: JeevesError) -> bool:
        return False

    def note(self, notification: Notification, result: object) -> None:
        pass


class Steps:
    """Counts the lines of our own code and dies at one of them, whichever thread runs it."""

    def __init__(self, die_at: int) -> None:
        self.lived = 0
        self.first: dict[str, list[int]] = {}
        self._seen: set[tuple[str, int]] = set()
        self._die_at = die_at

    def watch(self) -> None:
        threading.settrace(self._call)
        sys.settrace(self._call)

    def _call(self, frame: FrameType, _event: str, _argument: object) -> Any:  # noqa: ANN401 - sys.settrace's own
        return self._line if frame.f_code.co_filename in _WITH_EFFECT else None

    def _line(self, frame: FrameType, event: str, _argument: object) -> Any:  # noqa: ANN401 - sys.settrace's own
        if event == "line":
            self.lived += 1
            if self.lived == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)
            self._note(frame.f_code.co_filename, frame.f_lineno)
        return self._line

    def _note(self, file: str, line: int) -> None:
        if (file, line) not in self._seen:
            self._seen.add((file, line))
            self.first.setdefault(Path(file).name, []).append(self.lived)


def notifier(channel: str, settings: dict[str, Any]) -> Notifier:
    patient = Timeouts(connect=30.0, read=30.0, total=60.0)
    if channel == "sms":
        return SmsNotifier(Sms.model_validate(settings), timeouts=patient)
    if channel == "call":
        return CallNotifier(Call.model_validate(settings), timeouts=patient)
    return SpeechNotifier("espeak-ng", None)


def live(order: dict[str, Any], database_url: str, channel: str, settings: dict[str, Any]) -> Steps:
    """Deliver until the outbox is empty; return the lines of our code that took."""
    offsets = [timedelta(seconds=each) for each in order["offsets"]]
    choice = random.Random(os.getpid())  # noqa: S311 - no secret

    def clock() -> datetime:
        return datetime.now(UTC) + choice.choice(offsets)

    outbox, notifiers = PostgresOutbox(connect(database_url)), {channel: notifier(channel, settings)}
    steps = Steps(order["die_at"])
    steps.watch()
    deliver_due(
        outbox,
        notifiers,
        Plan(channels=(channel,)),
        clock=clock,
        random=choice.random,
        reporter=cast("Any", Silence()),
    )
    return steps


def bear(order: dict[str, Any], *world: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            steps = live(order, *world)
            os.write(theirs, json.dumps({"lines": steps.lived, "first": steps.first}).encode())
            status = 0
        except JeevesError:
            status = DATABASE_GONE
        finally:
            os._exit(status)
    os.close(theirs)
    if order["kill_after"] is not None:
        time.sleep(order["kill_after"])
        os.kill(child, signal.SIGKILL)  # it may be dead already, but not yet waited for
    with os.fdopen(ours, "rb") as pipe:
        told = json.loads(pipe.read() or b'{"lines": 0, "first": {}}')
    _, status = os.waitpid(child, 0)
    return {"killed": os.WIFSIGNALED(status), "status": os.waitstatus_to_exitcode(status), **told}


if __name__ == "__main__":
    world = json.loads(sys.argv[1])
    for line in sys.stdin:
        answer = bear(json.loads(line), world["database_url"], world["channel"], world["settings"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()

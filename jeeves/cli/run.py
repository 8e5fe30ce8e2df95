"""``jeeves run``: watch the mailbox and speak up, until told to stop.

Lives here: options, progress on the terminal, the closing line. Must not live here: what a pass does (``daemon``).
"""

from __future__ import annotations

import os
import random
import signal
import sys
from contextlib import ExitStack
from typing import TYPE_CHECKING, NoReturn

import click

from jeeves.cli.progress import stage_progress

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from jeeves.config import Config
    from jeeves.daemon import PassResult

_WORTH_A_BAR = 50  # messages: fewer are there before a bar is drawn


@click.command(short_help="Watch the mailbox and speak up; this is the daemon.")
@click.option("--once", is_flag=True, help="Do one pass (fetch, decide, deliver) and exit.")
@click.pass_context
def command(context: click.Context, *, once: bool) -> None:
    """Watch every configured folder and speak up when someone wants to meet and nobody has said where.

    The first pass stores and classifies what is there already and stays silent about anything older than
    alerts.max_age. Ctrl-C and SIGTERM end it at once with nothing half done. Exit status 75: another Jeeves already
    serves this database.
    """
    from jeeves.config import load_config  # noqa: PLC0415 - --help must not pay for it

    signal.signal(signal.SIGTERM, _interrupt)
    named = context.find_root().params["config"]
    clean = _run(load_config(named), once=once, named=named)
    if not clean:  # a job still hangs in a call nobody can end, such as a name look-up
        sys.stdout.flush()
        os._exit(0)


def _run(config: Config, *, once: bool, named: Path | None) -> bool:
    import structlog  # noqa: PLC0415 - --help must not pay for these

    from jeeves.app.building import build_each  # noqa: PLC0415
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.daemon import (  # noqa: PLC0415
        Pulse,
        Runner,
        ServiceManager,
        SoleDaemon,
        reply_jobs,
        serve,
        watchers_for,
    )
    from jeeves.upkeep import Upkeep  # noqa: PLC0415

    manager, pulse = ServiceManager(), Pulse()
    manager.tell("Opening the database.")
    with (
        open_database(config) as database,
        SoleDaemon(database.engine) as sole,
        stage_progress(worth_a_bar=_WORTH_A_BAR) as progress,
        ExitStack() as stack,
    ):
        app, *beside = build_each(config, database)
        log = structlog.get_logger("jeeves")
        runner = Runner(
            app,
            beside=beside,
            sole=sole,
            clock=utc_now,
            random=random.random,
            log=log,
            progress=progress,
            pulse=pulse,
        )
        for mailbox in runner.mailboxes:
            stack.callback(mailbox.source.close)
        upkeep = Upkeep(app, beside=beside, config_file=named, clock=pulse.clock(utc_now), log=log)
        stack.callback(upkeep.stop)
        runner.guard.run(upkeep.clear_departed)
        if once:
            upkeep.follow_models()
            _report(runner.once())
            upkeep.follow_labels()
            return True
        folders = sum(len(mailbox.config.mail.folders) for mailbox in runner.mailboxes)
        log.info("daemon.started", folders=folders, model=app.classifier.version)

        def release() -> None:
            upkeep.release()
            for mailbox in runner.mailboxes:
                mailbox.source.close()

        clean = serve(
            runner,
            watchers_for(runner, persistent=manager.present),
            poll=min(mailbox.config.mail.poll for mailbox in runner.mailboxes),
            release=release,
            upkeep=[*upkeep.jobs(), *reply_jobs(app, clock=utc_now, log=log)],
            manager=manager,
        )
        log.info("daemon.stopped", clean=clean)
        return clean


def _report(result: PassResult) -> None:
    new, alerts = _counted(result.new, "new message"), _counted(result.delivered, "alert")
    click.echo(f"{new}, {result.decided} decided on, {alerts}.", err=True)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Treat a SIGTERM before the daemon proper runs like Ctrl-C: let go of everything and leave."""
    raise KeyboardInterrupt

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
    from jeeves.daemon import PassResult, Runner, ServiceManager
    from jeeves.upkeep import Upkeep

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
    """Return whether everything has ended."""
    import structlog  # noqa: PLC0415 - --help must not pay for these

    from jeeves.app.building import build_each  # noqa: PLC0415
    from jeeves.app.clock import utc_now  # noqa: PLC0415
    from jeeves.app.databases import open_database  # noqa: PLC0415
    from jeeves.daemon import Pulse, Runner, ServiceManager, SoleDaemon  # noqa: PLC0415
    from jeeves.daemon.memory import keep_one_heap  # noqa: PLC0415
    from jeeves.upkeep import Upkeep  # noqa: PLC0415

    keep_one_heap()
    manager, pulse, log = ServiceManager(), Pulse(), structlog.get_logger("jeeves")
    manager.tell("Opening the database.")
    with (
        open_database(config, upgrading=manager.upgrading) as database,
        SoleDaemon(database.engine) as sole,
        stage_progress(worth_a_bar=_WORTH_A_BAR) as progress,
        ExitStack() as stack,
    ):
        app, *beside = build_each(config, database)
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
        stack.callback(runner.close)
        upkeep = Upkeep(app, beside=beside, config_file=named, clock=pulse.clock(utc_now), log=log)
        stack.callback(upkeep.stop)
        runner.guard.run(upkeep.clear_departed)
        if once:
            _pass_once(runner, upkeep)
            return True
        return _watch(runner, upkeep, manager)


def _pass_once(runner: Runner, upkeep: Upkeep) -> None:
    """Do what the daemon does, each thing once.

    Raises the first error there is; of a mailbox that cannot be read, after all that the others bring is done.
    """
    from jeeves.errors import AlreadyRunning, DatabaseUnavailable, JeevesError  # noqa: PLC0415 - --help need not pay

    upkeep.follow_models()
    try:
        _report(runner.once())
    except JeevesError as error:
        if len(runner.mailboxes) > 1 and not isinstance(error, DatabaseUnavailable | AlreadyRunning):
            upkeep.follow_labels()
        raise
    upkeep.follow_labels()


def _watch(runner: Runner, upkeep: Upkeep, manager: ServiceManager) -> bool:
    """Serve until told to stop; return whether everything has ended."""
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.daemon import reply_jobs, serve, watchers_for  # noqa: PLC0415

    mails = [mailbox.config.mail for mailbox in runner.mailboxes]
    folders = sum(len(mail.folders) for mail in mails)
    runner.log.info("daemon.started", folders=folders, model=runner.app.classifier.version)

    def release() -> None:
        upkeep.release()
        runner.close()

    clean = serve(
        runner,
        watchers_for(runner, persistent=manager.present),
        poll=min(mail.poll for mail in mails),
        release=release,
        upkeep=[*upkeep.jobs(), *reply_jobs(runner.app, clock=utc_now, log=runner.log)],
        manager=manager,
    )
    runner.log.info("daemon.stopped", clean=clean)
    return clean


def _report(result: PassResult) -> None:
    new, alerts = _counted(result.new, "new message"), _counted(result.delivered, "alert")
    click.echo(f"{new}, {result.decided} decided on, {alerts}.", err=True)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """Treat a SIGTERM before the daemon proper runs like Ctrl-C: let go of everything and leave."""
    raise KeyboardInterrupt

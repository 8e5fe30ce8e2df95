"""``jeeves service``: run by the operating system, from boot to shutdown.

Lives here: options and what is said. Must not live here: units and the programs that manage them (``service``).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jeeves.service.manager import ServiceState
    from jeeves.service.needs import Scope

_NOT_RUNNING = 3  # what `systemctl status` and the LSB say of a service that does not run


@click.group(short_help="Run Jeeves as a service: install, status, logs, uninstall.")
def command() -> None:
    """Have the operating system run Jeeves, from boot to shutdown.

    Without --user or --system: the one that is installed, else --system for root and --user for everybody else.
    """


def _with_scope(function: Callable[..., None]) -> Callable[..., None]:
    function = click.option("--system", "scope", flag_value="system", help="For the machine, as a user of its own.")(
        function
    )
    return click.option("--user", "scope", flag_value="user", help="For you alone.")(function)


@command.command("install", short_help="Write the unit, enable and start it.")
@_with_scope
@click.option("--dry-run", is_flag=True, help="Print the unit and change nothing.")
@click.pass_context
def install(context: click.Context, scope: Scope | None, *, dry_run: bool) -> None:
    """Write a hardened unit for the settings in use, and have it started now and with the machine.

    Secrets: env:NAME does not reach a service. file:PATH works for --user; credential:NAME for both: systemd reads it
    from credentials/NAME beside jeeves.toml.
    """
    from jeeves.config import find_config, load_config  # noqa: PLC0415 - --help must not pay for these
    from jeeves.service.choice import manager_for, usual_scope  # noqa: PLC0415
    from jeeves.service.needs import find_needs  # noqa: PLC0415

    config_file = context.find_root().params["config"] or find_config() or Path("jeeves.toml")
    config = load_config(config_file)
    scope = scope or usual_scope()
    manager = manager_for(scope, config.database.data_dir)
    needs = find_needs(config, config_file, scope)
    if dry_run:
        click.echo(manager.render(needs), nl=False)
        click.echo(f"This would be written to {manager.path}, enabled and started.", err=True)
        return
    click.echo("Starting the service; a first start takes up to a minute ...")
    notes = manager.install(needs)
    click.echo(f"Jeeves runs as a service now: {manager.path}")
    click.echo("See how it does: jeeves service status; what it says: jeeves service logs")
    for note in notes:
        click.echo(note)


@command.command("status", short_help="Show whether the service runs.")
@_with_scope
@click.pass_context
def status(context: click.Context, scope: Scope | None) -> None:
    """Show how the service does, as the operating system sees it. Exit status 3: it does not run."""
    from jeeves.service.choice import manager_for, usual_scope  # noqa: PLC0415 - --help must not pay for it

    state = manager_for(scope or usual_scope()).state()
    for line in lines(state):
        click.echo(line)
    context.exit(0 if state.running else _NOT_RUNNING)


def lines(state: ServiceState) -> Iterator[str]:
    """Yield the report for people."""
    if not state.installed:
        yield "service     not installed; to have it run from boot on: jeeves service install"
        return
    yield f"service     {state.state}"
    yield f"at boot     {'started' if state.enabled else 'not started; run: jeeves service install'}"
    if state.status:
        yield f"it says     {state.status}"
    if state.restarts:
        yield f"restarts    {state.restarts} by itself since it was started"
    if not state.running and state.exit_code:
        yield f"last end    exit status {state.exit_code}; see why: jeeves service logs"


@command.command("logs", short_help="Show what the service says.")
@_with_scope
@click.option("-n", "--lines", "count", type=click.IntRange(1, 100_000), default=50, show_default=True)
@click.option("-f", "--follow", is_flag=True, help="Go on until Ctrl-C.")
def logs(scope: Scope | None, count: int, *, follow: bool) -> None:
    """Show the latest lines of the service's log."""
    import shutil  # noqa: PLC0415 - --help must not pay for these

    from jeeves.errors import UserError  # noqa: PLC0415
    from jeeves.service.choice import manager_for, usual_scope  # noqa: PLC0415

    words = manager_for(scope or usual_scope()).logs(count, follow=follow)
    program = shutil.which(words[0])
    if program is None:
        raise UserError(f"There is no {words[0]} on this machine.", advice="Look where its service manager logs.")
    os.execv(program, words)  # noqa: S606 - a fixed program takes over, with our terminal and our exit code


@command.command("uninstall", short_help="Stop the service and remove the unit.")
@_with_scope
def uninstall(scope: Scope | None) -> None:
    """Stop the service and remove its unit. Settings, mail, models and secrets stay where they are."""
    from jeeves.service.choice import manager_for, usual_scope  # noqa: PLC0415 - --help must not pay for it

    manager = manager_for(scope or usual_scope())
    if not manager.path.exists():
        click.echo("There is no service to remove.")
        return
    manager.uninstall()
    click.echo(f"The service is gone ({manager.path}); settings, mail and models are untouched.")

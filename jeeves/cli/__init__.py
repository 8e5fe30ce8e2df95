"""The command line: one file per command, thin: parse, call an action, print.

Lives here: ``main``, the options every command has, the table of commands. Must not live here: any import that
costs time; commands import what they need when they run.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from jeeves import __version__
from jeeves.cli.summaries import SUMMARIES

if TYPE_CHECKING:
    from collections.abc import Sequence

# Each module has an attribute ``command``; the order is that of --help.
COMMANDS: Final = {
    "init": "jeeves.cli.init",
    "run": "jeeves.cli.run",
    "status": "jeeves.cli.status",
    "classify": "jeeves.cli.classify",
    "evaluate": "jeeves.cli.evaluate",
    "compare": "jeeves.cli.compare",
    "label": "jeeves.cli.label",
    "search": "jeeves.cli.search",
    "show": "jeeves.cli.show",
    "pending": "jeeves.cli.pending",
    "why": "jeeves.cli.why",
    "mute": "jeeves.cli.mute",
    "unmute": "jeeves.cli.unmute",
    "outbox": "jeeves.cli.outbox",
    "notify-test": "jeeves.cli.notify_test",
    "retrain": "jeeves.cli.retrain",
    "backfill": "jeeves.cli.backfill",
    "import": "jeeves.cli.import_mail",
    "models": "jeeves.cli.models",
    "audit": "jeeves.cli.audit",
    "auth": "jeeves.cli.auth",
    "db": "jeeves.cli.db",
    "backup": "jeeves.cli.backup",
    "restore": "jeeves.cli.restore",
    "forget": "jeeves.cli.forget",
    "service": "jeeves.cli.service",
    "doctor": "jeeves.cli.doctor",
}
# Seconds. A thread back from a statement waits that long for one that computes; by default it is ten times as long, and
# twenty statements cost a fifth of a second.
_SWITCH_EVERY: Final = 0.0005
_SILENT: Final = frozenset({"status"})  # these have nothing to log, and are asked too often to load what logs
_TALKATIVE: Final = frozenset({"run"})  # these log what they do without being asked to


class LazyGroup(click.Group):
    """A group that imports the module of a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Return the command of that name, or None."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = importlib.import_module(COMMANDS[cmd_name]).command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write a line for each command; only those that ``SUMMARIES`` does not know are imported for it."""
        rows = [(name, SUMMARIES.get(name) or self._own_summary(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def _own_summary(self, ctx: click.Context, name: str) -> str:
        command = self.get_command(ctx, name)
        return command.get_short_help_str() if command else ""


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80})
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Settings; else ./jeeves.toml, then ~/.config/jeeves/jeeves.toml.",
)
@click.option("--log-format", type=click.Choice(["console", "json"]), default="console", show_default=True)
@click.option("-v", "--verbose", count=True, help="Log more; -vv still more.")
@click.version_option(__version__, prog_name="jeeves")
@click.pass_context
def group(context: click.Context, config: Path | None, log_format: str, verbose: int) -> None:  # noqa: ARG001 - read by commands from the root context
    """Jeeves reads your mail and speaks up when someone wants to meet and nobody has said where."""
    if context.invoked_subcommand in _SILENT and not verbose:
        return
    gc.enable()
    from jeeves import logs  # noqa: PLC0415 - --help must not pay for it

    levels: tuple[logs.Level, ...] = ("warning", "info", "debug")
    start = 1 if context.invoked_subcommand in _TALKATIVE else 0
    logs.configure(output="json" if log_format == "json" else "console", level=levels[min(start + verbose, 2)])


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line (``sys.argv`` unless ``arguments`` are given) and exit with its code.

    When nobody reads the output any more (a closed pipe), click itself ends the program quietly with code 1.
    """
    # Reading the settings would begin with a search through everything installed, for plugins to show them to.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    sys.setswitchinterval(_SWITCH_EVERY)
    gc.disable()  # --help and the silent ones live too briefly to leave garbage; looking for it took a tenth of that
    try:
        code = group.main(args=arguments, prog_name="jeeves", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130  # 128 + SIGINT, as shells have it
    except Exception as error:  # noqa: BLE001 - the outermost floor: everything becomes a sentence and an exit code
        from jeeves.cli.failures import explain  # noqa: PLC0415 - needed on this path only
        from jeeves.cli.terminal_width import width_for  # noqa: PLC0415 - likewise

        lines, code = explain(error, width_for(sys.stderr))
        click.echo("\n".join(lines), err=True)
    if not gc.isenabled():
        gc.freeze()  # else the interpreter, before it ends, looks through everything once more: 10 ms
    sys.exit(code if isinstance(code, int) else 0)

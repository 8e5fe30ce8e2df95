"""``jeeves doctor``: what is wrong, and what to do about it.

Lives here: options and the two forms of the report. Must not live here: the checks (``doctor``).
"""

from __future__ import annotations

import json
import sys
import textwrap
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.terminal_width import WIDEST, width_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.doctor.findings import Finding

_MARGIN: Final = 20  # columns before the sentences


@click.command(short_help="Look at everything; say what is wrong and the remedy.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead.")
@click.option(
    "--seconds", type=click.IntRange(1, 3_600), default=60, show_default=True, help="When to give up on a check."
)
@click.option("--canary", is_flag=True, help="Also send a message of Jeeves's own through the daemon (minutes).")
@click.pass_context
def command(context: click.Context, *, as_json: bool, seconds: int, canary: bool) -> None:
    """Look at Python, settings, secrets, database, disk, mailbox, clock, model, channels and service.

    Nothing is sent or changed, except with --canary in the folder "Jeeves canary". Exit status 0: all is well; 1:
    something is wrong.
    """
    from jeeves.app.clock import utc_now  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import find_config  # noqa: PLC0415
    from jeeves.doctor.visit import visit  # noqa: PLC0415

    config_file = context.find_root().params["config"] or find_config() or Path("jeeves.toml")
    findings = visit(config_file.absolute(), utc_now(), seconds=seconds, canary=canary)
    faults = sum(each.verdict == "fault" for each in findings)
    if as_json:
        click.echo(json.dumps({"faults": faults, "findings": [asdict(each) for each in findings]}, indent=2))
    else:
        for line in lines(findings, width_for(sys.stdout)):
            click.echo(line)
    sys.stdout.flush()
    context.exit(1 if faults else 0)


def lines(findings: Sequence[Finding], width: int = WIDEST) -> Iterator[str]:
    """Yield the report for people, at most ``width`` columns wide, faults last where the eye is."""
    well = [each for each in findings if each.verdict != "fault"]
    wrong = [each for each in findings if each.verdict == "fault"]
    for each in (*well, *wrong):
        yield from _finding(each, width)
    yield ""
    yield "All is well." if not wrong else f"{len(wrong)} {'fault' if len(wrong) == 1 else 'faults'} to mend."


def _finding(finding: Finding, width: int) -> Iterator[str]:
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    mark = "FAULT" if finding.verdict == "fault" else finding.verdict
    head = f"{mark:<6} {finding.subject:<12} "
    margin = " " * _MARGIN
    yield from _wrap(one_line(finding.message), width, head, margin)
    if finding.remedy:
        yield from _wrap(one_line(finding.remedy), width, f"{margin}→ ", f"{margin}  ")


def _wrap(text: str, width: int, first: str, rest: str) -> list[str]:
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False)

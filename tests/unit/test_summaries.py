from __future__ import annotations

from typing import TYPE_CHECKING

import click

from jeeves.cli import COMMANDS, group
from jeeves.cli.summaries import SUMMARIES

if TYPE_CHECKING:
    import pytest


def test_the_help_says_of_each_command_what_the_command_says_itself() -> None:
    context = click.Context(group)
    own = {name: command.short_help for name in COMMANDS if (command := group.get_command(context, name)) is not None}

    assert {name: own.get(name) for name in SUMMARIES} == SUMMARIES


def test_a_command_that_has_no_line_yet_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    context = click.Context(group)
    written = group.get_help(context)

    monkeypatch.delitem(SUMMARIES, "status")

    assert group.get_help(context) == written

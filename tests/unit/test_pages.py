"""What the pages name is there: links lead somewhere, commands and options exist, decisions have one number each."""

from __future__ import annotations

import fnmatch
import re
from collections import Counter
from pathlib import Path

import click
import pytest

from jeeves.cli import group

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
# Decisions and the changelog tell of their day: a command may have gone since.
OF_TODAY = [page for page in PAGES if page.parent.name != "decisions" and page.name != "CHANGELOG.md"]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")
# In backticks, after "$ ", or on an indented line of its own; a comment ends it.
COMMAND = re.compile(r"(?:`|^ {4,}|\$ )jeeves ((?:[^`\n#]|\n(?=[^`\n]{0,60}`))+)", re.MULTILINE)


def named_commands(page: Path) -> list[list[str]]:
    return [found[1].split() for found in COMMAND.finditer(page.read_text(encoding="utf-8"))]


def test_every_link_between_pages_leads_somewhere() -> None:
    dead = [
        (page.name, target)
        for page in PAGES
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert not dead


@pytest.mark.parametrize("page", OF_TODAY, ids=lambda page: page.name)
def test_every_command_a_page_names_exists_with_its_options(page: Path) -> None:
    for words in named_commands(page):
        command, rest = follow(words)
        options = {name for parameter in command.params for name in parameter.opts + parameter.secondary_opts}
        named = {each for word in rest for each in word.strip(".,;:)[]").split("|") if each.startswith("--")}
        unknown = {each.partition("=")[0] for each in named} - options - {"--help"}

        assert not unknown, words


def test_commands_are_found_on_the_pages_at_all() -> None:
    assert ["notify-test", "--channel", "console"] in named_commands(ROOT / "README.md")


def test_the_map_of_the_code_names_modules_that_are_there() -> None:
    """A name may end in ``*``; the room of a row without one is that of the row above."""
    page = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    map_of_rooms = page.partition("### Where to look")[2].partition("\n## ")[0]
    room, named = "", []
    for row in map_of_rooms.splitlines():
        room = next(iter(re.findall(r"^\| \*\*(\w+)\*\*", row)), room)
        named += [f"{room}/{name}" for name in re.findall(r"`(\w+\*?)`", row)]

    assert "store/outbox" in named
    modules = {str(path.relative_to(ROOT / "jeeves").with_suffix("")) for path in (ROOT / "jeeves").glob("*/*")}
    assert not [name for name in named if not fnmatch.filter(modules, name)]


def test_decisions_have_one_number_each() -> None:
    numbers = Counter(page.name[:4] for page in (ROOT / "docs" / "decisions").glob("*.md"))

    assert numbers
    assert not [number for number, pages in numbers.items() if pages > 1]


def follow(words: list[str]) -> tuple[click.Command, list[str]]:
    """Return the command that ``words`` lead to, and the words that are left for it."""
    command: click.Command = group
    context = click.Context(group)
    rest = list(words)
    while rest and rest[0] in {"--config", "--log-format"}:
        rest = rest[2:]
    while isinstance(command, click.Group) and rest and re.fullmatch("[a-z-]+", rest[0]):
        found = command.get_command(context, rest.pop(0))
        assert found is not None, words
        command = found
    return command, rest

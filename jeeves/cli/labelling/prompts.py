"""Labelling where there is no screen: one message, one line typed, the next message.

Lives here: what is printed and what a typed line means. Must not live here: what is shown of a message (``page``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.cli.columns import wrapped
from jeeves.cli.labelling.keys import ANSWERS, HELP, NOTED, NOTHING_FOUND, NOTHING_TO_UNDO
from jeeves.cli.labelling.page import end_of, page_of, progress_line, whole_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import tzinfo

    from jeeves.actions.labelling import Labelling
    from jeeves.cli.labelling.page import Page
    from jeeves.ml.highlights import Highlight

_WIDTH: Final = 80
_ASKED: Final = "y yes, n no, s skip, u undo, + next, - back, /words search, o open, ? help, q"
_END: Final = "q"
_STEPS: Final = {"": 1, "+": 1, "-": -1}


def label_by_prompts(
    sitting: Labelling, lines: Iterable[str], tell: Callable[[str], object], *, zone: tzinfo, outlook: str
) -> None:
    """Show messages with ``tell``, a line at a time, and do what ``lines`` say until they end or say q.

    Raises what the sitting raises.
    """
    _show(sitting, tell, zone)
    for line in lines:
        typed = line.strip()
        if typed == _END:
            break
        for told in _do(sitting, typed, zone):
            tell(told)
        if typed not in {"o", "?"}:
            _show(sitting, tell, zone)
            sitting.read_ahead()  # while the message is read
            sitting.look_over()
    tell(progress_line(sitting.progress()))
    for told in wrapped(outlook, _WIDTH):
        tell(told)


def _do(sitting: Labelling, typed: str, zone: tzinfo) -> Iterator[str]:
    """Do what was typed, and yield what is to be told of it."""
    if typed in ANSWERS:
        if sitting.answer(ANSWERS[typed]):
            yield NOTED[ANSWERS[typed]]
    elif typed == "u":
        yield "Taken back." if sitting.undo() else NOTHING_TO_UNDO
    elif typed in _STEPS:
        sitting.move(_STEPS[typed])
    elif typed == "/":
        sitting.leave_search()
    elif typed.startswith("/"):
        found = sitting.search(typed.removeprefix("/"))
        yield f"{found:,} found." if found else NOTHING_FOUND
    elif typed == "o":
        whole = sitting.whole()
        yield from _wrapped(whole_text(whole, zone)) if whole else end_of(sitting.progress()).split("\n")
    else:
        yield from HELP.splitlines()


def _show(sitting: Labelling, tell: Callable[[str], object], zone: tzinfo) -> None:
    sheet = sitting.current()
    tell("-" * _WIDTH)
    tell(progress_line(sitting.progress()))
    for line in end_of(sitting.progress()).split("\n") if sheet is None else _lines(page_of(sheet, zone)):
        tell(line)
    tell(_ASKED)


def _lines(page: Page) -> Iterator[str]:
    yield from _named("From", page.sender)
    yield from _named("When", page.when)
    yield from _named("Subject", marked(page.subject, page.subject_highlights))
    if page.invite:
        yield from _named("Invite", page.invite)
    yield ""
    yield from _wrapped(marked(page.text, page.highlights))
    if page.folded:
        yield page.folded
    yield ""
    yield from _named("Jeeves", page.thinks)
    yield from _named("because", page.because)
    if page.shown_for:
        yield from _named("shown", page.shown_for)
    if page.answer:
        yield from _named("you said", page.answer)


def marked(text: str, places: Sequence[Highlight]) -> str:
    """Return ``text`` with *words that speak for* and _words that speak against_ a get-together without a place."""
    parts, reached = [], 0
    for place in places:
        sign = "*" if place.speaks_for else "_"
        parts += [text[reached : place.start], sign, text[place.start : place.end], sign]
        reached = place.end
    return "".join([*parts, text[reached:]])


def _named(name: str, text: str) -> Iterator[str]:
    yield from wrapped(text, _WIDTH, first=f"{name:<9}", rest=" " * 9)


def _wrapped(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        yield from list(wrapped(line, _WIDTH)) or [""]

"""The screen, driven by Textual's own pilot, on a real database."""

from __future__ import annotations

import asyncio
from datetime import UTC
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, Static

from jeeves.cli.labelling.reader import Reader
from jeeves.cli.labelling.screen import LabelScreen
from jeeves.errors import DatabaseUnavailable
from jeeves.types import Answer
from tests.integration.labelling.build import LUNCH, PAID, begin, keep, said
from tests.postgres import execute

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy import Engine
    from textual.pilot import Pilot

    Act = Callable[[Pilot[None]], Awaitable[None]]

HOSTILE = (
    "[bold red]Lunch[/bold red] [@click=app.exit()]click[/] [link=file:///etc/passwd]x[/link] [/]"
    " \x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b]52;c;aGk=\x07 \x9b2J \u202e $text {0} %s ]] [["
)


def drive(engine: Engine, act: Act, *, size: tuple[int, int] = (80, 24)) -> LabelScreen:
    """Let ``act`` use the screen, and return the screen after it is left."""
    screen = LabelScreen(begin(engine), zone=UTC, outlook="What your labels bring is not measured yet.")

    async def run() -> None:
        async with screen.run_test(size=size) as pilot:
            await act(pilot)

    asyncio.run(run())
    return screen


def text_of(pilot: Pilot[None], name: str) -> str:
    return str(pilot.app.query_one(f"#{name}", Static).content)


def everything(pilot: Pilot[None]) -> list[str]:
    """Return what stands on the screen, line by line."""
    return [
        "".join(segment.text for segment in strip)
        for strip in pilot.app.screen._compositor.render_strips()  # noqa: SLF001 - Textual has no public way to read what it drew
    ]


def test_a_message_is_shown_with_all_that_helps_to_decide(engine: Engine) -> None:
    keep(engine, LUNCH, quoted="What was said before.\n" * 3)

    async def look(pilot: Pilot[None]) -> None:
        shown = "\n".join(everything(pilot))
        for expected in (
            "0 labelled, 0 of them yes; 1 queued",
            "Ada Holm <ada@example.org>",
            "Tue 12 May 2026 12:00",
            "Letter 1",
            "Shall we have lunch together on Thursday?",
            "3 quoted lines folded",
            "needs a place, sure",
            "a find that nobody has confirmed",
            "not measured yet",
            "y needs a place",
            "q leave",
        ):
            assert expected in shown
        assert "What was said before" not in shown

    drive(engine, look)


def test_words_that_moved_the_model_are_highlighted(engine: Engine) -> None:
    keep(engine, LUNCH)

    async def look(pilot: Pilot[None]) -> None:
        content = pilot.app.query_one("#text", Static).content
        spans = {str(content)[span.start : span.end]: str(span.style) for span in content.spans}  # type: ignore[union-attr]  # it is Content
        assert any("lunch together" in words and "yellow" in style for words, style in spans.items())

    drive(engine, look)


def test_every_key_takes_effect_and_is_stored_at_once(engine: Engine) -> None:
    lunch, paid, thanks = keep(engine, LUNCH, PAID, "Thanks a lot.")

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("y")
        assert said(engine) == {lunch: Answer.YES}
        await pilot.press("n")
        await pilot.press("s")
        answers = said(engine)
        assert set(answers) == {lunch, paid, thanks}
        assert "Nothing is left to label" in text_of(pilot, "text")
        await pilot.press("u", "u", "u")
        assert said(engine) == {}
        assert "Shall we have lunch" in text_of(pilot, "text")
        await pilot.press("u")
        assert text_of(pilot, "told") == "Nothing is left to take back."
        assert "0 labelled" in text_of(pilot, "progress")

    drive(engine, use)


def test_arrows_move_without_an_answer(engine: Engine) -> None:
    keep(engine, LUNCH, PAID)

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("right")
        assert "quarterly" in text_of(pilot, "text")
        await pilot.press("left")
        assert "Shall we" in text_of(pilot, "text")
        await pilot.press("left")
        assert "no message beyond" in text_of(pilot, "told")
        assert said(engine) == {}

    drive(engine, use)


def test_a_search_is_typed_shown_and_left(engine: Engine) -> None:
    _, paid = keep(engine, LUNCH, PAID)

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"invoicesy", "backspace", "backspace")
        assert said(engine) == {}  # letters are words now, not answers
        assert pilot.app.query_one("#search", Input).value == "invoice"
        await pilot.press("enter")
        assert "1 of 1 found" in text_of(pilot, "progress")
        assert "quarterly" in text_of(pilot, "text")
        await pilot.press("y")
        assert said(engine) == {paid: Answer.YES}
        assert text_of(pilot, "text").startswith("Nothing more was found.")
        await pilot.press("escape")
        assert "found" not in text_of(pilot, "progress")
        await pilot.press("slash", *"unheard", "enter")
        assert text_of(pilot, "told") == "Nothing holds these words."
        await pilot.press("slash", "y", "escape")
        assert not pilot.app.query_one("#search", Input).has_class("asked")
        assert said(engine) == {paid: Answer.YES}

    drive(engine, use)


@pytest.mark.parametrize(("key", "expected"), [("o", "> What was said before."), ("question_mark", "take the last")])
def test_the_whole_message_and_the_help_open_and_close(engine: Engine, key: str, expected: str) -> None:
    keep(engine, LUNCH, quoted="What was said before.")

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press(key)
        assert isinstance(pilot.app.screen, Reader)
        assert expected in "\n".join(everything(pilot))
        await pilot.press("y")
        assert said(engine) == {}
        await pilot.press("escape")
        assert not isinstance(pilot.app.screen, Reader)

    drive(engine, use)


def test_long_texts_scroll(engine: Engine) -> None:
    keep(engine, "\n".join(f"line {n} about lunch" for n in range(100)))

    async def use(pilot: Pilot[None]) -> None:
        assert "line 0 " in "\n".join(everything(pilot))
        for _ in range(20):
            await pilot.press("pagedown")
        assert "line 99 " in "\n".join(everything(pilot))
        await pilot.press("up")
        assert "line 98 " in "\n".join(everything(pilot))

    drive(engine, use)


def test_no_message_can_style_link_or_steer(engine: Engine) -> None:
    keep(engine, HOSTILE, subject=HOSTILE, quoted=HOSTILE)

    async def look(pilot: Pilot[None]) -> None:
        for name in ("about", "text"):
            content = pilot.app.query_one(f"#{name}", Static).content
            assert "[bold red]Lunch[/bold red] [@click=app.exit()]click[/]" in str(content)
        await pilot.press("o")
        for line in everything(pilot):
            assert line.isprintable()
        for strip in pilot.app.screen._compositor.render_strips():  # noqa: SLF001 - as above
            for segment in strip:
                assert segment.style is None or (not segment.style.link and not segment.style.meta.get("@click"))

    drive(engine, look)


@pytest.mark.parametrize("size", [(80, 24), (60, 16), (40, 10), (200, 60)])
def test_keys_and_verdict_fit_any_size(engine: Engine, size: tuple[int, int]) -> None:
    keep(engine, "Lunch? " * 2_000, subject="S" * 500)

    async def look(pilot: Pilot[None]) -> None:
        lines = everything(pilot)
        assert len(lines) == size[1]
        assert lines[-1].startswith("y needs a place")
        assert any(line.startswith(" Jeeves   ") for line in lines)
        assert any("Lunch?" in line for line in lines)

    drive(engine, look, size=size)


def test_a_database_that_goes_away_is_told_and_nothing_is_lost(engine: Engine, database_url: str) -> None:
    keep(engine, LUNCH, PAID)

    async def use(pilot: Pilot[None]) -> None:
        execute(database_url, "alter table labels rename to labels_gone")
        await pilot.press("y")
        assert "jeeves db upgrade" in text_of(pilot, "told")
        assert "Shall we" in text_of(pilot, "text")
        execute(database_url, "alter table labels_gone rename to labels")
        await pilot.press("y")
        assert list(said(engine).values()) == [Answer.YES]

    drive(engine, use)


def test_a_bug_ends_the_screen_without_showing_mail(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    keep(engine, LUNCH)

    def broken(_self: object, _step: int) -> bool:
        raise ZeroDivisionError

    async def use(pilot: Pilot[None]) -> None:
        monkeypatch.setattr("jeeves.actions.labelling.Labelling.move", broken)
        await pilot.press("right")

    with pytest.raises(ZeroDivisionError):
        drive(engine, use)

    shown = capsys.readouterr()
    assert "lunch" not in shown.out + shown.err


def test_trouble_while_preparing_is_waited_out(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    lunch, paid = keep(engine, LUNCH, PAID)

    def unreachable(_self: object) -> bool:
        raise DatabaseUnavailable("The database does not answer.")

    async def use(pilot: Pilot[None]) -> None:
        await pilot.press("y", "n")

    monkeypatch.setattr("jeeves.actions.labelling.Labelling.read_ahead", unreachable)
    drive(engine, use)

    assert said(engine) == {lunch: Answer.YES, paid: Answer.NO}


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
def test_it_is_left_by_key(engine: Engine, key: str) -> None:
    async def use(pilot: Pilot[None]) -> None:
        assert "Nothing is left to label" in text_of(pilot, "text")
        await pilot.press(key)
        assert not pilot.app.is_running or pilot.app._exit  # noqa: SLF001 - as above

    assert drive(engine, use).failure is None

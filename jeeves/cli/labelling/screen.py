"""Labelling on a full screen.

Lives here: the widgets, what each key does. Must not live here: what is shown of a message (``page``), answers
(``actions.labelling``). Text is shown as ``Content``, never as markup: a message cannot colour, link or steer anything.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, ClassVar, Final

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from jeeves.cli.labelling.keys import ANSWERS, HELP, NOTED, NOTHING_FOUND, NOTHING_TO_UNDO
from jeeves.cli.labelling.page import end_of, page_of, progress_line, whole_text
from jeeves.cli.labelling.reader import Reader
from jeeves.cli.labelling.swiftness import swift_keyboard
from jeeves.errors import JeevesError
from jeeves.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import tzinfo

    from jeeves.actions.labelling import Labelling
    from jeeves.cli.labelling.page import Page
    from jeeves.ml.highlights import Highlight

_KEYS: Final = "y needs a place  n not  s skip  u undo  ←→ move  / find  o open  ? help  q leave"
_FOR: Final = "bold black on ansi_bright_yellow"
_AGAINST: Final = "underline ansi_bright_cyan"
_NAME: Final = "bold"
_READING: Final = 0.7  # seconds without a key: the owner reads, and the processor is free for looking the queue over
_PAUSE: Final = 0.005  # seconds between two looks: the keyboard comes first
_PATIENCE: Final = 30.0  # seconds until it is tried again when nothing was left to do, or something failed


class LabelScreen(App[None]):
    """One sitting of labelling."""

    TITLE = "Jeeves"
    ENABLE_COMMAND_PALETTE = False
    CSS = """
    Screen { layout: vertical; }
    #progress { height: 1; background: $primary; color: $text; padding: 0 1; text-style: bold; }
    #about { height: auto; max-height: 6; padding: 0 1; }
    #letter { height: 1fr; min-height: 3; padding: 0 1; border-top: solid $panel; border-bottom: solid $panel;
        scrollbar-size-vertical: 1; scrollbar-gutter: stable; }
    #thinks { height: auto; max-height: 3; padding: 0 1; }
    #outlook { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
    #told { height: 1; padding: 0 1; text-style: bold; }
    #keys { height: 1; background: $panel; }
    #search { display: none; height: 1; border: none; padding: 0 1; }
    #search.asked { display: block; }
    .-low #about { max-height: 3; }
    .-low #thinks { max-height: 1; }
    .-low #letter { border: none; min-height: 1; }
    .-low #outlook { display: none; }
    """
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012 - not a ClassVar to Textual
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"answer('{answer}')", answer, show=False) for key, answer in ANSWERS.items()),
        Binding("u", "undo", "undo"),
        Binding("right", "move(1)", "next", priority=False),
        Binding("left", "move(-1)", "back", priority=False),
        Binding("up", "scroll(-1)", "up"),
        Binding("down", "scroll(1)", "down"),
        Binding("pageup", "page(-1)", "page up"),
        Binding("pagedown,space", "page(1)", "page down"),
        Binding("slash", "ask", "search"),
        Binding("escape", "leave_search", "back to the queue"),
        Binding("o", "open", "open"),
        Binding("question_mark", "explain", "help"),
        Binding("q", "leave", "leave"),
        Binding("ctrl+c", "leave", "leave", priority=True),
    ]

    def __init__(self, sitting: Labelling, *, zone: tzinfo, outlook: str) -> None:
        """Show ``sitting``; times in ``zone``; ``outlook`` says what more labels would bring."""
        super().__init__()
        self._sitting = sitting
        self._zone = zone
        self._outlook = outlook
        self._wanted = threading.Event()  # a key was pressed: something else comes next
        self._wanted.set()
        self._idle = threading.Event()  # nothing is being done, or drawn, for a key
        self._idle.set()
        self._over = threading.Event()

    @property
    def failure(self) -> Exception | None:
        """What ended the program, if something did."""
        return self._exception

    def compose(self) -> ComposeResult:
        """Lay out, from above: progress, who and what about, the text, what Jeeves thinks, keys."""
        yield Static(id="progress")
        yield Static(id="about")
        with VerticalScroll(id="letter", can_focus=False):
            yield Static(id="text")
        yield Static(id="thinks")
        yield Static(Content(self._outlook), id="outlook")
        yield Static(id="told")
        yield Input(id="search", placeholder="words, then Enter; Esc leads back", compact=True)
        yield Static(Content(_KEYS), id="keys")

    def on_mount(self) -> None:
        """Show the first message, and begin to prepare the next."""
        self.query_one("#search", Input).disabled = True
        self._show()
        self._prepare()

    def on_unmount(self) -> None:
        """Let the preparing thread end."""
        self._over.set()
        self._go_on()

    @work(thread=True)
    def _prepare(self) -> None:
        """Read ahead after every key; look the queue over while the owner reads."""
        pause = 0.0
        while not self._over.is_set():
            wanted = self._wanted.wait(pause)
            self._wanted.clear()
            self._idle.wait()
            try:
                if wanted:
                    pause = _READING
                    while not self._over.is_set() and self._sitting.read_ahead():
                        self._idle.wait()
                else:
                    pause = _PAUSE if self._sitting.look_over() else _PATIENCE
            except JeevesError:  # the owner hears of it with the next key; perhaps it is over by then
                pause = _PATIENCE

    def action_answer(self, answer: str) -> None:
        """Store an answer and go on."""

        def store() -> str:
            return NOTED[Answer(answer)] if self._sitting.answer(Answer(answer)) else ""

        self._do(store)

    def action_undo(self) -> None:
        """Take the last answer back."""
        self._do(lambda: "Taken back: this one again." if self._sitting.undo() else NOTHING_TO_UNDO)

    def action_move(self, step: int) -> None:
        """Go to another message."""
        self._do(lambda: "" if self._sitting.move(step) else "There is no message beyond this one.")

    def action_scroll(self, lines: int) -> None:
        """Scroll the text by lines."""
        self.query_one("#letter", VerticalScroll).scroll_relative(y=lines, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll the text by pages."""
        letter = self.query_one("#letter", VerticalScroll)
        letter.scroll_relative(y=pages * max(1, letter.size.height - 1), animate=False)

    def action_ask(self) -> None:
        """Ask for words to search for."""
        field = self.query_one("#search", Input)
        field.disabled = False
        field.add_class("asked")
        field.value = ""
        field.focus()

    def on_input_submitted(self, submitted: Input.Submitted) -> None:
        """Show what holds the words."""
        words = submitted.value.strip()
        self._close_search()
        if words:
            self._do(lambda: self._found(words))

    def _found(self, words: str) -> str:
        found = self._sitting.search(words)
        return f"{found:,} found; Esc leads back to the queue." if found else NOTHING_FOUND

    def action_leave_search(self) -> None:
        """Close the search field; or go back from what was found to the queue."""
        if not self._close_search():
            self._do(lambda: "The queue again." if self._sitting.leave_search() else "")

    def _close_search(self) -> bool:
        field = self.query_one("#search", Input)
        was_open = field.has_class("asked")
        field.remove_class("asked")
        field.disabled = True
        self.set_focus(None)
        return was_open

    def action_open(self) -> None:
        """Show the whole message."""

        def read() -> str:
            whole = self._sitting.whole()
            if whole is not None:
                self.push_screen(Reader(whole_text(whole, self._zone)))
            return ""

        self._do(read)

    def action_explain(self) -> None:
        """Show the keys."""
        self.push_screen(Reader(HELP))

    def action_leave(self) -> None:
        """Leave; everything is stored already."""
        self.exit()

    def _do(self, step: Callable[[], str]) -> None:
        """Do something, show where that led, and say what was done or why it could not be."""
        self._idle.clear()
        try:
            told = step()
            self._show()
        except JeevesError as error:
            told = f"{error.message} {error.advice}".strip()
        self.query_one("#told", Static).update(Content(told))
        self.call_after_refresh(self._go_on)

    def _go_on(self) -> None:
        """Let the preparing thread go on: what a key asked for is on the screen."""
        self._wanted.set()
        self._idle.set()

    def _show(self) -> None:
        sheet = self._sitting.current()
        progress = self._sitting.progress()
        self.query_one("#progress", Static).update(Content(f"Jeeves  {progress_line(progress)}"))
        page = None if sheet is None else page_of(sheet, self._zone)
        self.query_one("#about", Static).update(Content("") if page is None else _about(page))
        self.query_one("#text", Static).update(Content(end_of(progress)) if page is None else _text(page))
        self.query_one("#thinks", Static).update(Content("") if page is None else _thinks(page))
        self.query_one("#letter", VerticalScroll).scroll_home(animate=False)

    def _handle_exception(self, error: Exception) -> None:
        """End without Textual's own report, which shows the variables of every frame: they are mail."""
        self._return_code = 1
        if self._exception is None:
            self._exception = error
            self._exception_event.set()
        self._close_messages_no_wait()


def _about(page: Page) -> Content:
    said = f"  (you said: {page.answer})" if page.answer else ""
    subject = _highlighted(page.subject, page.subject_highlights)
    lines = [
        Content.assemble(("From     ", _NAME), page.sender),
        Content.assemble(("When     ", _NAME), page.when, (said, _NAME)),
        Content.assemble(("Subject  ", _NAME), subject),
    ]
    if page.invite:
        lines.append(Content.assemble(("Invite   ", _NAME), page.invite))
    return Content("\n").join(lines)


def _text(page: Page) -> Content:
    text = _highlighted(page.text, page.highlights)
    return Content.assemble(text, (f"\n\n{page.folded}", "dim")) if page.folded else text


def _thinks(page: Page) -> Content:
    lines = [Content.assemble(("Jeeves   ", _NAME), page.thinks)]
    lines.append(Content.assemble(("because  ", _NAME), page.because))
    if page.shown_for:
        lines.append(Content.assemble(("shown    ", _NAME), page.shown_for))
    return Content("\n").join(lines)


def _highlighted(text: str, places: Sequence[Highlight]) -> Content:
    content = Content(text)
    for place in places:
        content = content.stylize(_FOR if place.speaks_for else _AGAINST, place.start, place.end)
    return content


def label_on_screen(sitting: Labelling, *, zone: tzinfo, outlook: str) -> None:
    """Label until the owner leaves. Raises what ended it otherwise."""
    screen = LabelScreen(sitting, zone=zone, outlook=outlook)
    with swift_keyboard():
        screen.run(mouse=False)  # so that text can be marked and copied as ever
    if screen.failure is not None:
        raise screen.failure

"""A text on the whole screen, to scroll through.

Lives here: ``Reader``. Must not live here: what the text says; it comes harmless.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult


class Reader(ModalScreen[None]):
    """A text to scroll through, until a key closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,o,question_mark,enter", "dismiss", "close")]
    CSS = """
    Reader { background: $surface; }
    #reader { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    #close { height: 1; background: $panel; padding: 0 1; }
    """

    def __init__(self, text: str) -> None:
        """Show ``text``, which is harmless."""
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        """Lay the text out above the keys."""
        with VerticalScroll(id="reader"):
            yield Static(Content(self._text))
        yield Static(Content("↑ ↓ scroll  Esc close"), id="close")

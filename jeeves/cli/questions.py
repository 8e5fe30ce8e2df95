"""Questions on the terminal that flags may have answered.

Lives here: ``Questions``: ask, check, ask again. Must not live here: any question in particular.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import click

from jeeves.errors import UserError
from jeeves.sanitise import one_line

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Questions:
    """Asks what no flag answers; with ``quiet`` nothing is asked and defaults count."""

    def __init__(self, *, quiet: bool) -> None:
        """``quiet``: the owner said --yes."""
        self.quiet = quiet

    def ask(
        self,
        question: str,
        *,
        flag: str,
        check: Callable[[str], T],
        given: str | None = None,
        default: str | None = None,
        hidden: bool = False,
    ) -> T:
        """Return the checked answer; ``check`` raises ValueError with a sentence for what will not do.

        Raises UserError, naming ``flag``, when a flag's value will not do, or is missing and nothing may be asked.
        """
        if given is None and self.quiet:
            given = default
        if given is not None:
            try:
                return check(given)
            except ValueError as error:
                raise UserError(f"{flag}: {error}.", advice="See: jeeves init --help") from None
        if self.quiet:
            raise UserError(f"{flag} is missing.", advice="Give it, or leave out --yes and be asked.")
        while True:
            answer = click.prompt(question, default=default, hide_input=hidden)
            try:
                return check(str(answer).strip())
            except ValueError as error:
                self.say(f"This {error}.")

    def agree(self, question: str, *, given: bool | None, default: bool) -> bool:
        """Return yes or no; when nothing may be asked and no flag says it: no."""
        if given is not None:
            return given
        return click.confirm(question, default=default) if not self.quiet else False

    @staticmethod
    def say(text: str = "") -> None:
        """Show a paragraph, at most 80 columns wide."""
        click.echo(click.wrap_text(one_line(text), width=80))

"""``jeeves search``: find stored messages by their words.

Lives here: options, one line a message. Must not live here: what matches (``store.label_queue``).
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import click

from jeeves.cli.columns import columns_of, cut
from jeeves.cli.terminal_width import WIDEST, width_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jeeves.types import AnsweredMessage

_NUMBER: Final = 8  # columns of each field, the space behind it included; more for a longer number
_ANSWER: Final = 5
_DAY: Final = 11
_SENDER: Final = 19
_SUBJECT: Final = 20  # with less room than this the subject takes a line of its own


@click.command(short_help="Find messages by their words.")
@click.argument("words", nargs=-1, required=True)
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="Messages at most.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a message instead.")
@click.pass_context
def command(context: click.Context, words: Sequence[str], *, limit: int, as_json: bool) -> None:
    """Find the messages that hold all WORDS in sender, subject or newest text, the latest first.

    As search engines have it: "two words" in quotes stand side by side, or between words means either, and -word
    leaves out what holds it (write -- before the first such word). A message Jeeves missed is told with the number
    in front: jeeves label NUMBER yes.
    """
    from jeeves.app.databases import open_database  # noqa: PLC0415 - --help must not pay for these
    from jeeves.config import load_config  # noqa: PLC0415
    from jeeves.store.label_queue import PostgresLabelQueue  # noqa: PLC0415

    with open_database(load_config(context.find_root().params["config"])) as database:
        found = PostgresLabelQueue(database.engine).search(" ".join(words), limit)
    shown = map(json.dumps, map(as_data, found)) if as_json else lines(found, limit, width_for(sys.stdout))
    for line in shown:
        click.echo(line)


def lines(found: Sequence[AnsweredMessage], limit: int, width: int = WIDEST) -> Iterator[str]:
    """Yield a line for each message, at most ``width`` columns wide, with its answer, and how to go on.

    Where that is too narrow for all of it, the subject comes below.
    """
    if not found:
        yield "Nothing holds these words."
        return
    number = max(_NUMBER, *(len(str(each.id)) + 1 for each in found))
    yield from _row(f"{'id':<{number}}{'':<{_ANSWER}}{'received':<{_DAY}}", "from", "subject", number, width)
    for each in found:
        message = each.message
        head = f"{each.id:<{number}}{each.answer or '-':<{_ANSWER}}{message.received_at:%Y-%m-%d} "
        sender, subject = message.sender.name or message.sender.address, message.subject or message.text[:width]
        yield from _row(head, sender, subject, number, width)
    if len(found) == limit:
        yield f"The latest {limit}; --limit shows more."


def as_data(found: AnsweredMessage) -> Mapping[str, object]:
    """Return a find for JSON."""
    message = found.message
    return {
        "id": found.id,
        "message_key": message.message_key,
        "answer": found.answer,
        "received_at": message.received_at.isoformat(),
        "from": message.sender.address or message.sender.name,
        "subject": message.subject,
    }


def _row(head: str, sender: str, subject: str, margin: int, width: int) -> Iterator[str]:
    room = width - len(head) - _SENDER
    if room >= _SUBJECT:
        yield f"{head}{_fitted(sender, _SENDER - 1)} {_fitted(subject, room).rstrip()}"
        return
    yield f"{head}{_fitted(sender, width - len(head)).rstrip()}"
    yield f"{'':<{margin}}{_fitted(subject, width - margin).rstrip()}"


def _fitted(text: str, width: int) -> str:
    """Return ``text``, made harmless, in exactly ``width`` columns; wide letters take two, marks above none."""
    from jeeves.sanitise import one_line  # noqa: PLC0415 - --help must not pay for it

    kept = cut(one_line(text[: 4 * width]), width)
    return kept + " " * (width - columns_of(kept))

"""From a message to the text a model sees: one document per message, in zones.

Lives here: the one pure path that training and serving share, so that the two can never drift apart. Must not
live here: words and cues (``tokens``, ``cues``, ``evidence``), anything learned from data.

A document is text, so that it can be kept, compared and hashed. Its zones are facts about the message, subject,
newest text, quoted text, invite and history with the sender, each one sentence a line. Marker words (``a_link``,
``bulk_mail``, ...) contain an underscore; underscores in mail are replaced first, so no sender can write a marker.
Raise ``VERSION`` with every change of what a message becomes: models name the version they were trained with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from jeeves.ml.dates import mentioned
from jeeves.ml.language import is_english
from jeeves.ml.sentences import sentences
from jeeves.ml.tokens import KNOWN, normalise, straightened, without_addresses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.types import History, Invite, Message

VERSION: Final = "3"

MAX_TEXT: Final = 20_000  # characters of the newest text that are read; a proposal further down waits for a person
MAX_QUOTED: Final = 800  # characters of quoted text: what is answered stands on top, the rest is the past
MAX_SUBJECT: Final = 500  # characters
OTHER_LANGUAGE: Final = "another_language"

_ZONE_END: Final = "\x1e"  # "record separator"; sentences hold no control character
_FEWEST_LETTERS_OF_A_NAME: Final = 3
_MOST_RECIPIENTS_READ: Final = 20
_RECIPIENTS: Final = ((0, "to_none"), (1, "to_one"), (5, "to_few"), (15, "to_many"))
_LENGTHS: Final = (  # characters of newest text, up to
    (2, "text_none"),
    (79, "text_line"),
    (299, "text_short"),
    (999, "text_medium"),
    (2_999, "text_long"),
)
_FREQUENT: Final = 10  # earlier messages that make somebody who writes often
_ROBOT: Final = re.compile(r"(?:no|do[-.]?not)[-.]?reply|notif|mailer|bounce|newsletter|alerts?\b|automat|postmaster")
_HEADER_LINE: Final = re.compile(
    r"\W{0,4}(?:from|to|cc|bcc|sent|date|subject|importance|attachments)\s{0,3}:|-{3,}|_{5,}|.{0,80}\bwrote:?\s*$"
    r"|.{0,120}\d\d:\d\d(?::\d\d)? ?[ap]m",
    re.IGNORECASE,
)
_NAME_PART: Final = re.compile(r"[^\W\d_]+")


class Zones(NamedTuple):
    """The parts of a document; each a list of lines."""

    facts: list[str]
    subject: list[str]
    text: list[str]
    quoted: list[str]
    invite: list[str]
    history: list[str]


def document(message: Message) -> str:
    """Return the text a model sees of ``message``. Any message is taken; linear in its length.

    Names of the people in its header become ``a_name``: a model learns habits of speech, not persons.
    """
    zones, _ = read(message)
    return _ZONE_END.join("\n".join(zone) for zone in zones)


def read(message: Message) -> tuple[Zones, list[str]]:
    """Return the zones of the ``document`` of ``message``, and the sentences of its newest text as they were written.

    For whoever does not keep the document; the second are as many as the lines of the zone ``text``.
    """
    quoted = "\n".join([line for line in message.quoted[:MAX_QUOTED].split("\n") if not _is_header(line[:200])])
    title = list(sentences(message.subject[:MAX_SUBJECT].lower()))
    written = list(sentences(message.text[:MAX_TEXT]))
    lines = _lines([*title, *written, *sentences(quoted)], _names(message))
    behind = len(title) + len(written)
    zones = Zones(
        facts=list(_facts(message)),
        subject=lines[: len(title)],
        text=lines[len(title) : behind],
        quoted=lines[behind:],
        invite=list(_invite_words(message.invite)) if message.invite else [],
        history=list(_history_words(message.history)),
    )
    return zones, written


def zones_of(text: str) -> Zones:
    """Take a document apart again."""
    return Zones(*([line for line in zone.split("\n") if line] for zone in text.split(_ZONE_END)))


def _is_header(line: str) -> bool:
    may_be = ":" in line or "---" in line or "_____" in line or "wrote" in line.lower()  # most are not: told soonest
    return may_be and _HEADER_LINE.match(line) is not None


def _lines(written: Sequence[str], names: frozenset[str]) -> list[str]:
    """Return one line per sentence, in their order, so that a line leads back to what was written."""
    text = straightened("\n".join(written))  # at once: no sentence holds a line feed
    if "@" in text:
        text = "\n".join(map(without_addresses, text.split("\n")))
    if text.isascii():
        return _hidden(text, names).split("\n") if text else []
    return [_hidden(line, names) for line in text.split("\n")]


def _hidden(text: str, names: frozenset[str]) -> str:
    """Return the text with a marker for each word that is one of ``names``."""
    if not text.isascii():  # what a small letter is depends on its neighbours, but not in ASCII
        return _NAME_PART.sub(lambda word: "a_name" if word[0].lower() in names else word[0], text)
    small = text.lower()
    places = sorted([place for name in names if name in small for place in _places(name, small)])
    if not places:
        return text
    ends, starts = [0, *(end for _, end in places)], [*(start for start, _ in places), len(text)]
    return "a_name".join([text[end:start] for end, start in zip(ends, starts, strict=True)])


def _places(name: str, small: str) -> Iterator[tuple[int, int]]:
    """Yield where ``name`` stands as a word by itself in a text of ASCII in small letters."""
    end = 0
    while (start := small.find(name, end)) >= 0:
        end = start + len(name)
        if not (small[start - 1 : start].isalpha() or small[end : end + 1].isalpha()):
            yield start, end


def _names(message: Message) -> frozenset[str]:
    """Return the words that name the people of the header, lower case, without those that mean something besides."""
    people = (message.sender, *message.recipients[:_MOST_RECIPIENTS_READ])
    named = " ".join([f"{person.name[:100]} {person.address[:100].partition('@')[0]}" for person in people])
    if named.isascii():
        parts = _NAME_PART.findall(named.lower())
    else:
        parts = [part.lower() for part in _NAME_PART.findall(named)]
    return frozenset([part for part in parts if len(part) >= _FEWEST_LETTERS_OF_A_NAME]) - KNOWN


def _facts(message: Message) -> Iterator[str]:
    yield next((name for most, name in _RECIPIENTS if len(message.recipients) <= most), "to_crowd")
    yield next((name for most, name in _LENGTHS if len(message.text) <= most), "text_huge")
    if message.bulk:
        yield "bulk_mail"
    if _ROBOT.search(message.sender.address[:100].lower()):
        yield "automated_sender"
    start = message.subject[:20].strip().lower()
    if start.startswith("re:"):
        yield "is_reply"
    if start.startswith(("fw:", "fwd:")):
        yield "is_forward"
    if message.quoted:
        yield "has_quote"
    yield from mentioned(message.text[:MAX_TEXT], since=message.sent_at or message.received_at)
    if not is_english(f"{message.subject[:MAX_SUBJECT]} {message.text[:MAX_TEXT]}"):
        yield OTHER_LANGUAGE


def _history_words(history: History) -> Iterator[str]:
    """Say what is known of the sender; nothing where nothing is, so that a stranger's file scores as it always did."""
    if history.earlier == 0:
        yield "the_sender_is_new"
    elif history.earlier is not None and history.earlier >= _FREQUENT:
        yield "the_sender_writes_often"
    if history.written:
        yield "you_wrote_to_the_sender"
    if history.answers_owner:
        yield "the_message_answers_you"
    if history.asks is not None:
        yield "the_sender_asked_before" if history.asks else "the_sender_never_asked"


def _invite_words(invite: Invite) -> Iterator[str]:
    """Say what the calendar part says in the words mails use, so that what was learned from text applies to it."""
    yield "cancelled" if invite.method == "CANCEL" else "invitation when a_time"
    yield from sentences(normalise(invite.summary[:MAX_SUBJECT]))
    location, conference = invite.location.strip(), invite.conference
    if location:
        yield from sentences("location where at " + normalise(location[:MAX_SUBJECT]))
    if conference:
        yield "a_video_link join the video call"
    if not location and not conference:
        yield "where location tbd ?"

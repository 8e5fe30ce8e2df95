"""From a message to what the classifier counts: one document per message, tokens per document.

Lives here: the one pure path that training and serving share, so that the two can never drift apart. Must not
live here: scikit-learn, any input or output, anything learned from data. The functions are named and on module
level because a stored model refers to ``analyse`` by name.

Marker words (``a_link``, ``bulk_mail``, ...) contain an underscore; underscores in mail are replaced first, so no
sender can write a marker. Raise ``VERSION`` with every change of what a message becomes: models name the version
they were trained with.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from nltk.tokenize.regexp import RegexpTokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.types import Invite, Message

VERSION: Final = "1"

MAX_TEXT: Final = 20_000  # characters of the newest text that are read; a proposal further down waits for a person
MAX_SUBJECT: Final = 500  # characters
MAX_TOKEN: Final = 40  # characters; longer runs are encodings or languages written without spaces
FEW_RECIPIENTS: Final = 6  # one invites a table of friends by name, a company by list

_APOSTROPHES: Final = str.maketrans({"’": "'", "‘": "'", "`": "'", "_": "-"})  # noqa: RUF001 - what phones type
_LINK: Final = r"(?:https?://|www\.)\S+"
_ADDRESS: Final = r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}"
_MARKER: Final = r"[a-z]+(?:_[a-z]+)+"
_WORD: Final = r"[^\W\d_]+(?:'[^\W\d_]+)*"
_NUMBER: Final = r"\d+(?:[:.,/-]\d+)*"
_TOKENS: Final = RegexpTokenizer(rf"{_LINK}|{_MARKER}|{_WORD}|{_NUMBER}|@(?=\s)|\?")
_MAIL_ADDRESS: Final = re.compile(_ADDRESS)
_VIDEO_HOST: Final = re.compile(
    r"(?:https?://)?(?:[\w-]+\.)*(?:zoom\.us|meet\.google\.com|teams\.microsoft\.com|teams\.live\.com|webex\.com"
    r"|whereby\.com|meet\.jit\.si|facetime\.apple\.com|gotomeeting\.com|gotomeet\.me)(?:[/?:]|$)"
)
_CLOCK_TIME: Final = re.compile(r"(?:[01]?\d|2[0-3])[:.][0-5]\d")
_ROBOT: Final = re.compile(r"(?:no|do[-.]?not)[-.]?reply|notif|mailer|bounce|newsletter|alerts?\b|automat|postmaster")


def document(message: Message) -> str:
    """Return the text a model sees of ``message``: facts as marker words, subject, newest text, invite.

    Quoted text is left out: a proposal that stands only there does not count, and a place named there is the
    business of the thread's state. Any message is taken; reading stops after ``MAX_TEXT`` characters.
    """
    parts = [
        " ".join(_facts(message)),
        normalise(message.subject[:MAX_SUBJECT]),
        "subject_end",
        normalise(message.text[:MAX_TEXT]),
    ]
    if message.invite is not None:
        parts.append(" ".join(_invite_words(message.invite)))
    return "\n".join(parts)


def analyse(text: str) -> list[str]:
    """Split a document into tokens, in order: lower-case words, question marks, markers for links and numbers.

    Pronouns and question words stay: "where", "you" and "?" carry the decision. There is no stop list. Linear in
    the length of ``text``.
    """
    return [_name(token) for token in _TOKENS.tokenize(text)]


def _name(token: str) -> str:
    if token[0].isdecimal():
        return "a_time" if _CLOCK_TIME.fullmatch(token) else "a_number"
    if token.startswith(("http://", "https://", "www.")):
        return "a_video_link" if _VIDEO_HOST.match(token[:200]) else "a_link"
    return token[:MAX_TOKEN]


def normalise(text: str) -> str:
    """Lower-case, straighten apostrophes, hide mail addresses, and leave no underscore to forge a marker with."""
    return _MAIL_ADDRESS.sub(" an_address ", text.lower().translate(_APOSTROPHES))


def _facts(message: Message) -> Iterator[str]:
    if message.bulk:
        yield "bulk_mail"
    if _ROBOT.search(message.sender.address[:100].lower()):
        yield "automated_sender"
    if len(message.recipients) > FEW_RECIPIENTS:
        yield "many_recipients"


def _invite_words(invite: Invite) -> Iterator[str]:
    """Say what the calendar part says in the words mails use, so that what was learned from text applies to it."""
    yield "invite_cancelled cancelled" if invite.method == "CANCEL" else "an_invite invitation when a_time"
    yield normalise(invite.summary[:MAX_SUBJECT])
    if invite.location.strip():
        yield "invite_with_location location where at " + normalise(invite.location[:MAX_SUBJECT])
    if invite.conference:
        yield "invite_with_call a_video_link join the video call"
    if not invite.location.strip() and not invite.conference:
        yield "invite_without_location where location tbd ?"

"""What a label in the mailbox, put on, changed or taken off, says as an answer of the owner: pure.

Lives here: the reading of one message's labels against what was known of them, and the keywords and folders that stand
for labels where there are none. Must not live here: any conversation with a server (``imap_marks``), any storing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jeeves.mail.training_label import training_answer
from jeeves.types import Answer, MarkState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_INBOX: Final = "INBOX/"

_NOT_IN_A_KEYWORD: Final = re.compile(r"[^A-Za-z0-9_-]")  # narrower than RFC 9051, section 9, flag-keyword


def read_mark(known: MarkState, now: Answer | None) -> tuple[MarkState, Answer | None]:
    """Return what is known of a message's labels when they say ``now``, and the owner's answer, if that is one.

    A label that appears is an answer, unless Jeeves wrote it; one that goes withdraws the answer (SKIP). A label of
    Jeeves's that the owner took off or moved is the owner's from then on.
    """
    if now is known.seen:
        return known, None
    if now is known.written and known.seen is None:
        return MarkState(seen=now, written=known.written), None
    return MarkState(seen=now), now or Answer.SKIP


def one_of(known: MarkState, copies: Sequence[tuple[Answer | None, str]]) -> tuple[Answer | None, str]:
    """Return what the copies of a message say together: (answer, the folder that is the label, or empty).

    A message may lie in several folders with other labels in each. What was known is believed as long as one copy says
    it; otherwise the first that says anything is.
    """
    said = [copy for copy in copies if copy[0] is not None]
    return next((copy for copy in said if copy[0] is known.seen), said[0] if said else (None, ""))


def folder_answer(folder: str, delimiter: str, name: str) -> Answer | None:
    """Return the answer for which a folder stands: "Jeeves", or "Jeeves" and "No" below it; None: for none.

    Some servers keep every folder below INBOX.
    """
    path = folder.replace(delimiter, "/") if delimiter else folder
    below = path[len(_INBOX) :] if path.upper().startswith(_INBOX) else path
    return training_answer([below], name)


def keyword(name: str, answer: Answer) -> str:
    """Return the keyword that stands for the training label ``name`` with ``answer``: "$Jeeves", "$JeevesNo"."""
    suffix = "" if answer is Answer.YES else answer.value.title()
    return f"${_NOT_IN_A_KEYWORD.sub('', name) or 'Jeeves'}{suffix}"


def keyword_answer(flags: Iterable[str], name: str) -> Answer | None:
    """Return the answer among the flags of a message; None when there is none.

    Case does not matter (RFC 9051, section 2.3.2). As with labels, the plain one gives way to one that says more.
    """
    folded = {flag.casefold() for flag in flags}
    order = (Answer.NO, Answer.SKIP, Answer.YES)
    return next((answer for answer in order if keyword(name, answer).casefold() in folded), None)

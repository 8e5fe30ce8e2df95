"""What a label in the mailbox, put on, changed or taken off, says as an answer of the owner: pure.

Lives here: the reading of one message's labels against what was known of them, and the keywords that stand for labels
where there are none. Must not live here: any conversation with a server (``imap_marks``), any storing.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jeeves.types import Answer, MarkState

if TYPE_CHECKING:
    from collections.abc import Iterable

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

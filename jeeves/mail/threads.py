"""What ties a message to the others of its conversation: the ids it answers and its subject without "Re:".

Lives here: base subjects (RFC 5256, section 2.1) and the chain of ids (section 3, REFERENCES, step 1). Must not live
here: which stored thread a message joins (``store.joining``), how headers are decoded (``headers``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jeeves.types import ThreadLinks

if TYPE_CHECKING:
    from collections.abc import Sequence

_MAX_ANCESTORS = 100  # more in one References field is no conversation between people
_MAX_SUBJECT = 1_000  # characters; the rest cannot tell two conversations apart
# RFC 5256, section 5, subj-refwd knows re, fw and fwd only; the others are what mailers write in other languages.
_MARK = (
    r"(?:re|fwd?|aw|wg|antw(?:oord|ort)?|weiterl|sv|vs|vb|vl|rv|res|enc|tr|réf?|rif|r|i|doorst|odp|pd|ynt|ilt"
    r"|回复|答复|转发|返信|転送)"
)
_BLOB = r"\[[^\[\]]{0,200}\]\s{0,10}"
_LEADER = re.compile(
    rf"(?:{_BLOB}){{0,5}}{_MARK}\s{{0,10}}(?:{_BLOB}|\^\d{{1,3}}\s{{0,10}})?[:\uff1a]\s{{0,10}}", re.IGNORECASE
)
_LEADING_BLOB = re.compile(_BLOB)
_TRAILER = "(fwd)"
_WRAPPER = "[fwd:"


def base_subject(subject: str) -> tuple[str, bool]:
    """Return ``subject`` (decoded) without its marks, case folded, and whether one marked a reply or forward.

    RFC 5256, section 2.1, and the marks that mailers write in other languages. Total; linear.
    """
    text, is_reply = " ".join(subject[:_MAX_SUBJECT].split()).casefold(), False
    while True:
        while text.endswith(_TRAILER):
            text, is_reply = text.removesuffix(_TRAILER).rstrip(), True
        text, had_leader = _without_leaders(text)
        is_reply = is_reply or had_leader
        if not (text.startswith(_WRAPPER) and text.endswith("]")):
            return text, is_reply
        text, is_reply = text[len(_WRAPPER) : -1].strip(), True


def _without_leaders(text: str) -> tuple[str, bool]:
    """Take marks and bracketed tags off the front; a tag stays when nothing else would (section 2.1, step 4)."""
    at, is_reply = 0, False
    while True:
        if found := _LEADER.match(text, at):
            at, is_reply = found.end(), True
        elif (found := _LEADING_BLOB.match(text, at)) and found.end() < len(text):
            at = found.end()
        else:
            return text[at:], is_reply


def thread_links(
    *, message_id: str, references: Sequence[str], in_reply_to: Sequence[str], subject: str
) -> ThreadLinks:
    """Return what ties a message to others; ``references`` and ``in_reply_to`` are the ids in those fields, in order.

    References counts; without any, the first id of In-Reply-To (RFC 5256, section 3, REFERENCES, step 1). Of an
    absurdly long chain its root and its last ids are kept.
    """
    chain = [each for each in dict.fromkeys(references or in_reply_to[:1]) if each != message_id]
    if len(chain) > _MAX_ANCESTORS:
        chain = [chain[0], *chain[-_MAX_ANCESTORS + 1 :]]
    base, is_reply = base_subject(subject)
    return ThreadLinks(message_id=message_id, ancestors=tuple(chain), base_subject=base, is_reply=is_reply)

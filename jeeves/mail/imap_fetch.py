"""What is asked of an open folder: which messages it has, and the messages.

Lives here: SEARCH and FETCH, leaving no trace (PEEK). Must not live here: connections, folders, retries
(``mail.imap``), what the answers mean (``mail.fetched``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from imapclient.exceptions import IMAPClientError

from jeeves.mail.fetch_answer import read_answer
from jeeves.mail.fetched import raw_message
from jeeves.types import MessageRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from imapclient import IMAPClient

    from jeeves.mail.fetch_answer import Fields
    from jeeves.types import FetchPlan, RawMessage

_NUMBERS_PER_SEARCH = 50_000  # imaplib refuses an answer line of more than 1,000,000 octets
_ESSENTIALS = [b"INTERNALDATE", b"BODY.PEEK[]"]
_GMAIL_ESSENTIALS = [b"X-GM-MSGID", b"X-GM-THRID"]


def find_uidnext(client: IMAPClient, exists: int) -> int:
    """Find out the next UID where the answer to EXAMINE left it out, as RFC 3501, section 6.3.1, allows."""
    return max(client.search(["UID", "*"]), default=0) + 1 if exists else 1


def search(client: IMAPClient, plan: FetchPlan, *, exists: int) -> list[int]:
    """Return the UIDs within the plan's range, ascending, in a folder of ``exists`` messages.

    Asked by windows of message numbers, which bounds the answer however sparse the UIDs are; from the top down: an
    expunge meanwhile moves messages to lower numbers, into a window still to come.
    """
    found: set[int] = set()
    for first in reversed(range(1, exists + 1, _NUMBERS_PER_SEARCH)):
        last = "*" if first + _NUMBERS_PER_SEARCH > exists else str(first + _NUMBERS_PER_SEARCH - 1)
        found.update(client.search([f"{first}:{last}", "UID", f"{plan.first_uid}:{plan.last_uid}"]))
    return sorted(uid for uid in found if plan.first_uid <= uid <= plan.last_uid)


def records(plan: FetchPlan, answer: Mapping[int, Mapping[bytes, object]], uids: Sequence[int]) -> list[RawMessage]:
    """Make records of those ``uids`` that were answered with a message."""
    refs = {uid: MessageRef(mailbox=plan.folder, uidvalidity=plan.uidvalidity, uid=uid) for uid in uids}
    found = (raw_message(refs[uid], answer[uid]) for uid in uids if uid in answer)
    return [message for message in found if message is not None]


def sizes(client: IMAPClient, uids: Sequence[int]) -> list[tuple[int, int]]:
    """Ask how large messages are: (UID, bytes), 0 where the server does not say."""
    answer = _ask(client, uids, [b"RFC822.SIZE"])
    found = ((uid, answer.get(uid, {}).get(b"RFC822.SIZE")) for uid in uids)
    return [(uid, size if isinstance(size, int) else 0) for uid, size in found]


def fetch_batch(client: IMAPClient, uids: Sequence[int]) -> dict[int, Fields]:
    """Fetch messages with everything we want to know of them."""
    return _ask(client, uids, _everything(client))


def fetch_each(client: IMAPClient, uids: Sequence[int]) -> dict[int, Fields]:
    """Fetch messages one by one, without flags and labels, which the response parser may be unable to read."""
    wanted = _ESSENTIALS + (_GMAIL_ESSENTIALS if _is_gmail(client) else [])
    return {uid: fields for each in uids for uid, fields in _ask(client, [each], wanted).items()}


def fetch_from(client: IMAPClient, first_uid: int) -> dict[int, Fields]:
    """Fetch, with everything, each message from ``first_uid`` on, in a single question.

    ``n:*`` names the last message even when its UID is below n (RFC 9051, section 9, seq-range): it is left out.
    """
    answer = _exchange(client, f"{first_uid}:*", [b"UID", *_everything(client)])
    # A change of flags that came along unasked has no UID and no body, and is filed under its message number.
    return {uid: answer[uid] for uid in sorted(answer) if uid >= first_uid and b"BODY[]" in answer[uid]}


def _ask(client: IMAPClient, uids: Sequence[int], items: Sequence[bytes]) -> dict[int, Fields]:
    return _exchange(client, ",".join(map(str, uids)), items) if uids else {}


def _exchange(client: IMAPClient, numbers: str, items: Sequence[bytes]) -> dict[int, Fields]:
    """One UID FETCH. The library's own takes no open range since 4.0, and reads the answer slowly."""
    kind, lines = client._imap.uid("FETCH", numbers, f"({b' '.join(items).decode()})")  # noqa: SLF001 - see above
    if kind != "OK":
        raise IMAPClientError(b" ".join(line for line in lines if isinstance(line, bytes)).decode("latin-1"))
    return read_answer(lines)


def _everything(client: IMAPClient) -> list[bytes]:
    gmail = [*_GMAIL_ESSENTIALS, b"X-GM-LABELS"] if _is_gmail(client) else []
    return [*_ESSENTIALS, b"FLAGS", *gmail]


def _is_gmail(client: IMAPClient) -> bool:
    return bool(client.has_capability("X-GM-EXT-1"))

"""The syntax of IMAP commands and answers, as far as the Gmail-like server needs it (RFC 3501, section 9).

Lives here: bytes to values and back, pure. Must not live here: sockets, sessions.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from imapclient import imap_utf7

from tests.servers.body_structure import read, section, structure

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tests.servers.mailbox import Mail

LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n\Z")
_TOKEN = re.compile(
    rb'"(?P<quoted>(?:[^"\\]|\\.)*)"|\{(?P<size>\d+)\+?\}\r\n|(?P<paren>[()])|(?P<atom>[^\s()"\[]+(?:\[[^\]]*\](?:<[\d.]+>)?)?)'
)
_PARTIAL = re.compile(r"BODY\.PEEK\[([^\]]*)\]<(\d+)\.(\d+)>")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MARKS_AS_SEEN = frozenset({"BODY[]", "RFC822"})  # without PEEK


def tokens(command: bytes) -> list[str]:
    """Split a command into atoms, strings and parentheses; literals are taken from within."""
    found: list[bytes] = []
    position = 0
    while match := _TOKEN.search(command, position):
        position = match.end()
        if match["size"] is not None:
            found.append(command[position : position + int(match["size"])])
            position += int(match["size"])
        elif match["quoted"] is not None:
            found.append(re.sub(rb"\\(.)", rb"\1", match["quoted"]))
        else:
            found.append(match[0])
    return [token.decode("utf-8", "replace") for token in found]


def folder_name(token: str) -> str:
    """Decode a mailbox name."""
    name = imap_utf7.decode(token.encode("ascii", "replace"))
    return "INBOX" if name.upper() == "INBOX" else name


def label_name(token: str) -> str:
    """Decode a label or flag name."""
    return str(imap_utf7.decode(token.encode("ascii", "replace")))


def quote(text: str) -> bytes:
    """Encode a name as a quoted string in modified UTF-7."""
    encoded: bytes = imap_utf7.encode(text)
    return b'"' + encoded.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def in_set(sequence_set: str, numbers: Sequence[int]) -> set[int]:
    """Return which of ``numbers`` (ascending) a sequence set names; ``*`` is the highest, so ``n:*`` always has it."""
    found: set[int] = set()
    known = set(numbers)
    highest = numbers[-1] if numbers else 0
    for part in sequence_set.split(","):
        first, colon, last = part.replace("*", str(highest)).partition(":")
        if not colon:
            found |= known & {int(first)}
            continue
        low, high = sorted((int(first), int(last)))
        found.update(number for number in numbers if low <= number <= high)
    return found


def search(
    keys: Sequence[str], uids: Sequence[int], *, arrivals: Mapping[int, datetime] | None = None
) -> list[tuple[int, int]]:
    """Return (number, UID) of the messages all ``keys`` match: ALL, SINCE date, UID set, sequence set.

    ``arrivals`` tells the INTERNALDATE by UID. Other keys: ValueError.
    """
    hits = list(enumerate(uids, start=1))
    rest = iter(keys)
    for key in rest:
        if key.upper() == "UID":
            wanted = in_set(next(rest), uids)
            hits = [hit for hit in hits if hit[1] in wanted]
        elif key.upper() == "SINCE" and arrivals is not None:
            since = parsedate_to_datetime(f"{next(rest).replace('-', ' ')} 00:00:00 +0000")
            hits = [hit for hit in hits if hit[1] in arrivals and arrivals[hit[1]] >= since]
        elif key[0].isdigit() or key[0] == "*":
            wanted = in_set(key, range(1, len(uids) + 1))
            hits = [hit for hit in hits if hit[0] in wanted]
        elif key.upper() != "ALL":
            raise ValueError(key)
    return hits


def fetch_items(mail: Mail, items: Sequence[str]) -> bytes:
    """Return the attributes of a message, in the order asked for. Unknown ones: ValueError."""
    return b" ".join(_part_item(mail, item.upper()) or _fetch_item(mail, item.upper()) for item in items)


def _part_item(mail: Mail, item: str) -> bytes:
    if item == "BODYSTRUCTURE":
        return b"BODYSTRUCTURE " + structure(read(mail.rfc822))
    found = _PARTIAL.fullmatch(item)
    if not found:
        return b""
    content = section(read(mail.rfc822), found[1])[int(found[2]) :][: int(found[3])]
    return b"BODY[%b]<%b> {%d}\r\n%b" % (found[1].encode(), found[2].encode(), len(content), content)


def _fetch_item(mail: Mail, item: str) -> bytes:
    match item:
        case "UID":
            value = str(mail.uid).encode()
        case "FLAGS":
            value = f"({' '.join(sorted(mail.flags))})".encode()
        case "INTERNALDATE":
            moment = mail.received_at.astimezone(UTC)
            value = f'"{moment.day:2d}-{_MONTHS[moment.month - 1]}-{moment:%Y %H:%M:%S} +0000"'.encode()
        case "MODSEQ":
            value = f"({mail.modseq})".encode()
        case "RFC822.SIZE":
            value = str(len(mail.rfc822)).encode()
        case "X-GM-MSGID":
            value = str(mail.gmail_id).encode()
        case "X-GM-THRID":
            value = str(mail.thread).encode()
        case "X-GM-LABELS":
            value = b"(" + b" ".join(quote(label) for label in mail.labels) + b")"
        case "BODY.PEEK[]" | "BODY[]" | "RFC822":
            value = b"{%d}\r\n%b" % (len(mail.rfc822), mail.rfc822)
        case _:
            raise ValueError(item)
    return item.replace(".PEEK", "").encode() + b" " + value

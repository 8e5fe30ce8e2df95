"""The past of a mailbox on an IMAP server, read without attachments and without leaving a trace.

Lives here: ``ImapBackfill``, the adapter behind ``ports.PastMail``: EXAMINE, SEARCH, BODYSTRUCTURE, BODY.PEEK. Must
not live here: which parts are worth it (``mail.backfill``), when to wait and how much a day allows (``actions``).
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from jeeves.errors import MailFolderMissing, MailThrottled, MailUnavailable
from jeeves.mail.backfill import SMALL, has_message_id, plan_parts, rebuild, seems_capped
from jeeves.mail.backfill import plan_batches as part_batches
from jeeves.mail.fetch_answer import Fields, read_answer
from jeeves.mail.fetched import raw_message
from jeeves.mail.imap_connect import ImapServer, connection_failures, disconnect, hang_up, say_goodbye
from jeeves.mail.imap_throttling import says_throttled
from jeeves.mail.lines import LARGEST
from jeeves.mail.special_use import mailbox_name
from jeeves.mail.sync import batches
from jeeves.types import Fetched, FolderContents, MessageRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date

    from imapclient import IMAPClient

    from jeeves.types import RawMessage

_NUMBERS_PER_SEARCH: Final = 50_000  # imaplib refuses an answer line of more than 1,000,000 octets
_MESSAGES_PER_FETCH: Final = 200
_BYTES_PER_FETCH: Final = 8 * 1024 * 1024
_GMAIL = ("X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS")
_SECTION = re.compile(rb"BODY\[([^\]]*)\](?:<\d+>)?")


class _Refused(Exception):
    """The server refused a request, or the library could not read the answer: ask for less at a time."""


class ImapBackfill:
    """Satisfies ``ports.PastMail`` over a connection of its own, so that the daemon's keeps watching.

    Connects on first use and again after a failure. Raises MailThrottled, MailUnavailable, MailFolderMissing and
    what ``connect`` raises.
    """

    def __init__(self, server: ImapServer, connect: Callable[[], IMAPClient]) -> None:
        """Keep ``connect``, which signs in anew at every call; ``server`` names it in errors."""
        self._server = server
        self._connect = connect
        self._client: IMAPClient | None = None
        self._opened: tuple[str, int] | None = None  # folder and UIDVALIDITY
        self._slow_down = False
        self._busy = threading.Lock()  # held while the server is asked

    def contents(self, folder: str, *, since: date | None) -> FolderContents:
        """Return what ``folder`` holds that arrived on ``since`` or later (RFC 9051, section 6.4.4), or everything."""
        with self._translated():
            client = self._connected()
            exists, uidvalidity = self._examine(client, folder)
            found: set[int] = set()
            # From the top down: an expunge meanwhile moves messages to lower numbers, into a window still to come.
            for first in reversed(range(1, exists + 1, _NUMBERS_PER_SEARCH)):
                last = "*" if first + _NUMBERS_PER_SEARCH > exists else str(first + _NUMBERS_PER_SEARCH - 1)
                criteria: list[object] = [f"{first}:{last}", *(["SINCE", since] if since else ["ALL"])]
                found.update(client.search(criteria))
            return FolderContents(
                folder=folder,
                uidvalidity=uidvalidity,
                uids=tuple(sorted(found)),
                is_capped=bool(client.has_capability("X-GM-EXT-1")) and seems_capped(exists),
            )

    def fetch(self, contents: FolderContents, uids: Sequence[int], *, max_bytes: int) -> Iterator[Fetched]:
        """Yield the messages of ``uids`` in portions of a few megabytes, at most about ``max_bytes`` each.

        Small messages come whole, of larger ones the text and calendar parts. What a portion holds is good also
        when a later one raises. One expunged meanwhile is left out.
        """
        for start in range(0, len(uids), _MESSAGES_PER_FETCH):
            asked = uids[start : start + _MESSAGES_PER_FETCH]
            facts, size = self._ask(contents, asked, self._facts())
            absent = [uid for uid in asked if uid not in facts]
            yield Fetched(unreadable=self._still_there(contents, absent), size=size)
            sizes = {uid: _number(fields.get(b"RFC822.SIZE")) for uid, fields in facts.items()}
            small = [(uid, size) for uid, size in sizes.items() if 0 < size <= SMALL]
            large = [uid for uid in sizes if sizes[uid] > SMALL or not sizes[uid]]
            room = min(max_bytes, _BYTES_PER_FETCH)
            for batch in batches(small, max_messages=_MESSAGES_PER_FETCH, max_bytes=room):
                yield self._whole(contents, batch, facts)
            yield from self._parts(contents, large, facts, max_bytes=room)

    def close(self) -> None:
        """Log out and let go; never raises. A call under way in another thread ends at once."""
        client = self._client
        if client is None:
            return
        if not self._busy.acquire(blocking=False):
            hang_up(client)
            return
        try:
            say_goodbye(client)
            self._drop()
        finally:
            self._busy.release()

    def _facts(self) -> list[str]:
        client = self._connected()
        return ["INTERNALDATE", "RFC822.SIZE", *(_GMAIL if client.has_capability("X-GM-EXT-1") else ())]

    def _whole(
        self, contents: FolderContents, uids: Sequence[int], facts: Mapping[int, Fields], *, item: str = "BODY.PEEK[]"
    ) -> Fetched:
        answer, size = self._ask(contents, uids, [item])
        raws = [
            self._raw(contents, uid, facts[uid], sections[""])
            for uid, fields in answer.items()
            if "" in (sections := _sections(fields))
        ]
        return _fetched(raws, uids, size)

    def _parts(
        self, contents: FolderContents, uids: Sequence[int], facts: Mapping[int, Fields], *, max_bytes: int
    ) -> Iterator[Fetched]:
        structures, size = self._ask(contents, uids, ["BODYSTRUCTURE"])
        yield Fetched(size=size)
        plans = {uid: plan_parts(structures.get(uid, {}).get(b"BODYSTRUCTURE")) for uid in uids}
        for items, batch in part_batches(plans, max_bytes=max_bytes):
            answer, size = self._ask(contents, batch, items)
            known = {uid: _sections(fields) for uid, fields in answer.items()}
            anonymous = [uid for uid, sections in known.items() if not self._has_key(facts[uid], sections)]
            raws = [
                self._raw(contents, uid, facts[uid], rebuild(plans[uid], sections))
                for uid, sections in known.items()
                if uid not in anonymous and ("HEADER" in sections or "" in sections)
            ]
            yield _fetched(raws, [uid for uid in batch if uid not in anonymous], size)
            # Known by the digest of their bytes, so all of these have to come.
            for uid in anonymous:
                yield self._whole(contents, [uid], facts, item=f"BODY.PEEK[]<0.{LARGEST}>")

    def _still_there(self, contents: FolderContents, absent: Sequence[int]) -> tuple[int, ...]:
        """Return those of ``absent`` that were not expunged but withheld; a throttled server may mend that."""
        if not absent:
            return ()
        with self._translated():
            self._check_throttled()
            client = self._connected()
            self._open_again(client, contents)  # so that the server forgets what it had expunged
            return tuple(client.search(["UID", ",".join(map(str, absent))]))

    def _check_throttled(self) -> None:
        if self._slow_down:
            self._slow_down = False
            raise IMAPClientError("THROTTLED")

    @staticmethod
    def _has_key(facts: Fields, sections: Mapping[str, bytes]) -> bool:
        header = sections.get("HEADER", sections.get("", b""))
        return b"X-GM-MSGID" in facts or not header or has_message_id(header)

    @staticmethod
    def _raw(contents: FolderContents, uid: int, facts: Fields, rfc822: bytes) -> RawMessage:
        ref = MessageRef(mailbox=contents.folder, uidvalidity=contents.uidvalidity, uid=uid)
        raw = raw_message(ref, facts | {b"BODY[]": rfc822})
        if raw is None:
            raise TypeError("bytes make a message")
        return raw

    def _ask(
        self, contents: FolderContents, uids: Sequence[int], items: Sequence[str]
    ) -> tuple[dict[int, Fields], int]:
        """FETCH ``items`` of ``uids``, one by one when together is refused; return the answers and their bytes.

        What is refused by itself too is left out.
        """
        if not uids:
            return {}, 0
        try:
            return self._fetch(contents, uids, items)
        except _Refused:
            if len(uids) == 1:
                return {}, 0
        answers: dict[int, Fields] = {}
        total = 0
        for uid in uids:
            answer, size = self._ask(contents, [uid], items)
            answers |= answer
            total += size
        return answers, total

    def _fetch(
        self, contents: FolderContents, uids: Sequence[int], items: Sequence[str]
    ) -> tuple[dict[int, Fields], int]:
        with self._translated():
            self._check_throttled()
            client = self._connected()
            if self._opened != (contents.folder, contents.uidvalidity):
                self._open_again(client, contents)
            try:
                return self._exchange(client, uids, items)
            except IMAPClientAbortError:
                raise
            except (IMAPClientError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
                if says_throttled(str(error)):
                    raise
                raise _Refused from error

    def _exchange(self, client: IMAPClient, uids: Sequence[int], items: Sequence[str]) -> tuple[dict[int, Fields], int]:
        """One FETCH. The library's own throws away the closing line, where Gmail says [THROTTLED]."""
        imap = client._imap  # noqa: SLF001 - see above
        kind, closing = imap._simple_command("UID", "FETCH", ",".join(map(str, uids)), f"({' '.join(items)})")  # noqa: SLF001
        said = b" ".join(each for each in closing if isinstance(each, bytes)).decode("latin-1")
        if kind != "OK":
            raise IMAPClientError(said)
        self._slow_down = says_throttled(said)
        _, lines = imap._untagged_response(kind, closing, "FETCH")  # noqa: SLF001
        answer = read_answer(lines)
        size = sum(sum(map(len, line)) if isinstance(line, tuple) else len(line or b"") for line in lines)
        return {uid: answer[uid] for uid in uids if uid in answer}, size

    def _connected(self) -> IMAPClient:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _examine(self, client: IMAPClient, folder: str) -> tuple[int, int]:
        try:
            answer = client.select_folder(mailbox_name(client.list_folders, folder), readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as refusal:
            if says_throttled(str(refusal)):
                raise
            raise MailFolderMissing(
                f"There is no folder {folder!r} on the mail server {self._server}, or it cannot be opened.",
                advice="Write it as your mail program shows it, with the folders above it: [Gmail]/All Mail",
            ) from refusal
        self._opened = (folder, int(answer[b"UIDVALIDITY"]))
        return int(answer[b"EXISTS"]), self._opened[1]

    def _open_again(self, client: IMAPClient, contents: FolderContents) -> None:
        _, uidvalidity = self._examine(client, contents.folder)
        if uidvalidity != contents.uidvalidity:
            raise MailUnavailable(
                f"The mail server {self._server} renumbered the folder {contents.folder!r} meanwhile.",
                advice="Run it again: what is stored stays.",
            )

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Translate what a conversation raises, and drop the connection: it may be out of step."""
        try:
            with self._busy, connection_failures(self._server):
                yield
        except MailUnavailable as failure:
            self._drop()
            if says_throttled(str(failure.__cause__)):
                raise MailThrottled(
                    f"The mail server {self._server} asks for fewer requests or connections just now.",
                    advice="Run it again in an hour: what is stored stays.",
                ) from failure.__cause__
            raise
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._client is not None:
            disconnect(self._client)
        self._client = self._opened = None


def _fetched(raws: Sequence[RawMessage], uids: Sequence[int], size: int) -> Fetched:
    readable = {raw.ref.uid for raw in raws}
    return Fetched(raws=tuple(raws), unreadable=tuple(uid for uid in uids if uid not in readable), size=size)


def _sections(fields: Fields) -> dict[str, bytes]:
    """Return section -> bytes of a FETCH answer, without the origin of partial ones (RFC 9051, section 7.5.2)."""
    found = ((_SECTION.fullmatch(name), value) for name, value in fields.items())
    return {
        match[1].decode("latin-1"): value if isinstance(value, bytes) else b""
        for match, value in found
        if match is not None
    }


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0

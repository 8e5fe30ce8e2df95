"""The labels of a mailbox on an IMAP server: read by EXAMINE and FETCH, written, if at all, by STORE.

Lives here: ``ImapMarks``, the adapter behind ``ports.MarkSource``. Must not live here: what a change of labels says
(``mail.mailbox_labels``), when to write (``actions.marks``), mail itself.

Gmail has labels (X-GM-LABELS), which other servers have as keywords: flags of one's own (RFC 9051, section 2.3.2).
There a folder of the label's name, and one of the name "No" below it, are labels too: mail programs that know no
keywords can move messages.
Servers that count changes (CONDSTORE, RFC 7162) are asked what changed; of a folder on another one the latest messages
are looked at every time.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from imapclient import imap_utf7
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError
from imapclient.response_parser import parse_fetch_response

from jeeves.errors import MailUnavailable, UserError
from jeeves.mail.fetched import decode_name
from jeeves.mail.imap_connect import ImapServer, connection_failures, disconnect, hang_up
from jeeves.mail.imap_folders import folder_failure
from jeeves.mail.imap_throttling import is_throttled
from jeeves.mail.mailbox_labels import folder_answer, keyword, keyword_answer
from jeeves.mail.parse import parse_bytes
from jeeves.mail.special_use import folder_by_attribute, mailbox_name
from jeeves.mail.training_label import training_answer
from jeeves.types import Answer, MarkedMessage, MarkPlace, MarkScan, MessageRef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from imapclient import IMAPClient

Result = TypeVar("Result")

LATEST: Final = 500  # messages of a folder that are looked at where changes are not counted
MOST_IN_A_LABEL: Final = 5_000  # messages of a folder that is a label; of one that holds more none is seen to leave
_MESSAGE_ID: Final = b"BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"
_ALL_MAIL: Final = "\\All"
_ANY_KEYWORD: Final = b"\\*"  # RFC 9051, section 7.1: the owner of the mailbox may make keywords


class ImapMarks:
    """Satisfies ``ports.MarkSource`` over a connection of its own, kept from one call to the next.

    Connects on first use and again after a failure. Raises MailUnavailable, MailThrottled, MailFolderMissing and what
    ``connect`` raises. Folders are opened read-only unless a label is to be written.
    """

    def __init__(self, server: ImapServer, connect: Callable[[], IMAPClient], *, name: str) -> None:
        """Keep ``connect``, which signs in anew at every call; ``name`` is the training label."""
        self._server = server
        self._connect = connect
        self._name = name
        self._client: IMAPClient | None = None
        self._labels: dict[str, Answer] = {}  # folders that are labels
        self._keys: dict[tuple[str, int], dict[int, str]] = {}  # of their messages: (folder, UIDVALIDITY), UID
        self._busy = threading.Lock()
        self._closed = False

    def folders(self, watched: Sequence[str]) -> list[str]:
        """Return ``watched``, on Gmail also the folder of all mail, elsewhere the folders that are labels.

        A message that was archived, or moved to a label, has left the others.
        """

        def look(client: IMAPClient) -> list[str]:
            if _is_gmail(client):
                there = folder_by_attribute(client.list_folders(), _ALL_MAIL)
                return [*watched, _ALL_MAIL] if there is not None and _ALL_MAIL not in watched else list(watched)
            self._labels = {
                folder: answer
                for flags, delimiter, name in client.list_folders()
                if b"\\NOSELECT" not in map(bytes.upper, flags)
                and (answer := folder_answer(folder := decode_name(name), _delimiter(delimiter), self._name))
            }
            return [*watched, *(folder for folder in self._labels if folder not in watched)]

        return self._run(look)

    def scan(self, folder: str, since: MarkPlace | None) -> MarkScan:
        """Return the labels that may have changed after ``since``; None, or another UIDVALIDITY: the latest."""
        return self._run(lambda client: self._scan(client, folder, since))

    def write(self, refs: Sequence[MessageRef]) -> None:
        """Label messages of one folder as needing a place. Raises UserError when the server takes no labels."""
        if refs:
            self._attempt(lambda client: self._write(client, refs))

    def close(self) -> None:
        """Let go for good; never raises. A call under way in another thread ends at once."""
        self._closed = True
        client = self._client
        if client is not None:
            hang_up(client)
        if self._busy.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._busy.release()

    def _run(self, command: Callable[[IMAPClient], Result]) -> Result:
        """Carry out one command that only reads, once more when the connection had died since the last poll."""
        reused = self._client is not None
        try:
            return self._attempt(command)
        except MailUnavailable as failure:
            died = isinstance(failure.__cause__, OSError | IMAPClientAbortError)
            if not (reused and died) or isinstance(failure.__cause__, TimeoutError) or self._closed:
                raise
        return self._attempt(command)

    def _attempt(self, command: Callable[[IMAPClient], Result]) -> Result:
        with self._busy:
            try:
                self._demand_open()
                if self._client is None:
                    self._client = self._connect()
                    self._demand_open()  # closed meanwhile by another thread, which could not hang up yet
                with connection_failures(self._server):
                    return command(self._client)
            except UserError:
                raise
            except BaseException:
                self._drop()  # whatever it was, the conversation may be out of step
                raise

    def _demand_open(self) -> None:
        if self._closed:
            raise MailUnavailable("The mailbox was closed.", advice="Start again.")

    def _drop(self) -> None:
        if self._client is not None:
            disconnect(self._client)
        self._client = None

    def _scan(self, client: IMAPClient, folder: str, since: MarkPlace | None) -> MarkScan:
        opened = self._open(client, folder, readonly=True)
        uidvalidity, modseq = int(opened[b"UIDVALIDITY"]), opened.get(b"HIGHESTMODSEQ")
        place = MarkPlace(
            folder=folder, uidvalidity=uidvalidity, highest_modseq=int(modseq) if modseq is not None else None
        )
        if folder in self._labels:
            return self._whole(client, place, int(opened[b"EXISTS"]))
        fields: Mapping[int, Mapping[bytes, object]]
        reached = since.highest_modseq if since is not None and since.uidvalidity == uidvalidity else None
        if reached is None or place.highest_modseq is None:
            fields = self._latest(client, int(opened[b"EXISTS"]))
        elif reached == place.highest_modseq or not opened[b"EXISTS"]:
            fields = {}
        else:
            fields = self._changed(client, reached)
        marked = (self._marked(client, place, uid, each) for uid, each in sorted(fields.items()))
        return MarkScan(place=place, marked=tuple(each for each in marked if each is not None))

    def _whole(self, client: IMAPClient, place: MarkPlace, exists: int) -> MarkScan:
        """List a folder that is a label, asking of each message only once which it is."""
        uids = client.search([f"{max(1, exists - MOST_IN_A_LABEL + 1)}:*"]) if exists else []
        before = self._keys.get((place.folder, place.uidvalidity), {})
        new = [uid for uid in uids if uid not in before]
        read = {
            uid: key
            for start in range(0, len(new), LATEST)
            for uid, fields in client.fetch(new[start : start + LATEST], [_MESSAGE_ID]).items()
            if (key := _message_key(fields))
        }
        known = {uid: key for uid, key in (before | read).items() if uid in set(uids)}
        self._keys[place.folder, place.uidvalidity] = known
        marked = tuple(
            MarkedMessage(
                ref=MessageRef(mailbox=place.folder, uidvalidity=place.uidvalidity, uid=uid),
                message_key=key,
                answer=self._labels[place.folder],
            )
            for uid, key in sorted(known.items())
        )
        return MarkScan(place=place, marked=marked, is_whole=exists <= MOST_IN_A_LABEL)

    def _open(self, client: IMAPClient, folder: str, *, readonly: bool) -> Mapping[bytes, Any]:
        try:
            opened: Mapping[bytes, Any] = client.select_folder(
                mailbox_name(client.list_folders, folder), readonly=readonly
            )
        except IMAPClientAbortError:
            raise
        except IMAPClientError as refusal:
            if is_throttled(refusal):
                raise
            raise folder_failure(client, self._server, folder) from refusal
        return opened

    @staticmethod
    def _latest(client: IMAPClient, exists: int) -> Mapping[int, Mapping[bytes, object]]:
        if not exists:
            return {}
        uids = client.search([f"{max(1, exists - LATEST + 1)}:*"])
        found: Mapping[int, Mapping[bytes, object]] = client.fetch(uids, _items(client)) if uids else {}
        return found

    @staticmethod
    def _changed(client: IMAPClient, since: int) -> Mapping[int, Mapping[bytes, object]]:
        """Ask what changed after a mod-sequence (RFC 7162, section 3.1.4.1)."""
        items = " ".join(["UID", *_items(client)])
        # The library's own fetch takes no open range since 4.0.
        kind, lines = client._imap.uid("FETCH", "1:*", f"({items})", f"(CHANGEDSINCE {since})")  # noqa: SLF001
        if kind != "OK":
            raise IMAPClientError("FETCH refused")
        found: Mapping[int, Mapping[bytes, object]] = parse_fetch_response(lines, normalise_times=False)
        return found

    def _marked(
        self, client: IMAPClient, place: MarkPlace, uid: int, fields: Mapping[bytes, object]
    ) -> MarkedMessage | None:
        """Make the record of one message; None where the answer lacks its labels or its number."""
        ref = MessageRef(mailbox=place.folder, uidvalidity=place.uidvalidity, uid=uid)
        told = fields.get(b"X-GM-LABELS" if _is_gmail(client) else b"FLAGS")
        if not isinstance(told, tuple):
            return None
        names = [decode_name(each) for each in told]
        if not _is_gmail(client):
            return MarkedMessage(ref=ref, answer=keyword_answer(names, self._name))
        number = fields.get(b"X-GM-MSGID")
        if not isinstance(number, int):
            return None
        return MarkedMessage(ref=ref, gmail_id=number, answer=training_answer(names, self._name))

    def _write(self, client: IMAPClient, refs: Sequence[MessageRef]) -> None:
        opened = self._open(client, refs[0].mailbox, readonly=False)
        try:
            if opened[b"UIDVALIDITY"] != refs[0].uidvalidity:
                raise MailUnavailable(
                    f"The mail server {self._server} renumbered the folder {refs[0].mailbox!r} meanwhile.",
                    advice="Jeeves starts over with it by itself.",
                )
            self._store(client, opened, [ref.uid for ref in refs])
        except (IMAPClientAbortError, OSError):
            raise
        except IMAPClientError as refusal:
            if is_throttled(refusal):
                raise
            raise self._takes_no_labels() from refusal
        finally:
            with suppress(IMAPClientError, OSError):
                client.unselect_folder()  # left alone it is open read-only, or not at all

    def _store(self, client: IMAPClient, opened: Mapping[bytes, Any], uids: Sequence[int]) -> None:
        if _is_gmail(client):
            with suppress(IMAPClientError):  # it exists already: what matters is whether STORE is obeyed
                client.create_folder(imap_utf7.encode(self._name))
            client.add_gmail_labels(uids, [self._name], silent=True)
            return
        allowed = opened.get(b"PERMANENTFLAGS")
        wanted = keyword(self._name, Answer.YES).encode()
        if not isinstance(allowed, tuple) or not {_ANY_KEYWORD, wanted}.intersection(allowed):
            raise self._takes_no_labels()
        client.add_flags(uids, [wanted], silent=True)

    def _takes_no_labels(self) -> UserError:
        return UserError(
            f"The mail server {self._server} takes no labels.",
            advice="Set mail.write_labels = false; labels you put on yourself are read all the same.",
        )


def _delimiter(delimiter: object) -> str:
    return delimiter.decode("ascii", "replace") if isinstance(delimiter, bytes) else str(delimiter or "")


def _message_key(fields: Mapping[bytes, object]) -> str:
    """Return the key under which a message of this Message-ID is stored; empty when it has none."""
    header = next((value for name, value in fields.items() if name.startswith(b"BODY[")), None)
    if not isinstance(header, bytes) or not header.strip():
        return ""
    return parse_bytes(header).message_key


def _items(client: IMAPClient) -> list[str]:
    return ["X-GM-MSGID", "X-GM-LABELS"] if _is_gmail(client) else ["FLAGS"]


def _is_gmail(client: IMAPClient) -> bool:
    return bool(client.has_capability("X-GM-EXT-1"))

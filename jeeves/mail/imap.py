"""The mailbox on an IMAP server, read without leaving a trace: EXAMINE and BODY.PEEK[] only.

Lives here: ``ImapSource``, the adapter behind ``ports.MailSource``. Must not live here: how to reach the server
(``mail.imap_connect``), what to fetch (``mail.sync``), what the mail says (``mail.parse``).
"""

from __future__ import annotations

import threading
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Concatenate, Literal, ParamSpec, TypeVar

from imapclient import imap_utf7
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from jeeves.errors import MailFolderMissing, MailUnavailable
from jeeves.mail.fetched import decode_name, raw_message
from jeeves.mail.imap_connect import ImapServer, connect, connection_failures, disconnect, hang_up
from jeeves.mail.sync import batches
from jeeves.types import FolderStatus, MessageRef

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from imapclient import IMAPClient

    from jeeves.mail.credentials import Credential
    from jeeves.types import FetchPlan, RawMessage

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_MESSAGES_PER_FETCH = 50
_BYTES_PER_FETCH = 8 * 2**20
_SIZES_PER_FETCH = 500  # 500 UIDs of ten digits stay below the 8,192 octets of RFC 7162, section 4
_NUMBERS_PER_SEARCH = 50_000  # imaplib refuses an answer line of more than 1,000,000 octets
_FOLDERS_IN_ADVICE = 20
_GOODBYE_TIMEOUT = 1.0  # seconds: a server that is gone must not hold up the end of the program

_ESSENTIALS = [b"INTERNALDATE", b"BODY.PEEK[]"]
_GMAIL_ESSENTIALS = [b"X-GM-MSGID", b"X-GM-THRID"]


class ImapSource:
    """A mailbox on an IMAP server, opened read-only; see ``ports.MailSource`` for the contract.

    One connection serves call after call. Where it turns out to have died in between, the call is repeated once on
    a new one; any other failure drops it, and the next call connects again. Calls come from one thread at a time;
    ``close`` may come from any, and ends a call that is waiting for the server.
    """

    def __init__(  # noqa: PLR0913 - one setting each, all named
        self,
        *,
        host: str,
        port: int,
        tls: Literal["implicit", "starttls", "none"],
        ca_file: Path | None = None,
        username: str,
        password: Callable[[], str | Credential],
        timeout: float = 30.0,
    ) -> None:
        """Keep the settings without connecting.

        ``password`` is asked at every sign-in and not kept; ``timeout`` is how many seconds the server may stay
        silent; ``ca_file`` holds PEM certificates to trust instead of the system's.
        """
        self._server = ImapServer(host=host, port=port, tls=tls, ca_file=ca_file, timeout=timeout)
        self._username = username
        self._password = password
        self._client: IMAPClient | None = None
        self._opened: FolderStatus | None = None  # the folder EXAMINEd on this connection
        self._busy = threading.Lock()
        self._closed = False

    def status(self, folder: str) -> FolderStatus:
        """Ask where ``folder`` stands, by EXAMINE: STATUS is not meant for the open folder (RFC 9051, section 6.3.11).

        Raises MailFolderMissing, naming the folders there are, and what ``imap_connect.connect`` raises.
        """
        return self._run(self._examine, folder)

    def uids(self, plan: FetchPlan) -> list[int]:
        """Return the UIDs that exist within the plan's range, ascending.

        Raises MailUnavailable when the folder was renumbered since the plan was made, and as ``status``.
        """
        return self._run(self._search, plan)

    def fetch(self, plan: FetchPlan, uids: Sequence[int]) -> Iterator[RawMessage]:
        """Yield the messages of ``uids``, ascending, a few megabytes in memory at a time.

        One expunged meanwhile is left out. Raises as ``uids``; what was yielded before stands.
        """
        ascending = iter(sorted(uids))
        while some := list(islice(ascending, _SIZES_PER_FETCH)):
            sizes = self._run(self._sizes, plan, some)
            for batch in batches(sizes, max_messages=_MESSAGES_PER_FETCH, max_bytes=_BYTES_PER_FETCH):
                yield from self._run(self._messages, plan, batch)

    def close(self) -> None:
        """Log out and let go for good; never raises. A call under way in another thread ends at once."""
        self._closed = True
        client = self._client
        if client is None:
            return
        if not self._busy.acquire(blocking=False):
            hang_up(client)
            return
        try:
            with suppress(OSError, IMAPClientError, ValueError):
                client.socket().settimeout(_GOODBYE_TIMEOUT)
                client.logout()
            self._drop()
        finally:
            self._busy.release()

    def _run(
        self,
        command: Callable[Concatenate[IMAPClient, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        """Carry out one command, once more on a new connection when the old one had died while it lay idle.

        Not after a time-out: a silent server would be waited for twice.
        """
        reused = self._client is not None
        with self._busy:
            try:
                return self._attempt(command, *args, **kwargs)
            except MailUnavailable as failure:
                died = isinstance(failure.__cause__, OSError | IMAPClientAbortError)
                if not (reused and died) or isinstance(failure.__cause__, TimeoutError) or self._closed:
                    raise
            return self._attempt(command, *args, **kwargs)

    def _attempt(
        self,
        command: Callable[Concatenate[IMAPClient, Arguments], Result],
        *args: Arguments.args,
        **kwargs: Arguments.kwargs,
    ) -> Result:
        if self._closed:
            raise MailUnavailable("The mailbox was closed.", advice="Start again.")
        try:
            if self._client is None:
                self._client = connect(self._server, self._username, self._password())
            with connection_failures(self._server):
                return command(self._client, *args, **kwargs)
        except BaseException:
            self._drop()  # whatever it was, the conversation may be out of step
            raise

    def _drop(self) -> None:
        if self._client is not None:
            disconnect(self._client)
        self._client = self._opened = None

    def _examine(self, client: IMAPClient, folder: str) -> FolderStatus:
        try:
            answer = client.select_folder(imap_utf7.encode(folder), readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as refusal:
            raise self._folder_failure(client, folder) from refusal
        exists = int(answer[b"EXISTS"])
        uidnext = answer.get(b"UIDNEXT") or self._uidnext(client, exists)
        self._opened = FolderStatus(
            folder=folder, uidvalidity=int(answer[b"UIDVALIDITY"]), uidnext=int(uidnext), exists=exists
        )
        return self._opened

    @staticmethod
    def _uidnext(client: IMAPClient, exists: int) -> int:
        """Find out the next UID where the answer to EXAMINE left it out, as RFC 3501, section 6.3.1, allows."""
        return max(client.search(["UID", "*"]), default=0) + 1 if exists else 1

    def _folder_failure(self, client: IMAPClient, folder: str) -> MailFolderMissing | MailUnavailable:
        """Say why a folder cannot be opened: it is not there, or the server does not want to just now."""
        listed = ((flags, decode_name(name)) for flags, _, name in client.list_folders())
        folders = [name for flags, name in listed if b"\\NOSELECT" not in map(bytes.upper, flags)]
        if folder in folders or folder.upper() == "INBOX":
            return MailUnavailable(
                f"The mail server {self._server} would not open the folder {folder!r} just now.",
                advice="Jeeves tries again by itself.",
            )
        shown = ", ".join(sorted(folders)[:_FOLDERS_IN_ADVICE])
        more = f" and {len(folders) - _FOLDERS_IN_ADVICE} more" if len(folders) > _FOLDERS_IN_ADVICE else ""
        return MailFolderMissing(
            f"There is no folder {folder!r} on the mail server {self._server}.",
            advice=f"Put one of these into mail.folders: {shown}{more}.",
        )

    def _open(self, client: IMAPClient, plan: FetchPlan) -> FolderStatus:
        """Make sure the plan's folder is the open one and that its UIDs still mean what they meant."""
        opened = self._opened
        if opened is None or opened.folder != plan.folder:
            opened = self._examine(client, plan.folder)
        if opened.uidvalidity != plan.uidvalidity:
            raise MailUnavailable(
                f"The mail server {self._server} renumbered the folder {plan.folder!r} meanwhile.",
                advice="Jeeves starts over with it by itself.",
            )
        return opened

    def _open_anew(self, client: IMAPClient, plan: FetchPlan) -> None:
        """EXAMINE again, so that the server forgets what it had expunged."""
        self._opened = None
        self._open(client, plan)

    def _search(self, client: IMAPClient, plan: FetchPlan) -> list[int]:
        """Search by windows of message numbers, which bounds the answer however sparse the UIDs are.

        From the top down: an expunge meanwhile moves messages to lower numbers, into a window still to come.
        """
        exists = self._open(client, plan).exists
        found: set[int] = set()
        for first in reversed(range(1, exists + 1, _NUMBERS_PER_SEARCH)):
            last = "*" if first + _NUMBERS_PER_SEARCH > exists else str(first + _NUMBERS_PER_SEARCH - 1)
            found.update(client.search([f"{first}:{last}", "UID", f"{plan.first_uid}:{plan.last_uid}"]))
        return sorted(uid for uid in found if plan.first_uid <= uid <= plan.last_uid)

    def _sizes(self, client: IMAPClient, plan: FetchPlan, uids: list[int]) -> list[tuple[int, int]]:
        """Ask how large messages are, to share them out; a single one is fetched whatever its size."""
        if len(uids) == 1:
            return [(uids[0], 0)]
        self._open(client, plan)
        answer = client.fetch(uids, [b"RFC822.SIZE"])
        return [(uid, int(answer.get(uid, {}).get(b"RFC822.SIZE") or 0)) for uid in uids]

    def _messages(self, client: IMAPClient, plan: FetchPlan, uids: list[int]) -> list[RawMessage]:
        self._open(client, plan)
        answer = self._fetch_fields(client, plan, uids)
        self._check_expunged(client, plan, [uid for uid in uids if uid not in answer])
        refs = {uid: MessageRef(mailbox=plan.folder, uidvalidity=plan.uidvalidity, uid=uid) for uid in uids}
        found = (raw_message(refs[uid], answer[uid]) for uid in uids if uid in answer)
        return [message for message in found if message is not None]

    def _check_expunged(self, client: IMAPClient, plan: FetchPlan, missing: list[int]) -> None:
        """Refuse to pass over messages that were left out of an answer, unless they are gone."""
        if not missing:
            return
        self._open_anew(client, plan)
        if client.search(["UID", ",".join(map(str, missing))]):
            raise MailUnavailable(
                f"The mail server {self._server} withheld a message of the folder {plan.folder!r}.",
                advice="Jeeves tries again by itself; if it stays so, look at the folder with another mail program.",
            )

    def _fetch_fields(
        self, client: IMAPClient, plan: FetchPlan, uids: list[int]
    ) -> Mapping[int, Mapping[bytes, object]]:
        """Fetch a batch; when the server or the library trips over it, each message by itself, without its flags.

        A server may refuse a batch because of one message: expunged elsewhere (EXPUNGEISSUED of RFC 5530), or
        with flags or labels the response parser cannot read.
        """
        gmail = client.has_capability("X-GM-EXT-1")
        essentials = _ESSENTIALS + (_GMAIL_ESSENTIALS if gmail else [])
        try:
            answer: dict[int, dict[bytes, object]] = client.fetch(
                uids, [*essentials, b"FLAGS", *([b"X-GM-LABELS"] if gmail else [])]
            )
        except IMAPClientAbortError:
            raise
        except (IMAPClientError, ValueError):
            self._open_anew(client, plan)
            answer = {uid: fields for each in uids for uid, fields in client.fetch([each], essentials).items()}
        return answer

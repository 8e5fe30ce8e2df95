"""The mailbox on an IMAP server, read without leaving a trace: EXAMINE and BODY.PEEK[] only.

Lives here: ``ImapSource``, the adapter behind ``ports.PushSource``. Must not live here: how to reach the server
(``mail.imap_connect``), how to wait (``mail.imap_idle``), how to ask for messages (``mail.imap_fetch``), what to fetch
(``mail.sync``), what the mail says (``mail.parse``).
"""

from __future__ import annotations

import threading
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Concatenate, Literal, ParamSpec, TypeVar

from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from jeeves.errors import MailUnavailable
from jeeves.mail.imap_connect import ImapServer, connect, connection_failures, disconnect, hang_up, say_goodbye
from jeeves.mail.imap_fetch import fetch_batch, fetch_each, fetch_from, find_uidnext, records, search, sizes
from jeeves.mail.imap_folders import folder_failure
from jeeves.mail.imap_idle import IdleRefused, Slept, Tally, idle, take_in
from jeeves.mail.imap_throttling import is_throttled
from jeeves.mail.special_use import folder_by_attribute, mailbox_name
from jeeves.mail.sync import batches
from jeeves.types import FolderStatus, Waited

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
_FEW = 3  # messages that arrive together are fetched in one question, whatever their sizes


class ImapSource:
    """A mailbox on an IMAP server, opened read-only; see ``ports.PushSource`` for the contract.

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
        self._tally = Tally(exists=0)  # of that folder
        self._busy = threading.Lock()
        self._closed = False

    def status(self, folder: str) -> FolderStatus:
        """Ask where ``folder`` stands, by EXAMINE: STATUS is not meant for the open folder (RFC 9051, section 6.3.11).

        Raises MailFolderMissing, naming the folders there are, and what ``imap_connect.connect`` raises.
        """
        return self._run(self._examine, folder)

    def bears(self, attribute: str) -> bool:
        r"""Tell whether a folder has ``attribute``, such as ``\Sent``. Raises what ``imap_connect.connect`` raises."""
        return self._run(lambda client: folder_by_attribute(client.list_folders(), attribute) is not None)

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

    def wait(self, folder: str, seconds: float) -> Waited:
        """Wait in IDLE until the server tells of new mail in ``folder``, at most ``seconds`` (under 29 minutes).

        LOST_TRACK when the folder is not the open one, or the machine was asleep: ``status`` has to come first.
        Raises MailUnavailable as soon as the connection is known to be gone, and never tries again by itself:
        what arrived meanwhile would go unnoticed.
        """
        with self._busy:
            return self._attempt(self._idle, folder, seconds)

    def arrivals(self, plan: FetchPlan) -> Iterator[RawMessage]:
        """Yield what ``wait`` told of: every message from the plan's first UID on, ascending, whatever its last.

        A few are fetched in one question, many as ``fetch`` does. Raises as ``uids``.
        """
        few = self._run(self._arrivals, plan)
        yield from self.fetch(plan, self.uids(plan)) if few is None else few

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
            say_goodbye(client)
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
        try:
            with self._busy:
                try:
                    return self._attempt(command, *args, **kwargs)
                except MailUnavailable as failure:
                    died = isinstance(failure.__cause__, OSError | IMAPClientAbortError)
                    if not (reused and died) or isinstance(failure.__cause__, TimeoutError) or self._closed:
                        raise
                return self._attempt(command, *args, **kwargs)
        finally:
            if self._closed:  # by another thread, which could not let go of a connection in use or just being made
                self.close()

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
            answer = client.select_folder(mailbox_name(client.list_folders, folder), readonly=True)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as refusal:
            if is_throttled(refusal):
                raise
            raise folder_failure(client, self._server, folder) from refusal
        exists = int(answer[b"EXISTS"])
        self._tally = take_in(client, Tally(exists=exists))
        uidnext = answer.get(b"UIDNEXT") or find_uidnext(client, exists)
        self._opened = FolderStatus(
            folder=folder, uidvalidity=int(answer[b"UIDVALIDITY"]), uidnext=int(uidnext), exists=exists
        )
        return self._opened

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
        return search(client, plan, exists=self._open(client, plan).exists)

    def _sizes(self, client: IMAPClient, plan: FetchPlan, uids: list[int]) -> list[tuple[int, int]]:
        """Ask how large messages are, to share them out; a single one is fetched whatever its size."""
        if len(uids) == 1:
            return [(uids[0], 0)]
        self._open(client, plan)
        return sizes(client, uids)

    def _messages(self, client: IMAPClient, plan: FetchPlan, uids: list[int]) -> list[RawMessage]:
        """Fetch a batch; when the server or the library trips over it, each message by itself, without its flags.

        A server may refuse a batch because of one message: expunged elsewhere (EXPUNGEISSUED of RFC 5530), or
        with flags or labels the response parser cannot read.
        """
        self._open(client, plan)
        try:
            answer = fetch_batch(client, uids)
        except IMAPClientAbortError:
            raise
        except (IMAPClientError, ValueError):
            self._open_anew(client, plan)
            answer = fetch_each(client, uids)
        self._check_expunged(client, plan, [uid for uid in uids if uid not in answer])
        return records(plan, answer, uids)

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

    def _idle(self, client: IMAPClient, folder: str, seconds: float) -> Waited:
        if self._opened is None or self._opened.folder != folder:
            return Waited.LOST_TRACK
        self._tally = take_in(client, self._tally)
        if not self._tally.arrived:
            try:
                self._tally = idle(client, self._tally, seconds, self._server.timeout)
            except IdleRefused:
                return Waited.REFUSED
            except Slept:
                self._drop()
                return Waited.LOST_TRACK
        return Waited.ARRIVED if self._tally.arrived else Waited.QUIET

    def _arrivals(self, client: IMAPClient, plan: FetchPlan) -> list[RawMessage] | None:
        """Fetch what has just arrived in one question; None, with the folder opened anew, where that will not do.

        It will not when there may be too many for it, and when fewer came than were told of.
        """
        self._open(client, plan)
        told, self._tally = self._tally.arrived, replace(self._tally, arrived=0)
        answer = self._fetch_few(client, plan) if told <= _FEW else None
        if answer is not None and len(answer) >= told:
            return records(plan, answer, list(answer))
        self._open_anew(client, plan)
        return None

    @staticmethod
    def _fetch_few(client: IMAPClient, plan: FetchPlan) -> Mapping[int, Mapping[bytes, object]] | None:
        try:
            return fetch_from(client, plan.first_uid)
        except IMAPClientAbortError:
            raise
        except (IMAPClientError, ValueError) as error:
            if is_throttled(error):
                raise
            return None

"""One connection of the Gmail-like server: reads commands, answers them.

Lives here: the IMAP states and commands of RFC 3501 (with IDLE, STARTTLS and Gmail's extensions) that a mail reader
uses. Must not live here: listening (``gmail_like``), syntax (``imap_syntax``).
"""

from __future__ import annotations

import asyncio
import base64
import socket
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tests.servers import imap_syntax, sasl
from tests.servers.interface import ALL_MAIL, SENT_MAIL
from tests.servers.mailbox import Folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.servers.gmail_like import GmailLikeServer

TRASH = "[Gmail]/Trash"
_SIGN_IN = ("LOGIN", "AUTHENTICATE")


class Session:
    """The conversation with one client."""

    def __init__(self, server: GmailLikeServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.folder: Folder | None = None
        self._server = server
        self._reader = reader
        self._writer = writer
        self._uids: list[int] = []  # by message number, as this client was told
        self._read_only = True
        self._signed_in = False
        self._secure = server.tls is not None and not server.starttls
        self._news = asyncio.Event()
        self._over = False
        connection = writer.get_extra_info("socket")
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def wake(self) -> None:
        """Have an IDLE look for news."""
        self._news.set()

    def abort(self) -> None:
        """Cut the connection without a word."""
        self._over = True
        self._writer.transport.abort()

    async def say_bye(self) -> None:
        """Say goodbye and hang up, as Gmail does when a session is too old."""
        self._over = True
        await self._send(b"* BYE Session expired, please login again.")
        self._writer.close()

    async def run(self) -> None:
        """Converse until the client logs out or either side hangs up."""
        await self._send(f"* {self._server.greeting}".encode())
        while not self._over and (command := await self._read_command()):
            tag, name, *args = [*imap_syntax.tokens(command), "", ""]
            await self._obey(tag, name.upper(), [argument for argument in args if argument])

    async def _read_command(self) -> bytes:
        command = await self._reader.readline()
        while literal := imap_syntax.LITERAL.search(command):
            if not literal[2]:
                await self._send(b"+ go on")
            command += await self._reader.readexactly(int(literal[1])) + await self._reader.readline()
        return command

    async def _obey(self, tag: str, name: str, args: list[str]) -> None:
        uid = name == "UID" and bool(args)
        if uid:
            name, args = args[0].upper(), args[1:]
        self._server.commands.append(name if name in _SIGN_IN else " ".join([name, *args]))
        if (happening := self._server.before.pop(name, None)) is not None:
            happening()
        injected = self._server.answers.get(name, "")
        if injected == "DROP":
            await self._send(b"* 1 FETCH (UID 1 BODY[] {1000}\r\nhalf a mess")
            self.abort()
            return
        try:
            answer = injected or await self._dispatch(name, args, uid=uid)
        except (ValueError, IndexError, KeyError):
            answer = f"BAD Could not parse command {name}"
        await self._send(f"{tag} {answer}".encode())
        if name == "STARTTLS" and answer.startswith("OK") and self._server.tls is not None:
            await self._writer.start_tls(self._server.tls)
            self._secure = True

    async def _dispatch(self, name: str, args: list[str], *, uid: bool) -> str:  # noqa: PLR0911 - one line a command
        match name:
            case "CAPABILITY":
                await self._send(b"* CAPABILITY " + self._capabilities().encode())
                return "OK Thats all she wrote!"
            case "NOOP" | "CHECK":
                await self._tell_news()
                return "OK Success"
            case "LOGOUT":
                self._over = True
                await self._send(b"* BYE LOGOUT Requested")
                return "OK 73 good day (Success)"
            case "STARTTLS" if self._may_start_tls():
                return "OK Begin TLS negotiation now"
            case "LOGIN" if not self._server.login_disabled:
                return self._sign_in(args[0], args[1])
            case "AUTHENTICATE" if args[0].upper() == "PLAIN":
                await self._send(b"+ ")
                _, username, password = base64.b64decode(await self._reader.readline()).decode().split("\0")
                return self._sign_in(username, password)
            case "AUTHENTICATE" if args[0].upper() in self._server.bearer:
                return await self._sign_in_by_token(args[0].upper(), "".join(args[1:]).encode())
            case _ if self._signed_in:
                return await self._dispatch_signed_in(name, args, uid=uid)
        return f"BAD Unknown command {name}"

    async def _dispatch_signed_in(  # noqa: PLR0911 - one line a command
        self, name: str, args: list[str], *, uid: bool
    ) -> str:
        match name:
            case "LIST":
                return await self._list()
            case "SELECT" | "EXAMINE":
                return await self._select(imap_syntax.folder_name(args[0]), read_only=name == "EXAMINE")
            case "STATUS":
                return await self._status(imap_syntax.folder_name(args[0]))
            case "CREATE" if imap_syntax.folder_name(args[0]) not in self._server.folders:
                name = imap_syntax.folder_name(args[0])
                self._server.folders[name] = Folder(name=name)
                return "OK Success"
            case "CREATE":
                return "NO [ALREADYEXISTS] Duplicate folder name (Failure)"
            case "APPEND":
                return self._append(imap_syntax.folder_name(args[0]), args[1:])
            case _ if self.folder is not None:
                return await self._dispatch_selected(self.folder, name, args, uid=uid)
        return f"BAD Unknown command {name}"

    async def _dispatch_selected(  # noqa: PLR0911 - one line a command
        self, folder: Folder, name: str, args: list[str], *, uid: bool
    ) -> str:
        match name:
            case "SEARCH":
                return await self._search(args, uid=uid)
            case "FETCH":
                return await self._fetch(folder, args, uid=uid)
            case "STORE" if not self._read_only and uid:
                return await self._store(folder, args)
            case "STORE":
                return "NO [CANNOT] Read-only folder (Failure)"
            case "EXPUNGE" if not self._read_only:
                for uid_of in [mail.uid for mail in folder.mails.values() if "\\Deleted" in mail.flags]:
                    del folder.mails[uid_of]
                await self._tell_news()
                return "OK Success"
            case "UNSELECT":
                self.folder = None
                return "OK Success"
            case "IDLE" if self._server.idle:
                return await self._idle()
        return f"BAD Unknown command {name}"

    def _may_start_tls(self) -> bool:
        return self._server.starttls and not self._secure

    def _capabilities(self) -> str:
        if self._may_start_tls():
            return "IMAP4rev1 STARTTLS LOGINDISABLED"
        extensions = "X-GM-EXT-1 " if self._server.gmail and self._signed_in else ""
        plain = ["LOGINDISABLED"] if self._server.login_disabled else []
        plain += ["AUTH=PLAIN"] if self._server.sasl else []
        bearer = ["SASL-IR", *(f"AUTH={name}" for name in self._server.bearer)] if self._server.bearer else []
        idle = "IDLE " if self._server.idle else ""
        idle += "CONDSTORE " if self._server.condstore else ""
        return f"IMAP4rev1 {idle}UNSELECT LITERAL+ {extensions}{' '.join([*plain, *bearer])}".rstrip()

    def _sign_in(self, username: str, password: str) -> str:
        if self._server.refuse_login:
            return f"NO {self._server.refuse_login}"
        if self._server.accounts.get(username) != password:
            return "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"
        return self._welcome(username)

    def _welcome(self, username: str) -> str:
        self._signed_in = True
        return f"OK [CAPABILITY {self._capabilities()}] {username} authenticated (Success)"

    async def _sign_in_by_token(self, mechanism: str, response: bytes) -> str:
        """Take a token, in the command (SASL-IR, RFC 4959) or after a go-ahead; explain a refusal as Gmail does."""
        if not response:
            await self._send(b"+ ")
            response = await self._reader.readline()
        username, token = sasl.read_response(mechanism, response)
        if self._server.opens(username, token) and not self._server.refuse_login:
            return self._welcome(username)
        await self._send(b"+ " + sasl.explanation())
        if sasl.decode(await self._reader.readline()) != sasl.CLOSING[mechanism]:
            self.abort()  # so that a client that answers anything else is not taken for one that was refused
        return f"NO {self._server.refuse_login or '[AUTHENTICATIONFAILED] Invalid credentials (Failure)'}"

    async def _list(self) -> str:
        await self._send(rb'* LIST (\HasChildren \Noselect) "/" "[Gmail]"')
        for name in self._server.folders:
            special = {ALL_MAIL: rb" \All", SENT_MAIL: rb" \Sent"}.get(name, b"")
            await self._send(rb"* LIST (\HasNoChildren" + special + rb') "/" ' + imap_syntax.quote(name))
        return "OK Success"

    async def _select(self, name: str, *, read_only: bool) -> str:
        self.folder = self._server.folders.get(name)
        self._read_only = read_only
        if self.folder is None:
            return "NO [NONEXISTENT] Unknown Mailbox (Failure)"
        self._uids = list(self.folder.mails)
        await self._send(rb"* FLAGS (\Answered \Flagged \Draft \Deleted \Seen)")
        await self._send(b"* OK [UIDVALIDITY %d] UIDs valid." % self.folder.uidvalidity)
        await self._send(b"* %d EXISTS" % len(self._uids))
        await self._send(b"* 0 RECENT")
        if self._server.condstore:
            await self._send(b"* OK [HIGHESTMODSEQ %d]" % self.folder.modseq)
        if not self._server.omit_uidnext:
            await self._send(b"* OK [UIDNEXT %d] Predicted next UID." % self.folder.uidnext)
        return f"OK [{'READ-ONLY' if read_only else 'READ-WRITE'}] {'EXAMINE' if read_only else 'SELECT'} done"

    async def _status(self, name: str) -> str:
        folder = self._server.folders.get(name)
        if folder is None:
            return "NO [NONEXISTENT] Unknown Mailbox (Failure)"
        values = f"MESSAGES {len(folder.mails)} UIDNEXT {folder.uidnext} UIDVALIDITY {folder.uidvalidity}"
        await self._send(b"* STATUS " + imap_syntax.quote(name) + f" ({values})".encode())
        return "OK Success"

    async def _search(self, keys: Sequence[str], *, uid: bool) -> str:
        if keys and keys[0].upper() == "CHARSET":
            keys = keys[2:]
        mails = self.folder.mails if self.folder is not None else {}
        arrivals = {uid: mail.received_at for uid, mail in mails.items()}
        sender = ""
        if keys and keys[0].upper() == "FROM":
            sender, keys = keys[1], [*keys[2:], "ALL"]
        found = imap_syntax.search(keys, self._uids, arrivals=arrivals)
        found = [hit for hit in found if hit[1] in mails and sender.encode() in mails[hit[1]].rfc822]
        await self._send(b" ".join([b"* SEARCH", *(str(hit[1 if uid else 0]).encode() for hit in found)]))
        return "OK SEARCH completed (Success)"

    async def _fetch(self, folder: Folder, args: list[str], *, uid: bool) -> str:
        items = [item for item in args[1:] if item not in "()"]
        since = int(items[-1]) if "CHANGEDSINCE" in items else -1  # RFC 7162, section 3.1.4.1
        items = [*items[:-2], "MODSEQ"] if since >= 0 else items
        if uid and "UID" not in items:
            items = ["UID", *items]
        if self._server.omit_internaldate:
            items = [item for item in items if item != "INTERNALDATE"]
        for number, known in imap_syntax.search(["UID", args[0]] if uid else [args[0]], self._uids):
            mail = folder.mails.get(known)
            if mail is None or mail.modseq <= since:
                continue
            if not self._read_only and imap_syntax.MARKS_AS_SEEN.intersection(items):
                mail.flags.add("\\Seen")
            answer = imap_syntax.fetch_items(mail, items)
            if self._server.unreadable_flags:
                answer = answer.replace(b"FLAGS ()", b"FLAGS (unbalanced[)")
            await self._send(b"* %d FETCH (" % number + answer + b")")
        return "OK Success"

    def _append(self, name: str, args: list[str]) -> str:
        """Add a message: flags in parentheses, then perhaps its date, then the message."""
        folder = self._server.folders.get(name)
        if folder is None:
            return "NO [TRYCREATE] No such folder (Failure)"
        mail = folder.add(args[-1].encode(), received_at=datetime.now(UTC), labels=(), thread=None)
        mail.flags.update(flag for flag in args[:-1] if flag.startswith("\\"))
        return "OK Success"

    async def _store(self, folder: Folder, args: list[str]) -> str:
        """Add labels or flags; what is stored is told unless asked to be silent."""
        item, _, silent = args[1].upper().partition(".")
        values = tuple(imap_syntax.label_name(value) for value in args[2:] if value not in "()")
        for number, known in imap_syntax.search(["UID", args[0]], self._uids):
            mail = folder.mails[known]
            match item:
                case "+X-GM-LABELS" if self._server.gmail:
                    mail.labels += tuple(value for value in values if value not in mail.labels)
                    if "\\Trash" in values:  # Gmail moves it there
                        del folder.mails[known]
                        self._server.folders.setdefault(TRASH, Folder(name=TRASH)).mails[known] = mail
                case "+FLAGS":
                    mail.flags.update(values)
                case _:
                    return f"BAD Unknown item {item}"
            folder.touch(mail)
            if not silent:
                await self._send(b"* %d FETCH (" % number + imap_syntax.fetch_items(mail, ["UID", item[1:]]) + b")")
        return "OK Success"

    async def _idle(self) -> str:
        await self._send(b"+ idling")
        done = asyncio.ensure_future(self._reader.readline())
        news = asyncio.ensure_future(self._news.wait())
        try:
            while not done.done():
                self._news.clear()
                if not self._server.mute and await self._tell_news():
                    self._server.told_at.append(time.perf_counter())
                news.cancel()
                news = asyncio.ensure_future(self._news.wait())
                await asyncio.wait({done, news}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            news.cancel()
            done.cancel()
        return "OK IDLE terminated (Success)" if (await done).strip().upper() == b"DONE" else "BAD Expected DONE"

    async def _tell_news(self) -> bool:
        """Tell what was expunged and what arrived since the client was last told; return whether anything arrived."""
        if self.folder is None:
            return False
        for number in range(len(self._uids), 0, -1):
            if self._uids[number - 1] not in self.folder.mails:
                del self._uids[number - 1]
                await self._send(b"* %d EXPUNGE" % number)
        arrived = len(self.folder.mails) > len(self._uids)
        if arrived:
            self._uids = list(self.folder.mails)
            await self._send(b"* %d EXISTS" % len(self._uids))
        return arrived

    async def _send(self, line: bytes) -> None:
        await self._server.may_speak.wait()
        self._writer.write(line + b"\r\n")
        await self._writer.drain()

"""A throw-away Dovecot on a high loopback port: the real thing, for the contract tests.

Lives here: its configuration, life cycle and deliveries into Maildir. Must not live here: what is tested with it.

Runs as root, with the mail owned by "nobody" since Dovecot serves none of root's, or as any user. Verified with
Debian's dovecot-imapd 2.3.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from imapclient import IMAPClient, imap_utf7

from tests.servers.interface import ALL_MAIL, PASSWORD, SENT_MAIL, USERNAME

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from types import TracebackType

    from tests.servers.certificates import Certificate

BINARY = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
_STARTING_TIME = 30.0  # seconds
_STOPPING_TIME = 30.0  # seconds

_CONFIG = """
base_dir = {directory}/run
state_dir = {directory}/state
log_path = {directory}/log
protocols = imap
listen = 127.0.0.1
{ssl}
disable_plaintext_auth = no
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
first_valid_uid = 1
mail_location = maildir:~/Maildir
namespace inbox {{
  inbox = yes
  mailbox "{all_mail}" {{
    special_use = \\All
  }}
  mailbox "{sent_mail}" {{
    special_use = \\Sent
  }}
}}
passdb {{
  driver = passwd-file
  args = {directory}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={directory}/home
}}
{bearer}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain_port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""

# XOAUTH2 and OAUTHBEARER, with an authorisation server that tells whose a token is.
_BEARER = """
auth_mechanisms = plain xoauth2 oauthbearer
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {directory}/oauth2.conf
}}
"""


def require_dovecot() -> None:
    """Skip the calling test where Dovecot is not installed; fail it instead in continuous integration."""
    if BINARY is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("needs Debian's dovecot-imapd")


class DovecotServer:
    """Dovecot with one account, ``USERNAME``; a context manager that leaves nothing behind.

    Without a certificate ``port`` is plain; with one it is TLS from the first byte, or after STARTTLS when
    ``starttls`` is set. With ``token_info``, an address to which a token is appended and that answers with the account
    it opens, the account can be opened by tokens too.
    """

    def __init__(self, *, certificate: Certificate | None = None, starttls: bool = False, token_info: str = "") -> None:
        require_dovecot()
        self._directory = Path(tempfile.mkdtemp(prefix="jeeves-dovecot-"))
        self._maildir = self._directory / "home" / "Maildir"
        self.plain_port, self._tls_port = _two_free_ports()
        self.port = self.plain_port if certificate is None or starttls else self._tls_port
        self._process: subprocess.Popen[bytes] | None = None
        self._client: IMAPClient | None = None  # our own way in, to see what happened
        self._deliveries = 0
        user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self._owner = (user.pw_uid, user.pw_gid)
        self._configure(user.pw_name, grp.getgrgid(user.pw_gid).gr_name, certificate, token_info)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self._directory)

    def start(self) -> None:
        """Start it and wait until it takes connections."""
        self._process = subprocess.Popen(
            [str(BINARY), "-F", "-c", str(self._directory / "dovecot.conf")], start_new_session=True
        )
        deadline = time.monotonic() + _STARTING_TIME
        while time.monotonic() < deadline and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.01)
        self.stop()
        raise RuntimeError(f"Dovecot did not start: {(self._directory / 'log').read_text(errors='replace')}")

    def stop(self) -> None:
        """End it and every connection to it."""
        if self._client is not None:
            self._client.shutdown()
            self._client = None
        if self._process is not None:
            with suppress(ProcessLookupError):  # it had died by itself
                os.killpg(self._process.pid, signal.SIGKILL)  # its children would serve on after a polite end
            self._process.wait(timeout=_STOPPING_TIME)
            self._process = None
            self._wait_until_refused()

    def _wait_until_refused(self) -> None:
        """Wait until nothing listens: a child dies later than its master, and who connects to it is cut off again."""
        deadline = time.monotonic() + _STOPPING_TIME
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except ConnectionRefusedError:
                return
            except OSError:
                pass  # it is dying
            time.sleep(0.01)

    def drop_connections(self) -> None:
        """Cut every connection, by a restart."""
        self.stop()
        self.start()

    def create_folder(self, name: str) -> None:
        """Add an empty folder."""
        self._make(*(self._path(name) / part for part in ("cur", "new", "tmp")))

    def deliver(self, folder: str, rfc822: bytes, *, received_at: datetime | None = None) -> int:
        """Put a message into a folder the way a mail transport does, and return its UID."""
        self._deliveries += 1
        name = f"{int(time.time())}.M{self._deliveries}.test"
        path = self._path(folder) / "tmp" / name
        path.write_bytes(rfc822)
        os.chown(path, *self._owner)
        if received_at is not None:
            os.utime(path, (received_at.timestamp(), received_at.timestamp()))
        path.rename(self._path(folder) / "new" / name)
        return int(self._opened(folder)[1][b"UIDNEXT"]) - 1

    def fill(self, folder: str, mails: Iterable[tuple[bytes, datetime]]) -> None:
        """Put many messages, each with its arrival, into a folder at once; they get UIDs in this order."""
        for number, (rfc822, received_at) in enumerate(mails):
            path = self._path(folder) / "cur" / f"{received_at.timestamp():.0f}.M{number:08d}.test:2,S"
            path.write_bytes(rfc822)
            os.chown(path, *self._owner)
            os.utime(path, (received_at.timestamp(), received_at.timestamp()))

    def expunge(self, folder: str, uid: int) -> None:
        """Remove a message, as another mail program would."""
        client, _ = self._opened(folder, readonly=False)
        client.delete_messages([uid])
        client.expunge()

    def renumber(self, folder: str) -> None:
        """Lose the table of UIDs and the index: Dovecot numbers anew, under a UIDVALIDITY we give."""
        uidvalidity = int(self._opened(folder)[1][b"UIDVALIDITY"])
        self.stop()
        for path in self._path(folder).glob("dovecot*"):
            path.unlink()
        table = self._path(folder) / "dovecot-uidlist"
        table.write_text(f"3 V{uidvalidity + 1} N1\n", encoding="ascii")
        os.chown(table, *self._owner)
        self.start()

    def flags(self, folder: str) -> dict[int, set[str]]:
        """Return the flags of every message, by UID, without the volatile \\Recent."""
        client, _ = self._opened(folder)
        found = client.get_flags(client.search())
        return {uid: {flag.decode() for flag in flags} - {"\\Recent"} for uid, flags in found.items()}

    def _opened(self, folder: str, *, readonly: bool = True) -> tuple[IMAPClient, dict[bytes, Any]]:
        """Open a folder anew, so that everything delivered is seen."""
        if self._client is None:
            self._client = IMAPClient("127.0.0.1", self.plain_port, ssl=False, timeout=_STARTING_TIME)
            self._client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client.plain_login(USERNAME, PASSWORD)
        return self._client, self._client.select_folder(folder, readonly=readonly)

    def _path(self, folder: str) -> Path:
        """Return where Maildir++ keeps a folder."""
        return self._maildir if folder == "INBOX" else self._maildir / f".{imap_utf7.encode(folder).decode()}"

    def _make(self, *paths: Path) -> None:
        for path in paths:
            for part in reversed([path, *path.parents]):
                if not part.exists():
                    part.mkdir(mode=0o700)
                    os.chown(part, *self._owner)

    def _configure(self, user: str, group: str, certificate: Certificate | None, token_info: str) -> None:
        self._directory.chmod(0o755)  # "nobody" has to get to the mail
        ssl = "ssl = no"
        if certificate is not None:
            ssl = f"ssl = yes\nssl_cert = <{certificate.chain}\nssl_key = <{certificate.key}"
        values = {"user": user, "group": group, "plain_port": self.plain_port, "tls_port": self._tls_port}
        values["all_mail"] = ALL_MAIL
        values["sent_mail"] = SENT_MAIL
        bearer = _BEARER.format(directory=self._directory) if token_info else ""
        config = _CONFIG.format(directory=self._directory, ssl=ssl, bearer=bearer, **values)
        (self._directory / "oauth2.conf").write_text(
            f"tokeninfo_url = {token_info}\nusername_attribute = email\n", encoding="ascii"
        )
        (self._directory / "dovecot.conf").write_text(config, encoding="utf-8")
        (self._directory / "users").write_text(f"{USERNAME}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
        self.create_folder("INBOX")


def _two_free_ports() -> tuple[int, int]:
    """Return ports that nobody listens on; probed at once, for one after the other they may be the same."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        return int(one.getsockname()[1]), int(other.getsockname()[1])

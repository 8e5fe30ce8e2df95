"""Mail made up for benchmarks: a mailbox of any size, the same for the same seed, mixed as a private mailbox is.

Lives here: the generator and nothing else. Half of it are plain letters with quotes and signatures, a third comes with
an HTML twin, the rest are newsletters, invitations, mail in older charsets and a few attachments; every other message
answers an earlier one. The median is about 3 KB. No letter is anybody's: the words are drawn by lot.
"""

from __future__ import annotations

import base64
import quopri
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYLLABLES = (
    *("an", "ber", "cor", "da", "el", "fin", "gar", "hol", "in", "jo", "ka", "lum", "mer"),
    *("no", "or", "pal", "qui", "ran", "sol", "tar", "un", "ver", "wil", "xan", "yor", "zem"),
)
_FIRST = datetime(2014, 1, 6, 8, tzinfo=UTC)
_TEN_YEARS = timedelta(days=3_650)
_NAMES = ("Ines Roth", "Max Berg", "Bo Lindqvist", "Zoë Marin", "Li Wei", "Ana Souza", "Tom Hart", "Ada Kern")
_ENDINGS = ("Shall we meet on Friday?", "See you at the office then.", "Best wishes", "Could you have a look at it?")
_HOPS = "".join(
    f"Received: from mx{hop}.example.net (mx{hop}.example.net [192.0.2.{hop}])\r\n"
    f"\tby relay{hop}.example.org with ESMTPS id q{hop}si31415926qkb.{hop}.2020.11.10.02.00.0{hop}\r\n"
    "\tfor <me@example.com>; Tue, 10 Nov 2020 02:00:00 -0800 (PST)\r\n"
    for hop in range(1, 4)
)
_SIGNATURE = (
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=s1;\r\n"
    "\th=mime-version:references:in-reply-to:from:date:message-id:subject:to;\r\n"
    f"\tbh={'q' * 43}=;\r\n\tb={'Zm9v' * 20}\r\n\t {'YmFy' * 20}==\r\n"
)


class Letters:
    """Messages one after the other; ``count`` of them spread over ten years."""

    def __init__(self, count: int, seed: int = 7) -> None:
        """Draw everything from ``seed``."""
        self._random = random.Random(seed)  # noqa: S311 - made-up mail, no secret
        self._count = count
        self._words = ["".join(self._random.choices(_SYLLABLES, k=self._random.randint(1, 4))) for _ in range(20_000)]
        self._weights = [1 / rank for rank in range(1, len(self._words) + 1)]  # as words are spread in any language
        self._sentences = [self._sentence() for _ in range(5_000)]
        self._recent: list[tuple[tuple[str, ...], str, str]] = []  # ids up to its own, subject, text

    def __iter__(self) -> Iterator[tuple[datetime, bytes]]:
        """Yield the day each message arrived and its bytes, lines ending in CR LF."""
        for number in range(self._count):
            at = _FIRST + _TEN_YEARS * number / self._count
            yield at, self._letter(number, at)

    def _sentence(self) -> str:
        words = self._random.choices(self._words, self._weights, k=self._random.randint(4, 18))
        return " ".join(words).capitalize() + "."

    def _paragraphs(self, most: int) -> str:
        paragraphs = (
            self._wrapped(" ".join(self._random.choices(self._sentences, k=self._random.randint(1, 5))))
            for _ in range(self._random.randint(1, most))
        )
        return "\n\n".join(paragraphs)

    @staticmethod
    def _wrapped(text: str) -> str:
        lines, line = [], ""
        for word in text.split():
            if len(line) + len(word) > 72:  # noqa: PLR2004 - as mail programs wrap lines
                lines.append(line)
                line = ""
            line = f"{line} {word}" if line else word
        return "\n".join([*lines, line])

    def _letter(self, number: int, at: datetime) -> bytes:
        draw = self._random
        name = draw.choice(_NAMES)
        sender = f"{name.split()[0].encode('ascii', 'ignore').decode().lower()}{draw.randrange(300)}@example.org"
        own = f"<{number}.{draw.randrange(10**9)}@mail.example.org>"
        chain: tuple[str, ...] = ()
        quoted = ""
        if self._recent and draw.random() < 0.5:  # noqa: PLR2004 - every other message is an answer
            chain, subject, quoted = draw.choice(self._recent)
            subject = "Re: " + subject.removeprefix("Re: ")
        else:
            subject = draw.choice(self._sentences)[:60].rstrip(".")
        text = self._paragraphs(4) + "\n\n" + draw.choice(_ENDINGS)
        self._recent = [*self._recent[-99:], ((*chain[:1], *chain[1:][-8:], own), subject, text)]
        header = _HOPS + _SIGNATURE + f"From: {_encoded(name)} <{sender}>\r\n"
        header += (
            "To: Me <me@example.com>, " + ", ".join(f"p{draw.randrange(99)}@example.net" for _ in range(2)) + "\r\n"
        )
        header += f"Subject: {subject}\r\nDate: {format_datetime(at)}\r\nMessage-ID: {own}\r\nMIME-Version: 1.0\r\n"
        if chain:
            header += f"In-Reply-To: {chain[-1]}\r\nReferences: {' '.join(chain)}\r\n"
            text += "\n\n" + self._quote(name, at, quoted)
        return header.encode() + self._body(text + f"\n-- \n{name}\n")

    @staticmethod
    def _quote(name: str, at: datetime, text: str) -> str:
        lines = "\n".join(f"> {line}" for line in text.split("\n"))
        return f"On {at:%d %B %Y}, {name} wrote:\n\n{lines}\n"

    def _body(self, text: str) -> bytes:
        kind = self._random.random()
        if kind < 0.5:  # noqa: PLR2004 - the shares of the kinds, as the module says
            return _plain(text)
        if kind < 0.82:  # noqa: PLR2004
            return _mixed("alternative", _plain(text), _page(text))
        if kind < 0.9:  # noqa: PLR2004
            news = "".join(f"<tr><td style='padding:8px'><p>{self._paragraphs(2)}</p></td></tr>" for _ in range(12))
            return b"List-Unsubscribe: <https://example.org/u>\r\n" + _page(f"<table>{news}</table>")
        if kind < 0.97:  # noqa: PLR2004
            return _older(text.replace("a", "ä"), self._random.choice(("iso-8859-1", "windows-1252")))
        if kind < 0.98:  # noqa: PLR2004
            return _mixed("alternative", _plain(text), _CALENDAR)
        return _mixed("mixed", _plain(text), _attachment(self._random.randbytes(36_000)))


def _encoded(name: str) -> str:
    return name if name.isascii() else f"=?utf-8?b?{base64.b64encode(name.encode()).decode()}?="


def _lines(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


def _plain(text: str) -> bytes:
    return b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + _lines(text)


def _page(text: str) -> bytes:
    blocks = "".join(f"<div>{block.replace(chr(10), '<br>' + chr(10))}</div>\n" for block in text.split("\n\n"))
    page = f'<html><head><style>p {{margin: 0}}</style></head><body dir="ltr">{blocks}</body></html>'
    head = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head + quopri.encodestring(page.encode()).replace(b"\n", b"\r\n")


def _older(text: str, charset: str) -> bytes:
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + quopri.encodestring(text.encode(charset, "replace")).replace(b"\n", b"\r\n")


def _attachment(data: bytes) -> bytes:
    head = (
        b"Content-Type: application/pdf; name=plan.pdf\r\nContent-Disposition: attachment; filename=plan.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head + base64.encodebytes(data).replace(b"\n", b"\r\n")


def _mixed(kind: str, *parts: bytes) -> bytes:
    boundary = b"0000000000004f2b3c05b3a1"
    head = b"Content-Type: multipart/" + kind.encode() + b'; boundary="' + boundary + b'"\r\n\r\n'
    return head + b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


_CALENDAR = (
    b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"
    b"BEGIN:VEVENT\r\nDTSTART:20201120T180000Z\r\nDTEND:20201120T190000Z\r\nSUMMARY:Planning\r\n"
    b"LOCATION:Room 4\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)

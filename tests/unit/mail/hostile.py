"""Mail made to take a parser's time: each kind grows to any size.

Lives here: the generators, shared by tests and benchmarks. Must not live here: measuring, assertions.
"""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from tests.unit.mail.charset_letters import CONTENTS

if TYPE_CHECKING:
    from collections.abc import Callable

_HTML = b"Content-Type: text/html; charset=utf-8\n\n"
_MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
_CALENDAR = b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nBEGIN:VEVENT\n"


def _repeated(unit: bytes, head: bytes = b"Subject: x\n\n") -> Callable[[int], bytes]:
    return lambda size: head + unit * (size // len(unit))


def _drawn_by_lot(content: str) -> Callable[[int], bytes]:
    return lambda size: b"Content-Transfer-Encoding: 8bit\n\n" + CONTENTS[content](size)


def _nested(size: int) -> bytes:
    return _HTML + b"<div>" * (size // 11) + b"here" + b"</div>" * (size // 11)


def _parts(size: int) -> bytes:
    return _MIXED + b"--b\nContent-Type: text/plain\n\nsome words in a part\n" * (size // 51) + b"--b--\n"


def _parts_with_numbers(size: int) -> bytes:
    part = b"--b\nContent-Type: text/plain\nContent-ID: <%d@x>\n\nsome words in a part\n"
    return _MIXED + b"".join(part % number for number in range(size // 74)) + b"--b--\n"


def _parts_with_types(size: int) -> bytes:
    part = b"--b\nContent-Type: text/x%d\n\nsome words\n"
    return _MIXED + b"".join(part % number for number in range(size // 44)) + b"--b--\n"


def _attachment(size: int) -> bytes:
    coded = base64.encodebytes(bytes(range(256)) * (size // 345))
    head = b"--b\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment\n\n"
    return _MIXED + b"--b\n\nShall we meet?\n" + head + coded + b"--b--\n"


def _containers(size: int) -> bytes:
    opening = b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n"
    return b"".join(opening % (number, number) for number in range(size // 52))


def _encoded_text(size: int) -> bytes:
    coded = base64.encodebytes(b"Shall we meet on Friday?\n" * (size // 34))
    return b"Content-Transfer-Encoding: base64\n\n" + coded


KINDS: dict[str, Callable[[int], bytes]] = {
    "prose": _repeated(b"Shall we meet on Friday at seven, as you said the other day?\n"),
    "one endless line": _repeated(b"x"),
    "On On On": _repeated(b"On "),
    "lines of On": _repeated(b"On\n"),
    "attributions that never end": _repeated(b"On 5 March Ines\n"),
    "attributions": _repeated(b"On 5 March 2024, Ines Roth wrote:\n"),
    "header blocks": _repeated(b"From: x\n"),
    "recipients": _repeated(b"To: a@b.c,\n"),
    "Lotus blocks": _repeated(b"Ines\n03/05/2024 09:12 AM\nTo: Max\ncc: Bo\n"),
    "rules": _repeated(b"____________________\n"),
    "signatures": _repeated(b"-- \nInes\n"),
    "quotes": _repeated(b"> > > > quoted\n"),
    "quote marks": _repeated(b">"),
    "answers between quotes": _repeated(b"> Friday at seven?\nYes, or at eight.\n"),
    "lines of one letter": _repeated(b"x\n"),
    "escapes": _repeated(b"\x1b"),
    "control characters": _repeated(b"\x01"),
    "blank lines": _repeated(b"\n"),
    "spaces": _repeated(b" "),
    "uuencode": _repeated(b"begin 644 x\n"),
    **{content: _drawn_by_lot(content) for content in ("random bytes", "mixed", "specks", "printable bytes")},
    "nested tags": _nested,
    "open tags": _repeated(b"<b>", _HTML),
    "half tags": _repeated(b"<", _HTML),
    "attributes": _repeated(b' a="', _HTML + b"<p"),
    "comments": _repeated(b"<!--", _HTML),
    "entities": _repeated(b"&amp", _HTML),
    "numeric references": _repeated(b"&#1076;", _HTML),
    "hidden": _repeated(b"<p style='display:none'>", _HTML),
    "tables": _repeated(b"<table><tr><td>x", _HTML),
    "parts": _parts,
    "parts with a number each": _parts_with_numbers,
    "parts with a type each": _parts_with_types,
    "boundaries that are none": _repeated(b"--x\n", _MIXED),
    "boundaries that begin alike": _repeated(b"--bx\n", _MIXED),
    "containers": _containers,
    "an attachment": _attachment,
    "base64": _encoded_text,
    "base64 that is none": _repeated(b"!a b\n", b"Content-Transfer-Encoding: base64\n\n"),
    "quoted-printable": _repeated(b"=C3=A9=\n", b"Content-Transfer-Encoding: quoted-printable\n\n"),
    "header fields": _repeated(b"A: b\n", b""),
    "a folded header": _repeated(b" b\n", b"Subject: a\n"),
    "encoded words": _repeated(b"=?utf-8?q?b?= ", b"Subject: "),
    "half encoded words": _repeated(b"=?utf-8?q?", b"Subject: "),
    "addresses": _repeated(b"a@b.c, ", b"To: "),
    "comments in addresses": _repeated(b"(", b"To: "),
    "references": _repeated(b"<a@b> ", b"References: "),
    "subject marks": _repeated(b"Re: ", b"Subject: "),
    "calendar lines": _repeated(b"ATTENDEE:mailto:a@b.c\n", _CALENDAR),
    "calendar folds": _repeated(b" x\n", _CALENDAR),
    "calendar alarms": _repeated(b"BEGIN:VALARM\n", _CALENDAR),
}

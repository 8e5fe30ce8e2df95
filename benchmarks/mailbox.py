"""Mail for benchmarks: as many messages as asked for, the same ones every time, none of them anybody's.

Lives here: letters, newsletters, invitations and attachments made of a few hundred words. Must not live here: servers,
databases, measuring.
"""

from __future__ import annotations

import base64
import quopri
import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_VOCABULARY: Final = """
about after again all also always another answer around arrive ask away back because before begin better between
both bring budget build call came can change city close coffee come coming could customer daily day decide did
different dinner does done door down during each early either end enough even evening ever every few figure file
finally find first follow for found from full garden get give glad going good great group had half hand happen
have hear help here home hope hour house how idea if important inside instead invoice its just keep kind know
last late later least leave left less let letter like little long look lot lunch made mail make many maybe mean
meet meeting might minute moment month more morning most move much must name near need never new news next nice
night not nothing now number of off offer often old on once one only open or order other our out over own page
part people perhaps place plan point possible price problem project put question quite rather read really reason
remember report rest right room said same say see seem send set several she should show since small so some soon
speak stand start station still street such sure table take talk team tell than thank that the their them then
there these they thing think this those though thought through time today together told tomorrow too took town
train travel try turn two under until up use very visit wait walk want was way we week well went were what when
where which while who why will wish with without word work world would write year yes yesterday yet you your
café größer naïve señor Zürich
"""
_WORDS: Final = tuple(_VOCABULARY.split())
_BEGUN: Final = datetime(2016, 1, 4, 8, tzinfo=UTC)
_ATTACHMENT_BYTES: Final = 50 * 1024
_SEED: Final = 20161104
_PEOPLE: Final = 300
_HTML_SHARE: Final = 0.5
_ANSWER_SHARE: Final = 1 / 3
_INVITATION_EVERY: Final = 50
_ATTACHMENT_EVERY: Final = 20


def make_mail(count: int) -> Iterator[tuple[bytes, datetime]]:
    """Yield ``count`` messages, oldest first, each with when it arrived; the same for the same ``count``.

    Half are plain, half have an HTML twin; a twentieth has an attachment of 50 KB, a fiftieth an invitation; a third
    answers one of the last hundred. The median is about 3 KB.
    """
    randomness = random.Random(_SEED)  # noqa: S311 - mail for a benchmark
    for number in range(count):
        arrived = _BEGUN + timedelta(minutes=25 * number)
        yield _letter(randomness, number, arrived), arrived


def _letter(randomness: random.Random, number: int, arrived: datetime) -> bytes:
    text = _prose(randomness, int(randomness.lognormvariate(5.35, 0.8)))
    content = _text("plain", text)
    if randomness.random() < _HTML_SHARE:
        page = text.replace("\r\n\r\n", "</p>\r\n<p>")
        content = _multipart(
            "alternative", number, [content, _text("html", f"<html><body><p>{page}</p></body></html>")]
        )
    beside = []
    if not number % _INVITATION_EVERY:
        beside.append(_invitation(number, arrived))
    if not number % _ATTACHMENT_EVERY:
        beside.append(_attachment(randomness))
    return _header(randomness, number, arrived) + (
        _multipart("mixed", number, [content, *beside]) if beside else content
    )


def _header(randomness: random.Random, number: int, arrived: datetime) -> bytes:
    sender = randomness.randint(1, _PEOPLE)
    answered = number - randomness.randint(1, 100)
    lines = [
        f"Return-Path: <person{sender}@example.org>",
        "Received: from mail.example.org (mail.example.org [192.0.2.7]) by mx.example.com (Postfix) with ESMTPS",
        f"\tid 4QX{number:08d} for <me@example.com>; {format_datetime(arrived)}",
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=mail;",
        f"\tb={base64.b64encode(randomness.randbytes(96)).decode()}",
        f"From: Person {sender} <person{sender}@example.org>",
        "To: Me <me@example.com>",
        f"Subject: {_encoded(_sentence(randomness, 6))}",
        f"Date: {format_datetime(arrived)}",
        f"Message-ID: <{number}@example.org>",
    ]
    if answered >= 0 and randomness.random() < _ANSWER_SHARE:
        lines += [f"In-Reply-To: <{answered}@example.org>", f"References: <{answered}@example.org>"]
    return "\r\n".join([*lines, "MIME-Version: 1.0", ""]).encode()


def _prose(randomness: random.Random, words: int) -> str:
    sentences = (_sentence(randomness, randomness.randint(4, 18)) for _ in range(words // 11 + 1))
    return "".join(sentence + randomness.choice((". ", ".\r\n", ".\r\n\r\n", "? ")) for sentence in sentences)


def _sentence(randomness: random.Random, words: int) -> str:
    return " ".join(randomness.choices(_WORDS, k=words)).capitalize()


def _encoded(words: str) -> str:
    """Return words as a header may hold them (RFC 2047)."""
    return words if words.isascii() else f"=?utf-8?b?{base64.b64encode(words.encode()).decode()}?="


def _text(kind: str, text: str) -> bytes:
    return (
        f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n".encode()
        + quopri.encodestring(text.encode()).replace(b"=\n", b"=\r\n")
        + b"\r\n"
    )


def _multipart(kind: str, number: int, parts: list[bytes]) -> bytes:
    boundary = f"{kind}-{number}"
    inside = b"".join(b"--%b\r\n%b\r\n" % (boundary.encode(), part) for part in parts)
    return (
        f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode()
        + inside
        + f"--{boundary}--\r\n".encode()
    )


def _invitation(number: int, arrived: datetime) -> bytes:
    return (
        "Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n\r\n"
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:{number}@example.org\r\n"
        f"DTSTART:{arrived + timedelta(days=3):%Y%m%dT%H%M%SZ}\r\nDURATION:PT1H\r\n"
        "SUMMARY:Planning\r\nLOCATION:Room 4\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def _attachment(randomness: random.Random) -> bytes:
    return (
        b"Content-Type: application/pdf; name=plan.pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=plan.pdf\r\n\r\n"
        + base64.encodebytes(randomness.randbytes(_ATTACHMENT_BYTES)).replace(b"\n", b"\r\n")
    )

"""Mail as Hypothesis makes it: well-formed MIME, then damaged.

Lives here: strategies. Must not live here: what must hold (``test_parse_fuzz``).
"""

from __future__ import annotations

import base64
import quopri
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

CHARSETS = ["utf-8", "iso-8859-1", "windows-1252", "utf-16", "utf-7", "iso-2022-jp", "gb18030", "koi8-r", "x-unknown"]
_WORDS = st.sampled_from(
    [
        "Shall",
        "we",
        "meet",
        "on",
        "Friday",
        "?",
        "lunch",
        "at",
        "noon",
        "--",
        ">",
        ">>",
        "|",
        "On",
        "wrote:",
        "From:",
        "Sent:",
        "To:",
        "cc:",
        "Subject:",
        "schrieb",
        "-----Original",
        "Message-----",
        "________________",
        "begin",
        "644",
        "x",
        "end",
        "Sent",
        "from",
        "my",
        "iPhone",
        "🎉",
        "é",
        "午餐",
        "\x00",
        "\x1b[31m",
        "\u202e",
    ]
)
_LINES = st.lists(_WORDS, max_size=8).map(" ".join)
TEXTS = st.lists(_LINES, max_size=12).map("\n".join) | st.text(max_size=80)
_TAGS = st.sampled_from(
    ["p", "div", "table", "tr", "td", "li", "br", "blockquote", "style", "script", "title", "pre", "svg", "b", "x-y"]
)
_ATTRIBUTES = st.sampled_from(["", " hidden", " style='display:none'", ' style="font-size:0"', " class=a", ' a="', "/"])
_PIECES = (
    st.builds("<{}{}>".format, _TAGS, _ATTRIBUTES)
    | _TAGS.map("</{}>".format)
    | _LINES
    | st.sampled_from(["<!--", "-->", "<", "&lt;", "&#0;", "&#xD800;", "<![CDATA[", "<style>.a{display:none}</style>"])
)
HTML = st.lists(_PIECES, max_size=30).map("".join)
_PROPERTIES = st.sampled_from(
    [
        "DTSTART:20260301T120000Z",
        "DTSTART;TZID=Europe/Oslo:20260301T120000",
        "DTEND:1",
        "LOCATION:Café",
        "SUMMARY:Lunch",
        "RRULE:FREQ=SECONDLY",
        "DESCRIPTION:https://meet.google.com/a-b-c",
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VTIMEZONE",
        "ATTENDEE;CN=x:mailto:a@b",
        " folded",
        "METHOD:REQUEST",
        "DURATION:P9999999999W",
    ]
)
CALENDARS = st.lists(_PROPERTIES | _LINES, max_size=15).map(
    lambda lines: "\r\n".join(["BEGIN:VCALENDAR", *lines, "END:VCALENDAR"])
)


def _encoded(body: bytes, encoding: str) -> bytes:
    if encoding == "base64":
        return base64.encodebytes(body)
    return quopri.encodestring(body) if encoding == "quoted-printable" else body


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    """One part: text, HTML, calendar or bytes, in some charset and transfer encoding, named rightly or wrongly."""
    kind, texts = draw(
        st.sampled_from([("text/plain", TEXTS), ("text/html", HTML), ("text/calendar; method=REQUEST", CALENDARS)])
    )
    charset = draw(st.sampled_from(CHARSETS))
    encoding = draw(st.sampled_from(["7bit", "8bit", "base64", "quoted-printable", "x-uuencode"]))
    written = charset if charset != "x-unknown" else "utf-8"
    body = draw(texts).encode(written, "replace") if draw(st.booleans()) else draw(st.binary(max_size=60))
    head = f"Content-Type: {kind}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n"
    if draw(st.integers(0, 4)) == 0:
        head += "Content-Disposition: attachment; filename=a.txt\r\n"
    return head.encode() + b"\r\n" + _encoded(body, encoding)


def _containers(children: SearchStrategy[bytes]) -> SearchStrategy[bytes]:
    def multipart(subtype: str, boundary: str, parts: list[bytes]) -> bytes:
        mark = f"--{boundary}".encode()
        inner = b"".join(b"\r\n" + mark + b"\r\n" + part for part in parts)
        return f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n'.encode() + inner + b"\r\n" + mark + b"--"

    subtypes = st.sampled_from(["mixed", "alternative", "related", "signed", "digest", "report"])
    boundaries = st.sampled_from(["a", "a--", "aa", "b c", "=_x"])
    return st.builds(multipart, subtypes, boundaries, st.lists(children, max_size=3)) | children.map(
        lambda part: b"Content-Type: message/rfc822\r\n\r\nSubject: inside\r\n" + part
    )


_FIELDS = st.lists(
    st.sampled_from(
        [
            b"From: Ines Roth <ines@example.org>",
            b"From: =?utf-8?q?In=C3=A9s?= <a@b>",
            b"To: a@b, (c",
            b"Cc: group: x@y;",
            b"Subject: =?utf-8?b?w6k=?= lunch",
            b"Subject: Re: Fwd: [x] lunch",
            b"Date: Tue, 5 Mar 2024 10:12:00 +9900",
            b"Date: yesterday",
            b"Message-ID: <a@b>",
            b"References: <a@b> <c@d>",
            b"In-Reply-To: <",
            b"List-Id: <x>",
            b"Precedence: bulk",
            b"Auto-Submitted: auto-replied",
            b"MIME-Version: 1.0",
            b"\xff\xfe: \x00",
            b" folded",
        ]
    ),
    max_size=8,
)


@st.composite
def mails(draw: st.DrawFn) -> bytes:
    """A whole message; every other one has bytes cut out, doubled or overwritten."""
    body = draw(st.recursive(leaves(), _containers, max_leaves=6))
    mail = b"".join(field + b"\r\n" for field in draw(_FIELDS)) + body
    if draw(st.booleans()):
        at, length = draw(st.integers(0, len(mail))), draw(st.integers(0, 40))
        damage = draw(st.sampled_from([b"", mail[at : at + length] * 2]) | st.binary(max_size=8))
        mail = mail[:at] + damage + mail[at + length :]
    return mail

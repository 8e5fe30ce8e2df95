"""What of a message's parts a person reads.

Lives here: the choice among parts (RFC 2046, section 5.1), their decoding to one text, and the calendar part. Must
not live here: quotes and signatures (``text``), the finding of parts (``mime``).
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field, replace
from itertools import groupby, islice
from typing import TYPE_CHECKING

from jeeves.mail import markup
from jeeves.mail.charsets import decode, decode_base64, decode_quoted_printable
from jeeves.mail.headers import decode_text, encoded_charset, people
from jeeves.sanitise import UNWANTED, is_binary, without_controls

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.mail.mime import Part

MAX_TEXT = 1_000_000  # characters kept of a body
MAX_BINARY = 16 * 1024  # characters kept of what is no text, or text in another charset than it says
_MAX_ENCODED = 4 * MAX_TEXT  # bytes of one part worth decoding
_CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
_PLAIN_TYPES = frozenset({"text/plain", "text/enriched", "text/richtext"})
_LOOKS_LIKE_HTML = re.compile(
    r"\s{0,200}(?:<!--[^>]{0,200}-->\s{0,200})?(?:<!doctype\s+html|<html[\s>])", re.IGNORECASE
)
_ENRICHED_COMMAND = re.compile(r"<param>[^<]{0,200}</param>|</?[A-Za-z0-9-]{1,60}>", re.IGNORECASE)
_STUB = 400  # characters: a plain alternative this short that speaks of HTML is not the message
_MAX_FILES = 1_000  # uuencoded in one text
_UUENCODE_BEGIN = re.compile(r"\nbegin [0-7]{3,4} \S[^\n]{0,200}(?=\n[!-`])")
_INVISIBLE_BUT_PRINTABLE = "\u034f"  # as ``str.isprintable`` has it
_INVISIBLE = "\u00ad\u034f\u200b\u2060\u2061\u2062\u2063\u2064"
_TO_BE_CLEANED = re.compile(f"[{UNWANTED}{_INVISIBLE}\u200c\u200d]")
_INVISIBLE_LINE = re.compile("\n[\u200c\u200d \\t]{1,2000}(?=\n)")


@dataclass(slots=True)
class Body:
    """The parts of a message in the order read."""

    texts: list[str] = field(default_factory=list)  # what the sender wrote, quotes still inside
    forwarded: list[str] = field(default_factory=list)  # attached messages
    calendar: str = ""  # the first text/calendar part
    calendar_method: str = ""
    defects: list[str] = field(default_factory=list)
    charset: str = ""  # what the message as a whole hints at, for parts that name none that fits
    size: int = 0  # characters in texts and forwarded
    markup: int = 0  # characters of HTML gone through, seen or hidden
    is_spare: bool = False  # there is a better alternative: pages need not be laid out

    @property
    def text(self) -> str:
        """The readable body as one text."""
        return "\n\n".join(each for each in self.texts if each.strip())


def read_body(root: Part) -> Body:
    """Return what a person reads of the message under ``root``. Total; linear in the size of its parts."""
    body = Body(charset=root.header.parameters.get("charset", "") or encoded_charset(root.header.first("subject")))
    _read_part(root, body, is_forwarded=False)
    return body


def _read_part(part: Part, body: Body, *, is_forwarded: bool) -> None:
    """Read a part and what is below it; the depth is bounded by ``mime.MAX_DEPTH``."""
    kind = part.header.content_type
    if part.children:
        if kind == "multipart/alternative":
            _read_alternative(part, body, is_forwarded=is_forwarded)
            return
        for child in _joined(part.children):
            if part.header.is_message:
                _add(body, _introduction(child), is_forwarded=True)
            _read_part(child, body, is_forwarded=is_forwarded or part.header.is_message)
    elif kind in _CALENDAR_TYPES:
        _read_calendar(part, body)
    elif not part.header.is_attachment and body.size < MAX_TEXT:
        if kind.startswith("multipart/"):
            body.defects.append("mime.boundary")
        _add(body, _leaf_text(part, body), is_forwarded=is_forwarded)


def _joined(parts: list[Part]) -> Iterator[Part]:
    """Yield ``parts``, plain texts in a row with one and the same header as one: ten thousand are read like one."""
    for _, group in groupby(parts, key=_header_identity):
        alike = list(group)
        if len(alike) > 1 and _is_bare_text(alike[0]):
            text = b"\n\n".join([part.body for part in alike])
            if text.isascii() and b"<" not in text:
                alike = [replace(alike[0], body=text)]
        yield from alike


def _header_identity(part: Part) -> int:
    return id(part.header)


def _is_bare_text(part: Part) -> bool:
    header = part.header
    if part.children or header.is_attachment or header.is_file or "format" in header.parameters:
        return False
    return header.content_type == "text/plain" and header.encoding in {b"", b"7bit", b"8bit"}


def _add(body: Body, text: str, *, is_forwarded: bool) -> None:
    room = MAX_TEXT - body.size
    if len(text) > room:
        body.defects.append("text.cap")
        text = text[:room]
    if text:
        (body.forwarded if is_forwarded else body.texts).append(text)
        body.size += len(text)


def _read_alternative(part: Part, body: Body, *, is_forwarded: bool) -> None:
    """Take the plain alternative, unless it is empty or only says that the message is HTML."""
    choices: list[Body] = []
    best: Body | None = None
    for child in part.children:
        is_spare = body.is_spare or (best is not None and not _is_stub(best))
        choice = Body(charset=body.charset, size=body.size, markup=body.markup, is_spare=is_spare)
        _read_part(child, choice, is_forwarded=is_forwarded)
        body.defects += choice.defects
        body.markup = choice.markup
        if choice.calendar and not body.calendar:
            body.calendar, body.calendar_method = choice.calendar, choice.calendar_method
        if "".join(choice.texts + choice.forwarded).strip():
            choices.append(choice)
            best = choices[0]
    if best is None:
        return
    if _is_stub(best) and len(choices[-1].text) > len(best.text):
        best = choices[-1]
    body.texts += best.texts
    body.forwarded += best.forwarded
    body.size = best.size


def _is_stub(alternative: Body) -> bool:
    """Return whether it may only say that the message is HTML."""
    return len(alternative.text) < _STUB and "html" in alternative.text.lower()


def _introduction(message: Part) -> str:
    """Return From, Date and Subject of an attached message, as a forward would show them."""
    shown = [("From", _sender_line(message))]
    shown += [(name, decode_text(message.header.first(name.lower()))) for name in ("Date", "Subject")]
    return "".join(f"{name}: {value}\n" for name, value in shown if value)


def _sender_line(message: Part) -> str:
    return ", ".join(person.name or person.address for person in people(message.header.first("from"))[:1])


def _read_calendar(part: Part, body: Body) -> None:
    if not body.calendar:
        body.calendar = _decoded(part, body)
        body.calendar_method = part.header.parameters.get("method", "")


def _leaf_text(part: Part, body: Body) -> str:
    kind = part.header.content_type
    if kind not in _PLAIN_TYPES and kind != "text/html" and not kind.startswith("multipart/"):
        return ""
    if part.header.is_file or b"uue" in part.header.encoding:
        return ""
    text = _decoded(part, body)
    if kind == "text/html":
        room = max(0, MAX_TEXT - body.markup)
        if len(text) > room:
            body.defects.append("text.cap")
        body.markup += len(text[:room])
        return "" if body.is_spare else _clean(markup.to_text(text[:room]), body.defects)
    if kind in {"text/enriched", "text/richtext"}:
        text = html.unescape(_ENRICHED_COMMAND.sub("", text))
    if part.header.parameters.get("format", "").lower() == "flowed":
        text = _unflow(text, delete_space=part.header.parameters.get("delsp", "").lower() == "yes")
    return readable(text, body.defects)


def readable(text: str, defects: list[str]) -> str:
    """Return a body as a person reads it: at most MAX_TEXT characters, HTML converted, files in it left out.

    Adds the codes "text.cap", "text.nul" and "text.surrogate" to ``defects``. Total; linear.
    """
    if len(text) > MAX_TEXT:
        defects.append("text.cap")
        text = text[:MAX_TEXT]
    if "<" in text and _LOOKS_LIKE_HTML.match(text):
        text = markup.to_text(text)
    return _clean(_without_uuencode(text), defects)


def _decoded(part: Part, body: Body) -> str:
    """Return the part's text with CR LF as LF: transfer encoding and charset undone."""
    data = part.body
    if len(data) > _MAX_ENCODED:
        body.defects.append("text.cap")
        data = data[:_MAX_ENCODED]
    encoding = part.header.encoding
    if b"base64" in encoding:
        data, is_clean = decode_base64(data)
        if not is_clean:
            body.defects.append("body.base64")
    elif b"quoted" in encoding:
        data = decode_quoted_printable(data)
    text, fits = decode(data, part.header.parameters.get("charset", ""), body.charset)
    if not fits:
        body.defects.append("body.charset")
    if len(text) > MAX_BINARY and is_binary(text):
        body.defects.append("text.binary")
        text = text[:MAX_BINARY]
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _clean(text: str, defects: list[str]) -> str:
    """Return ``text`` without controls and characters nobody sees; NUL and lone surrogates are noted as defects."""
    if "\0" in text:
        defects.append("text.nul")
    if not text.isascii():
        text = text.replace("\u00a0", " ")
        if _is_plain(text) or not _TO_BE_CLEANED.search(text):
            return text
        if _has_surrogate(text):
            defects.append("text.surrogate")
        for each in _INVISIBLE:
            text = text.replace(each, "")
        if "\u200c" in text or "\u200d" in text:
            text = _INVISIBLE_LINE.sub("\n", f"\n{text}\n")[1:-1]
    return without_controls(text)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode("utf-16-le")  # the quickest that refuses them
    except UnicodeEncodeError:
        return True
    return False


def _is_plain(text: str) -> bool:
    """Return whether nothing in ``text`` is to be cleaned away: quickly, and True for most."""
    return _INVISIBLE_BUT_PRINTABLE not in text and text.replace("\n", "").replace("\t", "").isprintable()


def _unflow(text: str, *, delete_space: bool) -> str:
    """Join the soft line breaks of format=flowed (RFC 3676, section 4); quoted lines stay as they are."""
    paragraphs: list[list[str]] = [[]]
    for raw in text.split("\n"):
        if raw.startswith(">") or raw == "-- ":
            paragraphs += [[raw], []]
            continue
        line = raw.removeprefix(" ")
        is_soft = line.endswith(" ")
        paragraphs[-1].append(line[:-1] if is_soft and delete_space else line)
        if not is_soft:
            paragraphs.append([])
    return "\n".join("".join(each) for each in paragraphs if each)


def _without_uuencode(text: str) -> str:
    """Leave out files written into the text as uuencode (POSIX uuencode)."""
    if "begin " not in text:
        return text
    text = f"\n{text}\n"
    kept, at = [], 0
    for found in islice(_UUENCODE_BEGIN.finditer(text), _MAX_FILES):
        end = _end_of_uuencode(text, found.end())
        if found.start() >= at and end > found.end():
            kept.append(text[at : found.start()])
            at = end
    return "".join([*kept, text[at:]])[1:-1]


def _end_of_uuencode(text: str, begin: int) -> int:
    """Return where the lines of a file end, the line end before ``begin`` being the first one's."""
    at = begin
    while (after := text.find("\n", at + 1)) >= 0 and _is_uuencode_line(text[at + 1 : after]):
        at = after
    return after if at > begin and text[at + 1 : after].strip() == "end" else at


def _is_uuencode_line(line: str) -> bool:
    """Return whether the length fits: the first character counts the bytes, four characters stand for three."""
    if not line or len(line) > 70 or not "!" <= line[0] <= "`":  # noqa: PLR2004 - 45 bytes make 61 characters
        return False
    expected = -(-((ord(line[0]) - 32) & 63) // 3) * 4
    return expected - 3 <= len(line.rstrip()) - 1 <= expected + 1

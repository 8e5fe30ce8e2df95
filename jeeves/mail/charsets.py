"""Bytes to text, and the other way round never.

Lives here: the choice of a character set and the content transfer encodings of RFC 2045, section 6; each function
total (raises nothing on any bytes) and linear. Must not live here: headers, MIME structure.

The labels follow the WHATWG Encoding Standard, section 4.2, where mail clients do: "iso-8859-1" means
windows-1252, "gb2312" means GB 18030, and so on.
"""

from __future__ import annotations

import binascii
import codecs
import re
from functools import lru_cache

_ALIASES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ksc5601": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "big5": "big5hkscs",
    "unicode-1-1-utf-7": "utf-7",
}
# Python codecs that are no character sets of mail, or that cost more than linear time (punycode, idna).
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})
_STATEFUL = ("iso2022", "hz", "utf-7")
_ASCII = bytes(range(128))
_BYTE_ORDER_MARKS = {
    "utf-16": (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE),
    "utf-32": (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE),
}
_WIDTHS = {"utf-16": 2, "utf-32": 4}  # bytes that give one character at most, readable or not
_BYTES = bytes(range(256))
_PIECE = 16 * 1024  # bytes decoded at a time while it is unsure whether they fit
_MAX_LABEL = 60  # characters; no name of a charset is as long
_LABEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,39}")
_MOSTLY = 20  # a declared multi-byte charset still wins with one unreadable character in this many
_BASE64 = re.compile(rb"[A-Za-z0-9+/\s]*+=?+\s*+=?+\s*+")
_BASE64_LINE = re.compile(rb"^[ \t\r\x0b\x0c]*+([A-Za-z0-9+/]*+={0,2}+)[ \t\r\x0b\x0c]*+$", re.MULTILINE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_ESCAPES_OF_ISO_2022_JP = (b"\x1b$B", b"\x1b$@", b"\x1b(J")


def codec_name(label: str) -> str | None:
    """Return Python's name for the charset ``label`` of a mail, or None when there is none fit for mail."""
    label = label.split("*", 1)[0].strip().strip("\"'").lower()
    return _known_codec(label) if _LABEL.fullmatch(label) else None


@lru_cache(maxsize=256)  # a message of 10,000 parts asks 20,000 times
def _known_codec(label: str) -> str | None:
    name = _ALIASES.get(label, label)
    try:
        name = codecs.lookup(name).name
        b"a".decode(name, "replace")  # refuses codecs that do not make text, such as "hex"
    except (LookupError, ValueError):
        return None
    return None if name.replace("-", "_") in _REFUSED else name


@lru_cache(maxsize=256)
def _is_superset_of_ascii(label: str) -> bool:
    """Return whether text in the charset ``label``, or in the one that an unknown label stands for, may be ASCII."""
    name = codec_name(label) or "utf-8"
    try:
        return not name.startswith(_STATEFUL) and _ASCII.decode(name) == _ASCII.decode("ascii")
    except ValueError:
        return False


def decode(data: bytes, declared: str = "", hint: str = "") -> tuple[str, bool]:
    """Return ``data`` as text and whether some charset fitted without a fault.

    Tried in order: the declared charset, UTF-8, the ``hint`` (what the rest of the message uses), then with U+FFFD
    for what cannot be read: the declared charset or the hint if that is little, windows-1252.
    """
    if data.isascii() and b"\x1b" not in data and (not declared or _is_superset_of_ascii(declared[:_MAX_LABEL])):
        return data.decode("ascii"), True
    named, hinted = codec_name(declared), codec_name(hint)
    hinted = None if hinted == named else hinted
    escaped = "iso2022_jp" if data.isascii() and any(each in data for each in _ESCAPES_OF_ISO_2022_JP) else None
    for name in (escaped, named, "utf-8", hinted):
        try:
            if name:
                return data.decode(name), True
        except ValueError:
            continue
    for name in (named, hinted):
        text = _decode_mostly(data, name) if name and name != "ascii" else ""
        if text:
            return text, False
    return _decode_mostly(data, "cp1252", at_least=0), False


def _decode_mostly(data: bytes, name: str, at_least: float = 1 - 1 / _MOSTLY) -> str:
    """Return ``data`` with U+FFFD for what cannot be read; "" when the readable share is below ``at_least``.

    Of bytes that do not fit, a codec asks the error handler one by one, which takes a hundred times as long as
    reading them: single bytes go by a table, and what cannot reach the share any more is given up.
    """
    table = _table(name)
    if table:
        text = codecs.charmap_decode(data, "strict", table)[0]
        return text if text.count("\ufffd") <= (1 - at_least) * len(text) else ""
    bad, most_bad = 0, (1 - at_least) * -(-len(data) // _WIDTHS.get(name[:6], 1))
    if not data.startswith(_BYTE_ORDER_MARKS.get(name, b"")):
        name += "-le"  # what the codec itself takes it for, but not piece by piece
    decoder = codecs.getincrementaldecoder(name)("replace")
    pieces: list[str] = []
    for at in range(0, len(data), _PIECE):
        # What UTF-7 holds back until base64 ends is decoded anew with each piece.
        is_end = at + _PIECE >= len(data) or len(decoder.getstate()[0]) > _PIECE
        pieces.append(decoder.decode(data[at : at + _PIECE], final=is_end))
        bad += pieces[-1].count("\ufffd")
        if bad > most_bad:
            return ""
    text = "".join(pieces)
    return text if bad <= (1 - at_least) * len(text) else ""


@lru_cache(maxsize=256)
def _table(name: str) -> str:
    """Return what each byte stands for in a charset of single bytes, "" for any other."""
    text = _BYTES.decode(name, "replace")
    return text if len(text) == len(_BYTES) and text.count("\ufffd") < len(_BYTES) // 3 else ""


def decode_base64(data: bytes) -> tuple[bytes, bool]:
    """Return the decoded bytes (RFC 2045, section 6.8) and whether they were well-formed.

    Lines that cannot be base64, such as a footer added by a mailing list, are left out. Text that was only labelled
    base64 comes back as it is.
    """
    is_whole = _BASE64.fullmatch(data) is not None
    if is_whole:
        joined = data.translate(None, b" \t\n\r\x0b\x0c")
    else:
        joined = b"".join(_BASE64_LINE.findall(data))
        if not joined:
            return (_bare_base64(data), False) if b" " not in data.strip() else (data, False)
    head, padding, rest = joined.partition(b"=")
    clean = is_whole and not rest.strip(b"=") and len(head + padding + rest) % 4 == 0
    return _bare_base64(head), clean


def _bare_base64(data: bytes) -> bytes:
    data = _NOT_BASE64.sub(b"", data)
    if len(data) % 4 == 1:  # a lone last character holds six bits only: no byte
        data = data[:-1]
    return binascii.a2b_base64(data + b"=" * (-len(data) % 4))


def decode_quoted_printable(data: bytes, *, header: bool = False) -> bytes:
    """Return the decoded bytes (RFC 2045, section 6.7; ``header``: RFC 2047, section 4.2); faults stay as they are."""
    return binascii.a2b_qp(data, header=header)

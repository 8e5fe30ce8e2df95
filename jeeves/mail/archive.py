"""Mail in files: one message, an mbox, a Maildir, a folder of files, JSON lines, or a stream of any of these.

Lives here: telling the formats apart, taking messages out one by one, naming what cannot be read. Must not live
here: parsing a message (``parse``), taking an mbox apart (``mbox``), more than one message in memory.
"""

from __future__ import annotations

import itertools
import os
import re
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from jeeves.mail.lines import TOO_LARGE, Line, join_limited, read_lines
from jeeves.mail.mbox import split_mbox
from jeeves.mail.parse import message_from_fields, parse_bytes
from jeeves.mail.records import read_records

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from jeeves.types import Message

Scalar = str | int | float | bool | None
Record = TypeVar("Record")

_HEADER = re.compile(rb"[!-9;-~]+[ \t]*:")  # RFC 5322, section 2.2; white space before the colon: section 4.5
_COMPRESSED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x03\x04", b"\x28\xb5\x2f\xfd")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SUFFIXES = frozenset({".eml", ".mbox", ".jsonl"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveItem:
    """One message of an archive."""

    id: Scalar  # as the JSON record gives it, else the message key
    message: Message
    path: str  # "-" for standard input
    position: str  # where in the file: "line 3 (offset 120)", "message 2 (offset 4096)"; empty for a file's only one


@dataclass(frozen=True, slots=True, kw_only=True)
class RawItem:
    """One message of an archive, not parsed."""

    path: str
    position: str  # as in ArchiveItem
    envelope: bytes = b""  # its "From " line in an mbox
    rfc822: bytes = field(repr=False)  # line ends as in the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """One message, or a whole file, that could not be read."""

    path: str
    position: str  # as in ArchiveItem; empty for a whole file
    reason: str  # a plain clause, never text of the mail


def read_path(path: Path) -> Iterator[ArchiveItem | Unreadable]:
    """Yield what the file or folder holds, in order; folders by name, a Maildir's ``cur`` before its ``new``.

    Formats: RFC 5322 (.eml), mbox (RFC 4155 and mboxrd), Maildir, JSON lines; told apart by the suffix, then by the
    first bytes. One message is in memory at a time. Raises nothing: trouble is yielded as Unreadable.
    """
    return (_parsed(entry) for entry in _read_path(path, _read_jsonl))


def read_raw(path: Path) -> Iterator[RawItem | Unreadable]:
    """Yield the messages of a file or folder as ``read_path`` does, but as bytes; JSON lines are Unreadable."""
    return _read_path(path, _refuse_jsonl)


def read_stream(stream: BinaryIO, *, name: str, suffix: str = "") -> Iterator[ArchiveItem | Unreadable]:
    """Yield what ``stream`` holds, told apart by ``suffix`` or the first bytes; ``name`` stands for its path.

    An empty stream holds nothing. Raises OSError when reading fails.
    """
    return (_parsed(entry) for entry in _read_stream(stream, name, suffix, _read_jsonl))


def _read_path(
    path: Path, read_jsonl: Callable[[Iterable[Line], str], Iterator[Record]]
) -> Iterator[RawItem | Unreadable | Record]:
    try:
        if path.is_dir():
            yield from _read_folder(path, read_jsonl)
        else:
            with path.open("rb") as stream:
                yield from _read_stream(stream, str(path), path.suffix.lower(), read_jsonl)
    except OSError as error:
        yield Unreadable(path=str(path), position="", reason=_said(error))


def _read_stream(
    stream: BinaryIO, name: str, suffix: str, read_jsonl: Callable[[Iterable[Line], str], Iterator[Record]]
) -> Iterator[RawItem | Unreadable | Record]:
    rest = itertools.dropwhile(lambda line: not line.content.strip(), read_lines(stream))
    first = next(rest, None)
    if first is None:
        return
    first = Line(first.offset, first.number, first.content.removeprefix(_BYTE_ORDER_MARK))
    lines = itertools.chain([first], rest)
    if first.content.startswith(_COMPRESSED):
        yield Unreadable(path=name, position="", reason="is compressed; unpack it first")
    elif suffix == ".jsonl" or (suffix != ".eml" and first.content.lstrip().startswith(b"{")):
        yield from read_jsonl(lines, name)
    elif suffix != ".eml" and first.content.startswith(b"From "):
        yield from _read_mbox(first, stream, name)
    else:
        yield _read_message(join_limited(line.content for line in lines), name, "")


def _read_folder(
    folder: Path, read_jsonl: Callable[[Iterable[Line], str], Iterator[Record]]
) -> Iterator[RawItem | Unreadable | Record]:
    is_maildir = (folder / "cur").is_dir() and (folder / "new").is_dir()
    found = seen = False
    for file in _files_below(folder):
        seen = True
        if isinstance(file, Unreadable):
            found = True
            yield file
        elif is_maildir and file.parent.name in {"cur", "new"}:
            # Every file there is one message, whatever its name (cr.yp.to/proto/maildir.html).
            yield from _read_single(file)
        elif not is_maildir and file.suffix.lower() in _SUFFIXES:
            found = True
            yield from _read_path(file, read_jsonl)
    if seen and not found and not is_maildir:
        reason = "holds no .eml, .mbox or .jsonl file and is no Maildir"
        yield Unreadable(path=str(folder), position="", reason=reason)


def _files_below(folder: Path) -> Iterator[Path | Unreadable]:
    """Yield the plain files below ``folder`` by name, of each folder its files first; hidden ones are left out.

    Links to folders are not followed.
    """
    failed: list[OSError] = []
    for parent, folders, files in os.walk(folder, onerror=failed.append):
        folders.sort()
        yield from (
            path for name in sorted(files) if not name.startswith(".") and (path := Path(parent, name)).is_file()
        )
    for error in failed:
        yield Unreadable(path=str(error.filename), position="", reason=_said(error))


def _read_single(file: Path) -> Iterator[RawItem | Unreadable]:
    try:
        with file.open("rb") as stream:
            yield _read_message(join_limited(line.content for line in read_lines(stream)), str(file), "")
    except OSError as error:
        yield Unreadable(path=str(file), position="", reason=_said(error))


def _read_mbox(first: Line, stream: BinaryIO, name: str) -> Iterator[RawItem | Unreadable]:
    """``stream`` stands right behind the ``first`` line; what comes by a pipe is handed on as it comes."""
    read = getattr(stream, "read1", stream.read)
    for number, (offset, envelope, rfc822) in enumerate(split_mbox(first, read), start=1):
        yield _read_message(rfc822, name, f"message {number} (offset {offset})", envelope=envelope)


def _read_jsonl(lines: Iterable[Line], name: str) -> Iterator[ArchiveItem | Unreadable]:
    for position, record in read_records(lines):
        if isinstance(record, str):
            yield Unreadable(path=name, position=position, reason=record)
        else:
            message = message_from_fields(record)
            identifier = record.get("id", message.message_key)
            yield ArchiveItem(id=cast("Scalar", identifier), message=message, path=name, position=position)


def _refuse_jsonl(_lines: Iterable[Line], name: str) -> Iterator[Unreadable]:
    yield Unreadable(path=name, position="", reason="holds JSON lines, not mail as it was sent")


def _read_message(rfc822: bytes | None, path: str, position: str, *, envelope: bytes = b"") -> RawItem | Unreadable:
    if rfc822 is None:
        return Unreadable(path=path, position=position, reason=TOO_LARGE)
    if not _has_header(rfc822):
        return Unreadable(path=path, position=position, reason="is no mail message: it has no header")
    return RawItem(path=path, position=position, envelope=envelope, rfc822=rfc822)


def _parsed(entry: RawItem | ArchiveItem | Unreadable) -> ArchiveItem | Unreadable:
    if not isinstance(entry, RawItem):
        return entry
    message = parse_bytes(entry.rfc822)
    return ArchiveItem(id=message.message_key, message=message, path=entry.path, position=entry.position)


def _has_header(rfc822: bytes) -> bool:
    """Tell whether any line before the first empty one is a header field."""
    for line in BytesIO(rfc822[:65_536].lstrip()):  # the first most often tells
        if not line.strip():
            return False
        if _HEADER.match(line):
            return True
    return False


def _said(error: OSError) -> str:
    return f"cannot be read: {(error.strerror or 'unknown reason').lower()}"

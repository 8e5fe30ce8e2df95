"""The parts of a message as an IMAP server tells and hands them out (RFC 3501, sections 6.4.5 and 7.4.2).

Lives here: splitting well-formed messages, BODYSTRUCTURE, sections; pure. Must not live here: broken mail (Dovecot
shows how a real server sees that), sockets.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from email.message import Message


@dataclass
class Entity:
    """A message or a part."""

    head: bytes  # with the empty line
    body: bytes
    fields: Message
    children: list[Entity] = field(default_factory=list)


def read(data: bytes) -> Entity:
    """Split a message."""
    head, gap, body = data.partition(b"\r\n\r\n")
    entity = Entity(head + gap, body, BytesHeaderParser().parsebytes(head + gap))
    boundary = entity.fields.get_boundary()
    if entity.fields.get_content_maintype() == "multipart" and boundary:
        pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode())[1:]
        entity.children = [read(piece.removeprefix(b"\r\n")) for piece in pieces if not piece.startswith(b"--")]
    elif entity.fields.get_content_type() == "message/rfc822":
        entity.children = [read(body)]
    return entity


def structure(entity: Entity) -> bytes:
    """Return the BODYSTRUCTURE of a message."""
    kind, _, subtype = entity.fields.get_content_type().partition("/")
    disposition = entity.fields.get_content_disposition()
    name = entity.fields.get_filename()
    shown = b"NIL"
    if disposition:
        shown = b'("%b" %b)' % (disposition.encode(), b'("FILENAME" "%b")' % name.encode() if name else b"NIL")
    if kind == "multipart":
        parts = b"".join(structure(child) for child in entity.children)
        return b'(%b "%b" ("BOUNDARY" "x") %b NIL NIL)' % (parts, subtype.encode(), shown)
    encoding = str(entity.fields.get("Content-Transfer-Encoding", "7BIT"))
    start = f'"{kind}" "{subtype}" ("CHARSET" "utf-8") NIL NIL "{encoding}" {len(entity.body)}'.encode()
    if entity.fields.get_content_type() == "message/rfc822":
        return b"(%b %b %b 1 NIL %b NIL NIL)" % (
            start,
            b"(" + b"NIL " * 9 + b"NIL)",
            structure(entity.children[0]),
            shown,
        )
    return b"(%b%b NIL %b NIL NIL)" % (start, b" 1" if kind == "text" else b"", shown)


def section(entity: Entity, name: str) -> bytes:
    """Return a section: "", "HEADER", "TEXT", "1", "1.MIME", "2.HEADER", "2.1.TEXT", ..."""
    if not name:
        return entity.head + entity.body
    *path, last = name.split(".")
    numbers = [*path, last] if last.isdigit() else path
    for number in numbers:
        if (
            entity.fields.get_content_type() == "message/rfc822"
            and entity.children[0].fields.get_content_maintype() == "multipart"
        ):
            entity = entity.children[0]
        entity = entity.children[int(number) - 1] if entity.children else entity
    if last == "MIME":
        return entity.head
    if last in {"HEADER", "TEXT"} and numbers:
        entity = entity.children[0]
    return entity.head if last == "HEADER" else entity.body

"""Which parts of a message are worth fetching, and how the message is put together from them: pure.

Lives here: reading BODYSTRUCTURE (RFC 9051, section 7.5.2), the sections to ask for (section 6.4.5.1), the message
made of what came. Must not live here: any conversation with a server (``mail.imap_backfill``).

What is rebuilt has the message's own header, the headers of its parts and its boundaries, byte for byte; only the
parts nobody reads are gone. So it goes through the same parser and reads the same as the whole message would.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from jeeves.mail import headers, mime
from jeeves.mail.sync import batches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SMALL: Final = 16 * 1024  # bytes of a message that is fetched whole: asking for its parts would cost as much
PART_CAP: Final = 1024 * 1024  # bytes of one part; the parser keeps no more than 1,000,000 characters of a message
HEADER_CAP: Final = 256 * 1024  # bytes of one header
_MAX_PARTS = 50  # parts worth reading; real messages have three
_MAX_SEEN = 5_000  # parts looked at
_MESSAGES_PER_FETCH = 50
_GMAIL_CAPS = frozenset({1_000, 2_000, 5_000, 10_000})

_TEXT_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext"})
_CALENDAR_TYPES = frozenset({"text/calendar", "application/ics"})
# Where Content-Disposition stands in the extension data of a part (RFC 9051, section 7.5.2).
_DISPOSITION = {"text": 9, "message/rfc822": 11}
_DISPOSITION_ELSEWHERE = 8
_NESTED_BODY = 8  # of message/rfc822, after its envelope
_SIZE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part that is read, or a container of such."""

    header: str  # section of its header, such as "HEADER", "2.MIME", "2.HEADER"; empty when it has none of its own
    body: str = ""  # section of its content; empty for a container
    size: int = 0  # bytes of its content, as the server says
    is_message: bool = False  # message/rfc822: its one child is a whole message
    children: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartPlan:
    """What to fetch of one message."""

    root: Node | None  # None: its beginning, as it is
    items: tuple[str, ...]  # FETCH items, in the order of the tree
    size: int  # bytes of content that will come at most


def plan_parts(structure: object) -> PartPlan:
    """Decide which parts to fetch of a message, by its BODYSTRUCTURE as nested sequences. Raises nothing.

    Text that is no attachment, and calendar parts; also those of attached messages. At most PART_CAP of each. Where
    the server finds no content in any part, the boundaries are broken: then the first PART_CAP bytes of the message.
    """
    planner = _Planner()
    root = planner.plan(structure, section="", header="HEADER", depth=0) or Node(header="HEADER")
    if not planner.content:
        return PartPlan(root=None, items=(_item("", PART_CAP),), size=PART_CAP)
    nodes = list(_walk(root))
    sections = [(name, cap) for node in nodes for name, cap in ((node.header, HEADER_CAP), (node.body, PART_CAP))]
    return PartPlan(
        root=root,
        items=tuple(_item(name, cap) for name, cap in sections if name),
        size=sum(min(node.size, PART_CAP) for node in nodes),
    )


def plan_batches(plans: Mapping[int, PartPlan], *, max_bytes: int) -> Iterator[tuple[tuple[str, ...], list[int]]]:
    """Put messages (UID to plan) that want the same parts into one FETCH; yield its items and UIDs.

    A FETCH asks for at most 50 messages and, unless it is a single one, ``max_bytes``.
    """
    alike: dict[tuple[str, ...], list[tuple[int, int]]] = {}
    for uid, plan in plans.items():
        alike.setdefault(plan.items, []).append((uid, plan.size))
    for items, sizes in alike.items():
        for batch in batches(sizes, max_messages=_MESSAGES_PER_FETCH, max_bytes=max_bytes):
            yield items, batch


def rebuild(plan: PartPlan, sections: Mapping[str, bytes]) -> bytes:
    """Return the message made of the sections that came; one that did not come counts as empty. Raises nothing."""
    return _render(plan.root, sections) if plan.root is not None else sections.get("", b"")


def has_message_id(header: bytes) -> bool:
    """Tell whether a message is known by its Message-ID; one that has none is known by its digest (``parse``)."""
    return bool(headers.message_ids(mime.read(header)[0].header.first("message-id")))


def newest_first(uids: Iterable[int], done: Iterable[int], *, last: int | None) -> list[int]:
    """Return which of ``uids`` are still to be fetched, the latest first; of the newest ``last`` only, if given."""
    known = set(done)
    return [uid for uid in sorted(set(uids), reverse=True)[:last] if uid not in known]


def seems_capped(exists: int) -> bool:
    """Tell whether a folder of ``exists`` messages on Gmail looks like one that its settings cut short.

    Settings, Forwarding and POP/IMAP, "Limit IMAP folders to contain no more than this many messages".
    """
    return exists in _GMAIL_CAPS


class _Planner:
    """One walk over a structure, with a bound on what is looked at and taken."""

    def __init__(self) -> None:
        self.content = 0  # bytes in all parts, wanted or not
        self._seen = 0
        self._taken = 0

    def plan(self, part: object, *, section: str, header: str, depth: int) -> Node | None:
        """Return the node of ``part``, whose children are numbered below ``section``; None: nothing to read there."""
        self._seen += 1
        if not isinstance(part, tuple | list) or not part or depth >= mime.MAX_DEPTH or self._seen > _MAX_SEEN:
            return None
        parts = _children(part)
        if parts:
            return self._container(parts, section=section, header=header, depth=depth)
        kind = f"{_word(part, 0)}/{_word(part, 1)}"
        if kind == "message/rfc822":
            # As the body of a message it is that message's part 1, as a part it has a number already.
            number = ".".join(filter(None, (section, "1"))) if header.endswith("HEADER") else section
            return self._message(part, section=number, header=header, depth=depth)
        self.content += _size(part)
        if not _is_read(kind, part) or self._taken >= _MAX_PARTS:
            return None
        self._taken += 1
        # A message of a single part has no MIME header beside its own; its content is the section TEXT.
        own_text = f"{header.removesuffix('HEADER')}TEXT" if header.endswith("HEADER") else section
        return Node(header=header, body=own_text, size=_size(part))

    def _container(self, parts: Sequence[object], *, section: str, header: str, depth: int) -> Node | None:
        prefix = f"{section}." if section else ""
        children = [
            self.plan(part, section=f"{prefix}{number}", header=f"{prefix}{number}.MIME", depth=depth + 1)
            for number, part in enumerate(parts[:_MAX_SEEN], start=1)
        ]
        found = tuple(child for child in children if child is not None)
        return Node(header=header, children=found) if found else None

    def _message(self, part: Sequence[object], *, section: str, header: str, depth: int) -> Node | None:
        nested = part[_NESTED_BODY] if len(part) > _NESTED_BODY else None
        child = self.plan(nested, section=section, header=f"{section}.HEADER", depth=depth + 1)
        # Even without text an attached message tells who wrote what about.
        return Node(header=header, is_message=True, children=(child or Node(header=f"{section}.HEADER"),))


def _children(part: Sequence[object]) -> Sequence[object]:
    """Return the parts of a multipart: a list of them, or the tuples it begins with."""
    if isinstance(part[0], list):
        return part[0]
    end = next((index for index, each in enumerate(part) if not isinstance(each, tuple)), len(part))
    return part[:end]


def _is_read(kind: str, part: Sequence[object]) -> bool:
    if kind in _CALENDAR_TYPES:
        return True
    place = _DISPOSITION.get(kind.partition("/")[0], _DISPOSITION_ELSEWHERE)
    disposition = part[place] if len(part) > place else None
    if kind not in _TEXT_TYPES or not isinstance(disposition, tuple | list) or not disposition:
        return kind in _TEXT_TYPES
    parameters = disposition[1] if len(disposition) > 1 else None
    names = parameters[::2] if isinstance(parameters, tuple | list) else ()
    return _word(disposition, 0) != "attachment" and "filename" not in [_text(name) for name in names]


def _size(part: Sequence[object]) -> int:
    size = part[_SIZE] if len(part) > _SIZE else 0
    return size if isinstance(size, int) and size > 0 else 0


def _word(part: Sequence[object], index: int) -> str:
    return _text(part[index]) if len(part) > index else ""


def _text(value: object) -> str:
    return value.decode("latin-1").lower() if isinstance(value, bytes) else ""


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _walk(child)


def _item(section: str, cap: int) -> str:
    return f"BODY.PEEK[{section}]<0.{cap}>"


def _render(node: Node, sections: Mapping[str, bytes]) -> bytes:
    header = _closed(sections.get(node.header, b""))
    if node.is_message:
        return header + b"".join(_render(child, sections) for child in node.children)
    if not node.children:
        return header + sections.get(node.body, b"")
    boundary = mime.read(header)[0].header.parameters.get("boundary", "").rstrip().encode("latin-1", "replace")
    parts = b"".join(b"--%b\r\n%b\r\n" % (boundary, _render(child, sections)) for child in node.children)
    return b"%b%b--%b--\r\n" % (header, parts, boundary)


def _closed(header: bytes) -> bytes:
    """Return a header with the empty line that ends it, also when it was cut short."""
    if header.endswith((b"\r\n\r\n", b"\n\n")) or header in {b"\r\n", b"\n"}:
        return header
    return header.rstrip(b"\r\n") + b"\r\n\r\n" if header.strip() else b"\r\n"

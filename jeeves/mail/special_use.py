"""Folders by what they are for, not by their names: those differ by language and owner.

Lives here: the choice of a folder from a LIST answer by attribute (RFC 6154, section 2). Must not live here: opening
folders (``imap``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from imapclient import imap_utf7

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

ALL: Final = "\\All"  # holds every message, sent ones too
SENT: Final = "\\Sent"  # what the owner wrote

Listed: TypeAlias = tuple[tuple[bytes, ...], object, bytes]  # attributes, delimiter, name as the server writes it


def mailbox_name(list_folders: Callable[[], Iterable[Listed]], folder: str) -> bytes:
    r"""Return the name of ``folder`` on the wire (RFC 3501, section 5.1.3).

    One such as ``\All`` is the folder with that attribute; where none bears it, it is taken as a name.
    """
    found = folder_by_attribute(list_folders(), folder) if folder.startswith("\\") else None
    encoded: bytes = imap_utf7.encode(folder)
    return encoded if found is None else found


def read_beside(folders: Iterable[str], *, sent: bool) -> tuple[str, ...]:
    """Return what is to be read beside ``folders``, where the server has it: sent mail, unless one of them holds it."""
    covered = {folder.lower() for folder in folders} & {ALL.lower(), SENT.lower()}
    return (SENT,) if sent and not covered else ()


def folder_by_attribute(listing: Iterable[Listed], attribute: str) -> bytes | None:
    """Return the name, as the server writes it, of the first folder that bears ``attribute``; None for none.

    Attributes are told apart without regard to case (RFC 9051, section 7.3.1).
    """
    wanted = attribute.lower().encode("utf-8", "replace")
    return next((name for attributes, _, name in listing if wanted in map(bytes.lower, attributes)), None)

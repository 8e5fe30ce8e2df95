"""A backup as one file: a tar of a manifest and the files it names, each with size and SHA-256.

Lives here: writing and reading the file. Must not live here: where its contents come from and go to (``keeping``).

What is read may have been made by anybody: a name is taken only if it is on the manifest and plain, only regular
files count, and nothing is written anywhere but into the folder the caller names.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from jeeves.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_MANIFEST: Final = "manifest.json"
_FORMAT: Final = 1
_LONGEST_MANIFEST: Final = 1_000_000  # bytes
_CHUNK: Final = 1_000_000  # bytes
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}(/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){0,2}")
_ANOTHER: Final = "Take another backup."


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    size: int  # bytes
    sha256: str


def write_bundle(target: Path, files: Mapping[str, Path], facts: Mapping[str, str | int]) -> None:
    """Write ``target``, readable by its owner only: ``facts`` and ``files`` (name in the bundle to where it lies).

    A file that was there is replaced once the new one is whole. Raises OSError.
    """
    manifest = {
        "format": _FORMAT,
        "facts": dict(facts),
        "files": {name: {"size": path.stat().st_size, "sha256": _digest(path)} for name, path in files.items()},
    }
    content = json.dumps(manifest, indent=1).encode()
    unfinished = target.with_name(f".{target.name}-{os.getpid()}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as tar:
                tar.addfile(_member(_MANIFEST, len(content)), io.BytesIO(content))
                for name, path in files.items():
                    with path.open("rb") as source:
                        tar.addfile(_member(name, path.stat().st_size), source)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def read_bundle(source: Path, into: Path) -> dict[str, str | int]:
    """Unpack ``source`` into the folder ``into`` and return its facts.

    Raises UserError when it is no backup, or is not exactly what its manifest says.
    """
    with _faults_explained(source), tarfile.open(source, mode="r:") as tar:
        first = tar.next()
        if first is None or first.name != _MANIFEST or not first.isreg() or first.size > _LONGEST_MANIFEST:
            raise _damaged("it has no manifest")
        facts, expected = _manifest(_content(tar, first).read())
        missing = set(expected)
        while (member := tar.next()) is not None:
            if member.name not in missing or not member.isreg() or member.size != expected[member.name].size:
                raise _damaged("it holds what its manifest does not name")
            missing.discard(member.name)
            place = into / member.name
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if _copy(_content(tar, member), place) != expected[member.name].sha256:
                raise _damaged("a file in it is not what it was")
    if missing:
        raise _damaged("a file is missing in it")
    return facts


def _manifest(content: bytes) -> tuple[dict[str, str | int], dict[str, _File]]:
    try:
        told = json.loads(content)
        if told["format"] != _FORMAT:
            raise UserError(
                "The backup was made by a newer Jeeves than this one.", advice="Install that version, then restore."
            )
        facts = {str(name): value for name, value in told["facts"].items() if isinstance(value, str | int)}
        files = {
            str(name): _File(size=int(each["size"]), sha256=str(each["sha256"])) for name, each in told["files"].items()
        }
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise _damaged("its manifest cannot be read") from None
    if not all(_PLAIN.fullmatch(name) for name in files):
        raise _damaged("its manifest names what is no file of a backup")
    return facts, files


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    content = tar.extractfile(member)
    if content is None:
        raise _damaged("it holds what is no file")
    return content


def _copy(source: IO[bytes], target: Path) -> str:
    """Write ``target``, new and private; return the SHA-256 of what was written."""
    digest = hashlib.sha256()
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        while chunk := source.read(_CHUNK):
            digest.update(chunk)
            stream.write(chunk)
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _faults_explained(source: Path) -> Iterator[None]:
    try:
        yield
    except (tarfile.TarError, EOFError):
        raise _damaged("it is cut off, or no backup at all") from None
    except OSError as error:
        raise UserError(f"{source} cannot be read: {error.strerror or type(error).__name__}.") from error


def _damaged(why: str) -> UserError:
    return UserError(f"The backup is of no use: {why}.", advice=_ANOTHER)

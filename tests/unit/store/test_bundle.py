from __future__ import annotations

import hashlib
import io
import json
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from jeeves.errors import UserError
from jeeves.store.bundle import read_bundle, write_bundle

if TYPE_CHECKING:
    from pathlib import Path

NAME = "models/one/model.npz"


def forged(path: Path, members: list[tuple[tarfile.TarInfo, bytes]], **changes: Any) -> Path:  # noqa: ANN401 - JSON
    """Write a bundle with one honest file and whatever ``members`` follow it."""
    content = b"numbers"
    files = {NAME: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}}
    manifest = json.dumps({"format": 1, "facts": {}, "files": files} | changes).encode()
    with tarfile.open(path, "w") as tar:
        for member, data in [*[named("manifest.json", manifest), named(NAME, content)], *members]:
            tar.addfile(member, io.BytesIO(data))
    return path


def named(name: str, data: bytes = b"", kind: bytes = tarfile.REGTYPE) -> tuple[tarfile.TarInfo, bytes]:
    member = tarfile.TarInfo(name)
    member.size, member.type, member.linkname = len(data), kind, "/etc/passwd"
    return member, data


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    (tmp_path / "dump").write_bytes(b"rows" * 1000)
    write_bundle(tmp_path / "saved.tar", {"database.dump": tmp_path / "dump"}, {"schema": "0001", "pg_dump": 18})
    out = tmp_path / "out"
    out.mkdir()

    facts = read_bundle(tmp_path / "saved.tar", out)

    assert facts == {"schema": "0001", "pg_dump": 18}
    assert (out / "database.dump").read_bytes() == b"rows" * 1000
    assert (tmp_path / "saved.tar").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dump", "out", "saved.tar"]


@pytest.mark.parametrize(
    "member",
    [
        named("../escaped", b"x"),
        named("/tmp/jeeves-escaped", b"x"),  # noqa: S108 - never written
        named("models/one/other", b"x"),
        named("models/one/link", kind=tarfile.SYMTYPE),
        named("models/one/hard", kind=tarfile.LNKTYPE),
        named("models/one/device", kind=tarfile.CHRTYPE),
        named("models/one", kind=tarfile.DIRTYPE),
        named(NAME, b"numbers"),
    ],
)
def test_a_member_the_manifest_does_not_name_is_refused(tmp_path: Path, member: tuple[tarfile.TarInfo, bytes]) -> None:
    out = tmp_path / "out"
    out.mkdir()

    with pytest.raises(UserError, match="of no use"):
        read_bundle(forged(tmp_path / "bad.tar", [member]), out)

    assert {path.name for path in tmp_path.rglob("*")} <= {"out", "bad.tar", "models", "one", "model.npz"}


@pytest.mark.parametrize(
    "changes",
    [
        {"files": {"../../x": {"size": 1, "sha256": ""}}},
        {"files": {NAME: {"size": 7, "sha256": "0" * 64}}},
        {"files": {NAME: {"size": 8, "sha256": ""}}},
        {"files": {"absent": {"size": 1, "sha256": ""}, NAME: {"size": 7, "sha256": ""}}},
        {"files": []},
        {"facts": None},
        {"format": 2},
        {"format": None},
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(UserError):
        read_bundle(forged(tmp_path / "bad.tar", [], **changes), tmp_path)


def test_a_file_named_by_the_manifest_that_is_missing_is_noticed(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "bad.tar", "w") as tar:
        manifest = {"format": 1, "facts": {}, "files": {NAME: {"size": 1, "sha256": ""}}}
        member, data = named("manifest.json", json.dumps(manifest).encode())
        tar.addfile(member, io.BytesIO(data))

    with pytest.raises(UserError, match="missing"):
        read_bundle(tmp_path / "bad.tar", tmp_path)


@pytest.mark.parametrize("cut", [0, 100, 700, 1600])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, cut: int) -> None:
    whole = forged(tmp_path / "bad.tar", []).read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[:cut])

    with pytest.raises(UserError, match="of no use"):
        read_bundle(tmp_path / "cut.tar", tmp_path)

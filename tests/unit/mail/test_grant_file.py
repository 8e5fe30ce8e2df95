import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jeeves.errors import MailAuthFailed, UserError
from jeeves.mail.grant_file import Grant, delete_grant, grant_path, read_grant, write_grant

GRANT = Grant(account="me@gmail.com", refresh_token="1//secret", obtained_at=datetime(2026, 11, 21, tzinfo=UTC))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return grant_path(tmp_path / "data")


def test_a_grant_reads_back_as_it_was_written(path: Path) -> None:
    write_grant(path, GRANT)

    assert read_grant(path) == GRANT


def test_only_its_owner_can_open_it(path: Path) -> None:
    write_grant(path, GRANT)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_folder_that_was_open_is_closed(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o755)

    write_grant(path, GRANT)

    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_new_grant_replaces_the_old_one_and_leaves_nothing_beside_it(path: Path) -> None:
    write_grant(path, Grant(account="other@gmail.com", refresh_token="1//old", obtained_at=GRANT.obtained_at))
    write_grant(path, GRANT)

    assert read_grant(path) == GRANT
    assert list(path.parent.iterdir()) == [path]


def test_no_file_means_no_grant(path: Path) -> None:
    assert read_grant(path) is None
    delete_grant(path)


def test_a_deleted_grant_is_gone(path: Path) -> None:
    write_grant(path, GRANT)
    delete_grant(path)

    assert read_grant(path) is None


def test_a_grant_that_others_can_read_is_refused_with_the_remedy(path: Path) -> None:
    write_grant(path, GRANT)
    path.chmod(0o640)

    with pytest.raises(MailAuthFailed, match="read by others") as refusal:
        read_grant(path)

    assert f"chmod 600 {path}" in refusal.value.advice


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'{"account": "a", "refresh_token": "1//secret"}',
        b'{"account": 7, "refresh_token": "1//secret", "obtained_at": "2026-11-21T00:00:00+00:00"}',
        b'{"account": "a", "refresh_token": "", "obtained_at": "2026-11-21T00:00:00+00:00"}',
        b'{"account": "a", "refresh_token": "1//secret", "obtained_at": "2026-11-21"}',
        b"\xff\xfe",
        b"[" * 60_000,
    ],
)
def test_a_damaged_file_is_one_sentence_with_the_remedy_and_no_secret(path: Path, content: bytes) -> None:
    write_grant(path, GRANT)
    path.write_bytes(content)

    with pytest.raises(MailAuthFailed, match="damaged") as refusal:
        read_grant(path)

    assert refusal.value.advice == "Run: jeeves auth google"
    assert "1//secret" not in f"{refusal.value} {refusal.value.__cause__!r}"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_whatever_stands_in_the_file_nothing_else_is_raised(path: Path, content: bytes) -> None:
    write_grant(path, GRANT)
    path.write_bytes(content)

    with pytest.raises(MailAuthFailed):
        read_grant(path)


def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    with pytest.raises(UserError) as refusal:
        write_grant(grant_path(tmp_path / "data"), GRANT)

    assert "database.data_dir" in refusal.value.advice


def test_a_grant_shows_in_no_repr() -> None:
    assert "1//secret" not in repr(GRANT)

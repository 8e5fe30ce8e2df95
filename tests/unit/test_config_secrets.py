"""Where secrets lie, and that no message shows one."""

from pathlib import Path
from typing import Literal

import pytest

from jeeves.config import SecretRef
from jeeves.errors import UserError
from tests.unit.config_files import loaded, only_problem


@pytest.mark.parametrize("written", ["hunter2", "envv:hunter2", "env:hunter 2", "file:", "credential:../hunter2"])
def test_a_literal_password_is_refused_and_never_repeated(tmp_path: Path, written: str) -> None:
    found = only_problem(tmp_path, "mail", f'password = "{written}"')

    assert found.startswith("mail.password: ")
    assert '"env:NAME", "file:PATH" or "credential:NAME"' in found
    assert "hunter" not in found


def test_a_password_under_a_misspelt_key_is_not_repeated(tmp_path: Path) -> None:
    assert "hunter2" not in only_problem(tmp_path, "mail", 'pasword = "hunter2"')


def test_a_database_password_shows_in_no_repr(tmp_path: Path) -> None:
    config = loaded(tmp_path, '[mail]\nusername = "a"\n[database]\nurl = "postgresql://u:hunter2@h/d"')

    assert "hunter2" not in repr(config)


def secret(kind: Literal["env", "file", "credential"], name: str) -> SecretRef:
    return SecretRef(key="mail.password", kind=kind, name=name)


def test_a_secret_is_read_from_the_environment_when_needed_and_not_before(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = secret("env", "JEEVES_TEST_SECRET")
    monkeypatch.setenv("JEEVES_TEST_SECRET", "hunter2\n")

    assert reference.resolve() == "hunter2"
    assert "hunter2" not in repr(reference)


def test_a_secret_is_read_from_a_private_file_without_its_line_break(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(" hunter2 \r\n")
    file.chmod(0o600)

    assert secret("file", str(file)).resolve() == " hunter2 "


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_secret_in_a_file_that_others_can_open_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "password"
    file.write_text("hunter2")
    file.chmod(mode)

    with pytest.raises(UserError) as caught:
        secret("file", str(file)).resolve()

    assert caught.value.message.startswith("mail.password: ")
    assert "chmod 600" in caught.value.advice


def test_a_secret_is_read_from_systemd_credentials_whatever_their_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "imap").write_text("hunter2\n")
    (tmp_path / "imap").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert secret("credential", "imap").resolve() == "hunter2"


def test_a_missing_secret_names_its_key_and_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("JEEVES_ABSENT", raising=False)
    missing = [secret("env", "JEEVES_ABSENT"), secret("file", str(tmp_path / "absent")), secret("credential", "imap")]

    for reference in missing:
        with pytest.raises(UserError) as caught:
            reference.resolve()
        assert caught.value.message.startswith("mail.password: ")
        assert caught.value.advice


@pytest.mark.parametrize("content", [b"", b"\n", b"hunter2\xff"])
def test_an_unusable_secret_is_refused_without_showing_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "password"
    file.write_bytes(content)
    file.chmod(0o600)

    with pytest.raises(UserError) as caught:
        secret("file", str(file)).resolve()

    assert "hunter2" not in f"{caught.value} {caught.value.advice} {caught.value.__cause__!r}"


def test_a_folder_in_place_of_a_secret_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a plain file"):
        secret("file", str(tmp_path)).resolve()

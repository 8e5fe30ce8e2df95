"""What a service may have and what it may not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jeeves.config import Config, load_config
from jeeves.errors import UserError
from jeeves.service.needs import find_needs


@pytest.fixture
def config_file(tmp_path: Path) -> Path:
    return tmp_path / "jeeves.toml"


def load(config_file: Path, password: str, data_dir: str = "/var/lib/jeeves", rest: str = "") -> Config:
    config_file.write_text(
        f'[mail]\nusername = "me@example.org"\npassword = {json.dumps(password)}\n'
        f"[database]\ndata_dir = {json.dumps(data_dir)}\n{rest}",
        encoding="utf-8",
    )
    return load_config(config_file)


def test_a_credential_is_read_from_beside_the_settings(config_file: Path) -> None:
    needs = find_needs(load(config_file, "credential:imap"), config_file, "system")
    assert needs.credentials == (("imap", config_file.parent / "credentials" / "imap"),)


def test_the_environment_of_a_shell_is_refused_with_the_way_out(config_file: Path) -> None:
    config = load(config_file, "env:JEEVES_IMAP_PASSWORD")
    with pytest.raises(UserError) as refusal:
        find_needs(config, config_file, "user")
    assert "mail.password" in refusal.value.message
    assert 'mail.password = "credential:NAME"' in refusal.value.advice


def test_a_file_does_for_a_user_and_not_for_the_system(config_file: Path) -> None:
    config = load(config_file, "file:password")
    assert find_needs(config, config_file, "user").credentials == ()
    with pytest.raises(UserError, match=r"mail\.password"):
        find_needs(config, config_file, "system")


def test_secrets_of_channels_that_are_not_listed_are_nobodys_business(config_file: Path) -> None:
    account = '[notify.sms]\naccount_sid = "env:SID"\nauth_token = "env:TOKEN"\nfrom = "+15550100"\nto = "+15550101"\n'
    config = load(config_file, "file:password", rest=account)
    assert find_needs(config, config_file, "user").credentials == ()
    config = load(config_file, "file:password", rest=f'[alerts]\nchannels = ["sms"]\n{account}')
    with pytest.raises(UserError, match=r"notify\.sms\.account_sid"):
        find_needs(config, config_file, "user")


def test_a_system_service_does_not_keep_its_data_in_a_home_folder(config_file: Path) -> None:
    config = load(config_file, "credential:imap", data_dir="/home/ada/jeeves")
    with pytest.raises(UserError, match="/home/ada/jeeves"):
        find_needs(config, config_file, "system")
    assert find_needs(config, config_file, "user").data_dir == Path("/home/ada/jeeves")


def test_a_data_folder_too_deep_down_for_a_socket_is_refused(config_file: Path) -> None:
    config = load(config_file, "file:password", data_dir=f"/srv/{'deep/' * 20}")
    with pytest.raises(UserError, match="too long"):
        find_needs(config, config_file, "user")


def test_a_system_service_does_not_keep_its_settings_in_a_home_folder(config_file: Path) -> None:
    config = load(config_file, "credential:imap")
    with pytest.raises(UserError, match="sees no home folder"):
        find_needs(config, Path("/home/ada/jeeves.toml"), "system")


def test_models_of_ones_own_outside_the_data_are_written_to(config_file: Path, tmp_path: Path) -> None:
    rest = f'[classifier]\ndirectory = "{tmp_path}/own"\n'
    needs = find_needs(load(config_file, "file:password", rest=rest), config_file, "user")
    assert needs.writable == (tmp_path / "own",)


def test_the_program_is_found_wherever_it_is_installed(config_file: Path) -> None:
    needs = find_needs(load(config_file, "file:password"), config_file, "user")
    assert any(Path(__file__).is_relative_to(folder) for folder in needs.program)

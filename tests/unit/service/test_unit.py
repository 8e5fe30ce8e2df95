"""What the units say."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jeeves.service import launchd
from jeeves.service.unit import render
from tests.unit.service.needs import made_up

if TYPE_CHECKING:
    from jeeves.service.needs import Scope


def settings(unit: str) -> list[tuple[str, str]]:
    pairs = (line.partition("=") for line in unit.splitlines() if "=" in line)
    return [(key, value) for key, _, value in pairs]


@pytest.mark.parametrize("scope", ["user", "system"])
def test_it_is_watched_over_started_again_and_bounded(scope: Scope) -> None:
    said = dict(settings(render(made_up(scope), systemd=254)))
    assert said["Type"] == "notify"
    assert said["WatchdogSec"] == "2min"
    assert said["Restart"] == "on-failure"
    assert (said["RestartSec"], said["RestartSteps"], said["RestartMaxDelaySec"]) == ("30", "7", "1h")
    assert said["StartLimitIntervalSec"] == "0"
    assert said["KillMode"] == "mixed"
    assert said["MemoryMax"]
    assert said["TasksMax"]
    assert said["LoadCredential"] == "imap:/etc/jeeves/credentials/imap"


def test_an_older_systemd_is_not_asked_for_what_it_does_not_know() -> None:
    assert "RestartSteps" not in render(made_up("user"), systemd=253)


def test_a_system_service_has_a_user_and_a_folder_of_its_own() -> None:
    said = settings(render(made_up("system"), systemd=252))
    assert ("User", "jeeves") in said
    assert ("StateDirectory", "jeeves") in said
    assert ("ReadWritePaths", "/var/lib/jeeves") not in said
    assert ("ReadWritePaths", '"/srv/jeeves said"') in said


def test_a_system_service_sees_of_the_homes_only_the_program() -> None:
    said = settings(render(made_up("system"), systemd=252))
    assert ("ProtectHome", "tmpfs") in said
    assert [value for key, value in said if key == "BindReadOnlyPaths"] == ["/home/ada/venv"]


def test_a_user_service_writes_to_its_data_only_and_never_sees_keys() -> None:
    said = settings(render(made_up("user"), systemd=252))
    assert ("ProtectHome", "read-only") in said
    written = [value for key, value in said if key == "ReadWritePaths"]
    assert written == ["/home/ada/.local/share/jeeves", '"/srv/jeeves said"']
    assert ("InaccessiblePaths", "-%h/.ssh") in said


@pytest.mark.parametrize(("speaks", "private"), [(False, True), (True, False)])
def test_a_system_service_reaches_the_loudspeaker_only_if_it_speaks(speaks: bool, private: bool) -> None:  # noqa: FBT001 - parametrized
    said = settings(render(made_up("system", speaks=speaks), systemd=252))
    assert (("PrivateDevices", "yes") in said) is private
    assert (("DeviceAllow", "char-alsa rw") in said) is speaks


def test_a_name_with_signs_systemd_has_plans_for_is_quoted() -> None:
    unit = render(made_up("user", config='/home/ada/100% "mine" $HOME.toml'), systemd=252)
    assert '"/home/ada/100%% \\"mine\\" $$HOME.toml"' in unit


def test_launchd_starts_it_at_login_and_again_when_it_ended_badly() -> None:
    agent = plistlib.loads(launchd.render(made_up("user")))
    assert agent["Label"] == launchd.LABEL
    assert agent["ProgramArguments"][1:] == ["-m", "jeeves", "--config", "/etc/jeeves/jeeves.toml", "run"]
    assert agent["RunAtLoad"] is True
    assert agent["KeepAlive"] == {"SuccessfulExit": False}
    assert agent["Umask"] == 0o077
    assert Path(agent["StandardErrorPath"]).parent == Path("/home/ada/.local/share/jeeves")

"""The units as systemd's own tools judge them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from jeeves.service.unit import NAME, render
from tests.servers.systemd import analyze
from tests.unit.service.needs import made_up

if TYPE_CHECKING:
    from pathlib import Path

    from jeeves.service.needs import Scope

MOST_EXPOSED = 1.5  # of 10


def written(folder: Path, scope: Scope, *, speaks: bool) -> Path:
    """Write the unit of ``scope`` as the systemd at hand gets it."""
    found = re.match(r"systemd (\d+)", analyze(folder, "--version").stdout)
    assert found
    unit = folder / NAME
    unit.write_text(render(made_up(scope, speaks=speaks), systemd=int(found[1])), encoding="utf-8")
    return unit


@pytest.mark.parametrize("speaks", [False, True])
@pytest.mark.parametrize("scope", ["user", "system"])
def test_systemd_has_nothing_to_say_against_it(tmp_path: Path, scope: Scope, speaks: bool) -> None:  # noqa: FBT001 - parametrized
    # unknown keys do not change the exit status, only standard error
    verdict = analyze(tmp_path, f"--{scope}", "verify", str(written(tmp_path, scope, speaks=speaks)))
    assert (verdict.returncode, verdict.stdout, verdict.stderr) == (0, "", "")


@pytest.mark.parametrize("speaks", [False, True])
@pytest.mark.parametrize("scope", ["user", "system"])
def test_it_is_as_little_exposed_as_promised(tmp_path: Path, scope: Scope, speaks: bool) -> None:  # noqa: FBT001 - parametrized
    unit = written(tmp_path, scope, speaks=speaks)
    verdict = analyze(tmp_path, f"--{scope}", "security", "--offline=true", str(unit))
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", verdict.stdout)
    assert found, verdict.stderr
    assert float(found[1]) <= MOST_EXPOSED, verdict.stdout

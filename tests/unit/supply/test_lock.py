"""What is installed is what was looked at: every dependency pinned, with hashes, for every machine Jeeves runs on."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[3]
LOCK, DEV_LOCK = ROOT / "requirements.lock", ROOT / "requirements-dev.lock"


def locked(path: Path) -> dict[str, Requirement]:
    """Return the pinned requirements of a lock by name; each must carry hashes."""
    entries = re.split(r"\n(?=[^\s#])", path.read_text(encoding="ascii").strip())
    pinned = [Requirement(entry.split("\\")[0]) for entry in entries if entry]
    assert all("--hash=sha256:" in entry for entry in entries)
    return {canonicalize_name(each.name): each for each in pinned}


def asked(*groups: str) -> list[Requirement]:
    """Return what the project asks for: its dependencies, and those of ``groups``."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    written = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    for group in groups:
        written += project["dependency-groups"][group]
    if groups:
        written += [each for extra in project["project"].get("optional-dependencies", {}).values() for each in extra]
    return [Requirement(each) for each in written]


@pytest.mark.parametrize("path", [LOCK, DEV_LOCK], ids=["runtime", "development"])
def test_every_entry_is_one_version_with_hashes(path: Path) -> None:
    entries = locked(path)

    assert len(entries) > 50
    assert all([each.operator for each in entry.specifier] == ["=="] for entry in entries.values())


@pytest.mark.parametrize(("path", "groups"), [(LOCK, ()), (DEV_LOCK, ("build", "dev"))], ids=["runtime", "development"])
def test_what_the_project_asks_for_is_locked_as_it_asks(path: Path, groups: tuple[str, ...]) -> None:
    entries = locked(path)

    for wanted in asked(*groups):
        entry = entries.get(canonicalize_name(wanted.name))
        assert entry is not None, f"{wanted.name} is not locked: run make lock"
        (pin,) = entry.specifier
        assert wanted.specifier.contains(pin.version), f"{wanted} is locked as {pin.version}: run make lock"


def test_tests_run_with_the_versions_owners_get() -> None:
    development = locked(DEV_LOCK)

    for name, entry in locked(LOCK).items():
        assert str(development[name].specifier) == str(entry.specifier)


def test_a_bill_of_materials_names_what_is_locked() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--no-validate", str(LOCK)],
        capture_output=True,
        check=True,
        timeout=100,
    )

    bill = json.loads(made.stdout)
    assert bill["bomFormat"] == "CycloneDX"
    assert {canonicalize_name(each["name"]) for each in bill["components"]} == set(locked(LOCK))


def test_an_environment_is_never_tracked_not_even_as_a_link_to_one() -> None:
    # Checking out a tracked link deletes the environment that stands there, ignored as it is.
    assert ".venv" in (ROOT / ".gitignore").read_text(encoding="ascii").split()  # ".venv/" means folders alone

"""Settings written to a file and read back. Must not live here: expectations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.config import Config, load_config
from jeeves.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAIL = '[mail]\nusername = "me@gmail.com"\n'


def loaded(folder: Path, text: str) -> Config:
    file = folder / "jeeves.toml"
    file.write_text(text, encoding="utf-8")
    return load_config(file)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text)
    return caught.value.problems


def only_problem(folder: Path, section: str, line: str) -> str:
    """Return the one problem of a file that is right but for ``line`` in ``section``."""
    text = f"[{section}]\n{line}\n"
    if section != "mail":
        text += MAIL
    elif not line.startswith("username"):
        text += 'username = "me@gmail.com"\n'
    found = problems(folder, text)
    assert len(found) == 1, found
    return found[0]

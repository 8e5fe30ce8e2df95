"""From the file to the frozen ``Config``, or to one report of everything that is wrong with it.

Lives here: finding and reading the file. Must not live here: keys and what they may hold (``models``).
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import NoReturn

from pydantic import ValidationError

from jeeves.config.models import Config
from jeeves.config.report import describe_all
from jeeves.config.rules import broken_rules
from jeeves.errors import ConfigError

_PLACE = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")


def load_config(path: Path | None = None) -> Config:
    """Read ``path``, or else ``./jeeves.toml``, or else ``~/.config/jeeves/jeeves.toml``.

    Relative paths in it start from its own folder; secrets are not read yet. Raises ConfigError holding every
    problem at once.
    """
    path = (path or find_config() or _no_file()).absolute()
    raw = _read(path)
    problems = broken_rules(raw)
    try:
        config = Config.model_validate(raw, context={"base": path.parent})
    except ValidationError as error:
        problems = [*describe_all(error), *problems]
    if problems:
        raise ConfigError(str(path), problems)
    return config


def find_config() -> Path | None:
    """Return the file that ``load_config`` reads when none is named; None when there is none."""
    return next((path for path in _usual_places() if path.exists()), None)


def _usual_places() -> tuple[Path, Path]:
    return Path("jeeves.toml"), Path("~/.config/jeeves/jeeves.toml").expanduser()


def _no_file() -> NoReturn:
    here, at_home = _usual_places()
    raise _unusable(here.absolute(), f"is neither in this folder nor at {at_home}")


def _read(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise _unusable(path, "there is no such file") from None
    except OSError as error:
        raise _unusable(path, f"cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(str(path), [f"line {line}: is not UTF-8 text; save the file as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), [_toml_problem(str(error))]) from None


def _unusable(path: Path, problem: str) -> ConfigError:
    error = ConfigError(str(path), [problem])
    error.advice = "Copy the sample jeeves.toml there, or name your file with --config PATH."
    return error


def _toml_problem(message: str) -> str:
    """Put the place first: ``line 3, column 7: expected ...``."""
    found = _PLACE.search(message)
    what = _PLACE.sub("", message)
    what = f"{what[:1].lower()}{what[1:]}"
    place = f"line {found[1]}, column {found[2]}" if found and found[1] else "at its end"
    return f"{place}: this is not TOML: {what}"

"""Everything wrong with a file, each fault as one line its owner understands.

Lives here: pydantic's findings turned into sentences with key, what is wrong, what is allowed and a suggestion.
Must not live here: any value of a key that may hold a secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jeeves.config.models import Config, Section
from jeeves.config.wording import listed, nearest, show

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import ValidationError
    from pydantic_core import ErrorDetails


def describe_all(found: ValidationError) -> list[str]:
    """Return a line for each fault; a default that waits for a faulty key is no fault of its own."""
    errors = found.errors(include_url=False)
    return [_describe(error) for error in errors if error["type"] != "default_factory_not_called"]


def _describe(error: ErrorDetails) -> str:
    """Return the line for one of pydantic's findings."""
    if error["type"] == "extra_forbidden":
        return _unknown_key(error["loc"])
    key = _place(error["loc"])
    return f"{key}: {_fault(key, error)}"


def _place(location: Sequence[int | str]) -> str:
    """Return the dotted key; of several accounts, the number of the one that is meant, counted from 1."""
    parts = [part for part in location if isinstance(part, str)]
    if location[0] == "account" and len(location) > 1 and isinstance(location[1], int):
        parts[0] = f"account[{location[1] + 1}]"
    return ".".join(parts)


def _fault(key: str, error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "is missing; it must be set"
        case "value_error":
            return str(error["ctx"]["error"])
        case "tuple_type" | "model_type" | "model_attributes_type" if _is_account(key):
            return "must be a section of its own for each mailbox; write [[account]], with two brackets on each side"
        case "tuple_type":
            return f"must be a list in square brackets, not {show(error['input'])}"
        case "model_type" | "model_attributes_type":
            return f"must be a section; write [{key}] on a line of its own and its keys below"
        case _:
            return error["msg"]


def _is_account(key: str) -> bool:
    return key.partition("[")[0] == "account" and "." not in key


def _unknown_key(location: Sequence[int | str]) -> str:
    *parents, last = (part for part in location if isinstance(part, str))
    shown = last if last.isidentifier() else show(last)
    here = keys_of(parents)
    guess = nearest(last, here) or _elsewhere(last)
    allowed = "" if guess else f"; allowed here: {listed(sorted(here))}"
    return f"{_place([*location[:-1], shown])}: unknown key{guess}{allowed}"


def _elsewhere(key: str) -> str:
    """Name the section a misplaced key belongs to."""
    for section in (
        ["mail"],
        ["database"],
        ["classifier"],
        ["alerts"],
        ["notify"],
        ["notify", "sms"],
        ["notify", "ntfy"],
    ):
        if key in keys_of(section):
            return f"; it belongs under [{'.'.join(section)}]"
    return ""


def keys_of(parents: Sequence[str]) -> list[str]:
    """Return the keys that the section at ``parents`` may have, as they are written in the file."""
    model: type[Section] = Config
    for name in parents:
        annotation = model.model_fields[name].annotation
        choices = getattr(annotation, "__args__", (annotation,))  # Sms | None has two
        model = next(each for each in choices if isinstance(each, type) and issubclass(each, Section))
    return [field.alias or name for name, field in model.model_fields.items()]

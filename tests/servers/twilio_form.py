"""What Twilio demands of a form that creates a message or a call.

Lives here: the checks of the Twilio stub: a minimal contract of our own, always, and the schema of Twilio's published
OpenAPI document where it lies beside the repository. Must not live here: HTTP.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema

_OPENAPI = Path(__file__).parents[2] / ".." / "shared" / "reference" / "twilio-messages-calls.json"
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}")
_DAY = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]")
_DATES = ("DateSent", "StartTime", "EndTime")
_PAGES = {"PageSize", "Page", "PageToken"}
_FILTERS = {
    "Messages": {"To", "From", "DateSent", "DateSent<", "DateSent>", *_PAGES},
    "Calls": {
        *("To", "From", "ParentCallSid", "Status"),
        *(f"{date}{sign}" for date in ("StartTime", "EndTime") for sign in ("", "<", ">")),
        *_PAGES,
    },
}

Form = dict[str, str]
Fault = tuple[int, str]  # Twilio's error code, and what is wrong


def fault_of_message(form: Form) -> Fault | None:
    """Return what is wrong with a form for Messages.json, or None."""
    sender, service = form.get("From", ""), form.get("MessagingServiceSid", "")
    period = form.get("ValidityPeriod", "36000")
    demands = (
        ("To" in form, 21604, "A 'To' phone number is required."),
        (_E164.fullmatch(form.get("To", "")), 21211, "The 'To' number is not a valid phone number."),
        (bool(sender) != bool(service), 21603, "Exactly one of 'From' and 'MessagingServiceSid' is required."),
        (_E164.fullmatch(sender) or _SERVICE.fullmatch(service), 21212, "The 'From' is not valid."),
        (form.get("Body"), 21602, "Message body is required."),
        (len(form.get("Body", "")) <= 1600, 21617, "The message body exceeds 1600 characters."),
        (period.isdecimal() and 1 <= int(period) <= 36_000, 21621, "ValidityPeriod is out of range."),
    )
    return _first_broken(demands) or _fault_by_schema("Messages", form)


def fault_of_call(form: Form) -> Fault | None:
    """Return what is wrong with a form for Calls.json, or None."""
    twiml = form.get("Twiml", "")
    demands = (
        (_E164.fullmatch(form.get("To", "")), 21211, "The 'To' number is not a valid phone number."),
        (_E164.fullmatch(form.get("From", "")), 21212, "The 'From' number is not valid."),
        (0 < len(twiml) <= 4000, 21205, "Twiml must hold 1 to 4000 characters."),
        (_speaks(twiml), 12100, "Twiml is not a document that speaks."),
    )
    return _first_broken(demands) or _fault_by_schema("Calls", form)


def fault_of_listing(resource: str, query: Form) -> Fault | None:
    """Return what is wrong with the query of a listing, or None: its names and types are those Twilio publishes."""
    size = query.get("PageSize", "50")
    demands = (
        (query.keys() <= _FILTERS[resource], 20001, "An unknown filter."),
        (all(_E164.fullmatch(query.get(name, "+15550100")) for name in ("To", "From")), 21211, "Not a number."),
        (size.isdecimal() and 1 <= int(size) <= 1000, 20001, "PageSize is out of range."),
        (query.get("Page", "0").isdecimal(), 20001, "Page is no number."),
        (all(_DAY.match(query[name]) for name in query if name.startswith(_DATES)), 20001, "Not a date."),
    )
    return _first_broken(demands) or _fault_by_parameters(resource, query)


def _fault_by_parameters(resource: str, query: Form) -> Fault | None:
    """Return the first value that the published schema of the listing's parameters refuses."""
    for parameter in _parameters(resource):
        name, schema = parameter["name"], parameter["schema"]
        if name in query:
            for error in jsonschema.Draft4Validator(schema).iter_errors(_typed(schema, query[name])):
                return 20001, error.message
    return None


def fault_of_answer(resource: str, payload: dict[str, Any]) -> str | None:
    """Return in what an answer of the stub differs from the published one: a stub that lies proves nothing."""
    if not _OPENAPI.exists():
        return None
    document = _document()
    kind = {"Messages": "api.v2010.account.message", "Calls": "api.v2010.account.call"}[resource]
    schema = {**document["components"]["schemas"][kind], "components": document["components"]}
    given = {name: value for name, value in payload.items() if value is not None}  # "nullable" is OpenAPI's word
    errors = sorted(jsonschema.Draft4Validator(schema).iter_errors(given), key=str)
    return errors[0].message if errors else None


@cache
def _document() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(_OPENAPI.read_text("utf-8"))
    return document


@cache
def _parameters(resource: str) -> tuple[dict[str, Any], ...]:
    """Return the parameters of a listing as Twilio publishes them; none where the document is not at hand."""
    if not _OPENAPI.exists():
        return ()
    listing = _document()["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{resource}.json"]["get"]
    return tuple(each for each in listing["parameters"] if each["in"] == "query")


def _first_broken(demands: tuple[tuple[object, int, str], ...]) -> Fault | None:
    return next(((code, wrong) for met, code, wrong in demands if not met), None)


def _speaks(twiml: str) -> bool:
    try:
        return bool(said_in(twiml))
    except (ET.ParseError, ValueError):
        return False


def said_in(twiml: str) -> list[str]:
    """Return what a call says. Raises ET.ParseError, or ValueError for anything but Say and Pause."""
    root = ET.fromstring(twiml)  # noqa: S314 - made by the code under test
    if root.tag != "Response" or {verb.tag for verb in root} - {"Say", "Pause"} or any(len(verb) for verb in root):
        raise ValueError("unknown verb")
    return [verb.text or "" for verb in root if verb.tag == "Say"]


@cache
def _schema(resource: str) -> dict[str, Any] | None:
    """Return the form's schema as Twilio publishes it; None where the document is not at hand."""
    if not _OPENAPI.exists():
        return None
    document = _document()
    post = document["paths"][f"/2010-04-01/Accounts/{{AccountSid}}/{resource}.json"]["post"]
    schema = post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
    return {**schema, "additionalProperties": False, "components": document["components"]}


def _fault_by_schema(resource: str, form: Form) -> Fault | None:
    schema = _schema(resource)
    if schema is None:
        return None
    typed = {name: _typed(schema["properties"].get(name, {}), value) for name, value in form.items()}
    errors = sorted(jsonschema.Draft4Validator(schema).iter_errors(typed), key=str)
    return (20001, errors[0].message) if errors else None


def _typed(schema: dict[str, Any], value: str) -> object:
    """Return a form's text as the type its schema names: forms know text only."""
    match schema.get("type"):
        case "integer" if re.fullmatch("-?[0-9]+", value):
            return int(value)
        case "boolean" if value in ("true", "false"):
            return value == "true"
        case _:
            return value

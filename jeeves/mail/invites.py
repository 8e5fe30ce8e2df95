"""Calendar parts: from the text of a text/calendar part to an Invite (RFC 5545, RFC 5546).

Lives here: the first VEVENT's few fields that matter, read by icalendar. Must not live here: MIME, recurrence.

Only the named properties of the event itself reach icalendar: alarms, time zone definitions and everything unknown
are dropped first, because a hostile VTIMEZONE rule can keep any library busy for hours.
"""

from __future__ import annotations

import re
import warnings
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from jeeves.mail.headers import plausible
from jeeves.sanitise import one_line, without_controls
from jeeves.types import Invite

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CALENDAR = 256 * 1024  # characters
_MAX_FIELD = 2_000
_LINK_PROPERTIES = (
    "X-GOOGLE-CONFERENCE",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-MICROSOFT-ONLINEMEETINGCONFLINK",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "CONFERENCE",
)
_WANTED = frozenset(
    {"SUMMARY", "DTSTART", "DTEND", "DURATION", "LOCATION", "DESCRIPTION", "URL", "ATTENDEE", *_LINK_PROPERTIES}
)
_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_LINK = re.compile(r"https?://([A-Za-z0-9.-]{1,200}+)(?:[/?:][^\s<>\"]{0,800})?", re.IGNORECASE)
_CONFERENCE_HOSTS = (
    "bluejeans.com",
    "chime.aws",
    "gotomeet.me",
    "gotomeeting.com",
    "hangouts.google.com",
    "jit.si",
    "meet.google.com",
    "skype.com",
    "teams.live.com",
    "teams.microsoft.com",
    "webex.com",
    "whereby.com",
    "zoom.us",
    "zoomgov.com",
)


def read_invite(calendar: str, method: str = "") -> tuple[Invite | None, tuple[str, ...]]:
    """Return the first event of ``calendar`` and defect codes; None when there is no readable event.

    ``method`` is the MIME parameter, used when the calendar names none. Raises nothing. Codes: "invite.cap",
    "invite.syntax", "invite.date", "invite.floating" (a time without zone, taken as UTC).
    """
    defects = ["invite.cap"] if len(calendar) > _MAX_CALENDAR else []
    named, lines = _event_lines(calendar[:_MAX_CALENDAR])
    if not lines:
        return None, (*defects, "invite.syntax")
    event = _event(lines)
    if event is None:
        return None, (*defects, "invite.syntax")
    start, end = _times(event, defects)
    invite = Invite(
        method=one_line(named or method)[:40].upper(),
        summary=_text(event, "SUMMARY"),
        start=start,
        end=end,
        location=_text(event, "LOCATION"),
        conference=_conference(event),
        partstat=_partstat(event),
    )
    return invite, tuple(dict.fromkeys(defects))


def _event_lines(calendar: str) -> tuple[str, list[str]]:
    """Return METHOD and the wanted content lines of the first VEVENT, its nested components left out."""
    method, depth, is_event = "", 0, False
    lines: dict[str, str] = {}  # the first of each property: an event has no second summary
    for line in _unfolded(calendar):
        upper = line[:40].strip().upper()
        if upper.startswith("METHOD:") and not method:
            method = line.partition(":")[2].strip()
        elif upper == "BEGIN:VEVENT" and not is_event:
            is_event, depth = True, 0
        elif is_event and upper.startswith("BEGIN:"):
            depth += 1
        elif is_event and upper.startswith("END:"):
            depth -= 1
            if depth < 0:
                break
        elif is_event and not depth and (name := _property_name(line)) in _WANTED:
            lines.setdefault(name, line)
    return method, list(lines.values())


def _unfolded(calendar: str) -> Iterator[str]:
    """Yield content lines (RFC 5545, section 3.1)."""
    current: list[str] = []
    for line in without_controls(calendar).split("\n"):
        if line[:1] in {" ", "\t"}:
            current.append(line[1:])
            continue
        if current:
            yield "".join(current)
        current = [line]
    yield "".join(current)


def _property_name(line: str) -> str:
    found = _NAME.match(line)
    return found[0].upper() if found else ""


def _event(lines: list[str]) -> Any | None:  # noqa: ANN401 - icalendar's components are mappings of loosely typed values
    from icalendar import Event  # noqa: PLC0415 - 0.2 s to import, and few mails carry a calendar

    source = "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT", ""])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Event.from_ical(source)
    except Exception:  # noqa: BLE001 - hostile input; icalendar documents no complete list of what it raises
        return None


def _value(event: Any, name: str) -> Any:  # noqa: ANN401 - see _event
    value = event.get(name)
    return value[0] if isinstance(value, list) and value else value


def _text(event: Any, name: str, limit: int = _MAX_FIELD) -> str:  # noqa: ANN401 - see _event
    value = _value(event, name)
    return one_line(str(value))[:limit] if value is not None else ""


def _plain(event: Any, name: str) -> object:  # noqa: ANN401 - see _event
    """Return the Python value of a property, or the property itself when it is broken."""
    value = _value(event, name)
    try:
        return getattr(value, "dt", value)
    except Exception:  # noqa: BLE001 - a broken property raises on access; see _event
        return value


def _times(event: Any, defects: list[str]) -> tuple[datetime | None, datetime | None]:  # noqa: ANN401 - see _event
    start = _moment(_plain(event, "DTSTART"), defects)
    end = _plain(event, "DTEND")
    if end is not None:
        return start, _moment(end, defects)
    length = _plain(event, "DURATION")
    if start is None or not isinstance(length, timedelta):
        return start, None
    try:
        return start, plausible(start + length)
    except OverflowError:
        defects.append("invite.date")
        return start, None


def _moment(found: object, defects: list[str]) -> datetime | None:
    """Return DTSTART or DTEND as aware UTC; a day without time as its midnight UTC."""
    if found is None:
        return None
    if isinstance(found, date) and not isinstance(found, datetime):
        found = datetime.combine(found, time())
    elif isinstance(found, datetime) and found.tzinfo is None:
        defects.append("invite.floating")
    moment = plausible(found) if isinstance(found, datetime) else None
    if moment is None:
        defects.append("invite.date")
    return moment


def _partstat(event: Any) -> str:  # noqa: ANN401 - see _event
    """Return what the first attendee says: in a REPLY the only one (RFC 5546, section 3.2.3)."""
    parameters = getattr(_value(event, "ATTENDEE"), "params", {})
    return one_line(str(parameters.get("PARTSTAT", "")))[:40].upper()


def _conference(event: Any) -> str:  # noqa: ANN401 - see _event
    for name in _LINK_PROPERTIES:
        found = _LINK.search(_text(event, name))
        if found:
            return found[0]
    for name in ("LOCATION", "URL", "DESCRIPTION"):
        for found in _LINK.finditer(_text(event, name, _MAX_CALENDAR)):
            host = found[1].lower()
            if any(host == known or host.endswith("." + known) for known in _CONFERENCE_HOSTS):
                return found[0].rstrip(".,;)>")
    return ""

"""Structured logging to standard error: events are names with fields, never prose, never mail.

Lives here: ``configure``, the two formats. Must not live here: what is private (``redaction``), any event of a room.

A room logs with ``structlog.get_logger().info("mail.synced", folder="INBOX", new=3, took_ms=41)``. Log lines of
third parties pass the same redaction, and their arguments are dropped: they may quote mail.
"""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from jeeves.redaction import locate, redact

# To draw tracebacks, which are never shown here, structlog would load rich: megabytes for the daemon's whole life.
_rich = sys.modules.get("rich")
sys.modules["rich"] = None  # type: ignore[assignment] # "not to be found" (Python reference, section 5.3.1)
import structlog  # noqa: E402 - see above

del sys.modules["rich"]
if _rich is not None:
    sys.modules["rich"] = _rich

if TYPE_CHECKING:
    from structlog.typing import EventDict, WrappedLogger

Format = Literal["console", "json"]
Level = Literal["debug", "info", "warning", "error"]

_LEVELS: dict[Level, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
}


def configure(*, output: Format = "console", level: Level = "info") -> None:
    """Send every log line of this process to standard error in one format; later calls replace earlier ones.

    ``output``: ``console`` for people, ``json`` for machines (one object a line). Third parties are heard from
    WARNING on only, except at level ``debug``, where they are heard from INFO on.
    """
    renderer = _render_json if output == "json" else _render_console
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_without_arguments, _stamp],
            pass_foreign_args=True,
            processors=[_secure, structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO if level == "debug" else max(_LEVELS[level], logging.WARNING))
    logging.getLogger("jeeves").setLevel(_LEVELS[level])
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            _stamp,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=_own_logger,
        cache_logger_on_first_use=False,
    )


def _own_logger(*_: object) -> logging.Logger:
    return logging.getLogger("jeeves")


def _stamp(_: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Add time and level under names that no field of a room can take over."""
    event["_at"] = datetime.now(UTC)
    event["_level"] = "error" if method in {"exception", "critical"} else method
    return event


def _without_arguments(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Keep the template of a third party's line and the logger's name, not what was to be filled in."""
    record: logging.LogRecord = event["_record"]
    has_arguments = bool(event.pop("positional_args", ()))  # without any, the template may be a filled-in text
    event["event"] = str(record.msg) if has_arguments else f"{record.name}.{record.levelname.lower()}"
    event["logger"] = record.name
    return event


def _secure(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Mask private fields, and put type and place where an exception's text would have been."""
    kept = {name: event.pop(name) for name in ("_record", "_from_structlog", "_at", "_level") if name in event}
    error = _exception_of(event.pop("exc_info", None))
    event.pop("stack_info", None)
    secured = redact(event)
    if error is not None:
        secured["exception"] = locate(error)
    return {**secured, **kept}


def _exception_of(info: object) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exc_info()[1] if info else None


def _render_json(_: WrappedLogger, __: str, event: EventDict) -> str:
    at, level = event.pop("_at"), event.pop("_level")
    line = {"at": at.isoformat(timespec="milliseconds"), "level": level, "event": event.pop("event"), **event}
    return json.dumps(line, default=str)


def _render_console(_: WrappedLogger, __: str, event: EventDict) -> str:
    at, level = event.pop("_at"), event.pop("_level")
    name = _plain(event.pop("event"))
    trace = event.pop("exception", "")
    fields = "".join(f" {_plain(key)}={_plain(value)}" for key, value in event.items())
    places = "".join(f"\n    {_plain(line, spaces=True)}" for line in trace.splitlines())
    return f"{at.astimezone():%H:%M:%S} {level:<7} {name}{fields}{places}"


def _plain(value: object, *, spaces: bool = False) -> str:
    """Return ``value`` as it can stand on a terminal: quoted when it holds a space, controls escaped."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    if text.isprintable() and (spaces or (text and not set(text) & set(' "='))):
        return text
    return json.dumps(text)

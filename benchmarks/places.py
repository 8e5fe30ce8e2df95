"""How often the state of a thread is told rightly: python -m benchmarks.places [--model] [--errors] [FILE ...].

Scores the threads of tests/data/place_threads message by message. Without --model what a perfect classifier says of
each message is taken from the data; with it the shipped model decides. --errors lists what went wrong; held-out.jsonl
is never listed, so that nobody builds for it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from jeeves import shipped
from jeeves.assist.threads import advance, seen_at
from jeeves.mail.headers import people
from jeeves.types import Invite, Message, Owner, PlaceState, Prediction, ThreadState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jeeves.ports import Classifier

DATA: Final = Path(__file__).parents[1] / "tests/data/place_threads"
_OWNER: Final = "me@example.com"
HELD_OUT: Final = "held-out"
_STATES: Final = tuple(state.value for state in PlaceState)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was expected after one message, or at one moment, and what was said."""

    thread: str
    text: str
    expected: str  # state
    said: str
    expected_when: str | None  # ISO moment or day
    said_when: str | None


def threads_in(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the written threads of ``files``."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def verdicts(threads: Iterable[dict[str, Any]], classifier: Classifier | None = None) -> Iterator[Verdict]:
    """Walk through ``threads`` and yield a verdict after each message; ``classifier`` None: the data's own word."""
    for thread in threads:
        yield from _walk(thread, classifier)


def accuracy(found: Sequence[Verdict]) -> float:
    """Return the share of right states, 0 .. 1."""
    return sum(each.expected == each.said for each in found) / len(found)


def table(found: Sequence[Verdict]) -> Iterator[str]:
    """Yield a confusion table: a row for each expected state, and how the times fared."""
    counts = Counter((each.expected, each.said) for each in found)
    yield f"{'expected':<10}" + "".join(f"{state:>9}" for state in _STATES) + f"{'right':>9}"
    for state in _STATES:
        row = [counts[state, said] for said in _STATES]
        share = f"{counts[state, state] / sum(row):.1%}" if sum(row) else "-"
        yield f"{state:<10}" + "".join(f"{count:>9}" for count in row) + f"{share:>9}"
    yield f"states right: {accuracy(found):.1%} of {len(found)}"
    timed = [each for each in found if each.expected not in {"none", "off"} and each.expected == each.said]
    right = sum(each.expected_when == each.said_when for each in timed)
    silent = sum(each.said_when is None and each.expected_when is not None for each in timed)
    yield f"times right: {right} of {len(timed)}, unsaid: {silent}, wrong: {len(timed) - right - silent}"


def _walk(thread: dict[str, Any], classifier: Classifier | None) -> Iterator[Verdict]:
    zone = ZoneInfo(thread["zone"])
    owner = Owner(address=_OWNER, zone=zone, max_age=timedelta(hours=12), channel="console")
    state = ThreadState(thread_key=thread["id"])
    for number, written in enumerate(thread["messages"]):
        message = _message(thread["id"], number, written)
        prediction = _given(written) if classifier is None else classifier.predict([message])[0]
        state = advance(state, message, prediction, owner)
        when = written.get("when")
        seen = seen_at(state, message.received_at, zone)
        yield _verdict(thread["id"], message.text, seen, written["state"], when)
    for check in thread.get("checked_at") or ():
        later = seen_at(state, datetime.fromisoformat(check["at"]), zone)
        yield _verdict(thread["id"], f"at {check['at']}", later, check["state"], when)


def _verdict(name: str, text: str, state: ThreadState, expected: str, when: str | None) -> Verdict:
    said = None if state.when is None else (state.when.at or state.when.day).isoformat()
    return Verdict(
        thread=name,
        text=text,
        expected=expected,
        said=state.place_state.value,
        expected_when=_in_utc(when),
        said_when=said,
    )


def _in_utc(when: str | None) -> str | None:
    return when if when is None or "T" not in when else datetime.fromisoformat(when).astimezone(UTC).isoformat()


def _given(written: dict[str, Any]) -> Prediction:
    wanted = bool(written["needs_place"])
    return Prediction(probability=float(wanted), needs_place=wanted, model_version="written")


def _message(thread: str, number: int, written: dict[str, Any]) -> Message:
    sent = datetime.fromisoformat(written["sent_at"])
    offset = sent.utcoffset()
    invite = written.get("invite")
    return Message(
        message_key=f"{thread}-{number}",
        thread_key=thread,
        sender=people(written["from"].encode())[0],
        recipients=tuple(people(", ".join(written["to"]).encode())),
        subject=written["subject"],
        text=written["text"],
        quoted=written.get("quoted") or "",
        sent_at=sent.astimezone(UTC),
        sent_offset=None if offset is None else round(offset.total_seconds() / 60),
        received_at=sent.astimezone(UTC),
        invite=None if not invite else _invite(invite),
    )


def _invite(written: dict[str, Any]) -> Invite:
    start, end = (
        None if not written.get(name) else datetime.fromisoformat(written[name]).astimezone(UTC)
        for name in ("start", "end")
    )
    texts = {name: written.get(name) or "" for name in ("method", "summary", "location", "conference", "partstat")}
    return Invite(start=start, end=end, **texts)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="store_true", help="let the shipped model say what wants a place")
    parser.add_argument("--errors", action="store_true", help="list what went wrong")
    parser.add_argument("files", nargs="*", type=Path, default=sorted(DATA.glob("*.jsonl")))
    options = parser.parse_args()
    classifier = _shipped_model() if options.model else None
    for held_out in (False, True):
        files = [file for file in options.files if (file.stem == HELD_OUT) is held_out]
        found = list(verdicts(threads_in(files), classifier))
        if not found:
            continue
        sys.stdout.write("\n".join(["held out" if held_out else "developed on", *table(found), "", ""]))
        if options.errors and not held_out:
            _list_errors(found)


def _list_errors(found: Sequence[Verdict]) -> None:
    for each in found:
        if each.expected != each.said:
            sys.stdout.write(f"{each.thread}: {each.expected}, not {each.said}: {each.text!r}\n")
    for each in found:
        if each.expected == each.said and each.expected not in {"none", "off"} and each.expected_when != each.said_when:
            sys.stdout.write(f"{each.thread}: {each.expected_when}, not {each.said_when}: {each.text!r}\n")


def _shipped_model() -> Classifier:
    from jeeves.ml.artifact import load_active  # noqa: PLC0415 - a second, and only where it is asked for

    return load_active(shipped("models"))


if __name__ == "__main__":
    main()

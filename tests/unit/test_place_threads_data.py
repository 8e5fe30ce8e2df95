"""The written threads are what their README says: complete, in order, and nobody's real mail.

Lives here: the shape of the data. Must not live here: how well the state machine does on it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, date, datetime
from email.utils import getaddresses
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

_FOLDER = Path(__file__).parents[1] / "data" / "place_threads"
_FILES = sorted(_FOLDER.glob("*.jsonl"))
_STATES = {"none", "open", "settled", "remote", "off", "past"}
_MESSAGE_FIELDS = {"from", "to", "subject", "sent_at", "text", "needs_place", "state", "when"}
_OPTIONAL_FIELDS = {"place", "quoted", "invite"}
_INVITE_FIELDS = {"method", "summary", "start", "end", "location", "conference", "partstat"}
_METHODS = {"REQUEST", "CANCEL", "REPLY"}
_OWNER = "me@example.com"
# A link to a map or a call is told by its host, so these stand as they are; what follows the host is invented.
_MAP_OR_CALL = {"maps.app.goo.gl", "meet.google.com", "teams.microsoft.com", "whereby.com", "zoom.us"}
_EXAMPLE_HOST = re.compile(r"(?:[a-z0-9-]+\.)*example\.(?:com|org|net)")

_Thread = dict[str, Any]


def _read(path: Path) -> list[_Thread]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


_THREADS = [thread for path in _FILES for thread in _read(path)]
_every_file = pytest.mark.parametrize("path", _FILES, ids=[path.stem for path in _FILES])


def _messages(path: Path) -> list[tuple[str, dict[str, Any]]]:
    return [(thread["id"], message) for thread in _read(path) for message in thread["messages"]]


def _is_the_owners(thread: _Thread) -> bool:
    return any(_OWNER in person for message in thread["messages"] for person in (message["from"], *message["to"]))


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    assert moment.utcoffset() == UTC.utcoffset(None)
    return moment


def test_there_are_threads_enough_of_every_state() -> None:
    # given every message of every thread
    states = Counter(message["state"] for thread in _THREADS for message in thread["messages"])

    # then no state rests on a handful
    assert len(_THREADS) >= 150
    assert set(states) == _STATES
    assert min(states.values()) >= 30


def test_no_two_threads_bear_one_name() -> None:
    names = Counter(thread["id"] for thread in _THREADS)

    assert [name for name, count in names.items() if count > 1] == []


def test_about_a_third_is_held_out() -> None:
    held_out = _read(_FOLDER / "held-out.jsonl")

    assert 0.25 < len(held_out) / len(_THREADS) < 0.42
    assert {message["state"] for thread in held_out for message in thread["messages"]} == _STATES


@_every_file
def test_a_thread_has_all_its_parts_in_order(path: Path) -> None:
    for thread in _read(path):
        messages = thread["messages"]
        moments = [_moment(message["sent_at"]) for message in messages]

        assert ZoneInfo(thread["zone"]).key == thread["zone"], thread["id"]
        assert 2 <= len(messages) <= 6, thread["id"]
        assert moments == sorted(moments), thread["id"]
        for check in thread.get("checked_at", []):
            assert _moment(check["at"]) > moments[-1], thread["id"]
            assert check["state"] in _STATES, thread["id"]


@_every_file
def test_a_message_says_what_is_expected_of_it(path: Path) -> None:
    for thread, message in _messages(path):
        assert set(message) >= _MESSAGE_FIELDS, thread
        assert set(message) <= _MESSAGE_FIELDS | _OPTIONAL_FIELDS, thread
        assert message["text"] or message.get("invite"), thread
        assert not message["needs_place"] or message["state"] == "open", thread
        assert bool(message.get("place")) is (message["state"] == "settled"), thread
        assert message["when"] is None or message["state"] not in {"none", "off"}, thread


@_every_file
def test_every_moment_or_day_is_a_real_one(path: Path) -> None:
    for thread, message in _messages(path):
        when = message["when"]
        if when is not None:
            assert date.fromisoformat(when) if len(when) == len("2026-03-05") else _moment(when), thread


@_every_file
def test_an_invite_has_the_fields_of_the_parser(path: Path) -> None:
    for thread, invite in ((name, message["invite"]) for name, message in _messages(path) if "invite" in message):
        assert set(invite) == _INVITE_FIELDS, thread
        assert invite["method"] in _METHODS, thread
        assert _moment(invite["start"]) < _moment(invite["end"]), thread


@_every_file
def test_nobody_real_is_named(path: Path) -> None:
    # given every address and every link
    people = [person for _, message in _messages(path) for person in (message["from"], *message["to"])]
    hosts = [address.rpartition("@")[2] for _, address in getaddresses(people)]
    links = re.findall(r"https?://([^/\s?\"\\]+)", path.read_text("utf-8"))

    # then they lead nowhere: RFC 2606, section 3
    assert [host for host in hosts if _EXAMPLE_HOST.fullmatch(host) is None] == []
    assert [host for host in links if host not in _MAP_OR_CALL and _EXAMPLE_HOST.fullmatch(host) is None] == []


def test_the_owner_takes_part_in_every_thread() -> None:
    assert [thread["id"] for thread in _THREADS if not _is_the_owners(thread)] == []

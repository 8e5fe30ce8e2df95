from __future__ import annotations

import socket
import threading

import pytest
import requests

from jeeves.notify.conversation import GivenUp, PointOfNoReturn, mount, within

PATIENCE = 40.0


def test_who_passed_may_have_sent() -> None:
    point = PointOfNoReturn()
    point.pass_by()

    assert point.close()


def test_what_was_given_up_in_time_is_never_sent() -> None:
    point = PointOfNoReturn()

    assert not point.close()
    with pytest.raises(GivenUp):
        point.pass_by()


def test_an_error_in_the_conversation_reaches_who_holds_it() -> None:
    def fail() -> None:
        raise LookupError("x")

    with pytest.raises(LookupError):
        within(PATIENCE, fail)


def test_a_look_up_that_ends_too_late_sends_nothing_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up, point, ended = threading.Event(), PointOfNoReturn(), threading.Event()
    look_up = socket.getaddrinfo

    def slow_look_up(*arguments: object, **named: object) -> object:
        assert looked_up.wait(PATIENCE)
        return look_up(*arguments, **named)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr(socket, "getaddrinfo", slow_look_up)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"

        def talk() -> None:
            with requests.Session() as session:
                session.trust_env = False
                mount(session, point)
                try:
                    session.post(url, data=b"alert", timeout=PATIENCE)
                finally:
                    ended.set()

        with pytest.raises(TimeoutError):
            within(0.2, talk)
        reached = point.close()
        looked_up.set()
        connection, _ = server.accept()
        with connection:
            connection.settimeout(PATIENCE)
            received = connection.recv(100)
        assert ended.wait(PATIENCE)

    assert not reached
    assert received == b""

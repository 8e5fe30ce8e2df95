from __future__ import annotations

import http.server
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable
from jeeves.notify.conversation import Timeouts
from tests.integration.notify.build import OWNER, SENDER, alert, call_notifier, shown, sms_notifier
from tests.servers.certificates import make_certificate
from tests.servers.twilio_stub import Failure, Trouble, TwilioStub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jeeves.ports import Notifier

AFTER_ACCEPTING = [Trouble.HANG_AFTER_ACCEPTING, Trouble.DROP_AFTER_ACCEPTING, Trouble.SLOW_BODY]
NO_CLEAR_ANSWER = [
    Failure(status=500, code=20500),
    Failure(status=503),
    Failure(status=504, code=20504, headers={"Retry-After": "9"}),
    Failure(status=200),
    Failure(status=201, code=1),
    Trouble.HANG_BEFORE_ACCEPTING,
]


@pytest.fixture(params=[sms_notifier, call_notifier], ids=["sms", "call"])
def build(request: pytest.FixtureRequest) -> Callable[[str], Notifier]:
    chosen: Callable[[str], Notifier] = request.param
    return chosen


def _received(stub: TwilioStub) -> int:
    return len(stub.texts_received) + len(stub.calls_received)


def _assert_discreet(error: BaseException, stub: TwilioStub) -> None:
    """Demand that neither message, advice nor traceback shows numbers, credentials or mail."""
    for secret in (OWNER[1:], SENDER[1:], stub.account_sid, stub.auth_token, "Ada", "made up by the test"):
        assert secret not in shown(error)


@pytest.mark.parametrize("trouble", AFTER_ACCEPTING)
def test_an_alert_whose_answer_is_lost_is_unconfirmed_then_found_and_not_repeated(
    stub: TwilioStub, build: Callable[[str], Notifier], trouble: Trouble
) -> None:
    notifier = build(stub.url)
    stub.next_failures.append(trouble)

    with pytest.raises(DeliveryUnconfirmed) as caught:
        notifier.send(alert())
    found = notifier.find(alert())

    assert found is not None
    assert found.provider_id == stub.resources[0].sid
    assert _received(stub) == 1
    _assert_discreet(caught.value, stub)


@pytest.mark.parametrize("failure", NO_CLEAR_ANSWER, ids=str)
def test_an_alert_without_a_clear_answer_is_unconfirmed_then_known_not_to_have_gone_out(
    stub: TwilioStub, build: Callable[[str], Notifier], failure: Failure | Trouble
) -> None:
    notifier = build(stub.url)
    stub.next_failures.append(failure)

    with pytest.raises(DeliveryUnconfirmed) as caught:
        notifier.send(alert())

    assert notifier.find(alert()) is None
    assert _received(stub) == 0
    _assert_discreet(caught.value, stub)


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("nonsense", None), ("99999999", 86_400.0)])
def test_asking_to_slow_down_names_how_long_and_sends_nothing(
    stub: TwilioStub, build: Callable[[str], Notifier], header: str, seconds: float | None
) -> None:
    stub.next_failures.append(Failure(status=429, code=20429, headers={"Retry-After": header}))

    with pytest.raises(NotifierUnavailable) as caught:
        build(stub.url).send(alert())

    assert caught.value.retry_after == seconds
    assert _received(stub) == 0


@pytest.mark.parametrize(
    ("status", "code", "key"),
    [
        (401, 20003, "auth_token"),
        (403, 20003, "auth_token"),
        (404, 20404, "account_sid"),
        (404, None, "api_base"),
        (307, None, "api_base"),
        (400, 21211, "to"),
        (400, 21408, "to"),
        (400, 21608, "to"),
        (400, 21610, "from"),
        (400, 29999, ""),
    ],
)
def test_a_refusal_says_what_is_wrong_and_which_key_to_mend(
    stub: TwilioStub, build: Callable[[str], Notifier], status: int, code: int | None, key: str
) -> None:
    notifier = build(stub.url)
    section = "notify.sms" if build is sms_notifier else "notify.call"
    stub.next_failures.append(Failure(status=status, code=code, message=f"no way to {OWNER}"))

    with pytest.raises(NotificationRejected) as caught:
        notifier.send(alert())

    assert f"{section}{'.' if key else ''}{key}" in caught.value.advice
    assert caught.value.message.endswith(".")
    _assert_discreet(caught.value, stub)


def test_a_wrong_token_is_refused_by_the_server_and_named(stub: TwilioStub, build: Callable[[str], Notifier]) -> None:
    notifier = build(stub.url)
    stub.auth_token = "another"

    with pytest.raises(NotificationRejected, match="account SID or the auth token"):
        notifier.send(alert())


@pytest.mark.parametrize("failure", [*NO_CLEAR_ANSWER[:4], Failure(status=429, code=20429), *AFTER_ACCEPTING], ids=str)
def test_while_twilio_cannot_be_asked_the_alert_stays_unconfirmed(
    stub: TwilioStub, build: Callable[[str], Notifier], failure: Failure | Trouble
) -> None:
    notifier = build(stub.url)
    notifier.send(alert())
    stub.next_failures.append(failure)

    with pytest.raises(NotifierUnavailable) as caught:
        notifier.find(alert())

    _assert_discreet(caught.value, stub)
    assert notifier.find(alert()) is not None


@pytest.fixture(params=["refused", "unknown host", "nobody accepts", "certificate"])
def unreachable(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Yield an address where no request can be handed over."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        if request.param == "refused":
            yield f"http://127.0.0.1:{port}"
        elif request.param == "unknown host":
            yield "https://no-such-host.invalid"
        elif request.param == "nobody accepts":
            reserved.listen(0)
            with socket.create_connection(("127.0.0.1", port)), socket.socket() as second:
                second.setblocking(False)  # noqa: FBT003 - the only way to call it
                second.connect_ex(("127.0.0.1", port))
                yield f"http://127.0.0.1:{port}"
        else:
            yield from _serve_untrusted(tmp_path)


def _serve_untrusted(folder: Path) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    context = make_certificate(folder, "127.0.0.1").server_context()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


def test_when_nothing_can_have_been_sent_the_alert_is_tried_again(
    stub: TwilioStub, build: Callable[[str], Notifier], unreachable: str
) -> None:
    notifier = build(unreachable)

    with pytest.raises(NotifierUnavailable) as sending:
        notifier.send(alert())
    with pytest.raises(NotifierUnavailable) as asking:
        notifier.find(alert())

    assert "api_base" in sending.value.advice
    _assert_discreet(sending.value, stub)
    _assert_discreet(asking.value, stub)


def test_an_answer_that_trickles_does_not_hold_the_daemon(stub: TwilioStub) -> None:
    stub.next_failures.append(Trouble.SLOW_BODY)  # a byte each 0.1 s: the time-out between two bytes never strikes
    begun = time.monotonic()

    with pytest.raises(DeliveryUnconfirmed):
        sms_notifier(stub.url).send(alert())

    assert time.monotonic() - begun < 60.0


def test_an_answer_that_never_begins_is_given_up_by_the_time_out_between_two_bytes(stub: TwilioStub) -> None:
    stub.next_failures.append(Trouble.HANG_AFTER_ACCEPTING)
    begun = time.monotonic()

    with pytest.raises(DeliveryUnconfirmed):
        sms_notifier(stub.url, timeouts=Timeouts(connect=0.5, read=0.5, total=600.0)).send(alert())

    assert time.monotonic() - begun < 120.0

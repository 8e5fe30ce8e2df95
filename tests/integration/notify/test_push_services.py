"""ntfy and the webhook, by a real HTTP server."""

from __future__ import annotations

import socket
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected, NotifierUnavailable
from jeeves.types import Receipt
from tests.integration.notify.build import NOW, alert, ntfy_notifier, push_services, shown, webhook_notifier
from tests.servers.push_services import DROP, HANG, PushServices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.ports import Notifier


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[PushServices]:
    with push_services(monkeypatch) as running:
        yield running


@pytest.fixture(params=["ntfy", "webhook"])
def notifier(request: pytest.FixtureRequest, services: PushServices) -> Notifier:
    return ntfy_notifier(services) if request.param == "ntfy" else webhook_notifier()


def _took(services: PushServices) -> int:
    return len(services.published) + len(services.posted)


def test_ntfy_is_told_the_alert_and_how_urgent_it_is(services: PushServices) -> None:
    receipt = ntfy_notifier(services).send(alert())

    (message,) = services.published
    assert (message["title"], message["message"]) == ("Jeeves", "Ada Holm suggests: lunch. Where? [b2]")
    assert message["priority"] == 4
    assert receipt == Receipt(provider_id=message["id"])


def test_the_webhook_is_told_the_alert_and_nothing_else(services: PushServices) -> None:
    receipt = webhook_notifier().send(alert())

    assert receipt == Receipt(delivered=True)
    assert services.posted == [
        {
            "text": "Ada Holm suggests: lunch. Where? [b2]",
            "reference": "b2",
            "created_at": (NOW - timedelta(minutes=2)).isoformat(),
            "expires_at": (NOW + timedelta(hours=1)).isoformat(),
        }
    ]


@pytest.mark.parametrize("failure", [HANG, DROP])
def test_a_message_whose_answer_is_lost_is_found_and_not_repeated(services: PushServices, failure: str) -> None:
    notifier = ntfy_notifier(services)
    services.next_failures.append(failure)

    with pytest.raises(DeliveryUnconfirmed):
        notifier.send(alert())

    assert notifier.find(alert()) == Receipt(provider_id=services.published[0]["id"])
    assert notifier.find(alert(reference="c2")) is None


@pytest.mark.parametrize("failure", [HANG, DROP, (500, {}), (504, {}), (408, {})], ids=str)
def test_without_a_clear_answer_nobody_knows(
    services: PushServices, notifier: Notifier, failure: str | tuple[int, dict[str, str]]
) -> None:
    services.next_failures.append(failure)

    with pytest.raises(DeliveryUnconfirmed) as caught:
        notifier.send(alert())

    assert "Ada" not in shown(caught.value)
    assert services.topic not in shown(caught.value)


@pytest.mark.parametrize("status", [429, 503])
def test_asking_to_come_back_later_is_honoured(services: PushServices, notifier: Notifier, status: int) -> None:
    services.next_failures.append((status, {"Retry-After": "7"}))

    with pytest.raises(NotifierUnavailable) as caught:
        notifier.send(alert())

    assert caught.value.retry_after == 7.0
    assert _took(services) == 0


@pytest.mark.parametrize("failure", [(400, {}), (401, {}), (403, {}), (404, {}), (302, {"Location": "/"})], ids=str)
def test_a_refusal_goes_to_the_next_channel_with_the_section_to_mend(
    services: PushServices, notifier: Notifier, failure: tuple[int, dict[str, str]]
) -> None:
    services.next_failures.append(failure)

    with pytest.raises(NotificationRejected) as caught:
        notifier.send(alert())

    assert "notify." in caught.value.advice
    assert services.token not in shown(caught.value)
    assert _took(services) == 0


@pytest.mark.parametrize("failure", [HANG, (500, {}), (503, {}), (429, {})], ids=str)
def test_while_ntfy_cannot_be_asked_the_alert_stays_unconfirmed(
    services: PushServices, failure: str | tuple[int, dict[str, str]]
) -> None:
    notifier = ntfy_notifier(services)
    notifier.send(alert())
    services.next_failures.append((500, {}) if failure == HANG else failure)

    with pytest.raises(NotifierUnavailable):
        notifier.find(alert())

    assert notifier.find(alert()) is not None


def test_a_service_that_is_not_there_surely_has_nothing(
    services: PushServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TEST_HOOK", f"http://127.0.0.1:{reserved.getsockname()[1]}/hook")
        with pytest.raises(NotifierUnavailable) as caught:
            webhook_notifier().send(alert())

    assert "notify.webhook" in caught.value.advice
    assert _took(services) == 0


@pytest.mark.parametrize("url", ["http://example.org/hook", "ftp://127.0.0.1/", "nonsense", "https://[", "https:///x"])
def test_an_alert_never_leaves_in_the_clear(services: PushServices, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("TEST_HOOK", url)

    with pytest.raises(NotificationRejected) as caught:
        webhook_notifier().send(alert())

    assert "notify.webhook.url" in caught.value.advice
    assert _took(services) == 0


def test_a_token_no_header_can_hold_is_refused_without_showing_it(
    services: PushServices, notifier: Notifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_TOKEN", "p\u2603ss\nX: y")

    with pytest.raises(NotificationRejected) as caught:
        notifier.send(alert())

    assert "\u2603" not in shown(caught.value)
    assert _took(services) == 0

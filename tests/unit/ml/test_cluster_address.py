from __future__ import annotations

import sys

import pytest

from jeeves.errors import UserError
from jeeves.ml.cluster import connected
from jeeves.ml.cluster_address import demand_private, read_address


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("tls://nas.local:8786", "tls://nas.local:8786"),
        ("127.0.0.1:8786", "tcp://127.0.0.1:8786"),
        ("tcp://[::1]:8786", "tcp://[::1]:8786"),
        ("tcp://NAS:1", "tcp://nas:1"),
    ],
)
def test_an_address_is_read_as_dask_reads_it(written: str, understood: str) -> None:
    assert str(read_address(written)) == understood


@pytest.mark.parametrize(
    "written",
    [
        "",
        "nas",
        "nas:",
        ":8786",
        "tcp://nas",
        "tcp://nas:0",
        "tcp://nas:65536",
        "tcp://nas:8786/path",
        "ws://nas:8786",
        "inproc://1/2/3",
        "http://nas:8786",
        "tcp://user@nas:8786",
        "tcp://a b:1",
        "tcp://nas:8786\n",
        "scheduler.json",
        "tcp://::1:8786",
    ],
)
def test_what_is_no_address_is_refused_with_the_form_it_has(written: str) -> None:
    with pytest.raises(UserError, match="not the address of a Dask scheduler") as caught:
        read_address(written)

    assert "tls://HOST:PORT" in caught.value.advice


@pytest.mark.parametrize(
    "scheduler", ["tcp://localhost:1", "tcp://127.9.9.9:1", "tcp://[::1]:1", "tls://far.example:1"]
)
def test_mail_may_go_where_nobody_can_read_it_on_its_way(scheduler: str) -> None:
    demand_private(read_address(scheduler), [scheduler])


@pytest.mark.parametrize("scheduler", ["tcp://far.example:1", "tcp://192.168.1.5:1", "tcp://localhost.example:1"])
def test_mail_does_not_leave_the_machine_in_the_clear_unasked(scheduler: str) -> None:
    with pytest.raises(UserError, match="unencrypted") as caught, connected(scheduler):
        pass

    assert "--dask-unencrypted" in caught.value.advice


def test_a_scheduler_on_this_machine_is_refused_for_a_worker_on_another() -> None:
    with pytest.raises(UserError, match="workers on other machines"):
        demand_private(read_address("tcp://127.0.0.1:8786"), ["tcp://127.0.0.1:1", "tcp://192.168.1.5:1"])


def test_without_the_extra_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)

    with pytest.raises(UserError, match="not installed") as caught, connected("tcp://127.0.0.1:8786"):
        pass

    assert "pip install 'jeeves-mail[dask]'" in caught.value.advice

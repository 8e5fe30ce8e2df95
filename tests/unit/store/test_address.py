"""Whether the way to a database of the owner's own is encrypted."""

from __future__ import annotations

from pathlib import Path

import pytest

from jeeves.store.database import connect


@pytest.mark.parametrize("host", ["db.example", "192.0.2.7", "[2001:db8::7]", "localhost.evil.example"])
def test_a_server_elsewhere_must_prove_who_it_is(host: str) -> None:
    address = connect(f"postgresql://me:secret@{host}/jeeves").url

    assert address.query["sslmode"] == "verify-full"
    assert address.query["sslrootcert"] == "system" or Path(str(address.query["sslrootcert"])).is_file()


def test_a_server_elsewhere_is_not_hidden_behind_one_that_is_here() -> None:
    address = connect("postgresql:///jeeves?host=localhost:5432&host=db.example:5432").url

    assert address.query["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    "place", ["localhost/x", "127.0.0.1:5433/x", "/x?host=/run/postgresql", "/x?host=localhost:5433", "[::1]/x", "/x"]
)
def test_on_this_machine_nothing_is_asked_for(place: str) -> None:
    assert "sslmode" not in connect(f"postgresql://{place}").url.query


def test_what_the_owner_wrote_stands() -> None:
    plain = connect("postgresql://db.example/x?sslmode=disable").url
    own = connect("postgresql://db.example/x?sslrootcert=/etc/ours.pem").url

    assert (plain.query["sslmode"], own.query["sslrootcert"]) == ("disable", "/etc/ours.pem")
    assert own.query["sslmode"] == "verify-full"

"""Where the mail of an address lies."""

from __future__ import annotations

import pytest

from jeeves.setup.providers import advice_for, is_address, provider_of


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("ada@gmail.com", "imap.gmail.com"),
        ("ada@GoogleMail.com", "imap.gmail.com"),
        ("ada@icloud.com", "imap.mail.me.com"),
        ("ada@hotmail.com", "outlook.office365.com"),
        ("ada@gmx.de", "imap.gmx.net"),
        ("ada@fastmail.com", "imap.fastmail.com"),
    ],
)
def test_well_known_providers_are_known(address: str, host: str) -> None:
    found = provider_of(address)
    assert (found.host, found.port, found.tls, found.known) == (host, 993, "implicit", True)
    assert found.advice


def test_another_domain_is_a_guess() -> None:
    found = provider_of("ada@mail.example.org")
    assert (found.host, found.known) == ("imap.mail.example.org", False)


def test_a_bridge_on_this_machine_has_its_own_port() -> None:
    assert (provider_of("ada@proton.me").port, provider_of("ada@proton.me").tls) == (1143, "starttls")


def test_google_under_another_domain_gets_googles_advice() -> None:
    assert "app password" in advice_for("imap.gmail.com")
    assert advice_for("imap.example.org") == ""


@pytest.mark.parametrize("written", ["ada@example.org", "a.d+a@x.example", "ädä@exämple.org"])
def test_an_address_is_one(written: str) -> None:
    assert is_address(written)


@pytest.mark.parametrize(
    "written", ["", "ada", "@example.org", "ada@", "ada@example", "a b@c.org", "ada@x.org\n", "<a@b.c>"]
)
def test_something_else_is_none(written: str) -> None:
    assert not is_address(written)

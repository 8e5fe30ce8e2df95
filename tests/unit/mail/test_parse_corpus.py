"""Real mail, when it lies beside the checkout: nothing of it is ever copied here."""

from __future__ import annotations

import email
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from jeeves.mail.parse import parse_bytes

if TYPE_CHECKING:
    from jeeves.types import Message

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "raw.tar.gz"
pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real mail is not beside this checkout")


@pytest.fixture(scope="module")
def mails() -> list[bytes]:
    with tarfile.open(CORPUS) as archive:
        files = (archive.extractfile(member) for member in archive if member.isfile())
        return [file.read() for file in files if file is not None]


@pytest.fixture(scope="module")
def messages(mails: list[bytes]) -> list[Message]:
    return [parse_bytes(mail) for mail in mails]


def test_every_mail_is_read_with_sender_subject_and_text(messages: list[Message]) -> None:
    assert len(messages) == 2070
    assert sum(not message.sender.address for message in messages) <= 2
    assert sum(not message.subject for message in messages) <= 10
    assert sum(not (message.text or message.quoted) for message in messages) <= 6
    assert sum(not message.text for message in messages) <= 20


def test_no_header_is_left_encoded(messages: list[Message]) -> None:
    assert not [message.defects for message in messages if "=?" in message.subject + message.sender.name]


def test_a_file_and_its_message_id_agree(messages: list[Message]) -> None:
    assert sum("@" in message.message_key for message in messages) > 2000


def test_texts_are_of_people_not_of_programs(messages: list[Message]) -> None:
    assert sum("\ufffd" in message.text + message.subject for message in messages) < 60
    assert sum("<html" in message.text.lower() for message in messages) < 10


def test_the_standard_library_sees_the_same_headers_and_parts(mails: list[bytes]) -> None:
    different = 0
    for mail in mails:
        known = email.message_from_bytes(mail)
        plain = [part for part in known.walk() if part.get_content_type() == "text/plain" and not part.get_filename()]
        first = next((part.get_payload(decode=True) for part in plain), None)
        if not isinstance(first, bytes) or not first.strip() or known.get_content_type() == "text/html":
            continue
        words = [word for word in first.decode("ascii", "ignore").split() if word.isalpha()][:3]
        message = parse_bytes(mail)
        different += not all(word in message.text + message.quoted for word in words)
    assert different < len(mails) * 0.02

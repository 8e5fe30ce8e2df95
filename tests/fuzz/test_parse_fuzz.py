"""The fuzz target of the mail parser: Hypothesis-made MIME, a bounded number of it.

JEEVES_FUZZ_EXAMPLES says how many mails; run it for an hour with ``JEEVES_FUZZ_EXAMPLES=1000000``.
"""

from __future__ import annotations

import os
from datetime import UTC

from hypothesis import HealthCheck, given, settings

from jeeves.mail.parse import parse_bytes
from jeeves.mail.text import split_text
from jeeves.store.rows import clean
from tests.fuzz.mime_strategy import HTML, TEXTS, mails

EXAMPLES = int(os.environ.get("JEEVES_FUZZ_EXAMPLES", "300"))
bounded = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@bounded
@given(mails())
def test_whatever_comes_is_a_message_fit_to_store_and_to_show(rfc822: bytes) -> None:
    message = parse_bytes(rfc822)

    texts = [message.message_key, message.thread_key, message.subject, message.text, message.quoted, *message.defects]
    texts += [part for person in (message.sender, *message.recipients) for part in (person.name, person.address)]
    texts += [message.links.message_id, message.links.base_subject, *message.links.ancestors]
    if message.invite is not None:
        texts += [message.invite.summary, message.invite.location, message.invite.conference, message.invite.method]
    for text in texts:
        assert clean(text) == text
        assert not {"\x1b", "\r", "\u202e"}.intersection(text)
    for moment in (message.sent_at, message.received_at):
        assert moment is None or moment.tzinfo is UTC


@bounded
@given(mails())
def test_reading_twice_says_the_same(rfc822: bytes) -> None:
    assert parse_bytes(rfc822) == parse_bytes(rfc822)


@bounded
@given(TEXTS)
def test_nothing_is_said_that_was_not_written(body: str) -> None:
    split = split_text(body)

    said = f"{split.text} {split.quoted}".replace(">", " ").split()
    assert set(said) <= set(body.replace(">", " ").split())


@bounded
@given(HTML)
def test_hidden_paragraphs_stay_hidden_whatever_surrounds_them(html: str) -> None:
    page = f"Content-Type: text/html\n\n<body><p style='display:none'>SECRET</p>{html}"

    message = parse_bytes(page.encode("utf-8", "replace"))

    assert "SECRET" not in message.text + message.quoted

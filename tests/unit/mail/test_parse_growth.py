"""No sender can stall us: eight times the mail takes about eight times the time, whatever is in it."""

from __future__ import annotations

import codecs
import encodings.aliases
import time
import tracemalloc

import pytest

from jeeves.mail.parse import parse_bytes
from tests.unit.mail.hostile import KINDS

GROWTH = 8
SMALL = 32 * 1024  # bytes
WORTH_A_MEASUREMENT = 0.02  # seconds of processor time
EVERY_CHARSET = sorted({*encodings.aliases.aliases, *encodings.aliases.aliases.values()})
NO_CHARSETS = ["", "x", "unknown-8bit", "klingon", "utf-8-", "../../etc/passwd", "\x00", "ü", "a" * 5000, "utf-8\r\n"]


def seconds(rfc822: bytes) -> float:
    """Return the least processor time of three runs."""
    taken = []
    for _ in range(3):
        started = time.process_time()
        parse_bytes(rfc822)
        taken.append(time.process_time() - started)
    return min(taken)


@pytest.mark.parametrize("kind", KINDS)
def test_time_grows_with_the_size_and_no_faster(kind: str) -> None:
    small, large = (seconds(KINDS[kind](size)) for size in (SMALL, SMALL * GROWTH))

    # Quadratic time would be 64 times as much; what is over at once says nothing.
    assert large < WORTH_A_MEASUREMENT or large < 3 * GROWTH * small


def test_100_000_nested_tags_are_read_to_the_innermost() -> None:
    rfc822 = b"Content-Type: text/html\n\n" + b"<div>" * 100_000 + b"innermost" + b"</div>" * 100_000

    assert parse_bytes(rfc822).text == "innermost"


def test_behind_more_tags_than_anyone_writes_the_text_still_stands_line_by_line() -> None:
    rows = b"<tr><td>1</td></tr>" * 5_000
    rfc822 = b"Content-Type: text/html\n\n" + rows + b"<style>p {x}</style><p>Shall we <b>meet</b>?</p>a &lt; b<br>Ines"

    assert parse_bytes(rfc822).text.endswith("\nShall we meet?\na < b\nInes")


def test_behind_more_marks_than_anyone_writes_the_text_is_kept_as_it_stands() -> None:
    assert parse_bytes(b"\n" + b"word\n> quoted\n" * 600 + b"> the end").text.endswith("word\n> quoted\n> the end")


def test_a_quote_is_found_below_any_number_of_plain_lines() -> None:
    message = parse_bytes(b"\n" + b"word\n" * 50_000 + b"> the end")

    assert message.text.endswith("word\nword")
    assert message.quoted == "the end"


def test_a_header_without_end_does_not_hide_the_body() -> None:
    message = parse_bytes(b"Subject: x\n" + b"A: b\n" * 100_000 + b"\nShall we meet?")

    assert (message.subject, message.text) == ("x", "Shall we meet?")
    assert "header.cap" in message.defects


def test_a_message_of_50_megabytes_is_read_without_copying_it_over_and_over() -> None:
    rfc822 = KINDS["an attachment"](50 * 2**20)
    tracemalloc.start()
    try:
        message = parse_bytes(rfc822)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert message.text == "Shall we meet?"
    assert peak < 3 * len(rfc822)


@pytest.mark.parametrize("charset", [*EVERY_CHARSET, *NO_CHARSETS])
def test_every_charset_there_is_and_some_there_are_not_give_text(charset: str) -> None:
    body = b"Treffen wir uns? \xe4\xf6\xfc \x1b$B \x0e\x0f +AGEA ~{ \xff\xfe\x00 =41"

    message = parse_bytes(b'Content-Type: text/plain; charset="' + charset.encode("utf-8") + b'"\n\n' + body)

    message.text.encode("utf-8")
    assert "\0" not in message.text


@pytest.mark.parametrize(
    "charset", ["iso-8859-1", "windows-1251", "koi8-r", "gb18030", "iso-2022-jp", "utf-16", "utf-7"]
)
def test_what_a_charset_can_say_is_read(charset: str) -> None:
    text = {"iso-8859-1": "Café", "windows-1251": "Кофе", "koi8-r": "Кофе"}.get(charset, "Café 午餐")
    text = text.replace("é", "e") if charset in {"gb18030", "iso-2022-jp"} else text

    message = parse_bytes(f"Content-Type: text/plain; charset={charset}\n\n".encode() + codecs.encode(text, charset))

    assert message.text == text

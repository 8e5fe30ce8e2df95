"""No sender can stall us: eight times the mail takes about eight times the time, whatever is in it."""

from __future__ import annotations

import codecs
import time
import tracemalloc

import pytest

from jeeves.mail.bodies import MAX_BINARY
from jeeves.mail.parse import parse_bytes
from jeeves.sanitise import without_controls
from tests.unit.mail.charset_letters import CONTENTS, KNOWN_LABELS, UNKNOWN_LABELS, letters
from tests.unit.mail.hostile import KINDS

GROWTH = 8
SMALL = 32 * 1024  # bytes
WORTH_A_MEASUREMENT = 0.02  # seconds of processor time


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


@pytest.mark.parametrize("label", [*KNOWN_LABELS, *UNKNOWN_LABELS])
def test_every_charset_there_is_and_some_there_are_not_give_text(label: str) -> None:
    body = b"Treffen wir uns? \xe4\xf6\xfc \x1b$B \x0e\x0f +AGEA ~{ \xff\xfe\x00 =41"
    plain = b'Content-Type: text/plain; charset="' + label.encode() + b'"\n\n' + body

    for rfc822 in (plain, *(rfc822 for _, rfc822 in letters(label, 2_000))):
        message = parse_bytes(rfc822)

        message.text.encode("utf-8")
        assert "\0" not in message.text
        assert without_controls(message.text) == message.text


def test_of_bytes_that_are_no_text_the_beginning_is_kept_as_it_would_be_of_a_short_letter() -> None:
    head = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    content = b"Shall we meet?\n" + CONTENTS["random bytes"](200_000)

    message = parse_bytes(head + content)

    assert "text.binary" in message.defects
    assert message.text.startswith("Shall we meet?\n")
    assert message.text == parse_bytes(head + content[:MAX_BINARY]).text


@pytest.mark.parametrize(
    ("charset", "line"),
    [
        ("utf-8", "\x1b[1;32mok\x1b[0m \x1b[31mfailed\x1b[0m \x1b[1mx\x1b[0m y\r\n"),
        ("iso-2022-jp", "\u5348\u9910\n"),
        ("utf-16", "\u5348\u9910 lunch\n"),
        ("koi8-r", "Кофе\n"),
        ("utf-8", "a\tb\x0cc\u2028d\n"),
        ("utf-8", "=\b=\n" + "a line that is underlined by typing over it, as terminals do\n"),
    ],
)
def test_a_long_text_is_never_taken_for_bytes(charset: str, line: str) -> None:
    rfc822 = f"Content-Type: text/plain; charset={charset}\n\n".encode() + (line * 20_000).encode(charset)

    message = parse_bytes(rfc822)

    assert not {"text.binary", "body.charset"}.intersection(message.defects)
    assert message.text.count("\n") >= 19_999


def test_base64_within_utf_7_that_never_ends_is_not_read_anew_with_every_piece() -> None:
    message = parse_bytes(b"Content-Type: text/plain; charset=utf-7\n\n\xff+" + b"ZsVO9lNI" * 20_000)

    assert message.text.startswith("\ufffd\u66c5\u4ef6\u5348\u66c5")
    assert message.text.endswith("ZsVO9lNI")  # what stands behind a piece that nobody writes is kept as it is


def test_of_more_parts_than_anyone_sends_the_first_are_read() -> None:
    message = parse_bytes(KINDS["parts with a type each"](200_000).replace(b"text/x0", b"text/plain"))

    assert message.text == "some words"
    assert "mime.parts" in message.defects


@pytest.mark.parametrize(
    "charset", ["iso-8859-1", "windows-1251", "koi8-r", "gb18030", "iso-2022-jp", "utf-16", "utf-7"]
)
def test_what_a_charset_can_say_is_read(charset: str) -> None:
    text = {"iso-8859-1": "Café", "windows-1251": "Кофе", "koi8-r": "Кофе"}.get(charset, "Café 午餐")
    text = text.replace("é", "e") if charset in {"gb18030", "iso-2022-jp"} else text

    message = parse_bytes(f"Content-Type: text/plain; charset={charset}\n\n".encode() + codecs.encode(text, charset))

    assert message.text == text

from __future__ import annotations

import base64
import quopri

import pytest

from jeeves.mail.parse import parse_bytes


def _part(kind: str, content: str | bytes, *fields: str) -> bytes:
    data = content.encode() if isinstance(content, str) else content
    return "\r\n".join([f"Content-Type: {kind}", *fields, "", ""]).encode() + data + b"\r\n"


def _multipart(kind: str, *parts: bytes, boundary: str = "b") -> bytes:
    head = f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\nFor old readers.\r\n'.encode()
    return (
        head + b"".join(f"--{boundary}\r\n".encode() + part for part in parts) + f"--{boundary}--\r\nafter\r\n".encode()
    )


@pytest.mark.parametrize(
    ("charset", "written", "text"),
    [
        ("utf-8", "Grüße".encode(), "Grüße"),
        ("iso-8859-1", b"\x93Gr\xfc\xdfe\x94", "“Grüße”"),
        ("us-ascii", "Grüße".encode(), "Grüße"),
        ("us-ascii", b"Gr\xfc\xdfe", "Grüße"),
        ("no-such-charset", "Grüße".encode(), "Grüße"),
        ("unicode_escape", b"\\ud800 stays", "\\ud800 stays"),
        ("hex", b"4865", "4865"),
        ("gb2312", "中文 and 鎔".encode("gb18030"), "中文 and 鎔"),
        ("shift_jis", "日本語".encode("shift_jis"), "日本語"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("big5", "中文".encode("big5"), "中文"),
        ("utf-7", b"a +AOk- b", "a é b"),
        ("", "日本".encode("iso-2022-jp"), "日本"),
    ],
)
def test_a_body_is_decoded_by_its_charset_or_the_next_that_fits(charset: str, written: bytes, text: str) -> None:
    assert parse_bytes(_part(f"text/plain; charset={charset}", written)).text == text


def test_a_charset_named_by_the_subject_only_still_helps() -> None:
    mail = b"Subject: =?gb2312?b?1tDOxA==?=\r\n" + _part("text/plain", "中文中文".encode("gb18030"))

    assert parse_bytes(mail).text == "中文中文"


def test_one_damaged_character_does_not_spoil_the_rest() -> None:
    written = ("中文" * 30).encode("gb18030") + b"\xff"

    message = parse_bytes(_part("text/plain; charset=gb2312", written))

    assert message.text == "中文" * 30 + "\ufffd"
    assert "body.charset" in message.defects


@pytest.mark.parametrize(("charset", "unreadable"), [("utf-16-le", b"\x00\xdc"), ("utf-32-le", b"\0\0\xff\xff")])
def test_one_unreadable_character_in_25_leaves_a_text_in_its_charset(charset: str, unreadable: bytes) -> None:
    content = ("Sehen wir uns am Freitag".encode(charset) + unreadable) * 2_000

    message = parse_bytes(f"Content-Type: text/plain; charset={charset}\n\n".encode() + content)

    assert message.text == "Sehen wir uns am Freitag\ufffd" * 2_000


def test_transfer_encodings_are_undone() -> None:
    text = "Grüße, " * 20 + "Ende"
    quoted = _part(
        "text/plain; charset=utf-8", quopri.encodestring(text.encode()), "Content-Transfer-Encoding: Quoted-Printable"
    )
    packed = _part("text/plain; charset=utf-8", base64.encodebytes(text.encode()), "Content-Transfer-Encoding: base64")

    assert parse_bytes(quoted).text == parse_bytes(packed).text == text


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (b"SGVsbG8", "Hello"),
        (b"SGVs\r\n!!!!\r\nbG8=", "Hello"),
        (b"SGVsbG8=\r\n_______\r\nRowers mailing list\r\n", "Hello"),
        (b"SGVsbG8gdGhlcmUh\r\n-- \r\nA footer, added below.", "Hello there!"),
        (b"This was never encoded.", "This was never encoded."),
        (b"SGVsbG8gQ", "Hello "),
    ],
)
def test_broken_base64_gives_what_can_be_read(written: bytes, text: str) -> None:
    message = parse_bytes(_part("text/plain", written, "Content-Transfer-Encoding: base64"))

    assert message.text == text.rstrip()
    assert "body.base64" in message.defects


def test_broken_quoted_printable_gives_what_can_be_read() -> None:
    message = parse_bytes(_part("text/plain", "50=% of =\r\nit =ZZ=", "Content-Transfer-Encoding: quoted-printable"))

    assert message.text.startswith("50=% of it =ZZ")


def test_the_plain_alternative_is_preferred() -> None:
    mail = _multipart("alternative", _part("text/plain", "plain"), _part("text/html", "<p>markup"))

    assert parse_bytes(mail).text == "plain"


@pytest.mark.parametrize("plain", ["", " \r\n", "Your mail program does not show HTML."])
def test_a_plain_alternative_that_says_nothing_is_not(plain: str) -> None:
    mail = _multipart(
        "alternative",
        _part("text/plain", plain),
        _part("text/html", "<p>Shall we row on Friday at seven? Or rather on Saturday?"),
    )

    assert parse_bytes(mail).text == "Shall we row on Friday at seven? Or rather on Saturday?"


def test_html_under_a_plain_label_or_none_is_still_html() -> None:
    assert parse_bytes(b"Subject: x\r\n\r\n<!DOCTYPE html><html><p>Hello</p></html>").text == "Hello"


def test_attachments_are_left_out_and_texts_in_a_row_are_read() -> None:
    mail = _multipart(
        "mixed",
        _part("text/plain", "Hello"),
        _part("text/plain", "minutes", "Content-Disposition: attachment; filename=minutes.txt"),
        _part("text/x-log", "noise"),
        _part("image/png", "\x89PNG"),
        _part("text/plain", "notes", 'Content-Disposition: inline; filename="notes.txt"'),
        _part("text/plain", "Bye"),
    )

    assert parse_bytes(mail).text == "Hello\n\nBye"


@pytest.mark.parametrize("second", ["caf\xe9", "a < b", "<html><p>two</p></html>", "begin 644 a.txt", "-- \r\nInes"])
def test_texts_with_one_and_the_same_header_are_read_like_any_others(second: str) -> None:
    alike = [_part("text/plain; charset=utf-8", text) for text in ("one", second, "three")]
    told_apart = [_part("text/plain; charset=utf-8", "one"), *(b"X-Number: 2\r\n" + each for each in alike[1:])]

    joined, apart = (parse_bytes(_multipart("mixed", *parts)) for parts in (alike, told_apart))

    assert (joined.text, joined.quoted, joined.defects) == (apart.text, apart.quoted, apart.defects)


def test_nested_containers_are_read_in_order() -> None:
    inner = _multipart("alternative", _part("text/plain", "inner"), _part("text/html", "x"), boundary="b-inner")

    assert parse_bytes(_multipart("mixed", _part("text/plain", "outer"), inner)).text == "outer\n\ninner"


def test_an_attached_message_is_quoted_text() -> None:
    attached = b"From: Ines Roth <ines@example.org>\r\nSubject: Rowing\r\n\r\nFriday?\r\n"
    mail = _multipart("mixed", _part("text/plain", "Shall we?"), _part("message/rfc822", attached))

    message = parse_bytes(mail)

    assert message.text == "Shall we?"
    assert message.quoted == "From: Ines Roth\nSubject: Rowing\n\nFriday?"


@pytest.mark.parametrize(
    "head", ["Content-Type: multipart/mixed", "Content-Type: multipart/mixed; boundary=never-used"]
)
def test_a_container_whose_boundary_is_lost_is_read_as_text(head: str) -> None:
    message = parse_bytes(f"{head}\r\n\r\nStill readable.".encode())

    assert message.text == "Still readable."
    assert "mime.boundary" in message.defects


@pytest.mark.parametrize("kind", ["text", "html", "", "text/plain/x", ";;", "\x00"])
def test_a_broken_content_type_means_plain_text(kind: str) -> None:
    assert parse_bytes(_part(kind, "Hello")).text == "Hello"


def test_a_part_cut_off_without_end_is_read() -> None:
    mail = _multipart("mixed", _part("text/plain", "Hello")).partition(b"--b--")[0]

    assert parse_bytes(mail).text == "Hello"


def test_a_boundary_that_begins_like_another_is_told_apart() -> None:
    inner = _multipart("mixed", _part("text/plain", "in"), boundary="bb")

    assert parse_bytes(_multipart("mixed", inner, _part("text/plain", "out"))).text == "in\n\nout"


def test_flowed_lines_are_joined_and_quotes_kept_apart() -> None:
    written = "Shall we row \r\non Friday?\r\n\r\n> marked \r\n> lines\r\nYes \r\nplease.\r\n-- \r\nInes"

    message = parse_bytes(_part("text/plain; format=flowed", written))

    assert message.text == "Shall we row on Friday?\n\nYes please."
    assert message.quoted == "marked\nlines"


def test_a_uuencoded_file_in_the_text_is_left_out() -> None:
    written = "Hello\r\nbegin 644 a.txt\r\n#0V%T\r\n`\r\nend\r\nBye\r\nbegin 123 and then some prose"

    assert parse_bytes(_part("text/plain", written)).text == "Hello\nBye\nbegin 123 and then some prose"


def test_controls_and_invisible_characters_are_gone_and_noted() -> None:
    message = parse_bytes(
        _part("text/plain; charset=utf-8", "nu\0l \x1b[31mred\x1b[0m soft\u00adhyphen\u200b no\u00a0break")
    )

    assert message.text == "nul red softhyphen no break"
    assert message.defects[-1] == "text.nul"


def test_beside_characters_of_private_use_the_invisible_are_gone_as_well() -> None:
    message = parse_bytes(_part("text/plain; charset=utf-8", "Mee\u00adt\u00a0me\u200b at the \uf8ff\u2064 store"))

    assert message.text == "Meet me at the \uf8ff store"


def test_a_lone_surrogate_is_replaced_and_noted() -> None:
    message = parse_bytes(_part("text/plain; charset=utf-7", b"a +2AA- b"))

    assert "\ud800" not in message.text
    message.text.encode("utf-8")


def test_a_text_without_end_is_capped_and_noted() -> None:
    message = parse_bytes(_part("text/plain", "word " * 400_000))

    assert len(message.text) <= 1_000_000
    assert "text.cap" in message.defects

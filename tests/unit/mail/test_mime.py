"""Where parts begin and end (RFC 2046, section 5.1), in order and out of order."""

from __future__ import annotations

import pytest

from jeeves.mail import mime


def _mixed(boundary: str = "b") -> bytes:
    return f"Content-Type: multipart/mixed; boundary={boundary}\n\n".encode()


def _bodies(part: mime.Part) -> list[object]:
    return [_bodies(child) if child.children else child.body for child in part.children]


@pytest.mark.parametrize(
    ("mail", "bodies"),
    [
        (_mixed() + b"--b\n\none\n--b\n\ntwo\n--b--\nafter", [b"one", b"two"]),
        (_mixed() + b"before\n--b \t\n\none\n--b-- \n", [b"one"]),
        (_mixed() + b"--b\r\n\r\none\r\n\r\n--b--\r\n", [b"one\r\n"]),
        (_mixed() + b"--b\n\none\n--bb\n--b-\n--b.\n--b--", [b"one\n--bb\n--b-\n--b."]),
        (_mixed() + b"--b\n\n" + b"--bx\n" * 500 + b"\n--b\n\ntwo", [b"--bx\n" * 500, b"two"]),
        (_mixed() + b"--b\n--b\n\n--b\nA: b\n--b\n\none", [b"", b"", b"", b"one"]),
        (_mixed() + b"--b\n" + _mixed("c") + b"--c\n\none\n--b\n\ntwo\n--c\nthree", [[b"one"], b"two\n--c\nthree"]),
        (_mixed() + b"--b\n" + _mixed("c") + b"--c\n\none\n--c--\n--b\n\ntwo\n--b--\n", [[b"one"], b"two"]),
        (_mixed() + b"--b\n" + _mixed() + b"--b\n\none\n--b--\n--b\n\ntwo\n--b--", [[b"one"], b"two"]),
        (_mixed() + b"--b\nContent-Type: message/rfc822\n\nA: b\n\none\n--b\n\ntwo", [[b"one"], b"two"]),
    ],
    ids=[
        "two parts",
        "space behind the boundary",
        "CR LF belongs to the delimiter",
        "lines that begin like a delimiter",
        "hundreds of them",
        "empty parts and headers without body",
        "an inner container left open",
        "an inner container closed",
        "an inner container with the same boundary",
        "a message within",
    ],
)
def test_parts_lie_between_the_delimiters_of_their_container(mail: bytes, bodies: list[object]) -> None:
    root, _ = mime.read(mail)

    assert _bodies(root) == bodies


def test_parts_with_the_same_header_keep_bodies_of_their_own() -> None:
    root, _ = mime.read(_mixed() + b"".join(b"--b\nContent-Type: text/x\n\nbody %d\n" % number for number in range(3)))

    assert [(part.header.content_type, part.body) for part in root.children] == [
        ("text/x", b"body 0"),
        ("text/x", b"body 1"),
        ("text/x", b"body 2\n"),
    ]


def test_a_header_that_came_again_and_again_is_not_taken_for_the_one_after() -> None:
    plain, page = b"Content-Type: text/plain\n\n", b"Content-Type: text/html\n\n"
    headers = [plain, plain, plain, page, page, page, plain, plain[:-1] + b"X: y\n\n", plain[:-1], b"\n", plain]

    root, defects = mime.read(_mixed() + b"".join(b"--b\n%bbody\n" % header for header in headers))

    texts = ["text/plain"] * 3 + ["text/html"] * 3 + ["text/plain"] * 5
    assert [part.header.content_type for part in root.children] == texts
    assert [part.body for part in root.children][-4:] == [b"body", b"body", b"body", b"body\n"]
    assert defects == ["header.syntax"]  # a header that its body follows without a blank line


def test_fields_that_say_nothing_of_a_part_hide_none_that_does() -> None:
    numbered = b"--b\nContent-ID: <%d@x>\nX-Note: folded\n over two lines\nContent-Type: %b\nX-Last: %d\n\nbody %d\n"
    kinds = [b"text/html; charset=utf-8", b"text/x;\n\tcharset=utf-8", b"text/html; charset=utf-8", b"text/html"]

    root, defects = mime.read(_mixed() + b"".join(numbered % (n, kind, n, n) for n, kind in enumerate(kinds)))

    assert [(part.header.content_type, part.header.parameters) for part in root.children] == [
        ("text/html", {"charset": "utf-8"}),
        ("text/x", {"charset": "utf-8"}),
        ("text/html", {"charset": "utf-8"}),
        ("text/html", {}),
    ]
    assert not defects


def test_a_fold_below_another_field_is_no_part_of_the_content_type() -> None:
    parts = [b"Content-Type: text/x;\n charset=utf-8\n", b"Content-Type: text/x;\nX-Note: 1\n charset=utf-8\n"]

    root, _ = mime.read(_mixed() + b"".join(b"--b\n%b\nbody\n" % part for part in parts))

    assert [part.header.parameters for part in root.children] == [{"charset": "utf-8"}, {}]


def test_a_faulty_line_is_noted_in_each_part_and_ends_its_header() -> None:
    part = b"--b\nContent-Type: text/x\nno field\nX-Note: %d\nno field\n\nbody\n"

    root, defects = mime.read(_mixed() + part % 1 + part % 2)

    assert [each.body for each in root.children] == [b"no field\n\nbody", b"no field\n\nbody\n"]
    assert defects == ["header.syntax"] * 4


def test_of_an_attached_message_every_field_is_kept() -> None:
    attached = b"--b\nContent-Type: message/rfc822\n\nSubject: %d\nFrom: %d@x\n\nbody\n"

    root, _ = mime.read(_mixed() + b"".join(attached % (n, n) for n in range(2)))

    assert [part.children[0].header.first("subject") for part in root.children] == [b"0", b"1"]


def test_no_more_parts_than_ten_thousand_are_read() -> None:
    root, defects = mime.read(_mixed() + b"--b\n\nx\n" * 12_000)

    assert len(root.children) == mime.MAX_PARTS
    assert defects == ["mime.parts"]


def test_a_folded_field_is_one_value_and_a_line_of_spaces_ends_the_header() -> None:
    root, _ = mime.read(b"Subject: one\r\n two\n\t three\r\nTo: x\n \nbody")

    assert list(root.header.fields) == ["subject", "to"]
    assert [root.header.first(name) for name in root.header.fields] == [b"one two  three", b"x"]
    assert root.body == b"body"


def test_more_fields_than_anyone_writes_are_left_out_and_noted() -> None:
    root, defects = mime.read(b"A: b\n" * 5_000 + b"\nbody")

    assert len(root.header.fields["a"]) == 1_000
    assert root.body == b"body"
    assert defects == ["header.cap"]

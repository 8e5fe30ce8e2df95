import gc
import io
import json
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail import lines
from jeeves.mail.archive import ArchiveItem, Unreadable, read_path, read_stream


def letter(number: int, body: str = "Shall we have lunch?") -> str:
    return f"From: ann@example.com\nSubject: letter {number}\nMessage-ID: <{number}@example.com>\n\n{body}\n"


SEAM = "From ann@example.com Sat Nov 21 14:30:00 2026\n"


def streamed(content: bytes | str, suffix: str = "") -> list[ArchiveItem | Unreadable]:
    data = content.encode() if isinstance(content, str) else content
    return list(read_stream(io.BytesIO(data), name="-", suffix=suffix))


def summary(entries: list[ArchiveItem | Unreadable]) -> list[str]:
    """Return subjects of messages and reasons of what is no message."""
    return [entry.message.subject if isinstance(entry, ArchiveItem) else entry.reason for entry in entries]


def messages(entries: list[ArchiveItem | Unreadable]) -> list[ArchiveItem]:
    items = [entry for entry in entries if isinstance(entry, ArchiveItem)]
    assert len(items) == len(entries)
    return items


# Telling formats apart


@pytest.mark.parametrize("content", [b"", b"\n\n", b"  \r\n"])
@pytest.mark.parametrize("suffix", ["", ".eml", ".jsonl", ".mbox"])
def test_an_empty_input_holds_nothing(content: bytes, suffix: str) -> None:
    assert streamed(content, suffix) == []


def test_a_stream_that_begins_with_a_header_is_one_message() -> None:
    (item,) = messages(streamed(letter(1)))

    assert (item.message.subject, item.id, item.position) == ("letter 1", item.message.message_key, "")


def test_a_stream_that_begins_with_a_from_line_is_an_mbox() -> None:
    assert summary(streamed(SEAM + letter(1) + "\n" + SEAM + letter(2))) == ["letter 1", "letter 2"]


def test_an_eml_file_that_begins_with_a_from_line_is_one_message() -> None:
    assert summary(streamed(SEAM + letter(1), ".eml")) == ["letter 1"]


@pytest.mark.parametrize("start", ["", "\ufeff", "\n\n", " "])
def test_a_stream_that_begins_with_a_brace_is_json_lines(start: str) -> None:
    assert summary(streamed(start + '{"subject": "one", "body": "x"}\n')) == ["one"]


@pytest.mark.parametrize("content", [b"\x1f\x8b\x08abc", b"PK\x03\x04abc"])
def test_a_compressed_file_is_named_as_such(content: bytes) -> None:
    assert summary(streamed(content)) == ["is compressed; unpack it first"]


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"just some text\nwithout a header\n", b"\0" * 99]
)
def test_what_has_no_header_is_no_mail(content: bytes) -> None:
    assert summary(streamed(content)) == ["is no mail message: it has no header"]


@given(st.binary(max_size=300), st.sampled_from(["", ".eml", ".jsonl", ".mbox"]))
def test_no_bytes_raise(content: bytes, suffix: str) -> None:
    for entry in streamed(content, suffix):
        assert isinstance(entry, ArchiveItem | Unreadable)


# mbox


def test_messages_of_an_mbox_have_number_and_offset() -> None:
    first = SEAM + letter(1) + "\n"

    items = messages(streamed(first + SEAM + letter(2)))

    assert [item.position for item in items] == ["message 1 (offset 0)", f"message 2 (offset {len(first)})"]


@pytest.mark.parametrize(
    "seam",
    [
        "From ann@example.com Sat Nov 21 14:30:00 2026",
        "From ann@example.com  Sat Nov  7 14:30:00 2026",
        "From 1734@xxx Sat Nov 21 14:30:00 +0000 2026",  # Google Takeout
        "From - Sat Nov 21 14:30:00 2026",  # Thunderbird
        "From MAILER-DAEMON Sat Nov 21 14:30 2026",
        "From ann at example.com  Sat Nov 21 14:30:00 2026",  # Mailman
        "From ann@example.com Sat, 21 Nov 2026 14:30:00 +0000",
    ],
)
def test_the_from_lines_of_known_writers_are_seams(seam: str) -> None:
    assert summary(streamed(SEAM + letter(1) + seam + "\n" + letter(2))) == ["letter 1", "letter 2"]
    assert summary(streamed(f"{seam}\r\n{letter(1)}")) == ["letter 1"]


@pytest.mark.parametrize("line", ["From here we walk to the park.", "From Monday on I am away", "From: bob", "Fromage"])
def test_a_sentence_that_begins_with_from_stays_in_its_message(line: str) -> None:
    (item,) = messages(streamed(SEAM + letter(1, f"Hi,\n\n{line}\nBob")))

    assert line in item.message.text


def test_quoted_from_lines_lose_one_level_of_quoting() -> None:
    (item,) = messages(streamed(SEAM + letter(1, "Hi Ann,\n>From here we walk.\nBob")))

    assert "Hi Ann,\nFrom here we walk.\nBob" in item.message.text


class InPieces(io.BytesIO):
    """Gives few bytes at a time, as a pipe may."""

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read1(min(size or 1, 5))


def test_an_mbox_is_the_same_in_whatever_pieces_it_comes() -> None:
    quoted = letter(1, "Hi,\n>From here we walk.\n\nFrom here we walk.\nFrom ")
    mbox = f"{SEAM}{quoted}\n{SEAM}{letter(2)}\r\n{SEAM}{SEAM}no header\n{SEAM}{letter(3)}".encode()

    whole, pieces = (list(read_stream(each, name="-")) for each in (io.BytesIO(mbox), InPieces(mbox)))

    assert (
        summary(pieces)
        == summary(whole)
        == ["letter 1", "letter 2", *["is no mail message: it has no header"] * 2, "letter 3"]
    )
    assert pieces == whole


def test_an_entry_without_header_is_reported_and_the_rest_still_comes_out() -> None:
    entries = streamed(SEAM + letter(1) + SEAM + "\nno header\n" + SEAM + letter(3))

    assert summary(entries) == ["letter 1", "is no mail message: it has no header", "letter 3"]
    assert isinstance(entries[1], Unreadable)
    assert entries[1].position == f"message 2 (offset {len(SEAM + letter(1))})"


def test_a_line_longer_than_the_buffer_is_not_cut_into_seams() -> None:
    long = "x" * 65_536 + "From ann@example.com Sat Nov 21 14:30:00 2026"

    assert summary(streamed(SEAM + letter(1, long) + SEAM + letter(2))) == ["letter 1", "letter 2"]


def test_a_message_beyond_all_measure_is_reported_and_the_rest_still_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "LARGEST", 1000)

    entries = streamed(SEAM + letter(1, "x" * 2000) + SEAM + letter(2))

    assert summary(entries) == ["is larger than 64 MiB", "letter 2"]


# JSON lines


def test_records_keep_the_id_they_came_with() -> None:
    ids = ["a", 7, -1.5, True, None, "\ud800", ""]

    items = messages(streamed("".join(json.dumps({"id": each, "body": "x"}) + "\n" for each in ids)))

    assert [item.id for item in items] == ids
    assert [type(item.id) for item in items] == [type(each) for each in ids]


def test_a_record_without_id_gets_its_message_key() -> None:
    (item,) = messages(streamed('{"body": "x"}'))

    assert item.id == item.message.message_key


def test_a_record_is_read_like_a_message() -> None:
    record = {
        "id": 1,
        "from": "Ann <ann@example.com>",
        "to": ["bob@example.com", "cy@example.com"],
        "cc": None,
        "subject": "Lunch",
        "body": "Shall we?",
    }

    (item,) = messages(streamed(json.dumps(record)))

    assert item.message.sender.address == "ann@example.com"
    assert [person.address for person in item.message.recipients] == ["bob@example.com", "cy@example.com"]
    assert item.message.text == "Shall we?"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("oops", "is not JSON (column 1)"),
        ('{"body": "x"', "is not JSON (column 13)"),
        ("[1]", "is not a JSON object"),
        ('"text"', "is not a JSON object"),
        ('{"id": 1}', 'has no "body"'),
        ('{"body": 3}', 'has a "body" that is not text'),
        ('{"body": null}', 'has a "body" that is not text'),
        ('{"body": ["x"]}', 'has a "body" that is not text'),
        ('{"body": "x", "subject": 3}', 'has a "subject" that is not text'),
        ('{"body": "x", "from": {}}', 'has a "from" that is not text'),
        ('{"body": "x", "to": [3]}', 'has a "to" that is neither text nor a list of texts'),
        ('{"body": "x", "cc": 0}', 'has a "cc" that is neither text nor a list of texts'),
        ('{"body": "x", "id": {}}', 'has an "id" that is neither text nor a number'),
        ('{"body": "x", "id": 1e999}', 'has an "id" that is neither text nor a number'),
        ('{"body": "x", "id": NaN}', "is not JSON that a mail record can be"),
        ('{"body": "x", "id": ' + "9" * 5000 + "}", "is not JSON that a mail record can be"),
        ('{"body": ' + "[" * 100_000, "is not JSON that a mail record can be"),
    ],
)
def test_a_bad_record_is_reported_with_its_line_and_the_rest_still_comes_out(line: str, reason: str) -> None:
    good = '{"subject": "good", "body": "x"}\n'

    entries = streamed(f"{good}\n{line}\n{good}", ".jsonl")

    assert summary(entries) == ["good", reason, "good"]
    assert isinstance(entries[1], Unreadable)
    assert entries[1].position == f"line 3 (offset {len(good) + 1})"


def test_a_record_that_is_not_utf8_is_reported() -> None:
    assert summary(streamed(b'{"body": "\xff"}\n{"subject": "good", "body": "x"}')) == ["is not UTF-8 text", "good"]


def test_a_record_longer_than_the_buffer_is_one_record() -> None:
    (item,) = messages(streamed(json.dumps({"id": 1, "body": "word " * 50_000})))

    assert item.id == 1


# Files and folders


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    (entry,) = read_path(tmp_path / "absent.eml")

    assert entry == Unreadable(
        path=str(tmp_path / "absent.eml"), position="", reason="cannot be read: no such file or directory"
    )


def test_a_maildir_is_read_by_name_whatever_its_files_are_called(tmp_path: Path) -> None:
    for name in ("cur", "new", "tmp"):
        (tmp_path / name).mkdir()
    (tmp_path / "cur" / "1.host:2,S").write_text(letter(1))
    (tmp_path / "cur" / "2.host:2,S").write_text(SEAM + letter(2))
    (tmp_path / "new" / "3.host").write_text(letter(3))
    (tmp_path / "new" / ".hidden").write_text(letter(4))
    (tmp_path / "tmp" / "5.host").write_text(letter(5))
    (tmp_path / "dovecot-uidlist").write_text("3 V1\n")

    items = messages(list(read_path(tmp_path)))

    assert [item.message.subject for item in items] == ["letter 1", "letter 2", "letter 3"]
    assert items[0].path == str(tmp_path / "cur" / "1.host:2,S")


def test_an_empty_maildir_holds_nothing(tmp_path: Path) -> None:
    (tmp_path / "cur").mkdir()
    (tmp_path / "new").mkdir()
    (tmp_path / "dovecot-uidlist").write_text("3 V1\n")

    assert list(read_path(tmp_path)) == []


def test_a_folder_is_read_by_name_with_its_folders(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "b.eml").write_text(letter(2))
    (tmp_path / "a.EML").write_text(letter(1))
    (tmp_path / "c.mbox").write_text(SEAM + letter(3) + SEAM + letter(4))
    (tmp_path / "sub" / "d.jsonl").write_text('{"subject": "letter 5", "body": "x"}')
    (tmp_path / "notes.txt").write_text("not mail")

    assert summary(list(read_path(tmp_path))) == [f"letter {number}" for number in range(1, 6)]


def test_a_folder_of_other_things_is_reported_and_an_empty_one_is_fine(tmp_path: Path) -> None:
    assert list(read_path(tmp_path)) == []
    (tmp_path / "notes.txt").write_text("not mail")

    assert summary(list(read_path(tmp_path))) == ["holds no .eml, .mbox or .jsonl file and is no Maildir"]


def test_a_link_that_leads_nowhere_or_to_itself_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_text(letter(1))
    (tmp_path / "gone.eml").symlink_to(tmp_path / "absent")
    (tmp_path / "loop").symlink_to(tmp_path)

    assert summary(list(read_path(tmp_path))) == ["letter 1"]


def test_a_pipe_is_read_as_it_comes() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as stream:
        stream.write((SEAM + letter(1)).encode())

    assert summary(list(read_path(Path(f"/dev/fd/{reader}")))) == ["letter 1"]
    os.close(reader)


class Endless(io.RawIOBase):
    """Twenty megabytes of messages that exist only while they are read."""

    def __init__(self, message: bytes) -> None:
        self._message = message
        self._left = 20_000_000 // len(message)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed has the wider Buffer
        if not self._left:
            return 0
        self._left -= 1
        buffer[: len(self._message)] = self._message
        return len(self._message)


@pytest.mark.parametrize(
    "message",
    [(SEAM + letter(1, "word " * 1000)).encode(), json.dumps({"body": "word " * 1000}).encode() + b"\n"],
    ids=["mbox", "jsonl"],
)
def test_memory_does_not_grow_with_the_input(message: bytes) -> None:
    entries = read_stream(io.BufferedReader(Endless(message)), name="-")
    for _ in range(10):
        next(entries)
    gc.collect()
    tracemalloc.start()

    count = sum(isinstance(entry, ArchiveItem) for entry in entries)

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 20_000_000 // len(message) - 10
    assert peak < 4_000_000

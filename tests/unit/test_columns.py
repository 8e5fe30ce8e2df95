from __future__ import annotations

import pytest

from jeeves.cli.columns import columns_of, cut, shortened, wrapped


@pytest.mark.parametrize(
    ("text", "columns"),
    [("lunch", 5), ("木曜日", 6), ("\uff4c\uff55", 4), ("é", 1), ("e\u0301", 1), ("a\u200db", 2), ("👩", 2), ("", 0)],
)
def test_room_is_counted_in_columns(text: str, columns: int) -> None:
    assert columns_of(text) == columns


def test_what_does_not_fit_is_cut_and_told() -> None:
    assert cut("木曜日のランチ", 7) == "木曜日"
    assert shortened("木曜日のランチ", 7) == "木曜日…"
    assert shortened("Lunch?", 6) == "Lunch?"


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("Shall we have lunch?", ["> Shall we", "  have lunch?"]),
        ("木曜日にランチでも", ["> 木曜日にラ", "  ンチでも"]),
        ("on " + "x" * 14, ["> on", "  xxxxxxxxxxx", "  xxx"]),
        ("a   b", ["> a   b"]),
        (" ", []),
    ],
)
def test_lines_are_broken_at_blanks_and_within_what_is_longer_than_a_line(text: str, lines: list[str]) -> None:
    assert list(wrapped(text, 13, first="> ", rest="  ")) == lines


@pytest.mark.parametrize(
    "text", ["木" * 1_000, "a" * 999, "a\u0301" * 500, "\u200b" * 500, "木a " * 300, "木 曜日" * 200]
)
def test_no_line_is_too_wide_and_nothing_is_lost(text: str) -> None:
    lines = list(wrapped(text, 80, rest="   "))

    assert all(columns_of(line) <= 80 for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())

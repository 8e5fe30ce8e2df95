from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.sanitise import UNWANTED, one_line, terminal_safe, without_controls


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]0;new title\x07lunch", "lunch"),
        ("\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1bP1$r0m\x1b\\after", "after"),
        ("\x1bcreset", "reset"),
        ("\x1b\x1b\x1b[31mred", "red"),
        ("\x1b]0;title\x1b\x1b\x1b", "0;title"),
        ("bell\x07 back\x08space\x7f", "bell backspace"),
        ("safe\u202egnp.exe", "safegnp.exe"),
        ("\u2066isolated\u2069", "isolated"),
        ("a\u2028b\u2029c\x85d\x0be\x0cf", "a b c d e f"),
        ("  many \t spaces\r\n and lines ", "many spaces and lines"),
        ("nul\0byte", "nulbyte"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("hidden\U000e0041tag", "hiddentag"),
        ("Zoë trinkt Kaffee ☕ mit 李", "Zoë trinkt Kaffee ☕ mit 李"),
    ],
)
def test_one_line_shows_only_what_a_person_may_see(hostile: str, shown: str) -> None:
    assert one_line(hostile) == shown


def test_an_unfinished_control_string_does_not_swallow_the_text_behind_it() -> None:
    assert one_line("\x1b]0;lunch at noon? Where shall we meet?") == "0;lunch at noon? Where shall we meet?"


def test_terminal_safe_keeps_lines_apart() -> None:
    assert terminal_safe("first \t line\r\nsecond\x1b[2J\rthird\n\nfifth") == "first line\nsecond\nthird\n\nfifth"


def test_without_controls_keeps_the_indentation_of_a_line() -> None:
    assert without_controls("\tindented  twice\x07") == "\tindented  twice"


def test_what_is_unwanted_is_exactly_what_is_not_left_as_it_is() -> None:
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    unwanted = re.findall(f"[{UNWANTED}]", everything)
    wanted = re.sub(f"[{UNWANTED}]", "", everything)

    assert without_controls(wanted + "\x07") == wanted  # something unwanted, or there is nothing to do
    assert not [each for each in unwanted if each in without_controls(f"a{each} b")]


@given(st.text(st.characters(codec=None)))
def test_no_control_survives_whatever_the_text(text: str) -> None:
    for safe in (one_line(text), terminal_safe(text).replace("\n", "")):
        assert not [each for each in safe if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}]
        assert not [each for each in safe if unicodedata.bidirectional(each) in {"LRO", "RLO", "LRE", "RLE", "PDF"}]


@given(st.text(st.sampled_from("\x1b[]m;0\x07\\\x9b\x90a \n")))
def test_removing_sequences_never_builds_a_new_one(text: str) -> None:
    once = terminal_safe(text)

    assert "\x1b" not in once
    assert terminal_safe(once) == once

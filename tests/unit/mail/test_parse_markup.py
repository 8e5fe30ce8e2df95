from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.markup import to_text
from jeeves.mail.parse import parse_bytes

DEADLINE_SECONDS = 10.0  # generous: a linear pass over 512 kB needs about one second on a Raspberry Pi


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<p>Hello <b>you</b> &amp; me</p><p>Bye", "Hello you & me\n\nBye"),
        ("one<br>two<br/>three<BR >four", "one\ntwo\nthree\nfour"),
        ("<div>a</div><div>b<div>c</div></div>d", "a\nb\nc\nd"),
        ("spread\n   over\n\tlines", "spread over lines"),
        ("<ul><li>a<li>b</ul>after", "- a\n- b\n\nafter"),
        ("<table><tr><td>When<td>Friday<tr><td>Where<td>?</table>", "When Friday\nWhere ?"),
        ("<pre>a\n  b</pre>c", "a\n  b\n\nc"),
        ('See <a href="http://x.example/?a=1&b=2">our page</a>.', "See our page."),
        ('<img src=x alt="The club">', "The club"),
        ("<blockquote>old<blockquote>older</blockquote></blockquote>new", "> old\n>\n> > older\n>\nnew"),
        ("a<!-- hidden > --->b<!-->c<!DOCTYPE html>d<?php x ?>e", "abcde"),
        ("<script>if (a<b) x='</p>'</script>shown", "shown"),
        ("<STYLE>p{color:red}</STYLE >shown", "shown"),
        ("<head><title>Title</title></head><body>shown", "shown"),
        ("<p title='a > b'>shown</p>", "shown"),
        ("<a title=don't>shown</a> it's", "shown it's"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("broken <", "broken <"),
        ("broken <a href=", "broken <a href="),
        ("</p></b>stray", "stray"),
        ("<b><p>some</b> text", "some text"),
        ("<i>one<div>two</i>three</div>four", "one\ntwothree\nfour"),
        ("<span><span style='font-size:0'>secret<span>secret</span>secret</span>shown</span>", "shown"),
        (
            "<style>p.x{display:none}</style><p class=x>secret<p>shown<style>p{display:block}</style><p class=x>",
            "shown",
        ),
        ("&eacute;&#233;&#xe9;&bogus;&#0;", "ééé&bogus;\ufffd"),
        ("", ""),
    ],
)
def test_markup_reads_as_a_person_sees_it(source: str, text: str) -> None:
    assert "\n".join(line.rstrip() for line in to_text(source).split("\n")) == text


@pytest.mark.parametrize(
    "hidden",
    [
        '<div style="display:none">secret</div>',
        "<div style='color:red; DISPLAY : NONE !important'>secret<p>secret</p></div>",
        '<span style="visibility:hidden">secret</span>',
        '<div style="max-height:0px;overflow:hidden">secret</div>',
        '<div style="opacity:0">secret</div>',
        '<span style="font-size:0px">secret</span>',
        '<span style="font-size:1px;color:#fff">secret<b>secret</b></span>',
        "<p hidden>secret</p>",
        "<template>secret</template>",
        "<style>.preheader, #x {display:none}</style><div class='a preheader'>secret</div>",
        '<div style="display:none"><img alt="secret"></div>',
        "<p style='display:none'>secret",
    ],
)
def test_what_nobody_sees_is_left_out(hidden: str) -> None:
    assert to_text(f"<div>before</div>{hidden}<div>after</div>") == "before\nafter"


@pytest.mark.parametrize(
    "shown",
    [
        '<div style="opacity:0.9">seen</div>',
        '<div style="max-height:0.5em">seen</div>',
        '<div style="max-width:100%">seen</div>',
        '<td style="font-size:0"><span style="font-size:14px">seen</span></td>',
        "<style>@media print {.x {display:none}}</style><p class=x>seen</p>",
        '<p class="hidden-gem">seen</p>',
    ],
)
def test_what_people_see_is_kept(shown: str) -> None:
    assert to_text(shown) == "seen"


def test_text_behind_any_nesting_is_kept() -> None:
    assert to_text("<div>" * 100_000 + "deep" + "</div>" * 100_000 + "after").split() == ["deep", "after"]


def test_a_reply_in_html_keeps_new_and_quoted_text_apart() -> None:
    mail = (
        "Content-Type: text/html\r\n\r\n<div>Yes, at seven.</div><div>On 5 March 2024 Ines wrote:<br></div>"
        "<blockquote><div>Shall we row?</div></blockquote>"
    )

    message = parse_bytes(mail.encode())

    assert message.text == "Yes, at seven."
    assert message.quoted == "On 5 March 2024 Ines wrote:\nShall we row?"


def test_only_so_much_markup_of_a_mail_is_gone_through_even_if_it_shows_nothing() -> None:
    part = "--b\r\nContent-Type: text/html\r\n\r\n" + "<i></i>" * 100_000 + "shown\r\n"
    mail = "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + part * 3

    message = parse_bytes(mail.encode())

    assert message.text == "shown"
    assert "text.cap" in message.defects


@pytest.mark.parametrize(
    "unit",
    [
        "<",
        '<a b="',
        "<a b='>",
        "<!--",
        "<p>a",
        "<b x=1><p>",
        "<table><tr><td>",
        "<blockquote>",
        "</b>",
        "<style>",
        "<style>a{",
        "<div style='display:none'>",
        "&#",
        "<li><b>",
        "<a a a a>",
        "<p style='opacity:'>",
    ],
)
def test_hostile_markup_takes_linear_time(unit: str) -> None:
    source = unit * (512 * 1024 // len(unit))
    started = time.process_time()

    to_text(source)

    assert time.process_time() - started < DEADLINE_SECONDS


_MARKUP = [
    "<p>",
    "</p>",
    "<b",
    ">",
    "<td>",
    "<!--",
    "-->",
    "<style>",
    "</style>",
    '"',
    "'",
    "=",
    "<pre>",
    "</pre>",
    "<blockquote>",
    "</blockquote>",
    "<br>",
    "&lt;",
    "word",
    "\n",
    "style='display:none'",
    "<li>",
    "</",
]


@given(st.lists(st.sampled_from(_MARKUP) | st.text(max_size=5)).map("".join))
def test_any_markup_is_survived(source: str) -> None:
    to_text(source)

"""HTML-only mail as the programs of today write it reads as a person sees it; what it answers is told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jeeves.mail.parse import parse_bytes

if TYPE_CHECKING:
    from jeeves.types import Message


def read(html: str) -> Message:
    head = "From: a@example.org\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
    return parse_bytes((head + html).encode())


GMAIL = (
    '<div dir="ltr"><div>Friday suits me.</div><div><br></div>Max</div><br>'
    '<div class="gmail_quote gmail_quote_container">'
    '<div dir="ltr" class="gmail_attr">'
    'On Tue, Mar 5, 2024 at 9:12 AM Ines Roth &lt;<a href="mailto:i@x.org">i@x.org</a>&gt;'
    ' wrote:<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex"><div dir="ltr">Shall we row?</div>'
    "</blockquote></div>"
)
OUTLOOK = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><style>'
    "<!-- p.MsoNormal {margin:0cm;} --></style></head>"
    '<body lang="EN-GB"><div class="WordSection1"><p class="MsoNormal">Friday suits me.<o:p></o:p></p>'
    '<p class="MsoNormal"><o:p>&nbsp;</o:p></p><p class="MsoNormal">Max<o:p></o:p></p>'
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
    '<p class="MsoNormal"><b>From:</b> Ines'
    " Roth &lt;i@x.org&gt; <br><b>Sent:</b> Tuesday, March 5, 2024 9:12 AM<br><b>To:</b> Max Lind<br><b>"
    "Subject:</b> Rowing"
    '<o:p></o:p></p></div><p class="MsoNormal">Shall we row?<o:p></o:p></p></div></body></html>'
)
OUTLOOK_MOBILE = (
    '<div dir="ltr" style="font-family: Aptos">Friday suits me.</div><div dir="ltr"><br></div><div>Max</div>'
    '<div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>'
    '<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><font face="Calibri">'
    "<b>From:</b> Ines Roth"
    "<br><b>Sent:</b> Tuesday, March 5, 2024 9:12:00 AM<br><b>To:</b> Max Lind<br><b>Subject:</b>"
    " Rowing</font><div>&nbsp;</div>"
    "</div><div>Shall we row?</div>"
)
APPLE = (
    '<html><body dir="auto">Friday suits me.<div><br></div><div>Max<br id="lineBreakAtBeginningOfSignature">'
    '<div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br><blockquote type="cite">'
    "On 5 Mar 2024, at 09:12, Ines Roth"
    ' &lt;i@x.org&gt; wrote:<br><br></blockquote></div><blockquote type="cite"><div dir="ltr">\ufeffShall we row?</div>'
    "</blockquote></div></body></html>"
)
THUNDERBIRD = (
    "<html><head></head><body><p>Friday suits me.</p><p>Max<br></p>"
    '<div class="moz-cite-prefix">Am 05.03.24 um 09:12 schrieb Ines Roth:<br></div>'
    '<blockquote type="cite" cite="mid:a@b"><p>Shall we row?</p></blockquote><div class="moz-signature">'
    "-- <br>Rowing club</div>"
    "</body></html>"
)
YAHOO = (
    '<div class="ydp1yahoo-style-wrap"><div dir="ltr">Friday suits me.</div><div dir="ltr"><br></div>'
    "<div>Max</div></div>"
    '<div id="yahoo_quoted_1" class="yahoo_quoted"><div><div>On Tuesday, March 5, 2024 at 09:12:00 AM GMT+1, Ines Roth'
    " &lt;i@x.org&gt; wrote: </div><div><br></div><div><div>Shall we row?</div></div></div></div>"
)


@pytest.mark.parametrize(
    "html",
    [GMAIL, OUTLOOK, OUTLOOK_MOBILE, APPLE, THUNDERBIRD, YAHOO],
    ids=["Gmail", "Outlook", "Outlook mobile", "Apple Mail", "Thunderbird", "Yahoo"],
)
def test_an_answer_in_html_is_told_from_what_it_answers(html: str) -> None:
    message = read(html)

    assert message.text == "Friday suits me.\n\nMax"
    assert message.quoted.endswith("Shall we row?")


@pytest.mark.parametrize(
    "preheader",
    [
        '<div style="display:none;max-height:0;overflow:hidden">Save 20 %</div>',
        '<span style="color:#fff;display:none!important;visibility:hidden;mso-hide:all">Save 20 %</span>',
        '<div style="font-size:1px;line-height:1px;max-height:0px;opacity:0">Save 20 %</div>',
        "<style>.preheader { display: none !important }</style><div class=preheader>Save 20 %</div>",
        "<title>Save 20 %</title>",
        "<!--[if mso]><p>Save 20 %</p><![endif]-->",
    ],
)
def test_a_hidden_preheader_is_not_read(preheader: str) -> None:
    assert read(f"<html><body>{preheader}<p>Come to the concert.</p></body></html>").text == "Come to the concert."


def test_tables_are_read_row_by_row_and_links_as_their_text() -> None:
    html = (
        "<table><tr><th>When</th><td>Friday 19:00</td></tr><tr><th>Where</th><td>to be announced</td></tr></table>"
        '<p>Say yes <a href="https://example.org/rsvp?u=1">here</a>.</p><ul><li>bring cake</li><li>bring tea</li></ul>'
    )

    assert read(html).text == ("When Friday 19:00\nWhere to be announced\n\nSay yes here.\n\n- bring cake\n- bring tea")


def test_a_layout_of_nested_tables_keeps_the_order() -> None:
    html = (
        "<table width=600><tr><td><table><tr><td>first</td></tr></table></td></tr>"
        "<tr><td><table><tr><td>second</td><td>third</td></tr></table></td></tr></table>"
    )

    assert read(html).text.split() == ["first", "second", "third"]

from __future__ import annotations

import html

from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.entities import unescape

_PIECES = [
    "&",
    "&amp",
    "&amp;",
    "&lt;b&gt;",
    "&#1076;",
    "&#x41",
    "&#0;",
    "&#99999999;",
    "&notit;",
    "&nbsp",
    "&auml;hnliche W\u00f6rter",
    "&amp and so on; and on",
    "&CounterClockwiseContourIntegral;",
    ";",
    "words",
    " ",
]


@given(st.lists(st.sampled_from(_PIECES) | st.text(max_size=20), max_size=20).map("".join))
def test_references_are_read_as_the_standard_library_reads_them(text: str) -> None:
    for each in (text, f"&{text}" * 50):
        assert unescape(each) == html.unescape(each)

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.response_parser import parse_fetch_response

from jeeves.mail.backfill import PART_CAP, PartPlan, has_message_id, newest_first, plan_batches, plan_parts, rebuild
from jeeves.mail.parse import parse_bytes

NO_ENVELOPE = "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"
PLAIN = '("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "7BIT" 1200 30 NIL NIL NIL NIL)'
HTML = '("TEXT" "HTML" ("CHARSET" "utf-8") NIL NIL "QUOTED-PRINTABLE" 52000 900 NIL NIL NIL NIL)'
PDF = '("APPLICATION" "PDF" ("NAME" "a.pdf") NIL NIL "BASE64" 9000000 NIL ("ATTACHMENT" ("FILENAME" "a.pdf")) NIL NIL)'
NOTES = (
    '("TEXT" "PLAIN" ("NAME" "notes.txt") NIL NIL "BASE64" 90000 1000 NIL ("ATTACHMENT" ("FILENAME" "n.txt")) NIL NIL)'
)
INLINE_FILE = '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 90000 1000 NIL ("INLINE" ("FILENAME" "log.txt")) NIL NIL)'
IMAGE = '("IMAGE" "PNG" NIL "<logo>" NIL "BASE64" 80000 NIL ("INLINE" NIL) NIL NIL)'
CALENDAR = '("TEXT" "CALENDAR" ("METHOD" "REQUEST") NIL NIL "7BIT" 900 20 NIL NIL NIL NIL)'
ICS = '("APPLICATION" "ICS" NIL NIL NIL "BASE64" 1300 NIL ("ATTACHMENT" ("FILENAME" "invite.ics")) NIL NIL)'


def multipart(kind: str, *parts: str) -> str:
    return f'({"".join(parts)} "{kind}" ("BOUNDARY" "b") NIL NIL NIL)'


def attached(body: str) -> str:
    return f'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 4000 {NO_ENVELOPE} {body} 90 NIL NIL NIL NIL)'


def planned(structure: str) -> PartPlan:
    """Read a structure the way it comes from a server."""
    answer = parse_fetch_response([f"1 (UID 1 BODYSTRUCTURE {structure})".encode()])
    return plan_parts(answer[1][b"BODYSTRUCTURE"])


def sections(plan: PartPlan) -> list[str]:
    return [item.removeprefix("BODY.PEEK[").partition("]")[0] for item in plan.items]


@pytest.mark.parametrize(
    ("structure", "wanted"),
    [
        (PLAIN, ["HEADER", "TEXT"]),
        (PDF, ["HEADER"]),
        (NOTES, ["HEADER"]),
        (multipart("ALTERNATIVE", PLAIN, HTML), ["HEADER", "1.MIME", "1", "2.MIME", "2"]),
        (multipart("MIXED", PLAIN, PDF), ["HEADER", "1.MIME", "1"]),
        (multipart("MIXED", PDF, INLINE_FILE, NOTES, PLAIN), ["HEADER", "4.MIME", "4"]),
        (multipart("MIXED", PDF, IMAGE), ["HEADER"]),
        (
            multipart("MIXED", multipart("RELATED", multipart("ALTERNATIVE", PLAIN, HTML), IMAGE), PDF),
            ["HEADER", "1.MIME", "1.1.MIME", "1.1.1.MIME", "1.1.1", "1.1.2.MIME", "1.1.2"],
        ),
        (
            multipart("MIXED", multipart("ALTERNATIVE", PLAIN, CALENDAR), ICS),
            ["HEADER", "1.MIME", "1.1.MIME", "1.1", "1.2.MIME", "1.2", "2.MIME", "2"],
        ),
        (  # Gmail's and Outlook's signed mail (RFC 1847)
            multipart("SIGNED", PLAIN, '("APPLICATION" "PKCS7-SIGNATURE" NIL NIL NIL "BASE64" 4000 NIL NIL NIL NIL)'),
            ["HEADER", "1.MIME", "1"],
        ),
        (multipart("MIXED", PLAIN, attached(PLAIN)), ["HEADER", "1.MIME", "1", "2.MIME", "2.HEADER", "2.TEXT"]),
        (
            multipart("MIXED", PLAIN, attached(multipart("MIXED", PLAIN, PDF))),
            ["HEADER", "1.MIME", "1", "2.MIME", "2.HEADER", "2.1.MIME", "2.1"],
        ),
        (attached(PLAIN), ["HEADER", "1.HEADER", "1.TEXT"]),
        (attached(attached(PLAIN)), ["HEADER", "1.HEADER", "1.1.HEADER", "1.1.TEXT"]),
        (attached(PDF), ["HEADER", "1.HEADER"]),
        # What servers make of broken mail
        ('("TEXT" "PLAIN" NIL NIL NIL NIL 10 1)', ["HEADER", "TEXT"]),
        ('("TEXT" "PLAIN")', [""]),
        (multipart("MIXED", '("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0 NIL NIL NIL NIL)'), [""]),
        ('("NIL")', [""]),
        ('(NIL NIL NIL NIL NIL "7BIT" 10 NIL NIL NIL NIL)', ["HEADER"]),
        ('("APPLICATION" "OCTET-STREAM" NIL NIL NIL "7BIT" 10)', ["HEADER"]),
        ('("TEXT" "PLAIN" NIL NIL NIL "7BIT" 10 1 NIL ("INLINE") NIL NIL)', ["HEADER", "TEXT"]),
        (f'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 0 {NO_ENVELOPE} NIL 0)', [""]),
        ('("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 0)', [""]),
    ],
)
def test_text_and_calendar_parts_are_wanted_and_attachments_never(structure: str, wanted: list[str]) -> None:
    assert sections(planned(structure)) == wanted


def test_no_part_is_asked_for_beyond_the_cap_and_every_one_is_peeked_at() -> None:
    plan = planned(multipart("ALTERNATIVE", PLAIN, HTML.replace("52000", "99999999")))

    assert all(item.startswith("BODY.PEEK[") and "<0." in item for item in plan.items)
    assert plan.items[-1] == f"BODY.PEEK[2]<0.{PART_CAP}>"
    assert plan.size == 1200 + PART_CAP


def test_a_message_of_a_thousand_parts_costs_no_thousand_fetches() -> None:
    assert len(planned(multipart("MIXED", *([PLAIN] * 1_000))).items) < 110


def test_parts_beyond_the_depth_that_is_read_are_not_asked_for() -> None:
    structure = PLAIN
    for _ in range(60):
        structure = multipart("MIXED", structure)

    assert sections(planned(multipart("MIXED", structure, PDF))) == ["HEADER"]


anything = st.recursive(
    st.none() | st.integers() | st.binary(max_size=8) | st.sampled_from([b"TEXT", b"PLAIN", b"MESSAGE", b"RFC822"]),
    lambda inner: st.lists(inner, max_size=12) | st.lists(inner, max_size=12).map(tuple),
    max_leaves=40,
)


@given(anything)
def test_no_structure_raises(structure: object) -> None:
    plan = plan_parts(structure)

    assert plan.items[0].startswith(("BODY.PEEK[HEADER]<0.", "BODY.PEEK[]<0."))
    assert rebuild(plan, {}) == rebuild(plan, {"HEADER": b""})


def test_messages_that_want_the_same_parts_share_a_fetch_within_its_limits() -> None:
    alike = planned(multipart("ALTERNATIVE", PLAIN, HTML))
    other = planned(PLAIN)
    plans = {uid: other if uid % 7 == 0 else alike for uid in range(200, 0, -1)}

    found = list(plan_batches(plans, max_bytes=1_000_000))

    assert sorted(uid for _, uids in found for uid in uids) == list(range(1, 201))
    for items, uids in found:
        assert {plans[uid].items for uid in uids} == {items}
        assert len(uids) <= 50
        assert sum(plans[uid].size for uid in uids) <= 1_000_000


def test_a_single_message_may_be_larger_than_a_fetch() -> None:
    plan = planned(multipart("ALTERNATIVE", PLAIN, HTML))

    assert list(plan_batches({1: plan, 2: plan}, max_bytes=1)) == [(plan.items, [1]), (plan.items, [2])]


WHOLE = b"""From: Ada <ada@example.org>\r
Message-ID: <1@example.org>\r
Subject: Lunch\r
Content-Type: multipart/mixed; boundary="outer one"\r
\r
preamble\r
--outer one\r
Content-Type: multipart/alternative; boundary=inner\r
\r
--inner\r
Content-Type: text/plain; charset=iso-8859-1\r
Content-Transfer-Encoding: quoted-printable\r
\r
Shall we meet at the caf=E9?\r
--inner\r
Content-Type: text/html\r
\r
<p>Shall we meet at the caf&eacute;?</p>\r
--inner--\r
\r
--outer one\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename=a.pdf\r
\r
%PDF\r
--outer one\r
Content-Type: message/rfc822\r
\r
From: Bob <bob@example.org>\r
Subject: The old one\r
\r
I am quoted.\r
--outer one--\r
"""
TREE = multipart("MIXED", multipart("ALTERNATIVE", PLAIN, HTML), PDF, attached(PLAIN))
PIECES = {
    "HEADER": WHOLE[: WHOLE.index(b"preamble")],
    "1.MIME": b"Content-Type: multipart/alternative; boundary=inner\r\n\r\n",
    "1.1.MIME": (
        b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ),
    "1.1": b"Shall we meet at the caf=E9?",
    "1.2.MIME": b"Content-Type: text/html\r\n\r\n",
    "1.2": b"<p>Shall we meet at the caf&eacute;?</p>",
    "3.MIME": b"Content-Type: message/rfc822\r\n\r\n",
    "3.HEADER": b"From: Bob <bob@example.org>\r\nSubject: The old one\r\n\r\n",
    "3.TEXT": b"I am quoted.",
}


def test_a_rebuilt_message_reads_like_the_whole_one_and_is_the_same_message() -> None:
    plan = planned(TREE)
    assert set(sections(plan)) == set(PIECES)

    rebuilt = rebuild(plan, PIECES)

    assert b"PDF" not in rebuilt
    assert parse_bytes(rebuilt) == parse_bytes(WHOLE)
    assert parse_bytes(rebuilt).text == "Shall we meet at the café?"


def test_sections_the_server_left_out_leave_a_message_that_can_still_be_read() -> None:
    for missing in PIECES:
        message = parse_bytes(rebuild(planned(TREE), {name: PIECES[name] for name in PIECES if name != missing}))
        assert missing == "HEADER" or message.sender.address == "ada@example.org"


@given(st.dictionaries(st.sampled_from(sorted(PIECES)), st.binary(max_size=60)))
def test_no_sections_raise(pieces: dict[str, bytes]) -> None:
    assert isinstance(rebuild(planned(TREE), pieces), bytes)


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (b"Message-ID: <1@example.org>\r\n\r\n", True),
        (b"message-id:\r\n <1@example.org>\r\n\r\n", True),
        (b"Message-ID:\r\n\r\n", False),
        (b"Subject: <1@example.org>\r\n\r\n", False),
        (b"", False),
    ],
)
def test_a_message_is_known_by_its_message_id_or_not(header: bytes, known: bool) -> None:  # noqa: FBT001 - a table
    assert has_message_id(header) == known


@given(st.sets(st.integers(1, 500)), st.sets(st.integers(1, 500)), st.none() | st.integers(1, 300))
def test_what_is_missing_comes_newest_first(uids: set[int], done: set[int], last: int | None) -> None:
    shuffled = random.Random(1).sample(sorted(uids), len(uids))  # noqa: S311 - an order, not a secret

    found = newest_first(shuffled, done, last=last)

    assert found == sorted(found, reverse=True)
    assert set(found) == set(sorted(uids)[-last:] if last else uids) - done

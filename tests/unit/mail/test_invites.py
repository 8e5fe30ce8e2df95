from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.invites import read_invite
from jeeves.mail.parse import parse_bytes
from jeeves.types import Invite


def _calendar(*lines: str, method: str = "REQUEST") -> str:
    return "\r\n".join(
        [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"METHOD:{method}",
            "BEGIN:VEVENT",
            *lines,
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]
    )


def _invite(*lines: str) -> Invite:
    invite, _ = read_invite(_calendar(*lines))
    assert invite is not None
    return invite


def test_an_invitation_tells_what_when_and_where() -> None:
    invite, defects = read_invite(
        _calendar(
            "SUMMARY:Lunch\\, at last",
            "DTSTART;TZID=Europe/Berlin:20240701T120000",
            "DTEND;TZID=Europe/Berlin:20240701T133000",
            "LOCATION:Café Lind\\, back roo",
            " m",
        )
    )

    assert defects == ()
    assert invite == Invite(
        method="REQUEST",
        summary="Lunch, at last",
        start=datetime(2024, 7, 1, 10, tzinfo=UTC),
        end=datetime(2024, 7, 1, 11, 30, tzinfo=UTC),
        location="Café Lind, back room",
    )


def test_a_windows_time_zone_is_known() -> None:
    invite = _invite("DTSTART;TZID=W. Europe Standard Time:20240701T120000")

    assert invite.start == datetime(2024, 7, 1, 10, tzinfo=UTC)


def test_a_day_without_time_begins_at_midnight_utc() -> None:
    assert _invite("DTSTART;VALUE=DATE:20240701").start == datetime(2024, 7, 1, tzinfo=UTC)


def test_a_duration_gives_the_end() -> None:
    assert _invite("DTSTART:20240701T120000Z", "DURATION:PT45M").end == datetime(2024, 7, 1, 12, 45, tzinfo=UTC)


def test_a_time_without_zone_is_utc_and_noted() -> None:
    invite, defects = read_invite(_calendar("DTSTART:20240701T120000"))

    assert invite is not None
    assert invite.start == datetime(2024, 7, 1, 12, tzinfo=UTC)
    assert defects == ("invite.floating",)


@pytest.mark.parametrize(
    ("line", "link"),
    [
        ("X-GOOGLE-CONFERENCE:https://meet.google.com/abc-defg-hij", "https://meet.google.com/abc-defg-hij"),
        ("CONFERENCE;VALUE=URI:https://video.example.org/room", "https://video.example.org/room"),
        ("LOCATION:https://us02web.zoom.us/j/123?pwd=x", "https://us02web.zoom.us/j/123?pwd=x"),
        (
            "DESCRIPTION:Join at\\nhttps://teams.microsoft.com/l/meetup-join/1.\\nBye",
            "https://teams.microsoft.com/l/meetup-join/1",
        ),
        ("DESCRIPTION:The menu is at https://cafe.example/zoom.us", ""),
        ("URL:https://notzoom.us/j/1", ""),
    ],
)
def test_a_video_call_is_told_from_another_link(line: str, link: str) -> None:
    assert _invite("SUMMARY:x", line).conference == link


def test_only_the_first_event_counts_and_its_alarm_does_not() -> None:
    calendar = _calendar(
        "BEGIN:VALARM", "SUMMARY:alarm", "END:VALARM", "SUMMARY:first", "END:VEVENT", "BEGIN:VEVENT", "SUMMARY:second"
    )

    invite, _ = read_invite(calendar)

    assert invite is not None
    assert invite.summary == "first"


def test_a_time_zone_rule_without_end_is_never_expanded() -> None:
    zone = "BEGIN:VTIMEZONE\r\nTZID:Trap\r\nBEGIN:STANDARD\r\nDTSTART:00010101T000000\r\nRRULE:FREQ=SECONDLY\r\n"
    zone += "TZOFFSETFROM:+0000\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    calendar = _calendar("SUMMARY:x", "DTSTART;TZID=Trap:20240701T120000").replace(
        "BEGIN:VEVENT", zone + "BEGIN:VEVENT"
    )

    invite, defects = read_invite(calendar)

    assert invite is not None
    assert defects == ("invite.floating",)


@pytest.mark.parametrize("line", ["DTSTART:2024", "DTSTART:99991231T235959Z", "DTSTART;TZID=:x", "DTEND:00000000"])
def test_a_broken_date_is_noted_and_the_rest_still_read(line: str) -> None:
    invite, defects = read_invite(_calendar("SUMMARY:Lunch", line))

    assert invite is not None
    assert (invite.summary, invite.start, invite.end) == ("Lunch", None, None)
    assert defects == ("invite.date",)


@pytest.mark.parametrize("calendar", ["", "BEGIN:VCALENDAR\r\nEND:VCALENDAR", "<html>", "BEGIN:VEVENT"])
def test_no_event_is_no_invite(calendar: str) -> None:
    assert read_invite(calendar) == (None, ("invite.syntax",))


def test_a_calendar_too_large_is_read_up_to_the_cap() -> None:
    invite, defects = read_invite(_calendar("SUMMARY:Lunch", "DESCRIPTION:" + "x" * 300_000))

    assert invite is not None
    assert invite.summary == "Lunch"
    assert "invite.cap" in defects


def test_the_calendar_part_of_a_mail_becomes_its_invite() -> None:
    mail = (
        "Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nPlease come.\r\n"
        "--b\r\nContent-Type: text/calendar; method=CANCEL\r\n\r\n"
        + _calendar("SUMMARY:Lunch").replace("METHOD:REQUEST\r\n", "")
        + "--b--\r\n"
    )

    message = parse_bytes(mail.encode())

    assert message.text == "Please come."
    assert message.invite is not None
    assert (message.invite.method, message.invite.summary) == ("CANCEL", "Lunch")


_LINES = st.sampled_from(
    [
        "BEGIN:VEVENT",
        "END:VEVENT",
        "BEGIN:VALARM",
        "DTSTART:20240701T120000Z",
        "DTSTART;TZID=x:1",
        "DURATION:-P99999999D",
        "DURATION:P1W",
        'SUMMARY;A="b:c',
        "SUMMARY:",
        "LOCATION;ENCODING=BASE64;VALUE=BINARY:x",
        "URL:https://",
        " folded",
        "CONFERENCE;VALUE=DATE:x",
        "DTEND;VALUE=PERIOD:a/b",
        "DTSTART;VALUE=TIME:120000",
        "DTSTART;VALUE=UNKNOWN:1",
        ";:",
        ":",
    ]
)


@given(st.lists(_LINES | st.text()).map("\r\n".join))
def test_any_text_at_all_is_survived(calendar: str) -> None:
    read_invite(calendar)
    invite, _ = read_invite("BEGIN:VEVENT\n" + calendar)

    if invite is not None:
        assert all(moment is None or moment.tzinfo is UTC for moment in (invite.start, invite.end))


def test_a_reply_says_whether_its_attendee_comes() -> None:
    calendar = (
        "BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nBEGIN:VEVENT\r\nDTSTART:20260302T120000Z\r\n"
        "ATTENDEE;PARTSTAT=declined;CN=Ann:mailto:ann@example.org\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    invite, _ = read_invite(calendar)
    assert invite is not None
    assert (invite.method, invite.partstat) == ("REPLY", "DECLINED")


def test_an_attendee_who_says_nothing_says_nothing() -> None:
    invite, _ = read_invite(
        "BEGIN:VEVENT\r\nDTSTART:20260302T120000Z\r\nATTENDEE:mailto:a@example.org\r\nEND:VEVENT\r\n"
    )
    assert invite is not None
    assert invite.partstat == ""

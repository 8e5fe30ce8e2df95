from __future__ import annotations

import pytest

from jeeves.assist.threads import advance, names_place
from jeeves.types import Invite, PlaceState, ThreadState
from tests.unit.records import message, prediction

NEW = ThreadState(thread_key="t")


def test_a_proposal_without_a_place_opens_the_thread() -> None:
    after = advance(NEW, message(), prediction())
    assert (after.place_state, after.proposal) == (PlaceState.OPEN, 1)


def test_a_second_message_of_the_same_proposal_changes_nothing() -> None:
    opened = advance(NEW, message(), prediction())
    assert advance(opened, message(text="Thursday suits me, see you then."), prediction()) == opened


def test_other_mail_leaves_a_fresh_thread_alone() -> None:
    assert advance(NEW, message(text="The report is attached."), prediction(needs_place=False)) == NEW


def test_a_named_place_settles_an_open_thread_and_the_next_wish_is_a_new_proposal() -> None:
    opened = advance(NEW, message(), prediction())
    settled = advance(opened, message(text="Let's go to lunch at Marcello's then."), prediction(needs_place=False))
    reopened = advance(settled, message(text="Marcello's is closed, where else?"), prediction())
    assert settled.place_state is PlaceState.SETTLED
    assert (reopened.place_state, reopened.proposal) == (PlaceState.OPEN, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Let's meet at Luigi's on Friday", True),
        ("I booked a table at the Golden Lion", True),
        ("just come to my office", True),
        ("We are in room B12", True),
        ("It is 14 Station Road, ring twice", True),
        ("See you at noon on Thursday", False),
        ("Are you free in March?", False),
        ("Lunch at 12?", False),
        ("at Thursday's latest", False),
        ("", False),
    ],
)
def test_names_place(text: str, *, expected: bool) -> None:
    assert names_place(message(text=text)) is expected


def test_an_invite_with_a_location_names_a_place() -> None:
    assert names_place(message(text="", invite=Invite(method="REQUEST", location="Café Central")))
    assert not names_place(message(text="", invite=Invite(method="REQUEST")))

from __future__ import annotations

import pytest

from jeeves.assist.fragments import place_alone
from jeeves.assist.places import place_in, place_of_invite, rejected, undecided

PEOPLE = {"ada", "holm", "sam"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Let's meet at Luigi's on Friday", "at Luigi's"),
        ("I booked a table at the Golden Lion", "at the Golden Lion"),
        ("Shall we say the Crown?", "say the Crown"),
        ("just come to my office", "my office"),
        ("We are in room B12", "room B12"),
        ("It is 14 Station Road, ring twice", "14 Station Road"),
        ("I'll pick you up at eight", "I'll pick you up"),
        ("Same place as last time?", "Same place"),
        ("You know where we live.", "You know where we live"),
        ("https://maps.app.goo.gl/abc see you", "https://maps.app.goo.gl/abc"),
        ("Wir treffen uns am Bahnhof.", "Wir treffen uns am Bahnhof"),
        ("Bei uns, wie immer.", "Bei uns"),
        ("Chez Marcel, rue des Lilas.", "Chez Marcel"),
        ("En Casa Manolo, a las nueve.", "En Casa Manolo"),
        ("Ci vediamo in piazza Navona.", "Ci vediamo in piazza"),
        ("Half zes bij Café de Zwaan.", "bij Café de Zwaan"),
    ],
)
def test_a_place_is_recognised_in_any_message(text: str, place: str) -> None:
    found = place_in(text, expected=False)

    assert found is not None
    assert place.lower() in found[0].lower() or found[0].lower() in place.lower()


@pytest.mark.parametrize(
    "text",
    [
        "See you at noon on Thursday",
        "Are you free in March?",
        "Lunch at 12?",
        "at Thursday's latest",
        "I am in Berlin until Friday.",
        "At Ann's suggestion I am learning to cook.",
        "Not the Crown again, please.",
        "Where shall we go?",
        "The Crown is closed on Mondays.",
        "Let me check and get back to you.",
        "The report is attached.",
        "Yours or mine or the park?",
        "",
    ],
)
def test_what_is_no_place_to_meet_at(text: str) -> None:
    assert place_in(text, expected=False) is None


@pytest.mark.parametrize(
    "text", ["the pier. bring bacon", "Casa Rosa, half seven", "elm tree then", "Luigi's at 7?", "How about Alma?"]
)
def test_a_short_answer_may_be_nothing_but_a_place(text: str) -> None:
    assert place_alone(text, people=PEOPLE, expected=True) is not None


@pytest.mark.parametrize(
    "text",
    [
        "Works for me",
        "perfect x",
        "Ada",
        "YES",
        "Let me think.",
        "Turkey for me",
        "Thursday then",
        "Great, thanks!",
        "👍",
    ],
)
def test_an_answer_that_is_no_place(text: str) -> None:
    assert place_alone(text, people=PEOPLE, expected=True) is None


@pytest.mark.parametrize("location", ["", "TBC", "tbd", "to be confirmed", "-", "?", "noch offen"])
def test_an_invite_may_say_that_its_place_is_not_known(location: str) -> None:
    assert place_of_invite(location) == ""


def test_an_invite_names_its_place() -> None:
    assert place_of_invite(" The Captain's Cabin ") == "The Captain's Cabin"


def test_asking_where_and_refusing_a_place() -> None:
    assert undecided("Where shall we go?")
    assert undecided("¿Dónde quedamos?")
    assert not undecided("See you at Luigi's.")
    assert rejected("Sorry. The café is closed, where else?") == "The café is closed, where else?"
    assert rejected("See you at the café.") == ""

from __future__ import annotations

import pytest

from jeeves.ml.cues import read
from jeeves.ml.language import is_english
from jeeves.ml.marks import BIT, MARKS, OTHER
from jeeves.ml.tokens import Numbering, normalise, tokenise, tokens


def tokens_of(text: str) -> list[str]:
    return tokens(normalise(text))


def kinds_of(text: str) -> set[str]:
    kinds = read(tokenise([f"{text}\n"], Numbering())).kinds
    return {kind for kind, bit in BIT.items() if kinds[0] & bit}


def shape_of(text: str) -> list[str]:
    numbering = Numbering()
    shapes = read(tokenise([f"{text}\n"], numbering)).shapes
    words = list(numbering.words)
    return [words[number] for number in shapes.tolist() if words[number] not in MARKS[:2]]


def test_question_words_pronouns_and_question_marks_are_kept() -> None:
    assert tokens_of("Where should we meet, and when can you?") == [
        "where", "should", "we", "meet", "and", "when", "can", "you", "?",
    ]  # fmt: skip


def test_typographic_and_plain_apostrophes_are_the_same_word() -> None:
    assert tokens_of("Let’s") == tokens_of("let's")  # noqa: RUF001 - what phones type


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("https://example.org/a_b?c=d", "a_link"),
        ("www.example.org", "a_link"),
        ("https://us02web.zoom.us/j/99?pwd=x", "a_video_link"),
        ("https://meet.google.com/abc-defg-hij", "a_video_link"),
        ("https://zoom.us.example.org/j/1", "a_link"),
        ("12:30", "a_time"),
        ("3/14", "a_date"),
        ("2026-03-14", "a_date"),
        ("555-0123", "a_phone"),
        ("713-555-0123", "a_phone"),
        ("$1,200.50", "a_price"),
        ("2026", "a_number"),
        ("EB4180", "a_room"),
        ("B-204", "a_room"),
        ("30C1", "a_room"),
        ("ann.lee+x@mail.example.org", "an_address"),
    ],
)
def test_things_that_never_repeat_become_one_marker(text: str, token: str) -> None:
    assert tokens_of(text)[-1] == token


def test_a_capital_within_a_sentence_is_a_name() -> None:
    assert tokens_of("Lunch with Priya Nair on Tuesday at Golden Lion") == [
        "lunch", "with", "a_name", "on", "tuesday", "at", "a_name",
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["at 4PM", "Q3", "MP3", "5th"])
def test_not_every_letter_beside_a_number_is_a_room(text: str) -> None:
    assert "a_room" not in tokens_of(text)


def test_words_without_a_number_are_all_the_same_when_the_numbers_are_given_out() -> None:
    # given
    words = Numbering().words
    words["lunch"] = words.get("lunch", len(words))
    words["zebra"] = zebra = len(words)

    # when: once, and again when the tokens are known
    numbering = Numbering(words)
    numbers = [tokenise(["zebra quagga ZEBRA xylem\n"], numbering).tolist() for _ in range(2)]

    # then: capitals are no name here, most tokens but two are small
    assert numbers[0] == numbers[1]
    assert numbers[0][:2] == [zebra, OTHER]
    assert numbers[0][3] == OTHER
    assert len(words) == zebra + 1


def test_more_tokens_than_are_remembered_are_read_all_the_same() -> None:
    made_up = [f"w{''.join(chr(97 + int(digit)) for digit in str(number))}" for number in range(25_000)]

    assert tokens(" ".join(made_up)) == made_up


def test_shouting_is_not_all_names() -> None:
    assert tokens_of("WHERE SHALL WE EAT ON PLUTO") == ["where", "shall", "we", "eat", "on", "pluto"]


def test_a_sentence_has_the_kinds_of_its_phrases() -> None:
    kinds = kinds_of("How about lunch next week?")
    assert {"proposal", "meal", "soon", "question"} <= kinds
    assert not kinds & {"venue", "remote", "at_name"}


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("How about lunch next week?", ["<proposal>", "<meal>", "<soon>", "<question>"]),
        ("Grey elephants love to eat the peanuts there", ["*", "<proposal>", "<meal>", "the", "*", "there"]),
        ("I will be in town", ["<come>", "*"]),  # of overlapping phrases the first, and of these the longest
    ],
)
def test_a_shape_holds_the_kinds_of_phrases_and_no_rare_word(text: str, shape: list[str]) -> None:
    assert shape_of(text) == shape


@pytest.mark.parametrize("text", ["Lunch at Carluccio tomorrow", "Lunch @ the Ivy"])
def test_a_name_after_at_is_taken_for_a_venue(text: str) -> None:
    assert "at_name" in kinds_of(text)


@pytest.mark.parametrize("text", ["Lunch at noon", "Lunch at Monday", "Meet Priya at", "at"])
def test_not_everything_after_at_is_a_venue(text: str) -> None:
    assert "at_name" not in kinds_of(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Lunch?",
        "mtg tmrw 3pm ok?",
        "ARE YOU FREE FOR LUNCH NEXT WEEK? LET ME KNOW WHICH DAY SUITS YOU",
        "Could we get together on Thursday to go over the numbers before the board sees them",
        "1 2 3 4 5 6 7 8 9 10",
    ],
)
def test_english_is_taken_for_english(text: str) -> None:
    assert is_english(text)


@pytest.mark.parametrize(
    "text",
    [
        "火曜日に昼ごはんでもどうですか?",
        "Давайте встретимся на следующей неделе за обедом",
        "Wollen wir uns nächste Woche zum Mittagessen treffen? Sag mir, wann es dir passt.",
        "On se retrouve pour déjeuner la semaine prochaine ? Dites-moi quel jour vous convient le mieux.",
        "¿Quedamos para comer la semana que viene? Dime qué día te viene mejor a ti.",
        "Zullen wij volgende week samen lunchen? Laat maar weten welke dag jou het beste uitkomt.",
        "Ci vediamo a pranzo la settimana prossima? Fammi sapere quale giorno va meglio per te.",
        "Vamos almoçar na próxima semana? Diga qual dia fica melhor para você e sua família.",
    ],
)
def test_other_languages_are_told_apart(text: str) -> None:
    assert not is_english(text)

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.text import split_text

DEADLINE_SECONDS = 10.0  # generous: a linear scan needs a small part of one second


@pytest.mark.parametrize(
    "attribution",
    [
        "On Tue, Mar 5, 2024 at 9:12 AM Ines Roth <ines@example.org> wrote:",
        "On Tue, Mar 5, 2024 at 9:12 AM Ines Roth\n<ines@example.org> wrote:",
        "On Tuesday, the 5th of March 2024, at 9:12,\nInes Roth of the rowing club\n<ines@example.org> wrote:",
        "At 09:12 05.03.2024, Ines Roth wrote:",
        "Am 05.03.2024 um 09:12 schrieb Ines Roth <ines@example.org>:",
        "Am Di., 5. März 2024 um 09:12 Uhr schrieb Ines Roth\n<ines@example.org>:",
        "Ines Roth schrieb am 05.03.2024 um 09:12:",
        "Le mar. 5 mars 2024 à 09:12, Ines Roth <ines@example.org> a écrit :",
        "El mar, 5 mar 2024 a las 9:12, Ines Roth (<ines@example.org>) escribió:",
        "Em ter., 5 de mar. de 2024 às 09:12, Ines Roth <ines@example.org> escreveu:",
        "Il giorno mar 5 mar 2024 alle ore 09:12 Ines Roth <ines@example.org> ha scritto:",
        "Op di 5 mrt 2024 om 09:12 schreef Ines Roth <ines@example.org>:",
    ],
)
@pytest.mark.parametrize("mark", ["> ", ""])
def test_an_attribution_and_what_follows_is_quoted(attribution: str, mark: str) -> None:
    split = split_text(f"Friday suits me.\n\n{attribution}\n\n{mark}Shall we row on Friday?\n{mark}Ines\n")

    assert split.text == "Friday suits me."
    assert split.quoted.endswith("Shall we row on Friday?\nInes")


@pytest.mark.parametrize(
    "opening",
    [
        "-----Original Message-----\nFrom: Ines Roth",
        "-----Ursprüngliche Nachricht-----\nVon: Ines Roth",
        "-------- Message d'origine --------\nDe : Ines Roth",
        "-----Mensaje original-----\nDe: Ines Roth",
        "-----Mensagem original-----\nDe: Ines Roth",
        "-----Messaggio originale-----\nDa: Ines Roth",
        "-----Oorspronkelijk bericht-----\nVan: Ines Roth",
        "---------- Forwarded message ---------\nFrom: Ines Roth",
        "Begin forwarded message:\n\nFrom: Ines Roth",
        "--------------------- Forwarded by Max Lind/OSL/Acme on 03/05/2024 09:12 AM ----",
        "From: Ines Roth\nSent: Tuesday, 5 March 2024 09:12\nTo: Max Lind\nSubject: Rowing",
        "    Original Message\n\nFrom: Ines Roth\nSent: Tuesday\nTo: Max Lind",
        "*From:* Ines Roth\n*Date:* Tuesday\n*To:* Max Lind",
        "Von: Ines Roth\nGesendet: Dienstag, 5. März 2024\nAn: Max Lind\nBetreff: Rudern",
        "De : Ines Roth\nEnvoyé : mardi 5 mars 2024\nÀ : Max Lind\nObjet : Aviron",
        "________________________________\nFrom: Ines Roth\nSent: Tuesday\nTo: Max Lind",
        '"Ines Roth" <ines@example.org> on 03/05/2024 09:12:00 AM\nTo: Max Lind\ncc:\nSubject: Rowing',
        "Ines Roth\n03/05/2024 09:12 AM\n\tTo: Max Lind\n\tcc:\n\tSubject: Rowing",
    ],
)
def test_an_earlier_message_below_is_quoted_to_the_end(opening: str) -> None:
    split = split_text(f"See below, it is about Friday.\n\n{opening}\n\nShall we row on Friday?")

    assert split.text == "See below, it is about Friday."
    assert "Ines Roth" in split.quoted or "Forwarded by" in split.quoted
    assert split.quoted.endswith("Shall we row on Friday?")


def test_a_forward_without_own_words_has_no_text() -> None:
    split = split_text("---------- Forwarded message ---------\nFrom: Ines\nSubject: Rowing\n\nShall we row?")

    assert split.text == ""
    assert split.quoted.endswith("Shall we row?")


def test_answers_between_quotes_stay_text() -> None:
    body = "On 5 March Ines wrote:\n> Shall we row?\n\nYes!\n\n> And eat afterwards?\n\nOnly if you pick the place.\n"

    split = split_text(body)

    assert split.text == "Yes!\n\nOnly if you pick the place."
    assert split.quoted == "On 5 March Ines wrote:\nShall we row?\nAnd eat afterwards?"


def test_an_answer_below_a_separator_with_marked_lines_stays_text() -> None:
    body = '----- Original Message -----\nFrom: "Ines" <ines@example.org>\nTo: <max@example.org>\n\n> Row?\n\nYes!'

    assert split_text(body).text == "Yes!"


def test_an_answer_below_an_unmarked_attribution_at_the_top_is_not_lost() -> None:
    assert "Yes, at seven!" in split_text("On 5 March Ines wrote:\n\nShall we row?\n\nYes, at seven!").text


def test_a_writer_with_marks_of_their_own_is_understood() -> None:
    split = split_text("On 5 March Ines wrote:\n| Shall we row?\n| Or swim?\n\nRow!")

    assert split.text == "Row!"
    assert split.quoted.endswith(" Shall we row?\n Or swim?")


@pytest.mark.parametrize("marked", ["> a", ">a", "> > a", ">> a", " > a", "IR> a"])
def test_quote_marks_are_removed_however_deep(marked: str) -> None:
    assert split_text(f"New.\n{marked}").quoted == "a"


def test_an_escaped_from_line_of_an_mbox_is_text() -> None:
    assert split_text("Hello\n>From here on we walk.\nBye").text == "Hello\nFrom here on we walk.\nBye"


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nMax Lind\nRowing club",
        "--\nMax Lind",
        "Sent from my iPhone",
        "Sent from my Samsung Galaxy smartphone.",
        "Get Outlook for iOS",
        "Von meinem iPhone gesendet",
        "Envoyé de mon iPhone",
        "Enviado desde mi iPhone",
        "Enviado do meu iPhone",
        "Inviato da iPhone",
        "Verstuurd vanaf mijn iPhone",
        "_______________________________________________\nRowers mailing list\nRowers@example.org",
    ],
)
def test_signatures_are_taken_off(signature: str) -> None:
    split = split_text(f"Friday at seven?\n\n{signature}\n")

    assert split.text == "Friday at seven?"
    assert split.quoted == ""


def test_a_quote_below_a_signature_is_still_quoted() -> None:
    split = split_text("Yes!\n-- \nMax\n\nOn 5 March 2024, Ines wrote:\n> Shall we row?")

    assert split.text == "Yes!"
    assert split.quoted.endswith("Shall we row?")


def test_a_line_drawn_in_the_middle_of_a_long_letter_is_no_signature() -> None:
    chapters = "\n".join(f"Point {number} of the plan." for number in range(30))

    assert split_text(f"Hello\n--\n{chapters}").text.endswith("Point 29 of the plan.")


@pytest.mark.parametrize(
    "prose",
    [
        "On Friday we could row.\nWhat do you think:\nseven or eight?",
        "From: the heart.\nThank you!",
        "She wrote: come over!\nShall we?",
        "To: be or not to be.",
        "I sent from my desk a letter.",
        "We met in 2023 -- remember?",
    ],
)
def test_prose_that_resembles_marks_stays_text(prose: str) -> None:
    assert split_text(prose).text == prose


@pytest.mark.parametrize(
    "unit",
    [
        "On ",
        "On 1\n",
        "On 1 wrote\n",
        "From: x\n",
        "To: x\n",
        ">",
        "> \n",
        "--\n",
        "-- \n",
        "_" * 30 + "\n",
        "\n",
        "12/12/2012 ",
        "-----Original Message-----\n> x\n",
        "From: a\nTo: b\n> x\n",
        "Sent from my ",
        "schrieb am ",
        "|\n",
    ],
)
def test_hostile_repetition_takes_linear_time(unit: str) -> None:
    body = unit * (256 * 1024 // len(unit))
    started = time.process_time()

    split_text(body)

    assert time.process_time() - started < DEADLINE_SECONDS


def test_twenty_thousand_from_lines_take_linear_time() -> None:
    started = time.process_time()

    split_text("From: x\n" * 20_000 + "On " * 20_000)

    assert time.process_time() - started < DEADLINE_SECONDS


_PIECES = [
    "On 5 March Ines wrote:",
    "> a",
    ">",
    "-- ",
    "--",
    "From: x",
    "To: y",
    "Subject: z",
    "",
    "word",
    "| b",
    "-----Original Message-----",
    "Sent from my iPhone",
    "03/05/2024 09:12 AM",
    "cc:",
    ">From a",
]


@given(st.lists(st.sampled_from(_PIECES)).map("\n".join) | st.text())
def test_nothing_is_invented_and_nothing_raises(body: str) -> None:
    split = split_text(body)

    known = "".join(body.split())
    for line in (split.text + "\n" + split.quoted).split("\n"):
        assert "".join(line.split()) in known

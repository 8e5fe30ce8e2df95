"""What Gmail, Outlook, Apple Mail and Thunderbird put around quotes, in each language our owners' friends write."""

from __future__ import annotations

import pytest

from jeeves.mail.parse import parse_bytes
from jeeves.mail.text import split_text

GMAIL_APPLE_THUNDERBIRD = {
    "en": (
        "On Tue, Mar 5, 2024 at 9:12 AM Ines Roth <ines@example.org> wrote:",
        "On 5 Mar 2024, at 09:12, Ines Roth <ines@example.org> wrote:",
        "On 05/03/2024 09:12, Ines Roth wrote:",
        "--- On Tue, 3/5/24, Ines Roth <ines@example.org> wrote:",
    ),
    "de": (
        "Am Di., 5. März 2024 um 09:12 Uhr schrieb Ines Roth <ines@example.org>:",
        "Am 05.03.2024 um 09:12 schrieb Ines Roth <ines@example.org>:",
        "Am 05.03.24 um 09:12 schrieb Ines Roth:",
        "Ines Roth <ines@example.org> schrieb am Di. 5. März 2024 um 09:12:",
    ),
    "fr": (
        "Le mar. 5 mars 2024 à 09:12, Ines Roth <ines@example.org> a écrit :",
        "Le 5 mars 2024 à 09:12, Ines Roth <ines@example.org> a écrit :",
        "Le 05/03/2024 à 09:12, Ines Roth a écrit :",
    ),
    "es": (
        "El mar, 5 mar 2024 a las 9:12, Ines Roth (<ines@example.org>) escribió:",
        "El 5 mar 2024, a las 9:12, Ines Roth <ines@example.org> escribió:",
        "El 5/3/24 a las 9:12, Ines Roth escribió:",
    ),
    "pt": (
        "Em ter., 5 de mar. de 2024 às 09:12, Ines Roth <ines@example.org> escreveu:",
        "Ines Roth <ines@example.org> escreveu (terça, 5/03/2024 à(s) 09:12):",
        "No dia 05/03/2024, às 09:12, Ines Roth <ines@example.org> escreveu:",
        "Em 05/03/2024 09:12, Ines Roth escreveu:",
        "Às 09:12 de 05/03/2024, Ines Roth escreveu:",
    ),
    "it": (
        "Il giorno mar 5 mar 2024 alle ore 09:12 Ines Roth <ines@example.org> ha scritto:",
        "Il giorno 5 mar 2024, alle ore 09:12, Ines Roth <ines@example.org> ha scritto:",
        "Il 05/03/2024 09:12, Ines Roth ha scritto:",
    ),
    "nl": (
        "Op di 5 mrt 2024 om 09:12 schreef Ines Roth <ines@example.org>:",
        "Op 5 mrt 2024, om 09:12 heeft Ines Roth <ines@example.org> het volgende geschreven:",
        "Op 05-03-2024 om 09:12 schreef Ines Roth:",
    ),
}
OUTLOOK = {
    "en": "From: Ines Roth <ines@example.org>\nSent: Tuesday, 5 March 2024 09:12\nTo: Max Lind\nSubject: Rowing",
    "de": "Von: Ines Roth <ines@example.org>\nGesendet: Dienstag, 5. März 2024 09:12\nAn: Max Lind\nBetreff: Rudern",
    "fr": "De : Ines Roth <ines@example.org>\nEnvoyé : mardi 5 mars 2024 09:12\nÀ : Max Lind\nObjet : Aviron",
    "es": "De: Ines Roth <ines@example.org>\nEnviado el: martes, 5 de marzo de 2024 9:12\nPara: Max\nAsunto: Remo",
    "pt": "De: Ines Roth <ines@example.org>\nEnviado: terça-feira, 5 de março de 2024 09:12\nPara: Max\nAssunto: Remo",
    "it": "Da: Ines Roth <ines@example.org>\nInviato: martedì 5 marzo 2024 09:12\nA: Max Lind\nOggetto: Canottaggio",
    "nl": "Van: Ines Roth <ines@example.org>\nVerzonden: dinsdag 5 maart 2024 09:12\nAan: Max Lind\nOnderwerp: Roeien",
}
SEPARATORS = {
    "en": ("-----Original Message-----", "-------- Forwarded Message --------", "Begin forwarded message:"),
    "de": (
        "-----Ursprüngliche Nachricht-----",
        "-------- Weitergeleitete Nachricht --------",
        "-------- Originalnachricht --------",
        "Anfang der weitergeleiteten Nachricht:",
    ),
    "fr": (
        "-----Message d'origine-----",
        "-----Message d\u2019origine-----",
        "-------- Message transféré --------",
        "-------- Courriel d'origine --------",
        "Début du message transféré :",
    ),
    "es": (
        "-----Mensaje original-----",
        "-------- Mensaje reenviado --------",
        "Inicio del mensaje reenviado:",
    ),
    "pt": (
        "-----Mensagem original-----",
        "-------- Mensagem reencaminhada --------",
        "-------- Mensagem encaminhada --------",
        "Início da mensagem reencaminhada:",
    ),
    "it": (
        "-----Messaggio originale-----",
        "-------- Messaggio inoltrato --------",
        "-------- Messaggio Inoltrato --------",
        "Inizio messaggio inoltrato:",
    ),
    "nl": (
        "-----Oorspronkelijk bericht-----",
        "-------- Doorgestuurd bericht --------",
        "-------- Origineel bericht --------",
        "Begin doorgestuurd bericht:",
    ),
}
SENT_FROM = {
    "en": ("Sent from my iPhone", "Sent from Outlook for Android", "Get Outlook for iOS", "Sent from Yahoo Mail"),
    "de": (
        "Von meinem iPhone gesendet",
        "Gesendet von Outlook für Android",
        "Holen Sie sich Outlook für iOS",
        "Von meinem Samsung Galaxy Smartphone gesendet.",
        "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    ),
    "fr": ("Envoyé de mon iPhone", "Envoyé depuis mon mobile Samsung", "Obtenir Outlook pour iOS"),
    "es": ("Enviado desde mi iPhone", "Obtener Outlook para Android", "Enviado desde mi Samsung Galaxy"),
    "pt": ("Enviado do meu iPhone", "Enviado a partir do meu iPhone", "Obter o Outlook para iOS"),
    "it": ("Inviato da iPhone", "Inviato dal mio iPad", "Scarica Outlook per Android", "Ottieni Outlook per iOS"),
    "nl": ("Verstuurd vanaf mijn iPhone", "Verzonden vanaf mijn Galaxy", "Download Outlook voor iOS"),
}


def each(table: dict[str, tuple[str, ...]]) -> list[str]:
    return [mark for marks in table.values() for mark in marks]


WRAPPED = [line for line in each(GMAIL_APPLE_THUNDERBIRD) if " <" in line and not line.startswith("Ines")]


@pytest.mark.parametrize("attribution", each(GMAIL_APPLE_THUNDERBIRD))
@pytest.mark.parametrize("mark", ["> ", ""])
def test_what_stands_below_an_attribution_is_quoted(attribution: str, mark: str) -> None:
    split = split_text(f"Friday suits me.\n\n{attribution}\n\n{mark}Shall we row on Friday?\n{mark}Ines\n")

    assert split.text == "Friday suits me."
    assert split.quoted.startswith(attribution)
    assert split.quoted.endswith("\nShall we row on Friday?\nInes")


@pytest.mark.parametrize("attribution", WRAPPED)
def test_an_attribution_may_be_wrapped_before_the_address(attribution: str) -> None:
    first, rest = attribution.split(" <", 1)

    split = split_text(f"Friday suits me.\n\n{first}\n<{rest}\n\n> Shall we row on Friday?\n")

    assert split.text == "Friday suits me."


@pytest.mark.parametrize("header", OUTLOOK.values())
@pytest.mark.parametrize("rule", ["", "________________________________\n", "-----Original Message-----\n"])
def test_outlooks_header_opens_what_is_quoted(header: str, rule: str) -> None:
    split = split_text(f"Friday suits me.\n\n{rule}{header}\n\nShall we row on Friday?\nInes\n")

    assert split.text == "Friday suits me."
    assert split.quoted.endswith("Shall we row on Friday?\nInes")


@pytest.mark.parametrize(
    ("separator", "header"),
    [(separator, OUTLOOK[language]) for language, found in SEPARATORS.items() for separator in found],
)
def test_a_separator_opens_what_is_quoted(separator: str, header: str) -> None:
    split = split_text(f"For you.\n\n{separator}\n{header}\n\nShall we row on Friday?\n")

    assert split.text == "For you."
    assert split.quoted.startswith(separator.strip())


@pytest.mark.parametrize("advertisement", each(SENT_FROM))
def test_the_advertisement_of_a_telephone_is_nobodys_text(advertisement: str) -> None:
    assert split_text(f"Friday suits me.\n\n{advertisement}\n").text == "Friday suits me."


@pytest.mark.parametrize(
    "sentence",
    [
        "On Friday we could row, as Ines wrote: the lake is calm.",
        "Am Freitag schrieb ich dir schon, dass ich komme.",
        "Le 5 mars je serai là, comme Inès a écrit hier.",
        "El viernes remamos; lo escribió Inés en el grupo.",
        "Em casa de quem? Ines escreveu que na dela.",
        "Il 5 marzo va bene, me lo ha scritto Ines.",
        "Op vrijdag roeien we, schreef Ines.",
        "From: here to there it takes an hour.",
        "De: er zijn er twee.",
        "To: whom it may concern",
        "Sent from the office to you: the tickets.",
        "Get the tickets for Friday, please.",
        "Obtenir des billets pour vendredi serait bien.",
    ],
)
def test_a_sentence_that_looks_a_little_like_a_mark_stays(sentence: str) -> None:
    assert split_text(f"Hello.\n{sentence}\nSee you there.").text == f"Hello.\n{sentence}\nSee you there."


def test_the_space_that_french_puts_before_a_colon_may_be_unbreakable() -> None:
    body = "Vendredi me va.\n\nLe 5 mars 2024 à 09:12, Inès a écrit\u00a0:\n\nOn rame ?"

    message = parse_bytes(f"Content-Type: text/plain; charset=utf-8\n\n{body}".encode())

    assert message.text == "Vendredi me va."


RECIPIENTS = ",\n".join(f"Person {number}/HOU/ACME@ACME, Another {number}" for number in range(20))


@pytest.mark.parametrize(
    "block",
    [
        f"Ines Roth\n03/05/2024 09:12 AM\nTo: {RECIPIENTS}\ncc: {RECIPIENTS}\nSubject: Rowing",
        f"Ines Roth@ACME\n03/05/2024 09:12 AM\n\n\nTo: {RECIPIENTS}\ncc:  \nSubject: Rowing",
        f"\tAcme Corp.\n\t\n\tFrom:  Ines Roth           03/05/2024 09:12 AM\n\t\n\nTo: {RECIPIENTS}\ncc:\nSubject: R",
        "From:  Ines Roth\n03/05/2024 09:12 AM\t\n\t\n\t\n\t     \n\t\n\nTo: Max Lind\ncc:\nSubject: Rowing",
        "\tAcme Corp.\n\t\n\tFrom:  Ines Roth      03/05/2024 09:12 AM\n\t\n\nSent by: Ada\nTo: Max\ncc:\nSubject: R",
        '"Roth, Ines (ROWING CLUB)" <ines@example.org> on 03/05/2024\n09:12:54 AM\nTo: Max Lind\ncc:\nSubject: Rowing',
        "\tInes Roth 03/05/2024 09:12 AM \t  To: Max Lind/HOU/ACME@ACME  cc:   Subject: Rowing",
        "ines@example.org wrote: ",
    ],
    ids=range(8),
)
def test_what_old_mailers_put_before_a_quote_goes_whole(block: str) -> None:
    split = split_text(f"Friday suits me.\n\n{block}\n\nShall we row on Friday?\nInes\n")

    assert split.text == "Friday suits me."
    assert "Ines" in split.quoted
    assert split.quoted.endswith("Shall we row on Friday?\nInes")

from __future__ import annotations

import pytest

from jeeves.assist.digest import compose_digest
from jeeves.notify.wording import gsm7_text, is_gsm7, spoken, text_message
from jeeves.types import Waiting


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ada\u2019s “lunch” \u2013 noon… ok", 'Ada\'s "lunch" - noon... ok'),
        ("naïve façade, São Paulo, Łódź, Þór, Œuvre", "naive facade, Sao Paulo, Lodz, Thor, Oeuvre"),
        ("é è ù ì ò Ç Ø ø Å å Ä ö ñ ü à § ¿ € [b2]", "é è ù ì ò Ç Ø ø Å å Ä ö ñ ü à § ¿ € [b2]"),
        ("a\u00adb\u200bc\u00a0d ½ ﬁne `id`", "abc d 1/2 fine 'id'"),
        ("\uff21\uff44\uff41", "Ada"),
        ("Обед \u2013 где? Ζευς", "Obed - gde? Zeys"),
        ("ça va 🍜 \u2708\ufe0f?", "ca va ?"),
        ("Lunch with 田中 on Thursday at noon?", "Lunch with TianZhong on Thursday at noon?"),
    ],
)
def test_latin_text_is_brought_into_gsm7(text: str, plain: str) -> None:
    assert gsm7_text(text) == plain


@pytest.mark.parametrize("text", ["昼ご飯 “é”", "木曜日に lunch 🍜?", "점심 먹을까요? Where"])
def test_ideographs_stay_as_they_were_written(text: str) -> None:
    assert gsm7_text(text) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("Lunch? [b2]", "Lunch? [b2]"),
        ("Lunch?", "Lunch? [b2]"),
        ("", "[b2]"),
        ("[b2] was the old one", "[b2] was the old one [b2]"),
    ],
)
def test_a_text_message_ends_in_its_reference(body: str, text: str) -> None:
    assert text_message(body, "b2") == text


_LONG = "Shall we have lunch together on Thursday at half past twelve somewhere nice? " * 3


def septets(text: str) -> int:
    """Count as 3GPP TS 23.038 does: the characters of its extension table take an escape each."""
    assert is_gsm7(text)
    return len(text) + sum(text.count(character) for character in "{}[]~\\|^€\f")


@pytest.mark.parametrize(
    "body", ["Þ" * 300, "{" * 300, "word " * 80, "€uro " * 80, "x" * 900, f'Ada: lunch. "{_LONG}"']
)
def test_a_text_message_fits_into_one_of_160_septets(body: str) -> None:
    text = text_message(f"{body} [b2]", "b2")

    assert 120 <= septets(text) <= 160
    assert text.endswith(("... [b2]", '..." [b2]'))


def test_ideographs_fit_into_one_message_of_70() -> None:
    text = text_message("木曜日に昼ご飯を食べませんか。場所はどこ?" * 9, "b2")

    assert len(text.encode("utf-16-le")) // 2 <= 70
    assert text.endswith("... [b2]")


@pytest.mark.parametrize(("segments", "most"), [(2, 306), (3, 459)])
def test_more_segments_hold_153_septets_each(segments: int, most: int) -> None:
    text = text_message("lunch " * 100, "b2", segments=segments)

    assert most - 10 <= septets(text) <= most


def test_the_sentence_is_shortened_at_a_word_and_nothing_else_is() -> None:
    text = text_message(f'Ada suggests: lunch. Where? "{_LONG}" (call: refused; see jeeves status) [b2]', "b2")

    assert text == (
        'Ada suggests: lunch. Where? "Shall we have lunch together on Thursday at half past twelve somewhere'
        ' nice? Shall we..." (call: refused; see jeeves status) [b2]'
    )


def test_a_word_longer_than_a_message_is_cut_within() -> None:
    assert text_message("Ada " + "x" * 300, "b2") == "Ada " + "x" * 146 + "... [b2]"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("Ada suggests: lunch. Where? [b2c3]", "Ada suggests: lunch. Where? Reference b 2 c 3."),
        ("Ada suggests lunch [b2c3]", "Ada suggests lunch. Reference b 2 c 3."),
        ("[[h@l'oU]] tea? [b2c3]", "h@l'oU tea? Reference b 2 c 3."),
        ("", "Reference b 2 c 3."),
    ],
)
def test_a_reference_is_spoken_letter_by_letter(body: str, said: str) -> None:
    assert spoken(body, "b2c3") == said


def test_without_a_reference_only_the_alert_is_spoken() -> None:
    assert spoken("Ada suggests lunch", "") == "Ada suggests lunch."


@pytest.mark.parametrize("name", ["Ada", "{Щербаков}", "昼ご飯", "€" * 12])
def test_a_digest_that_is_shortened_still_names_all_it_tells_of(name: str) -> None:
    alerts = [
        Waiting(reference=f"{letter}2", body=f"{name} suggests: lunch, Thu 14 May 12:30. Where? [{letter}2]")
        for letter in "bcdfghjk"
    ]

    text = text_message(compose_digest(alerts, "a12"), "a12")

    assert all(f" {alert.reference}" in text for alert in alerts)
    assert text.endswith(" [a12]")
    assert (septets(text) <= 160) if is_gsm7(text) else (len(text) <= 70)

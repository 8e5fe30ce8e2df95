from __future__ import annotations

import pytest

from jeeves.notify.wording import gsm7_text, spoken, text_message


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ada\u2019s “lunch” \u2013 noon… ok", 'Ada\'s "lunch" - noon... ok'),
        ("naïve façade, São Paulo, Łódź, Þór, Œuvre", "naive facade, Sao Paulo, Lodz, Thor, OEuvre"),
        ("é è ù ì ò Ç Ø ø Å å Ä ö ñ ü à § ¿ € [b2]", "é è ù ì ò Ç Ø ø Å å Ä ö ñ ü à § ¿ € [b2]"),
        ("a\u00adb\u200bc\u00a0d ½ ﬁne `id`", "abc d 1/2 fine 'id'"),
        ("\uff21\uff44\uff41", "Ada"),
    ],
)
def test_latin_text_is_brought_into_gsm7(text: str, plain: str) -> None:
    assert gsm7_text(text) == plain


@pytest.mark.parametrize("text", ["昼ご飯 “é”", "обед \u2013 где?", "ça va 🍜"])
def test_text_that_needs_ucs2_anyway_stays_as_it_was_written(text: str) -> None:
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


def test_a_text_message_of_letters_that_grow_stays_within_300_characters() -> None:
    text = text_message("Þ" * 300 + " [b2]", "b2")

    assert len(text) <= 300
    assert text.endswith("T [b2]")


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

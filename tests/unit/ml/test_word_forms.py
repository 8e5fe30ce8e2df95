from __future__ import annotations

import subprocess
import sys

import pytest

from jeeves.ml.word_forms import WordForm, formed


@pytest.mark.parametrize(
    ("form", "feature", "expected"),
    [
        (WordForm.WRITTEN, "meetings went", "meetings went"),
        (WordForm.STEM, "meetings went", "meet went"),
        (WordForm.LEMMA, "meetings went", "meeting go"),
        (WordForm.LEMMA, "quoted:lunches ?", "quoted:lunch ?"),
        (WordForm.STEM, "a_name let's subject_end", "a_name let's subject_end"),
        (WordForm.LEMMA, "a_name let's subject_end", "a_name let's subject_end"),
        (WordForm.LEMMA, "~<proposal> <meet> *", "~<proposal> <meet> *"),
        (WordForm.LEMMA, "zorps", "zorps"),
        (WordForm.LEMMA, "grüße", "grüße"),
        (WordForm.LEMMA, "", ""),
    ],
)
def test_words_take_their_form_and_markers_stay(form: WordForm, feature: str, expected: str) -> None:
    assert formed(feature, form) == expected


def test_a_model_without_lemmas_never_loads_the_dictionary() -> None:
    asked = (
        "import sys; from jeeves import shipped; from jeeves.ml.artifact import load_active;"
        "from jeeves.mail.parse import message_from_fields;"
        "model = load_active(shipped('models')); model.predict([message_from_fields({'body': 'Lunch?'})]);"
        "print(model.fitted.vectoriser.form.value, 'simplemma' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=100, check=True)

    form, loaded = done.stdout.split()
    assert loaded == str(form == "lemma")

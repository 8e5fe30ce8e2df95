from __future__ import annotations

import pytest

from jeeves import shipped
from jeeves.ml.artifact import load_active
from jeeves.ml.survey import Surveyor
from tests.unit.records import message

TEXTS = (
    "Shall we have lunch together on Thursday?",
    "The invoice was paid yesterday.",
    "Sehen wir uns am Donnerstag zum Mittagessen in der Stadt? Ich bin ab zwölf Uhr da.",
    "",
)


def test_a_look_says_what_the_model_says() -> None:
    model = load_active(shipped("models"))
    messages = [message(text=text, subject="Hello") for text in TEXTS]

    looks = Surveyor(model).look(messages)

    assert [look.probability for look in looks] == pytest.approx([each.probability for each in model.predict(messages)])


def test_what_is_known_is_not_new() -> None:
    surveyor = Surveyor(load_active(shipped("models")))
    lunch, paid = message(text=TEXTS[0]), message(text=TEXTS[1])
    assert surveyor.look([lunch])[0].novelty == pytest.approx(1.0)

    surveyor.look([lunch], known=True)
    again, other = surveyor.look([lunch, paid])

    assert again.novelty == pytest.approx(0.0)
    assert 0.0 < other.novelty <= 1.0
    assert surveyor.look([]) == []

import pytest

from jeeves.mail.training_label import training_answer
from jeeves.types import Answer


@pytest.mark.parametrize(
    ("labels", "answer"),
    [
        (["Inbox", "Jeeves"], Answer.YES),
        (["Jeeves/Yes"], Answer.YES),
        (["jeeves/no", "Inbox"], Answer.NO),
        (["JEEVES/SKIP"], Answer.SKIP),
        (["Jeeves", "Jeeves/No"], Answer.NO),
        (["Jeeves/Yes", "Jeeves/No"], None),
        (["Inbox", "Jeevesy", "Jeeves/Later", "Not Jeeves"], None),
        ([], None),
    ],
)
def test_the_training_label_is_an_answer(labels: list[str], answer: Answer | None) -> None:
    assert training_answer(labels, "Jeeves") is answer


def test_the_label_has_the_name_its_owner_gave_it() -> None:
    assert training_answer(["Treffen/No"], "treffen") is Answer.NO
    assert training_answer(["Jeeves"], "Treffen") is None

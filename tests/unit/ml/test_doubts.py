from __future__ import annotations

import pytest

from jeeves import shipped
from jeeves.ml.artifact import load_active
from jeeves.ml.doubts import FOLDS, Doubts
from jeeves.ml.sampling import CONFIDENT
from tests.unit.records import message

LUNCH = "Shall we have lunch together on {}? I would love to catch up with you."
PAID = "The report of {} is attached. The invoice was paid."
MONTHS = ("January", "February", "March", "April", "June", "July", "August", "October", "November", "December")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def judged(labelled: list[tuple[str, bool, str]], *, seed: int = 1) -> dict[int, float]:
    """Return the disagreement of each message: text, label and thread."""
    doubts = Doubts(load_active(shipped("models")), seed=seed)
    for text, label, thread in labelled:
        doubts.add(message(text=text, thread_key=thread), label=label)
    found = [pair for number in range(FOLDS) for pair in doubts.fold(number)]
    assert sorted(place for place, _ in found) == list(range(len(labelled)))
    return dict(found)


def test_a_wrong_label_among_right_ones_is_doubted() -> None:
    right = [(LUNCH.format(day), True, day) for day in DAYS] + [(PAID.format(day), False, f"r{day}") for day in DAYS]

    doubts = judged([*right, (LUNCH.format("Sunday"), False, "wrong")])

    assert doubts[len(right)] >= CONFIDENT
    assert all(doubts[place] < CONFIDENT for place in range(len(right)))


def test_what_others_teach_counts() -> None:
    """Whoever says no to every lunch is not wrong every time."""
    never_lunch = [(LUNCH.format(day), False, f"{day}{week}") for day in DAYS for week in range(8)]
    visits = [
        (f"Could you come and see us {part} {month}?", True, f"{part} {month}")
        for month in MONTHS
        for part in ("early in", "late in", "some time in")
    ]

    alone, among = judged(never_lunch[:1]), judged([*never_lunch, *visits])

    assert sum(among[place] for place in range(40)) / 40 < alone[0]


def test_a_message_is_not_judged_by_what_its_own_thread_teaches() -> None:
    one_thread = [(LUNCH.format(day), False, "thread") for day in DAYS * 8]

    doubts = judged(one_thread)

    assert doubts[0] == pytest.approx(judged(one_thread[:1])[0])


def test_nothing_labelled_is_nothing_to_doubt() -> None:
    assert judged([]) == {}

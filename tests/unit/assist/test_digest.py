from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jeeves.assist.alerts import compose, message_id_of, reference_for
from jeeves.assist.digest import MOST, brief, compose_digest, digest_reference
from jeeves.types import Person, Waiting
from tests.unit.records import NOON, message, prediction


def waiting(number: int, name: str, sentence: str = "Shall we have lunch on Thursday at 12:30?") -> Waiting:
    reference = reference_for(number)
    body = compose(
        message(sender=Person(name=name), subject="", text=sentence),
        prediction(sentence=sentence),
        reference,
        NOON.tzinfo,  # type: ignore[arg-type] # NOON is aware
    )
    return Waiting(reference=reference, body=body)


def told(reference: str, opening: str) -> Waiting:
    return Waiting(reference=reference, body=f'{opening}. Where? "Shall we?" [{reference}]')


def test_it_names_everyone_what_they_want_and_the_reference() -> None:
    alerts = [
        told("b2", "Ada Holm suggests: lunch, Thursday 12:30"),
        told("c2", "Ben suggests: coffee"),
        told("d2", "Cleo wants to meet"),
    ]

    assert compose_digest(alerts, "a17") == (
        "3 get-togethers need a place: b2 Ada Holm: lunch, Thursday 12:30; c2 Ben: coffee; d2 Cleo [a17]"
    )


def test_where_there_is_little_room_names_are_kept_longest() -> None:
    alert = told("b2", "Ada Holm suggests: lunch, Thursday 12:30")

    assert [brief(alert.body, "b2", room) for room in (34, 33, 17, 16, 10, 5, 2, 0)] == [
        "b2 Ada Holm: lunch, Thursday 12:30",
        "b2 Ada Holm: lunch",
        "b2 Ada Holm",
        "b2 Ada Holm",
        "b2 Ada",
        "b2 Ad",
        "b2",
        "b2",
    ]


def test_what_is_left_after_others_were_settled_is_told_as_one() -> None:
    body = compose_digest([told("c2", "Ben suggests: coffee")], "a17")
    assert body == "1 get-together needs a place: c2 Ben: coffee [a17]"


def test_the_reference_of_a_digest_is_never_that_of_a_message() -> None:
    assert message_id_of(digest_reference(17)) is None


names = st.text(st.characters(codec="utf-8"), max_size=60)


@given(st.lists(st.tuples(st.integers(1, 10**9), names), min_size=1, max_size=MOST, unique_by=lambda each: each[0]))
def test_every_alert_is_named_within_one_text_message(people: list[tuple[int, str]]) -> None:
    body = compose_digest([waiting(number, name) for number, name in people], "a1234567")

    assert len(body) <= 160
    assert body.endswith(" [a1234567]")
    words = body.replace(";", " ").split()
    assert {reference_for(number) for number, _ in people} <= set(words)

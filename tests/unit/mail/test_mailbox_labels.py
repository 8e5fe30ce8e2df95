from __future__ import annotations

import itertools

import pytest

from jeeves.mail.mailbox_labels import folder_answer, keyword, keyword_answer, one_of, read_mark
from jeeves.types import Answer, MarkState

YES, NO, SKIP = Answer.YES, Answer.NO, Answer.SKIP


def said(*labels: Answer | None, known: MarkState | None = None) -> list[Answer]:
    """Return the answers an owner gives whose labels read so one after the other."""
    state, answers = known or MarkState(), []
    for now in labels:
        state, answer = read_mark(state, now)
        if answer is not None:
            answers.append(answer)
    return answers


def test_a_label_is_an_answer_and_taking_it_off_withdraws_it() -> None:
    assert said(YES) == [YES]
    assert said(None, NO, None) == [NO, SKIP]
    assert said(YES, NO) == [YES, NO]


def test_a_label_that_stays_is_said_once() -> None:
    assert said(YES, YES, YES) == [YES]
    assert said(None, None) == []


WRITTEN = MarkState(written=YES)


def test_what_jeeves_wrote_itself_is_nobodys_answer() -> None:
    assert said(YES, YES, known=WRITTEN) == []
    assert said(None, None, known=WRITTEN) == []


@pytest.mark.parametrize(
    ("labels", "answers"),
    [
        ([YES, None], [SKIP]),
        ([YES, NO], [NO]),
        ([NO], [NO]),  # moved before it was read once
        ([YES, None, YES], [SKIP, YES]),  # put on again: now it is the owner's
        ([YES, NO, YES], [NO, YES]),
    ],
)
def test_a_label_of_jeeves_that_the_owner_changes_is_an_answer(
    labels: list[Answer | None], answers: list[Answer]
) -> None:
    assert said(*labels, known=WRITTEN) == answers


def test_reading_the_same_labels_again_never_says_anything_new() -> None:
    everything = [None, *Answer]
    for seen, written, now in itertools.product(everything, repeat=3):
        state, _ = read_mark(MarkState(seen=seen, written=written), now)

        assert read_mark(state, now) == (state, None)
        assert state.seen is now


@pytest.mark.parametrize(
    ("flags", "answer"),
    [
        (["\\Seen", "$Jeeves"], YES),
        (["$jeevesno"], NO),
        (["$Jeeves", "$JeevesNo"], NO),
        (["$JeevesSkip"], SKIP),
        (["\\Seen", "Jeeves", "$Jeevesy"], None),
    ],
)
def test_keywords_stand_for_labels(flags: list[str], answer: Answer | None) -> None:
    assert keyword_answer(flags, "Jeeves") is answer


def test_a_keyword_is_an_atom_whatever_the_label_is_called() -> None:
    assert keyword("Büro (neu)/2", Answer.NO) == "$Broneu2No"
    assert keyword("ラベル", Answer.YES) == "$Jeeves"


@pytest.mark.parametrize(
    ("folder", "delimiter", "answer"),
    [
        ("Jeeves", "/", YES),
        ("Jeeves/No", "/", NO),
        ("jeeves.no", ".", NO),
        ("INBOX.Jeeves.No", ".", NO),
        ("inbox/Jeeves", "/", YES),
        ("Jeeves", "", YES),
        ("Jeeves.No", "/", None),
        ("Archive/Jeeves", "/", None),
        ("INBOX", "/", None),
    ],
)
def test_folders_stand_for_labels(folder: str, delimiter: str, answer: Answer | None) -> None:
    assert folder_answer(folder, delimiter, "Jeeves") is answer


@pytest.mark.parametrize(
    ("seen", "copies", "together"),
    [
        (None, [], (None, "")),
        (YES, [(None, "")], (None, "")),
        (None, [(None, ""), (NO, "Jeeves/No")], (NO, "Jeeves/No")),
        (YES, [(NO, ""), (YES, "Jeeves"), (None, "")], (YES, "Jeeves")),
        (SKIP, [(NO, ""), (YES, "Jeeves")], (NO, "")),
    ],
)
def test_copies_of_a_message_speak_with_one_voice(
    seen: Answer | None, copies: list[tuple[Answer | None, str]], together: tuple[Answer | None, str]
) -> None:
    assert one_of(MarkState(seen=seen), copies) == together

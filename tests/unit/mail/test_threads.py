"""What ties a message to others: base subjects as RFC 5256, section 2.1, has them, and chains of ids."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.threads import base_subject, thread_links


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Lunch", ("lunch", False)),
        ("Re: Lunch", ("lunch", True)),
        ("RE:re: Fwd: FW: Lunch", ("lunch", True)),
        ("Re [walkers]: Lunch", ("lunch", True)),
        ("Re[2]: Lunch", ("lunch", True)),
        ("Re^3: Lunch", ("lunch", True)),
        ("[walkers] Re: Lunch", ("lunch", True)),
        ("[walkers] [urgent] Lunch", ("lunch", False)),
        ("Re: [walkers]", ("[walkers]", True)),
        ("[walkers]", ("[walkers]", False)),
        ("Lunch (fwd) (Fwd)", ("lunch", True)),
        ("[Fwd: [Fwd: Re: Lunch]]", ("lunch", True)),
        ("Re:   two \t spaces", ("two spaces", True)),
        ("Re:", ("", True)),
        ("", ("", False)),
        ("Reply: is a word", ("reply: is a word", False)),
        ("Regarding: lunch", ("regarding: lunch", False)),
        ("AW: WG: Mittagessen", ("mittagessen", True)),
        ("Antwort: Mittagessen", ("mittagessen", True)),
        ("RV: Almuerzo", ("almuerzo", True)),
        ("RES: ENC: Almoço", ("almoço", True)),
        ("R: Rif: Pranzo", ("pranzo", True)),
        ("TR : Déjeuner", ("déjeuner", True)),
        ("Antw: Doorst: Lunch", ("lunch", True)),
        ("SV: VS: Lunsj", ("lunsj", True)),
        ("回复\uff1a午餐", ("午餐", True)),
    ],
)
def test_marks_of_replies_and_forwards_are_no_part_of_the_subject(subject: str, expected: tuple[str, bool]) -> None:
    assert base_subject(subject) == expected


@given(st.text(max_size=60), st.sampled_from(["Re: ", "Fwd: ", "AW: ", "[list] Re: "]))
def test_a_mark_more_changes_only_that_it_is_a_reply(subject: str, mark: str) -> None:
    base, _ = base_subject(subject)

    assert base_subject(mark + subject) == (base, True)
    assert base_subject(base)[0] == base or "[" in base  # nothing is left to take off


@pytest.mark.parametrize("piece", ["re:", "[", "[a]", "[fwd:", "(fwd)", "re [", "[a]re "])
def test_hostile_subjects_take_linear_time(piece: str) -> None:
    started = time.process_time()

    base_subject(piece * 100_000)

    assert time.process_time() - started < 5


def test_references_count_before_in_reply_to() -> None:
    links = thread_links(message_id="c", references=["a", "b"], in_reply_to=["x"], subject="Re: s")

    assert (links.message_id, links.ancestors, links.base_subject, links.is_reply) == ("c", ("a", "b"), "s", True)


def test_without_references_the_first_id_of_in_reply_to_counts() -> None:
    assert thread_links(message_id="c", references=[], in_reply_to=["x", "y"], subject="").ancestors == ("x",)


def test_a_message_is_not_its_own_ancestor() -> None:
    assert thread_links(message_id="a", references=["a", "b", "b"], in_reply_to=[], subject="").ancestors == ("b",)


def test_an_absurd_chain_keeps_its_root_and_its_end() -> None:
    chain = [str(number) for number in range(5000)]

    ancestors = thread_links(message_id="c", references=chain, in_reply_to=[], subject="").ancestors

    assert len(ancestors) == 100
    assert (ancestors[0], ancestors[-1]) == ("0", "4999")

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.imap_idle import Tally


def test_a_higher_count_is_that_many_arrivals() -> None:
    assert Tally(exists=3).after(5, 0) == Tally(exists=5, arrived=2)


def test_the_same_count_is_no_news() -> None:
    assert Tally(exists=3).after(3, 0) == Tally(exists=3)


def test_the_same_count_after_one_has_gone_is_an_arrival() -> None:
    assert Tally(exists=3).after(3, 1).arrived == 1


def test_what_has_gone_is_no_arrival() -> None:
    assert Tally(exists=3).after(None, 2) == Tally(exists=1)


@given(events=st.lists(st.sampled_from(["arrive", "expunge"]), max_size=30), data=st.data())
def test_no_arrival_goes_unnoticed_in_whatever_portions_it_is_heard(events: list[str], data: st.DataObject) -> None:
    # given a server that tells of each event as it happens, and a listener that hears some at a time, unordered
    exists, tally, heard, gone, arrivals = 5, Tally(exists=5), None, 0, 0
    for event in events:
        if event == "arrive":
            exists += 1
            heard, arrivals = exists, arrivals + 1
        elif exists:
            exists -= 1
            gone += 1
        if data.draw(st.booleans()):
            before = tally
            tally = before.after(heard, gone)
            assert tally.arrived - before.arrived >= arrivals
            assert tally.exists <= exists
            heard, gone, arrivals = None, 0, 0

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jeeves.mail.watch import Act, Outcome, Step, Timing, Watch, after, next_step, share_out

TIMING = Timing(sweep=120.0, idle=480.0, refused=600.0, steady=60.0)


def doubling(failures: int) -> float:
    return float(min(5.0 * 2 ** (failures - 1), 900.0)) / 2


def then(watch: Watch, outcome: Outcome, now: float, timing: Timing = TIMING) -> Watch:
    return after(watch, outcome, now, timing, doubling)


def test_a_watch_begins_with_a_look_at_the_whole_folder() -> None:
    assert next_step(Watch(), 0.0, TIMING) == Step(act=Act.SWEEP)


def test_after_a_sweep_it_idles_until_the_next_one() -> None:
    watch = then(Watch(), Outcome.SWEPT, 10.0)

    assert next_step(watch, 10.0, TIMING) == Step(act=Act.IDLE, seconds=120.0)
    assert next_step(watch, 100.0, TIMING) == Step(act=Act.IDLE, seconds=30.0)
    assert next_step(watch, 130.0, TIMING) == Step(act=Act.SWEEP)


def test_no_idle_lasts_nine_minutes_however_rare_the_sweeps() -> None:
    timing = Timing(sweep=86_400.0)
    watch = then(Watch(), Outcome.SWEPT, 0.0, timing)

    assert next_step(watch, 0.0, timing).seconds < 9 * 60 - 30


def test_what_arrived_is_collected_once() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.ARRIVED, 5.0)
    assert next_step(watch, 5.0, TIMING) == Step(act=Act.COLLECT)

    watch = then(watch, Outcome.COLLECTED, 5.1)
    assert next_step(watch, 5.1, TIMING).act is Act.IDLE


def test_a_sweep_takes_in_what_arrived() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.ARRIVED, 121.0)
    assert next_step(watch, 121.0, TIMING).act is Act.SWEEP

    assert next_step(then(watch, Outcome.SWEPT, 122.0), 122.0, TIMING).act is Act.IDLE


def test_a_quiet_idle_is_asked_for_again() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.QUIET, 60.0)

    assert next_step(watch, 60.0, TIMING) == Step(act=Act.IDLE, seconds=60.0)


def test_having_lost_track_leads_to_a_sweep_at_once() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.LOST_TRACK, 1.0)

    assert next_step(watch, 1.0, TIMING).act is Act.SWEEP


def test_a_refused_idle_is_polling_until_it_is_tried_again() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.REFUSED, 1.0)
    assert next_step(watch, 1.0, TIMING) == Step(act=Act.REST, seconds=119.0)
    assert next_step(watch, 120.0, TIMING).act is Act.SWEEP

    watch = then(watch, Outcome.SWEPT, 590.0)
    assert next_step(watch, 590.0, TIMING) == Step(act=Act.REST, seconds=11.0)
    assert next_step(watch, 601.0, TIMING).act is Act.IDLE


def test_a_steady_connection_that_breaks_off_is_replaced_at_once() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.FAILED, 61.0)

    assert next_step(watch, 61.0, TIMING).act is Act.SWEEP


def test_one_that_breaks_off_early_waits_and_each_time_longer() -> None:
    watch, now, waits = Watch(), 0.0, []
    for _ in range(12):
        watch = then(then(watch, Outcome.SWEPT, now), Outcome.FAILED, now + 1.0)
        step = next_step(watch, now + 1.0, TIMING)
        assert step.act is Act.REST
        waits.append(step.seconds)
        now += 1.0 + step.seconds

    assert waits == [doubling(failures) for failures in range(1, 13)]


def test_a_wait_ends_with_a_look_at_the_whole_folder() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.FAILED, 1.0)

    assert next_step(watch, 1.0 + doubling(1), TIMING).act is Act.SWEEP


def test_failures_are_forgiven_once_a_connection_has_held() -> None:
    watch = Watch()
    for now in (0.0, 10.0, 30.0):
        watch = then(watch, Outcome.FAILED, now)
    assert watch.failures == 3
    watch = then(then(watch, Outcome.SWEPT, 100.0), Outcome.FAILED, 161.0)
    assert watch.failures == 0
    watch = then(watch, Outcome.FAILED, 162.0)

    assert next_step(watch, 162.0, TIMING) == Step(act=Act.REST, seconds=doubling(1))


def test_a_request_to_slow_down_is_heeded_at_once_and_for_minutes() -> None:
    # also by a connection that had held for long, which is otherwise replaced at once
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.THROTTLED, 3600.0)

    assert next_step(watch, 3600.0, TIMING) == Step(act=Act.REST, seconds=doubling(6))


def test_a_database_in_trouble_is_no_failure_of_the_mail_server() -> None:
    watch = then(then(Watch(), Outcome.SWEPT, 0.0), Outcome.ARRIVED, 1.0)
    watch = then(watch, Outcome.HELD_UP, 2.0)

    assert (watch.failures, watch.connected_at) == (0, 0.0)
    assert next_step(watch, 2.0, TIMING).act is Act.REST
    assert next_step(watch, 2.0 + doubling(1), TIMING).act is Act.SWEEP


def test_after_eight_hours_asleep_everything_is_due() -> None:
    # the clock counts the sleep, so that a sweep or a wait that was minutes away is over
    awake = 8 * 3600.0
    swept = then(Watch(), Outcome.SWEPT, 0.0)
    failed = then(swept, Outcome.FAILED, 1.0)

    assert next_step(swept, awake, TIMING).act is Act.SWEEP
    assert next_step(failed, awake, TIMING).act is Act.SWEEP


SERVER = st.lists(
    st.tuples(
        st.sampled_from([Outcome.FAILED] * 4 + [each for each in Outcome if each is not Outcome.FAILED]),
        st.sampled_from([0.0, 0.001, 0.5, 61.0]),
    ),
    min_size=1,
    max_size=300,
)


@given(server=SERVER)
def test_no_server_can_make_it_reconnect_more_than_eight_times_a_minute(
    server: list[tuple[Outcome, float]],
) -> None:
    # given any server: it lets us down, or does not, as often as it likes and after as long as it likes
    watch, now, failed = Watch(), 0.0, []
    for outcome, took in server:
        step = next_step(watch, now, TIMING)
        while step.act is Act.REST:
            now += step.seconds
            step = next_step(watch, now, TIMING)
        now += took
        watch = then(watch, outcome, now)
        if outcome in {Outcome.FAILED, Outcome.THROTTLED}:
            failed.append(now)

    assert all(later - earlier >= 60.0 for earlier, later in zip(failed, failed[8:], strict=False))


@given(now=st.floats(min_value=0.0, max_value=1e6), outcomes=st.lists(st.sampled_from(Outcome), max_size=30))
def test_no_state_rests_longer_than_the_next_sweep_or_the_back_off(now: float, outcomes: list[Outcome]) -> None:
    watch = Watch()
    for outcome in outcomes:
        watch = then(watch, outcome, now)
        step = next_step(watch, now, TIMING)
        assert 0.0 <= step.seconds <= max(TIMING.sweep, 450.0)


@pytest.mark.parametrize(
    ("count", "groups"),
    [(1, [1]), (8, [1] * 8), (9, [1] * 7 + [2]), (20, [1] * 7 + [13])],
)
def test_folders_are_shared_out_in_order(count: int, groups: list[int]) -> None:
    folders = [f"F{number}" for number in range(count)]

    shared = share_out(folders, 8)

    assert [len(group) for group in shared] == groups
    assert [folder for group in shared for folder in group] == folders


def test_a_watch_that_never_idles_only_sweeps() -> None:
    watch = then(Watch(idle_at=inf), Outcome.SWEPT, 0.0)

    assert next_step(watch, 1.0, TIMING) == Step(act=Act.REST, seconds=119.0)
    assert next_step(watch, 120.0, TIMING).act is Act.SWEEP

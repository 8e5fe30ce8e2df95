from __future__ import annotations

import numpy as np
import pytest

from benchmarks.slopes import slope_per_hour

MOMENTS = [float(second) for second in range(0, 600, 5)]


def test_a_steady_leak_is_found_with_its_rate() -> None:
    leaking = [100 + second * 60 / 3600 for second in MOMENTS]  # 60 MB an hour

    found = slope_per_hour(MOMENTS, leaking)

    assert found.slope == pytest.approx(60)
    assert found.low == pytest.approx(60)
    assert found.high == pytest.approx(60)


def test_what_stays_has_no_slope_at_all() -> None:
    found = slope_per_hour(MOMENTS, [9.0] * len(MOMENTS))

    assert (found.low, found.slope, found.high) == (0, 0, 0)


def test_what_goes_up_and_down_is_not_taken_for_growth_and_a_leak_beneath_it_is() -> None:
    noise = np.random.default_rng(7).normal(0, 0.5, len(MOMENTS))
    leak = np.array(MOMENTS) * 60 / 3600

    assert slope_per_hour(MOMENTS, [*noise]).low < 0 < slope_per_hour(MOMENTS, [*noise]).high
    found = slope_per_hour(MOMENTS, [*(noise + leak)])
    assert 0 < found.low < 60 < found.high


def test_too_few_samples_tell_nothing() -> None:
    with pytest.raises(ValueError, match="12 samples"):
        slope_per_hour(MOMENTS[:11], [1.0] * 11)

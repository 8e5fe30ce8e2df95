from __future__ import annotations

import gc
import sys

from jeeves.cli.labelling.swiftness import swift_keyboard


def test_turns_are_short_and_garbage_is_not_looked_for_in_what_stays() -> None:
    usual = sys.getswitchinterval()

    with swift_keyboard():
        within, left_out = sys.getswitchinterval(), gc.get_freeze_count()

    assert within < usual
    assert left_out > 0
    assert (sys.getswitchinterval(), gc.get_freeze_count()) == (usual, 0)

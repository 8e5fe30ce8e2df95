"""Python loads this at the start of every program of the acceptance tests: it keeps what goes to standard error.

Lives here: the copy. Must not live here: what is looked for in it (``privacy``).
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any


class _Overheard:
    def __init__(self, stream: Any, kept: Path) -> None:  # noqa: ANN401 - whatever standard error is
        self._stream = stream
        self._kept = kept

    def write(self, text: str) -> int:
        with self._kept.open("a", encoding="utf-8", errors="replace") as kept:
            kept.write(text)
        return int(self._stream.write(text))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._stream, name)


if "JEEVES_TEST_OVERHEARD" in os.environ and sys.stderr is not None:
    sys.stderr = _Overheard(sys.stderr, Path(os.environ["JEEVES_TEST_OVERHEARD"]) / f"{os.getpid()}.txt")

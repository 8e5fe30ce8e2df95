"""What holds mail on its way to another machine, and shows none of it.

Lives here: ``Parcel``. Must not live here: where it goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Parcel:
    """Something on its way to a worker that no log may show."""

    content: Any = field(repr=False)

"""What this machine says of its owner's whereabouts.

Lives here: the time zone. Must not live here: anything from the network.
"""

from __future__ import annotations

import os
import zoneinfo
from pathlib import Path
from typing import Final

_FALLBACK: Final = "UTC"
_FOLDER: Final = "zoneinfo/"


def local_timezone(localtime: Path = Path("/etc/localtime")) -> str:
    """Return the name of the machine's time zone: TZ, else what ``localtime`` links to, else UTC."""
    named = os.environ.get("TZ", "").removeprefix(":")
    try:
        linked = str(localtime.resolve()).rpartition(_FOLDER)[2]
    except OSError:
        linked = ""
    known = zoneinfo.available_timezones()
    return next((name for name in (named, linked) if name in known), _FALLBACK)

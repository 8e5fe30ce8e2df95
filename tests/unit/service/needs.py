"""What a made-up service needs.

Lives here: the record tests vary. Must not live here: expectations.
"""

from __future__ import annotations

import sys
from pathlib import Path

from jeeves.service.needs import Needs, Scope


def made_up(scope: Scope, *, speaks: bool = False, config: str = "/etc/jeeves/jeeves.toml") -> Needs:
    """Return needs with a credential, a folder to write to, and a program in a home folder."""
    return Needs(
        scope=scope,
        config_file=Path(config),
        data_dir=Path("/var/lib/jeeves") if scope == "system" else Path("/home/ada/.local/share/jeeves"),
        python=Path(sys.executable),
        program=(Path("/home/ada/venv"), Path("/usr")),
        writable=(Path("/srv/jeeves said"),),
        credentials=(("imap", Path("/etc/jeeves/credentials/imap")),),
        speaks=speaks,
    )

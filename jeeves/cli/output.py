"""Files a command writes because the owner asked for them.

Lives here: writing one whole, and the error when that fails. Must not live here: what is in them.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from jeeves.errors import UserError

if TYPE_CHECKING:
    from pathlib import Path


def write(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write ``content`` to ``path``, making its folder; the file appears whole or not at all.

    A ``private`` file is for its owner's eyes alone. Raises UserError.
    """
    unfinished = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.touch(mode=0o600 if private else 0o666)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror or type(error).__name__}",
            advice="Name a file in a folder you may write to, on a disk with room.",
        ) from error

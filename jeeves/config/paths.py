"""Paths as the owner writes them.

Lives here: ``~`` and relative paths made absolute. Must not live here: opening anything.
"""

from pathlib import Path


def expand_path(written: str, base: Path) -> Path:
    """Return ``written`` as an absolute path: ``~`` is the home folder, relative means below ``base``.

    Raises ValueError, with a sentence fit for the owner, when it cannot be a path.
    """
    if not written.strip() or not written.isprintable():
        raise ValueError("must be a path without control characters")
    try:
        return base / Path(written).expanduser()
    except RuntimeError:
        raise ValueError("its home folder (~) is not known; write the whole path") from None

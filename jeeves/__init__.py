"""Jeeves reads its owner's mail and speaks up when someone wants to meet and nobody has said where.

Lives here: the version and where shipped files lie. Must not live here: imports that cost time.
"""

from pathlib import Path

__version__ = "0.1.0"


def shipped(name: str) -> Path:
    """Return the path of a file or folder that comes with Jeeves: ``models``, ``migrations`` or ``jeeves.toml``.

    An installed wheel carries them inside the package; a checkout has them beside it.
    """
    inside = Path(__file__).parent / name
    return inside if inside.exists() else Path(__file__).parents[1] / name

"""Mail under every charset label there is, and some there are not, whatever its bytes are.

Lives here: the labels and the letters, shared by tests and benchmarks. Must not live here: measuring, assertions.
"""

from __future__ import annotations

import base64
import encodings
import encodings.aliases
import pkgutil
import random
from itertools import product
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KNOWN_LABELS: Final = sorted(
    {
        *encodings.aliases.aliases,
        *encodings.aliases.aliases.values(),
        *(module.name for module in pkgutil.iter_modules(encodings.__path__) if module.name != "aliases"),
        *("iso-8859-1", "us-ascii", "windows-874", "iso-8859-8-i", "ks_c_5601-1987", "x-sjis", "unicode-1-1-utf-7"),
    }
)
UNKNOWN_LABELS: Final = (
    "",
    "x",
    "unknown-8bit",
    "klingon",
    "utf-8-",
    "../../etc/passwd",
    "\x00",
    "ü",
    "a" * 5000,
    "utf-8\r\n",
)
_PROSE: Final = b"Shall we meet on Friday at seven, as you said the other day?\r\n"


def _prose(size: int) -> bytes:
    return _PROSE * (size // len(_PROSE))


def _random(size: int) -> bytes:
    return random.Random(7).randbytes(size)  # noqa: S311 - any bytes will do


def _mixed(size: int) -> bytes:
    dice = random.Random(7)  # noqa: S311 - as above
    return b"".join(_PROSE + dice.randbytes(60) + b"\n" for _ in range(size // 123))


def _specks(size: int) -> bytes:
    dice = random.Random(7)  # noqa: S311 - as above
    lines = (bytearray(_PROSE) for _ in range(size // len(_PROSE)))
    content = bytearray(b"".join(lines))
    for at in range(0, size // len(_PROSE) * len(_PROSE), 12):  # a twelfth of the bytes, an eighth of these controls
        content[at] = dice.randrange(256)
    return bytes(content)


def _printable(size: int) -> bytes:
    letters = bytes({*range(0x20, 0x7F), *range(0xA0, 0x100)}) + b"\n\t" * 2
    return bytes(random.Random(7).choices(letters, k=size))  # noqa: S311 - as above


CONTENTS: Final[dict[str, Callable[[int], bytes]]] = {
    "prose": _prose,
    "random bytes": _random,
    "mixed": _mixed,
    "specks": _specks,
    "printable bytes": _printable,
}
SUBTYPES: Final = ("plain", "html")


def letters(label: str, size: int) -> Iterator[tuple[str, bytes]]:
    """Yield what each letter under the label is, and its bytes; ``size`` bytes before any transfer encoding."""
    for (what, make), subtype, coded in product(CONTENTS.items(), SUBTYPES, (False, True)):
        content = make(size)
        head = b'Content-Type: text/%b; charset="%b"\n' % (subtype.encode(), label.encode())
        head += b"Content-Transfer-Encoding: %b\n\n" % (b"base64" if coded else b"8bit")
        name = f"{what}, {subtype}, {'base64' if coded else '8bit'}"
        yield name, head + (base64.encodebytes(content) if coded else content)

"""What more labels would bring, as far as that was measured.

Lives here: one honest sentence from the card of the model that serves. Must not live here: measuring.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jeeves.types import Origin

if TYPE_CHECKING:
    from jeeves.types import ModelCard

_FIGURE: Final = "average_precision"
_SIMULATED: Final = (  # docs/labelling.md, the default order
    "On other people's mail 200 answers came to 74% of what thousands bring, 500 to 88%, 725 to 95%."
)


def outlook(card: ModelCard | None) -> str:
    """Return what the owner's labels have brought so far and what that says of the next ones.

    Two points of the learning curve are on the card: the figure on the owner's own mail without any label of theirs,
    and with those the model learned from. Without them nothing is claimed.
    """
    learned = 0 if card is None else card.provenance.origins.get(Origin.OWNER, 0)
    if card is None or not learned:
        return f"{_SIMULATED} On yours, jeeves retrain measures it."
    before, after = card.provenance.starter_alone.get(_FIGURE), card.metrics.get(_FIGURE)
    if before is None or after is None:
        return f"The model in use learned from {learned:,} labels of yours; what they brought was not measured."
    told = f"Your {learned:,} labels moved average precision on your mail from {before:.2f} to {after:.2f}"
    low, high = card.intervals.get(_FIGURE, (after, after))
    if low <= before <= high:
        return f"{told}: within chance ({low:.2f} to {high:.2f}), so what the next ones bring is not known."
    if after <= before:
        return f"{told}: more of them have not helped so far."
    return f"{told} (95 %: {low:.2f} to {high:.2f}); as many again will bring less than that, as a rule."

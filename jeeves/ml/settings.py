"""What training may choose from: one point per way of learning, and which points are worth trying.

Lives here: the hyper-parameters and the grids. Must not live here: trying them (``search``), what they do to the
evidence (``vectors``) and to the fit (``fitting``).

There are many points for many messages and few for few: the best of 192 on thirty answers is the luckiest of 192.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

from jeeves.ml.word_forms import WordForm
from jeeves.types import Origin

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

FEW: Final = 1_000  # judged messages; with fewer the wide grid would choose by chance
_PENALTIES: Final = (0.05, 0.1, 0.2, 0.4)
_CUE_PENALTIES: Final = (0.5, 1.0, 2.0, 4.0)
_RARITIES: Final = (1, 2)
_LONGEST: Final = (3, 2)
_PENALTIES_FROM_PRIOR: Final = (1.0, 3.0, 10.0, 100.0)  # the larger, the closer to the model it starts from
_STARTER_WEIGHTS: Final = (0.5, 1.0)  # of a starter message beside real mail; less changes nothing on that mail
_STARTER_WEIGHT_FROM_PRIOR: Final = 0.1  # the prior has learned from these messages already
_OWNER_WEIGHTS: Final = (1.0, 3.0, 10.0)  # of an owner's label beside everybody else's


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What of the evidence is looked at; settings of one shape share their rows."""

    form: WordForm  # what is counted of a word
    longest: int = 3  # words of an n-gram within a sentence, 2 or 3
    rarity: int = 1  # times the threads that must share a word or n-gram


@dataclass(frozen=True, slots=True, kw_only=True)
class HyperParameters:
    """One point of the grid."""

    shape: Shape
    penalty: float  # of the weights' squared distance from the prior's, or from nothing
    cue_penalty: float = 1.0  # times the penalty, for cues and history: they carry over to people who use other words
    starter_weight: float = 1.0
    owner_weight: float = 1.0


def grid(origins: Collection[Origin], *, judged: int, form: WordForm | None = None) -> Sequence[HyperParameters]:
    """Return the points to try on examples of ``origins``, of which ``judged`` count in the figures.

    ``form`` is that of the model to start from, which keeps its own; None: from nothing. The order is part of the
    result: of equally good points the first is taken.
    """
    wide = judged >= FEW
    from_nothing = form is None
    forms = tuple(WordForm) if form is None else (form,)
    shapes = product(forms, _LONGEST if wide else _LONGEST[:1], _RARITIES if wide else _RARITIES[:1])
    penalties = _PENALTIES if from_nothing else _PENALTIES_FROM_PRIOR
    return [
        HyperParameters(
            shape=Shape(form=word_form, longest=longest, rarity=rarity),
            penalty=penalty,
            cue_penalty=cue_penalty,
            starter_weight=starter,
            owner_weight=owner,
        )
        for (word_form, longest, rarity), penalty, cue_penalty, starter, owner in product(
            shapes,
            penalties if wide else penalties[1:],
            _CUE_PENALTIES if wide else (1.0,),
            _starter_weights(origins, from_nothing=from_nothing),
            _OWNER_WEIGHTS if Origin.OWNER in origins and len(origins) > 1 else (1.0,),
        )
    ]


def _starter_weights(origins: Collection[Origin], *, from_nothing: bool) -> tuple[float, ...]:
    if not from_nothing:
        return (_STARTER_WEIGHT_FROM_PRIOR,)
    return _STARTER_WEIGHTS if Origin.STARTER in origins and len(origins) > 1 else (1.0,)

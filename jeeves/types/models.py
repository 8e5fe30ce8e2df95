"""The classifier: what it says, what it learns from, what is known of it.

Lives here: a prediction, a training example, a model's card and record. Must not live here: the model itself, which is
``ml``'s.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that moved the score: signed, in log-odds; positive speaks for needing a place."""

    feature: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """What the classifier says of one message."""

    probability: float  # 0 .. 1
    needs_place: bool  # probability >= the model's threshold
    reasons: tuple[Reason, ...] = ()  # strongest first
    sentence: str = ""  # the sentence of the newest text (or subject) that speaks most for it
    model_version: str


class Origin(StrEnum):
    """Who labelled an example: it decides how much the example counts in training."""

    STARTER = "starter"  # written and labelled by us
    CORPUS = "corpus"  # a labelled file named on the command line
    OWNER = "owner"  # the owner's own mail and answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One labelled training message."""

    document: str  # what ``ml.features.document`` made of the message
    label: bool  # True: needs a place
    thread_key: str  # cross-validation never splits a thread
    weight: float = 1.0  # messages of its mailbox it stands for, in figures; 0: it is learned from, never counted
    trust: float = 1.0  # 0 .. 1: how far the label is relied upon in training; figures count it in full
    origin: Origin = Origin.STARTER


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a model comes from and how it was let in; cards written before these fields were lack them all."""

    origins: Mapping[str, int] = field(default_factory=dict)  # Origin -> examples
    last_label_id: int = 0  # the latest of the owner's labels it learned from; 0: from none
    verdict: str = ""  # what the gate decided and why, one sentence
    mailbox: Mapping[str, float] = field(default_factory=dict)  # how the owner's mail looked then, see ``ml.drift``
    deciles: tuple[float, ...] = ()  # of its probabilities on that mail, 9 ascending numbers 0 .. 1
    starter_alone: Mapping[str, float] = field(default_factory=dict)  # figures on the same mail, had it seen none of it


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard:
    """What is known of a trained model: the JSON beside the artifact."""

    version: str
    sha256: str  # of the artifact file
    hyper_parameters: Mapping[str, object]
    threshold: float  # 0 .. 1: alert at or above
    metrics: Mapping[str, float]
    trained_on: Mapping[str, int]  # examples, positives, threads
    trained_at: datetime  # aware UTC
    libraries: Mapping[str, str]  # name -> version the artifact needs
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)  # of the metrics, 95 %
    provenance: Provenance = field(default_factory=Provenance)


class ModelState(StrEnum):
    """What a model is to this installation."""

    CHAMPION = "champion"  # it serves
    CANDIDATE = "candidate"  # it never has
    RETIRED = "retired"  # it did


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """The row in ``models``."""

    version: str
    sha256: str
    state: ModelState
    why: str  # one sentence: what the gate, or the owner, decided
    threshold: float
    metrics: Mapping[str, float]
    trained_on: Mapping[str, int]
    trained_at: datetime  # aware UTC
    last_label_id: int
    championed_at: datetime | None = None  # aware UTC; when it last became champion
    retired_at: datetime | None = None  # aware UTC; when it last ceased to be

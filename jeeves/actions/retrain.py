"""Learn again: from the starter corpus, files, and the owner's answers; the gate decides whether it serves.

Lives here: the use case, by ports and pure code. Must not live here: when it is due (``retrain_due``), how a model is
fitted (``ml.train``), what the gate weighs (``ml.gate``), files, SQL.

Killed at any instant it leaves the champion untouched, or the challenger whole and named: the model is written first,
then listed, and naming it in ``ACTIVE`` is the last step that counts (docs/decisions/0005-model-life.md).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from jeeves.actions.corpora import examples, read_corpus, starter_corpus
from jeeves.actions.drift import see
from jeeves.actions.models import follow_files
from jeeves.actions.owner_labels import Learnable, learnable, owner_examples
from jeeves.errors import ArtifactMismatch, NoActiveModel
from jeeves.ml.drift import baseline_of
from jeeves.ml.evaluate import measure
from jeeves.ml.gate import Judged, decide_promotion, split_answers, without_champion
from jeeves.ml.model import Model
from jeeves.ml.train import MISS_COST, score, train
from jeeves.types import Answer, Origin, Provenance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from jeeves.ml.fitted import Prior
    from jeeves.ml.gate import Verdict
    from jeeves.ml.train import Trained
    from jeeves.ports import Classifier, LabelStore, ModelFiles, ModelStore
    from jeeves.types import Example, LabelledMail, Message, ModelCard

_STARTER = "starter"
_OWNER = "owner"


class Progress(Protocol):
    """Told how far a stage is."""

    def __call__(self, stage: str, done: int, total: int, /) -> None:
        """``done`` of ``total`` parts of ``stage`` are done."""
        ...


def no_progress(stage: str, done: int, total: int) -> None:
    """Show nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How the owner wants it learned."""

    seed: int
    miss_cost: float = MISS_COST  # false alarms that one miss is worth
    alerts_per_thousand: float | None = None  # messages; None: as many as ``miss_cost`` makes worth while
    prior: Prior | None = None  # the model whose weights are the starting point; None: from nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """What came of it."""

    card: ModelCard
    verdict: Verdict
    champion: str | None  # what served before; None when nothing could
    contradictions: int  # answers left out because a later one says the opposite of the same text


def build_starter(
    files: ModelFiles, corpora: Sequence[Path], *, seed: int, now: datetime, progress: Progress
) -> ModelCard:
    """Train from the starter corpus and ``corpora`` alone and name the model active: what Jeeves is shipped with.

    Raises UserError when a file is none, NotEnoughLabels, and UserError when the disk does not take the model.
    """
    given = _given(corpora)
    trained = _learn(given, Wishes(seed=seed), progress=progress, stage="learning")
    provenance = Provenance(origins=_count(given), starter_alone=_without(given, seed=seed, progress=progress))
    card = files.save(trained, name=_STARTER, trained_at=now, provenance=provenance)
    files.point_at(card.version)
    return card


def retrain(  # noqa: PLR0913 - three ports and what the owner asked for
    files: ModelFiles,
    models: ModelStore,
    labels: LabelStore,
    *,
    corpora: Sequence[Path] = (),
    mailbox: Sequence[Message] = (),
    wishes: Wishes,
    now: datetime,
    progress: Progress = no_progress,
) -> Retrained:
    """Train a challenger on everything known, let the gate judge it, and keep it; the same input, the same model.

    ``mailbox`` is recent mail: how the new model sees it goes onto its card, so that drift can be told later.

    Raises UserError when a corpus is not one, NotEnoughLabels, UserError when the disk does not take the model, and
    what the stores raise; the champion then serves on.
    """
    champion = _champion(files)
    follow_files(files, models, now=now)
    known_labels, answered = labels.latest(), labels.answered()
    own = learnable(answered)
    given = _given(corpora)
    verdict = _judge(files, champion, own, given, wishes, progress=progress)
    everything = [*given, *owner_examples(own.answers)]
    trained = _learn(everything, wishes, progress=progress, stage="learning")
    provenance = Provenance(
        origins=_count(everything),
        last_label_id=max([known_labels, *(mail.label_id for mail in answered)]),
        verdict=verdict.why,
    )
    card = files.save(
        trained,
        name=_OWNER if own.answers else _STARTER,
        trained_at=now,
        provenance=_with_mailbox(provenance, trained, mailbox),
    )
    follow_files(files, models, now=now)
    if verdict.promoted:
        files.point_at(card.version)
        follow_files(files, models, now=now, why=verdict.why)
    return Retrained(
        card=card,
        verdict=verdict,
        champion=None if champion is None else champion.version,
        contradictions=own.contradictions,
    )


def _given(corpora: Sequence[Path]) -> list[Example]:
    """Read the corpora first: a file that is none stops everything before any work is done."""
    files = [example for path in corpora for example in examples(read_corpus(path))]
    return [*examples(starter_corpus()), *files]


def _champion(files: ModelFiles) -> Classifier | None:
    """Return the model that serves; None when there is none or it cannot be loaded: then this run mends it."""
    try:
        files.replace_outdated()
        return files.load(files.active_version())
    except (NoActiveModel, ArtifactMismatch):
        return None


def _judge(
    files: ModelFiles,
    champion: Classifier | None,
    own: Learnable,
    given: Sequence[Example],
    wishes: Wishes,
    *,
    progress: Progress,
) -> Verdict:
    if champion is None:
        return without_champion()
    saw = next((card.provenance.last_label_id for card in files.cards() if card.version == champion.version), 0)
    split = split_answers(own.answers, champion_saw=saw)
    if not split.later:
        return decide_promotion([], miss_cost=wishes.miss_cost, seed=wishes.seed)
    trained = _learn([*given, *owner_examples(split.earlier)], wishes, progress=progress, stage="judging")
    challenger = Model(trained.fitted, threshold=trained.threshold, version="challenger")
    return decide_promotion(_compare(split.later, champion, challenger), miss_cost=wishes.miss_cost, seed=wishes.seed)


def _compare(answers: Sequence[LabelledMail], champion: Classifier, challenger: Classifier) -> list[Judged]:
    messages = [mail.message for mail in answers]
    return [
        Judged(
            thread_key=mail.message.thread_key,
            label=mail.answer is Answer.YES,
            champion=old.needs_place,
            challenger=new.needs_place,
        )
        for mail, old, new in zip(answers, champion.predict(messages), challenger.predict(messages), strict=True)
    ]


def _learn(known: Sequence[Example], wishes: Wishes, *, progress: Progress, stage: str) -> Trained:
    return train(
        known,
        seed=wishes.seed,
        miss_cost=wishes.miss_cost,
        alerts_per_thousand=wishes.alerts_per_thousand,
        prior=wishes.prior,
        progress=lambda done, total: progress(stage, done, total),
    )


def _without(given: Sequence[Example], *, seed: int, progress: Progress) -> dict[str, float]:
    """Return how a model of the starter corpus alone does on the other examples; nothing where there are none."""
    others = [example for example in given if example.origin is not Origin.STARTER and example.weight > 0]
    if len({example.label for example in others}) < len((True, False)):
        return {}
    starter = [example for example in given if example.origin is Origin.STARTER]
    alone = _learn(starter, Wishes(seed=seed), progress=progress, stage="learning without the files")
    return measure(score(alone.fitted, others), alone.threshold)


def _count(known: Sequence[Example]) -> dict[str, int]:
    counted = Counter(example.origin for example in known)
    return {origin.value: counted[origin] for origin in Origin}


def _with_mailbox(provenance: Provenance, trained: Trained, mailbox: Sequence[Message]) -> Provenance:
    """Return ``provenance`` with how the new model sees today's mail."""
    if not mailbox:
        return provenance
    model = Model(trained.fitted, threshold=trained.threshold, version=_OWNER)
    seen = baseline_of(see(model, mailbox))
    return replace(
        provenance,
        deciles=seen.deciles,
        mailbox={
            "messages": seen.messages,
            "alert_share": seen.alert_share,
            "unknown_words": seen.unknown_words,
        },
    )

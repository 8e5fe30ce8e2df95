"""Learning again, with a real database, real model files and the real training."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

import pytest

from jeeves import shipped
from jeeves.actions.retrain import Wishes, build_starter, no_progress, retrain
from jeeves.errors import UserError
from jeeves.ml import artifact
from jeeves.ml.fitted import Prior
from jeeves.ml.shelf import Shelf
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.models import PostgresModels
from jeeves.types import Answer, LabelSource, ModelState
from tests.integration.store.build import ACCOUNT, NOW, cursor, received

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Engine

    from jeeves.actions.retrain import Progress, Retrained
    from jeeves.types import Message

# A word no model has ever seen; only the owner's answers can teach it.
WANTED = "Zorp {day}. The zorp report is attached, zorp."
UNWANTED = "The quarterly report for {day} is attached. The invoice was paid."
DAYS = [f"on the {number}th" for number in range(4, 20)]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(own=tmp_path / "models", shipped=shipped("models"))


@cache
def shipped_prior() -> Prior:
    model = artifact.load_active(shipped("models"))
    return Prior(fitted=model.fitted, threshold=model.threshold)


def learn(
    engine: Engine,
    shelf: Shelf,
    *,
    progress: Progress = no_progress,
    corpora: tuple[Path, ...] = (),
    mailbox: Sequence[Message] = (),
) -> Retrained:
    return retrain(
        shelf,
        PostgresModels(engine),
        PostgresLabels(engine),
        corpora=corpora,
        mailbox=mailbox,
        wishes=Wishes(seed=1, miss_cost=8, prior=shipped_prior()),
        now=NOW + timedelta(days=1),
        progress=progress,
    )


def states(engine: Engine) -> dict[str, ModelState]:
    return {record.version: record.state for record in PostgresModels(engine).all()}


def answer_mail(engine: Engine) -> None:
    """Store a message of either kind for each day, and answer them alternately."""
    texts = [text.format(day=day) for day in DAYS for text in (WANTED, UNWANTED)]
    store, labels = PostgresMessages(engine), PostgresLabels(engine)
    batch = [received(uid, text=text, subject="") for uid, text in enumerate(texts, start=1)]
    store.store_batch(ACCOUNT, batch, cursor(len(texts)), reset=False)
    for stored in store.unclassified(len(texts)):
        answer = Answer.YES if "zorp" in stored.message.text else Answer.NO
        labels.add(stored.id, answer, LabelSource.CLI, now=NOW)


@pytest.mark.timeout(400)
def test_what_the_owner_taught_is_learned_judged_and_serves(engine: Engine, shelf: Shelf) -> None:
    # given: a shipped model that misses every zorp, and 32 answers of the owner
    answer_mail(engine)
    before = shelf.active_version()
    stages: list[str] = []

    # when
    found = learn(engine, shelf, progress=lambda stage, _done, _total: stages.append(stage))

    # then: promoted, for a reason, on the later half only
    assert found.verdict.promoted, found.verdict.why
    assert (found.verdict.messages, found.verdict.threads, found.champion) == (16, 16, before)
    assert shelf.active_version() == found.card.version
    assert states(engine) == {found.card.version: ModelState.CHAMPION, before: ModelState.RETIRED}
    assert list(dict.fromkeys(stages)) == ["judging", "learning"]

    # and the card tells it
    [card] = [card for card in shelf.cards() if card.version == found.card.version]
    assert card.provenance.verdict == found.verdict.why
    assert card.provenance.origins["owner"] == 32
    assert card.provenance.last_label_id == max(mail.label_id for mail in PostgresLabels(engine).answered())
    [prediction] = shelf.load(card.version).predict([received(99, text=WANTED.format(day="tonight"))[1]])
    assert prediction.needs_place

    # and a second run finds nothing new to judge by: the answers were learned from
    again = learn(engine, shelf)
    assert not again.verdict.promoted
    assert "no answer of yours is left to judge it by" in again.verdict.why
    assert shelf.active_version() == found.card.version
    assert (again.card.metrics, again.card.threshold) == (found.card.metrics, found.card.threshold)


def test_without_answers_the_champion_stays_and_the_new_model_is_kept(engine: Engine, shelf: Shelf) -> None:
    before = shelf.active_version()

    found = learn(engine, shelf, mailbox=[received(uid, text=WANTED)[1] for uid in range(1, 4)])

    assert found.card.provenance.mailbox["messages"] == 3
    assert len(found.card.provenance.deciles) == 9
    assert shelf.active_version() == before
    assert states(engine) == {before: ModelState.CHAMPION, found.card.version: ModelState.CANDIDATE}


def test_a_champion_that_cannot_be_loaded_is_replaced(engine: Engine, shelf: Shelf, tmp_path: Path) -> None:
    damaged = shelf.own / "damaged-1"
    damaged.mkdir(parents=True)
    (shelf.own / "ACTIVE").write_text("damaged-1\n", encoding="utf-8")
    corpus = tmp_path / "mine.jsonl"
    corpus.write_text(json.dumps({"id": 1, "body": "Shall we zorp?", "label": 1, "thread": "a"}) + "\n")

    found = learn(engine, shelf, corpora=(corpus,))

    assert (found.champion, found.verdict.why) == (None, "There was no model that could serve.")
    assert shelf.active_version() == found.card.version
    assert found.card.provenance.origins["corpus"] == 1


def test_ctrl_c_keeps_the_old_model_and_leaves_nothing_behind(engine: Engine, shelf: Shelf) -> None:
    before = shelf.active_version()

    def interrupt(stage: str, done: int, total: int) -> None:  # noqa: ARG001 - names of the protocol
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        learn(engine, shelf, progress=interrupt)

    assert shelf.active_version() == before
    assert not shelf.own.exists()
    assert states(engine) == {before: ModelState.CHAMPION}


def test_a_corpus_that_is_none_is_refused_before_any_work(engine: Engine, shelf: Shelf, tmp_path: Path) -> None:
    corpus = tmp_path / "bad.jsonl"
    corpus.write_text('{"body": "no label"}\n', encoding="utf-8")

    with pytest.raises(UserError, match="line 1"):
        learn(engine, shelf, corpora=(corpus,), progress=lambda *_: pytest.fail("it began to learn"))

    assert not shelf.own.exists()


def test_a_model_to_ship_holds_no_mail_of_the_owner_and_serves_at_once(tmp_path: Path) -> None:
    shelf = Shelf(own=tmp_path)

    card = build_starter(shelf, [], seed=1, now=NOW, progress=no_progress)

    assert shelf.active_version() == card.version
    assert card.version.startswith("starter-")
    assert card.provenance.origins == {"starter": card.trained_on["examples"], "corpus": 0, "owner": 0}

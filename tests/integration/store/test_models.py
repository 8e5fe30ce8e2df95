from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from jeeves.store.database import connect
from jeeves.store.models import PostgresModels
from jeeves.types import ModelCard, ModelState, Provenance
from tests.integration.store.build import LATER, NOW, SECOND

if TYPE_CHECKING:
    from sqlalchemy import Engine

FIRST = ModelCard(
    version="starter-1",
    sha256="0" * 64,
    hyper_parameters={"C": 3.0, "ngram_range": [1, 3]},
    threshold=0.4,
    metrics={"roc_auc": 0.9},
    trained_on={"examples": 10},
    trained_at=NOW,
    libraries={},
)
SECOND_ONE = replace(
    FIRST,
    version="owner-2",
    trained_at=LATER,
    provenance=Provenance(origins={"owner": 4}, last_label_id=7, verdict="Not worse."),
)


def states(models: PostgresModels) -> dict[str, ModelState]:
    return {record.version: record.state for record in models.all()}


def test_rows_follow_the_files(engine: Engine) -> None:
    models = PostgresModels(engine)

    models.follow("starter-1", [FIRST, SECOND_ONE], why="", now=NOW)

    newer, older = models.all()
    assert (newer.version, newer.state, newer.why, newer.last_label_id) == (
        "owner-2",
        ModelState.CANDIDATE,
        "Not worse.",
        7,
    )
    assert newer.trained_on == {"examples": 10, "owner": 4}
    assert (older.version, older.state, older.championed_at) == ("starter-1", ModelState.CHAMPION, NOW)
    assert (older.metrics, older.threshold, older.sha256) == ({"roc_auc": 0.9}, 0.4, "0" * 64)


def test_a_new_champion_retires_the_old_one(engine: Engine) -> None:
    models = PostgresModels(engine)
    models.follow("starter-1", [FIRST, SECOND_ONE], why="", now=NOW)

    models.follow("owner-2", [], why="You activated it.", now=LATER)

    newer, older = models.all()
    assert (newer.state, newer.why, newer.championed_at) == (ModelState.CHAMPION, "You activated it.", LATER)
    assert (older.state, older.retired_at) == (ModelState.RETIRED, LATER)


def test_following_again_changes_nothing(engine: Engine) -> None:
    models = PostgresModels(engine)
    models.follow("starter-1", [FIRST], why="First.", now=NOW)
    before = models.all()

    models.follow("starter-1", [replace(FIRST, sha256="f" * 64)], why="Second.", now=LATER)

    assert models.all() == before


@pytest.mark.parametrize("active", [None, "unheard-of"])
def test_without_an_active_model_nobody_is_champion(engine: Engine, active: str | None) -> None:
    models = PostgresModels(engine)
    models.follow("starter-1", [FIRST], why="", now=NOW)

    models.follow(active, [], why="", now=LATER)

    assert states(models) == {"starter-1": ModelState.RETIRED}


def test_the_database_itself_refuses_a_second_champion(engine: Engine) -> None:
    models = PostgresModels(engine)
    models.follow("starter-1", [FIRST, SECOND_ONE], why="", now=NOW)

    with pytest.raises(IntegrityError, match="uq_models_champion"), engine.begin() as connection:
        connection.execute(text("update models set state = 'champion', championed_at = now()"))


def test_two_processes_that_follow_at_once_leave_one_champion(database_url: str) -> None:
    engines = [connect(database_url) for _ in range(4)]
    failures: list[BaseException] = []

    def follow(number: int) -> None:
        try:
            for step in range(10):
                active = ("starter-1", "owner-2")[(number + step) % 2]
                PostgresModels(engines[number]).follow(active, [FIRST, SECOND_ONE], why="", now=NOW + step * SECOND)
        except BaseException as error:  # noqa: BLE001 - carried to the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=follow, args=(number,)) for number in range(len(engines))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = list(states(PostgresModels(engines[0])).values())
    for engine in engines:
        engine.dispose()
    assert failures == []
    assert sorted(found) == [ModelState.CHAMPION, ModelState.RETIRED]

"""Work shared with a Dask cluster of real processes."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import pytest
from joblib import Parallel, delayed

from jeeves import shipped
from jeeves.actions.classify_files import classify_files, classify_files_elsewhere
from jeeves.actions.retrain import Wishes, retrain
from jeeves.errors import ClusterUnavailable, UserError
from jeeves.mail.archive import ArchiveItem, Unreadable
from jeeves.mail.parse import message_from_fields
from jeeves.ml import artifact
from jeeves.ml.cluster import connected
from jeeves.ml.cluster_scoring import score_elsewhere
from jeeves.ml.shelf import Shelf
from jeeves.ml.train import train
from jeeves.store.labels import PostgresLabels
from jeeves.store.models import PostgresModels
from tests.servers.dask_cluster import dask_cluster, end
from tests.unit.ml.examples import examples

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

    from jeeves.actions.classify_files import Classified
    from jeeves.ml.model import Model
    from jeeves.ml.train import Trained
    from tests.servers.dask_cluster import DaskCluster

pytestmark = pytest.mark.timeout(300)
UNREADABLE = Unreadable(path="-", position="line 2", reason="is not JSON")
SECRET_WORD = "quokka"
LETTERS = 200


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskCluster]:
    with dask_cluster(tmp_path_factory.mktemp("dask") / "cluster", workers=2) as running:
        yield running


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[DaskCluster]:
    """Return a cluster for one test, which may kill parts of it."""
    with dask_cluster(tmp_path / "cluster", workers=2) as running:
        yield running


@pytest.fixture(scope="module")
def model() -> Model:
    return artifact.load_active(shipped("models"))


@pytest.fixture(autouse=True)
def _small_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few hundred letters be several loads, and have patience with a busy machine."""
    monkeypatch.setattr("jeeves.actions.classify_files.BATCHES_EACH", 1)
    monkeypatch.setattr("jeeves.ml.cluster.PATIENCE", 60)
    monkeypatch.setattr("jeeves.ml.cluster.WORKER_PATIENCE", 60)


@pytest.fixture
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a scheduler that is gone soon."""
    monkeypatch.setattr("jeeves.ml.cluster.PATIENCE", 20)


def content(trained: Trained) -> bytes:
    """Return the model as it is written to disk."""
    return artifact._content(trained.fitted)  # noqa: SLF001 - the bytes that a version is named for


def letters(count: int) -> Iterator[ArchiveItem | Unreadable]:
    """Yield letters of which every third asks for a meeting, with something unreadable among them."""
    for number in range(count):
        if number == count // 2:
            yield UNREADABLE
        body = "Shall we have lunch on Friday? You say where." if number % 3 == 0 else f"Invoice {number} is due."
        message = message_from_fields({"id": number, "subject": f"{SECRET_WORD} {number}", "body": body})
        yield ArchiveItem(id=number, message=message, path="-", position="")


def test_two_workers_say_what_one_machine_says_of_every_message_in_order(cluster: DaskCluster, model: Model) -> None:
    alone = list(classify_files(model, letters(LETTERS)))

    with connected(cluster.address) as found:
        together = list(
            classify_files_elsewhere(partial(score_elsewhere, model), letters(LETTERS), processors=found.processors)
        )

    assert (found.workers, found.processors, found.is_private) == (2, 2, True)
    assert together == alone


def test_what_was_sent_stands_in_no_log_of_the_cluster(cluster: DaskCluster, model: Model) -> None:
    broken = replace(message_from_fields({"id": 1, "subject": SECRET_WORD, "body": SECRET_WORD}), text=None)  # type: ignore[arg-type]  # no parser makes it: the model fails on it

    with connected(cluster.address), pytest.raises(TypeError):
        list(score_elsewhere(model, [[broken]]))

    assert "Registered" in cluster.logs()
    assert SECRET_WORD not in cluster.logs()


def test_a_worker_killed_in_the_middle_costs_nothing_but_time(mortal: DaskCluster, model: Model) -> None:
    alone = list(classify_files(model, letters(LETTERS)))
    together: list[Classified | Unreadable] = []

    with connected(mortal.address) as found:
        score = partial(score_elsewhere, model)
        for outcome in classify_files_elsewhere(score, letters(LETTERS), processors=found.processors):
            if not together:
                end(mortal.workers[0])
            together.append(outcome)

    assert together == alone


@pytest.mark.usefixtures("soon_given_up")
def test_a_scheduler_lost_in_the_middle_is_one_error_with_a_remedy(mortal: DaskCluster, model: Model) -> None:
    scored: list[Classified | Unreadable] = []

    def classify() -> None:
        with connected(mortal.address) as found:
            score = partial(score_elsewhere, model)
            for outcome in classify_files_elsewhere(score, letters(LETTERS), processors=found.processors):
                if not scored:
                    end(mortal.scheduler)
                scored.append(outcome)

    with pytest.raises(ClusterUnavailable, match="lost") as caught:
        classify()

    assert scored == list(classify_files(model, letters(LETTERS)))[: len(scored)]
    assert "without --dask" in caught.value.advice


def test_two_workers_learn_the_model_that_one_machine_learns(cluster: DaskCluster) -> None:
    alone = train(examples(), seed=7)

    with connected(cluster.address):
        processes = set(Parallel(n_jobs=-1)(delayed(os.getpid)() for _ in range(20)))
        together = train(examples(), seed=7)

    assert processes <= {worker.pid for worker in cluster.workers}
    assert content(together) == content(alone)
    assert together.hyper_parameters == alone.hyper_parameters
    assert together.threshold == alone.threshold
    assert together.out_of_fold.probabilities.tolist() == alone.out_of_fold.probabilities.tolist()


def test_learning_outlives_a_worker(mortal: DaskCluster) -> None:
    heard: list[int] = []

    def kill_a_worker(done: int, _total: int) -> None:
        if not heard:
            end(mortal.workers[0])
        heard.append(done)

    with connected(mortal.address):
        together = train(examples(), seed=7, progress=kill_a_worker)

    assert len(heard) > 1
    assert content(together) == content(train(examples(), seed=7))


@pytest.mark.usefixtures("soon_given_up")
def test_learning_without_its_scheduler_is_one_error_and_the_old_model_serves_on(
    mortal: DaskCluster, tmp_path: Path, engine: Engine
) -> None:
    shelf = Shelf(own=tmp_path / "models", shipped=shipped("models"))
    served = shelf.active_version()

    def kill_the_scheduler(_stage: str, _done: int, _total: int) -> None:
        end(mortal.scheduler)

    def learn() -> None:
        with connected(mortal.address):
            retrain(
                shelf,
                PostgresModels(engine),
                PostgresLabels(engine),
                wishes=Wishes(seed=1),
                now=datetime(2026, 11, 21, tzinfo=UTC),
                progress=kill_the_scheduler,
            )

    with pytest.raises(ClusterUnavailable, match="lost"):
        learn()

    assert shelf.active_version() == served
    assert not list(shelf.own.glob("*"))


def test_a_worker_of_another_release_is_refused_by_name(tmp_path: Path) -> None:
    other = tmp_path / "other" / "jeeves"
    (other / "ml").mkdir(parents=True)
    (other / "__init__.py").write_text('__version__ = "0.0.1"\n')
    (other / "ml" / "__init__.py").touch()
    (other / "ml" / "features.py").write_text('VERSION = "1"\n')

    with dask_cluster(tmp_path / "cluster", workers=0) as running:
        running.start_worker({"PYTHONPATH": str(other.parent)})
        with pytest.raises(UserError, match=r"has Jeeves 0\.0\.1, here it is"), connected(running.address):
            pass


def test_a_worker_without_jeeves_is_refused(tmp_path: Path) -> None:
    (tmp_path / "jeeves.py").write_text("raise ImportError\n")

    with dask_cluster(tmp_path / "cluster", workers=0) as running:
        running.start_worker({"PYTHONPATH": str(tmp_path)})
        with pytest.raises(UserError, match="A worker of the cluster has no Jeeves"), connected(running.address):
            pass


def test_a_scheduler_without_workers_is_told_from_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jeeves.ml.cluster.WORKER_PATIENCE", 1)

    with (
        dask_cluster(tmp_path / "cluster", workers=0) as empty,
        pytest.raises(ClusterUnavailable, match="has no worker"),
        connected(empty.address),
    ):
        pass

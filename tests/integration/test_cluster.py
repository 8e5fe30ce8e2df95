"""Work shared with a Dask cluster of real processes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import pytest

from jeeves import shipped
from jeeves.actions.classify_files import classify_files, classify_files_elsewhere
from jeeves.errors import ClusterUnavailable, UserError
from jeeves.mail.archive import ArchiveItem, Unreadable
from jeeves.mail.parse import message_from_fields
from jeeves.ml.artifact import load_active
from jeeves.ml.cluster import connected
from jeeves.ml.cluster_scoring import score_elsewhere
from tests.servers.dask_cluster import dask_cluster, end

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jeeves.actions.classify_files import Classified
    from jeeves.ml.model import Model
    from tests.servers.dask_cluster import DaskCluster

UNREADABLE = Unreadable(path="-", position="line 2", reason="is not JSON")
SECRET_WORD = "quokka"
LETTERS = 300


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
    return load_active(shipped("models"))


@pytest.fixture(autouse=True)
def _small_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a few hundred letters be several loads."""
    monkeypatch.setattr("jeeves.actions.classify_files.BATCHES_EACH", 1)


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

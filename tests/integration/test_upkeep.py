"""The daemon's upkeep on a real database and real model files, without waiting for its schedule."""

from __future__ import annotations

import shutil
import sys
import time
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import structlog
from sqlalchemy import func, select

from jeeves import shipped
from jeeves.actions.models import follow_files
from jeeves.app.building import App, build
from jeeves.app.clock import utc_now
from jeeves.app.databases import Database
from jeeves.config import load_config
from jeeves.errors import CanaryLost, NoActiveModel
from jeeves.ml.card import read_card, write_active, write_card
from jeeves.ml.features import VERSION
from jeeves.ml.shelf import Shelf, shelf_for
from jeeves.store.labels import PostgresLabels
from jeeves.store.messages import PostgresMessages
from jeeves.store.models import PostgresModels
from jeeves.store.schema import messages, raw_messages
from jeeves.store.status import read_status
from jeeves.tending import Tending
from jeeves.types import Answer, LabelSource, ModelState, Provenance, Suppressed
from jeeves.upkeep import Upkeep
from tests.integration.hand_clock import Clock
from tests.integration.store.build import ACCOUNT, NOW, PREDICTION, cursor, opened, received
from tests.servers.gmail_like import GmailLikeServer

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Engine

SHIPPED = (shipped("models") / "ACTIVE").read_text().strip()


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    path = tmp_path / "jeeves.toml"
    path.write_text(
        f'[mail]\nusername = "{ACCOUNT}"\n[database]\ndata_dir = "{tmp_path / "data"}"\n'
        '[classifier]\nretrain_after = 2\nretrain = "7d"\n',
        encoding="utf-8",
    )
    return path


@pytest.fixture
def app(settings: Path, engine: Engine) -> App:
    return build(load_config(settings), Database(engine=engine, revive=None))


def shelf_of(app: App) -> Shelf:
    return shelf_for(app.config.classifier.directory, app.config.database.data_dir)


def upkeep_of(app: App, *, days: float = 0) -> Upkeep:
    return Upkeep(app, config_file=None, clock=lambda: NOW + timedelta(days=days), log=structlog.get_logger("test"))


def learns(upkeep: Upkeep) -> bool:
    return upkeep.learning


def test_the_rows_follow_the_model_that_serves(app: App, engine: Engine) -> None:
    upkeep_of(app).follow_models()

    assert [(record.version, record.state) for record in PostgresModels(engine).all()] == [
        (SHIPPED, ModelState.CHAMPION)
    ]


def test_a_model_that_cannot_be_loaded_is_told_and_the_old_one_serves(app: App, tmp_path: Path) -> None:
    upkeep = upkeep_of(app)
    own = tmp_path / "data" / "models"
    own.mkdir(parents=True)
    (own / "ACTIVE").write_text("gone-1\n", encoding="utf-8")

    with pytest.raises(NoActiveModel, match="there is no model"):
        upkeep.follow_models()
    assert app.classifier.version == SHIPPED

    shutil.rmtree(own)
    upkeep.follow_models()
    assert app.classifier.trouble is None


def decided(engine: Engine, probabilities: list[float], *, first: int, days: float) -> None:
    """Store messages of that age, each decided on with its probability by the shipped model."""
    store = PostgresMessages(engine)
    uids = range(first, first + len(probabilities))
    arrived = NOW - timedelta(days=days)
    batch = [received(uid, received_at=arrived, text="Lunch on Friday?") for uid in uids]
    store.store_batch(ACCOUNT, batch, cursor(uids[-1]), reset=False)
    for stored, probability in zip(store.unclassified(len(uids)), probabilities, strict=True):
        said = replace(PREDICTION, probability=probability, needs_place=probability > 0.5, model_version=SHIPPED)
        silent = Suppressed(reason="test")
        store.record_decision(stored, said, opened(stored), silent, channel="console", expires_at=NOW, now=NOW)


def test_mail_that_looks_otherwise_than_before_is_noticed(app: App, engine: Engine) -> None:
    decided(engine, [number / 400 for number in range(150)], first=1, days=30)
    decided(engine, [0.5 + number / 400 for number in range(150)], first=1_000, days=1)

    upkeep_of(app).look_for_drift()

    found = read_status(engine).drift
    assert found is not None
    assert (found.model_version, found.measured_at) == (SHIPPED, NOW)
    assert found.figures["messages"] == 150
    assert "its scores have shifted" in found.verdict
    assert "it speaks up for 99.3% of the mail instead of 0.3%" in found.verdict


def test_mail_that_looks_as_before_is_not(app: App, engine: Engine) -> None:
    decided(engine, [number / 400 for number in range(150)], first=1, days=30)
    decided(engine, [number / 400 for number in range(150)], first=1_000, days=1)

    upkeep_of(app).look_for_drift()

    found = read_status(engine).drift
    assert found is not None
    assert found.verdict == ""


def test_an_empty_mailbox_has_no_drift(app: App, engine: Engine) -> None:
    upkeep_of(app).look_for_drift()

    found = read_status(engine).drift
    assert found is not None
    assert found.verdict == ""


def test_learning_starts_when_it_is_due_and_a_failure_is_told_and_not_repeated_at_once(
    app: App, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The learning process reads the usual settings: a folder without any makes it fail, quickly."""
    monkeypatch.chdir(app.config.database.data_dir.parent)
    monkeypatch.setenv("HOME", "/nonexistent")
    app.config.database.data_dir.parent.joinpath("jeeves.toml").unlink()
    decided(engine, [0.1, 0.2], first=1, days=1)
    upkeep = upkeep_of(app)
    labels = PostgresLabels(engine)

    for number in (1, 2):
        upkeep.learn_when_due()
        assert not learns(upkeep)
        labels.add(number, Answer.YES, LabelSource.CLI, now=NOW)
    upkeep.learn_when_due()
    assert learns(upkeep)
    deadline = time.monotonic() + 60
    while learns(upkeep) and time.monotonic() < deadline:
        time.sleep(0.1)
        upkeep.learn_when_due()

    [trouble] = read_status(engine).troubles
    assert trouble.component == "retrain"
    assert "1 problem in the configuration" in trouble.message
    assert trouble.next_attempt_at == NOW + timedelta(days=1)
    upkeep.learn_when_due()
    assert not learns(upkeep)


def own_model(tmp_path: Path, name: str, *, learned: int, features: str = VERSION) -> None:
    """Make the shipped model one of the owner's, which learned from so many answers, and name it."""
    own = tmp_path / "data" / "models"
    shutil.copytree(shipped("models") / SHIPPED, own / name)
    card = read_card(own / name / "card.json", advice="")
    libraries = {**card.libraries, "jeeves.ml.features": features}
    changed = replace(card, version=name, libraries=libraries, provenance=Provenance(last_label_id=learned))
    write_card(own / name / "card.json", changed)
    write_active(own, name)


def troubles(engine: Engine) -> dict[str, str]:
    return {each.component: each.message for each in read_status(engine).troubles if each.cleared_at is None}


@pytest.fixture
def upgraded(tmp_path: Path, settings: Path, engine: Engine) -> App:
    """Return an app whose owner has taught a model that an upgrade made useless."""
    own_model(tmp_path, "owner-old", learned=7, features="1")
    return build(load_config(settings), Database(engine=engine, revive=None))


def test_after_an_upgrade_the_shipped_model_serves_and_the_owners_is_kept_and_spoken_of(
    upgraded: App, engine: Engine, tmp_path: Path
) -> None:
    upkeep_of(upgraded).follow_models()

    assert upgraded.classifier.version == SHIPPED
    assert (tmp_path / "data" / "models" / "owner-old" / "model.npz").exists()
    assert {record.version: record.state for record in PostgresModels(engine).all()} == {
        SHIPPED: ModelState.CHAMPION,
        "owner-old": ModelState.CANDIDATE,
    }
    assert troubles(engine) == {"model": f"an upgrade made your model owner-old useless; {SHIPPED} serves in its place"}


def test_after_an_upgrade_learning_again_does_not_wait_for_new_answers(
    upgraded: App, engine: Engine, tmp_path: Path
) -> None:
    upkeep = upkeep_of(upgraded)
    upkeep.follow_models()

    upkeep.learn_when_due()
    assert learns(upkeep)
    upkeep.stop()

    # and once another model has learned from them, promoted or not, it is over
    own_model(tmp_path, "owner-new", learned=7)
    follow_files(shelf_of(upgraded), PostgresModels(engine), now=NOW)
    again = upkeep_of(upgraded)
    again.learn_when_due()
    assert not learns(again)
    assert troubles(engine) == {}


def test_an_owner_who_never_wants_learning_is_told_all_the_same(upgraded: App, engine: Engine) -> None:
    classifier = upgraded.config.classifier.model_copy(update={"retrain": None})
    app = replace(upgraded, config=upgraded.config.model_copy(update={"classifier": classifier}))
    upkeep = upkeep_of(app)

    upkeep.follow_models()
    upkeep.learn_when_due()

    assert not learns(upkeep)
    assert "model" in troubles(engine)


def test_a_machine_without_room_for_another_process_is_told_and_the_daemon_lives(
    app: App, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    upkeep = upkeep_of(app)
    monkeypatch.setattr(upkeep, "_due", lambda: True)

    upkeep.learn_when_due()

    assert not learns(upkeep)
    assert "No process to learn in could be started" in troubles(engine)["retrain"]


def test_what_is_older_than_the_configuration_wants_is_taken_out(app: App, engine: Engine) -> None:
    decided(engine, [0.1], first=1, days=40)

    upkeep_of(app, days=29).purge()
    kept = read_status(engine).original_bytes
    upkeep_of(app, days=31).purge()

    with engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(raw_messages)).scalar_one() == 0
        assert connection.execute(select(messages.c.text)).scalar_one() == "Lunch on Friday?"
    assert kept > 0


def test_figures_are_written_where_the_configuration_says(settings: Path, engine: Engine, tmp_path: Path) -> None:
    settings.write_text(settings.read_text() + '[health]\nprometheus_file = "jeeves.prom"\n', encoding="utf-8")
    decided(engine, [0.1], first=1, days=40)
    upkeep = upkeep_of(build(load_config(settings), Database(engine=engine, revive=None)))

    PostgresMessages(engine).store_batch(ACCOUNT, [], cursor(1, folder="Left"), reset=False)  # is not read any more

    upkeep.tell_figures()

    told = (tmp_path / "jeeves.prom").read_text()
    assert "jeeves_messages 1\n" in told
    assert [line.split()[0] for line in told.splitlines() if line.startswith("jeeves_synced")] == [
        'jeeves_synced_seconds{folder="INBOX"}'
    ]
    assert "figures" in {job.name for job in upkeep.jobs()}


def test_a_canary_nobody_reads_is_lost_and_taken_away(
    engine: Engine, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jeeves.tending._CANARY_PATIENCE", timedelta(seconds=1))
    monkeypatch.setenv("JEEVES_IMAP_PASSWORD", "secret")
    with GmailLikeServer({ACCOUNT: "secret"}) as server:
        mail = f'[mail]\nhost = "127.0.0.1"\nport = {server.port}\ntls = "none"\npoll = "100ms"\n'
        settings.write_text(settings.read_text().replace("[mail]\n", mail) + "[health]\ncanary = true\n")
        app = build(load_config(settings), Database(engine=engine, revive=None))
        upkeep = Upkeep(app, config_file=None, clock=utc_now, log=structlog.get_logger("test"))

        with pytest.raises(CanaryLost, match="was not read within"):
            Tending(app, clock=utc_now, log=structlog.get_logger("test")).send_canary()

        assert server.folders["Jeeves canary"].mails == {}
    assert "canary" in [job.name for job in upkeep.jobs()]
    assert read_status(engine).canary_at is None


def test_a_canary_is_sent_once_a_day_and_after_one_that_was_lost_sooner(
    app: App, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given canaries that are lost, for whatever reason, and later come through
    sent, fates = list[str](), [False, True, True]

    def send(*_: object, token: str, **__: object) -> bool:
        sent.append(token)
        if not fates[len(sent) - 1]:
            raise CanaryLost("Lost.")
        return True

    monkeypatch.setattr("jeeves.tending.send_canary", send)
    clock = Clock()
    tending = Tending(app, clock=clock, log=structlog.get_logger("test"))

    with pytest.raises(CanaryLost):
        tending.send_canary()
    counts = []
    for pause in (timedelta(hours=1), timedelta(hours=1), timedelta(hours=22), timedelta(hours=1), -timedelta(days=9)):
        clock.now += pause
        with suppress(IndexError):
            tending.send_canary()
        counts.append(len(sent))

    assert counts == [2, 2, 2, 3, 4]
    assert read_status(engine).canary_at == clock.now + timedelta(days=9)


def test_no_canary_is_sent_unless_it_is_wanted(app: App) -> None:
    assert "canary" not in [job.name for job in upkeep_of(app).jobs()]

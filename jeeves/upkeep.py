"""What the daemon does now and then beside watching: follow the models, learn when it is due, look for drift.

Lives here: the jobs. Must not live here: when learning is due and what it does (``actions.retrain_due``,
``actions.retrain``), the process it happens in (``learning_process``), the scheduler (``daemon``), what is done mailbox
by mailbox (``tending``).
"""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from jeeves.actions.mind_threads import Minded, mind_threads
from jeeves.actions.models import follow_files, superseded
from jeeves.actions.retrain_due import retrain_due
from jeeves.app.mailboxes import watched_in
from jeeves.config.accounts import name_of
from jeeves.daemon import Job
from jeeves.daemon.guard import MAIL
from jeeves.daemon.memory import give_back
from jeeves.exposition import exposition, write_figures
from jeeves.learning_process import LearningProcess
from jeeves.ml.drift import Answers, Period, baseline_of, baseline_on_card, measure_drift, verdict
from jeeves.ml.shelf import shelf_for
from jeeves.ml.vocabulary import unknown_share
from jeeves.store.drift import answered_alerts, save_drift, scored_messages
from jeeves.store.forgetting import Purged, purge_old
from jeeves.store.health import clear_departed, clear_error, record_error
from jeeves.store.labels import PostgresLabels
from jeeves.store.models import PostgresModels
from jeeves.store.report import DriftReport
from jeeves.store.status import read_status
from jeeves.store.tallies import take_tallies
from jeeves.tending import AUDIT, CANARY, LABELS, Tending

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from structlog.typing import FilteringBoundLogger

    from jeeves.app.building import App
    from jeeves.ml.model import Model
    from jeeves.ports import Clock
    from jeeves.store.drift import Scored

_FOLLOW_EVERY: Final = timedelta(seconds=15)  # mail that arrives does not wait for it
_LOOK_EVERY: Final = timedelta(seconds=30)
_MIND_EVERY: Final = timedelta(minutes=1)
_DRIFT_EVERY: Final = timedelta(days=1)
_FIGURES_EVERY: Final = timedelta(minutes=1)
_GIVE_BACK_EVERY: Final = timedelta(minutes=1)  # takes milliseconds
_PURGE_EVERY: Final = timedelta(days=1)
_TALLIES_EVERY: Final = timedelta(days=1)
_SETTLED: Final = timedelta(minutes=2)  # after the start: a backlog is stored and decided by then, more or less
_WEEK: Final = timedelta(days=7)
_EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MOST_MAIL: Final = 2_000  # messages of a period, the latest
_AFTER_FAILURE: Final = timedelta(days=1)
_RETRAIN: Final = "retrain"  # the component's name in the status
_MODEL: Final = "model"  # likewise
_LEARNS_AGAIN: Final = (
    "Jeeves learns from your answers again by itself, or, where classifier.retrain is never, by `jeeves retrain`."
)


class Upkeep:
    """The jobs of one daemon."""

    def __init__(
        self,
        app: App,
        *,
        beside: Sequence[App] = (),
        config_file: Path | None,
        clock: Clock,
        log: FilteringBoundLogger,
    ) -> None:
        """Work for ``app``; the learning process reads the same ``config_file`` (None: the usual one).

        ``beside``: the owner's further mailboxes.
        """
        named = [] if config_file is None else ["--config", str(config_file)]
        self._app = app
        self._clock = clock
        self._log = log
        self._models = PostgresModels(app.database.engine)
        self._labels = PostgresLabels(app.database.engine)
        self._files = shelf_for(app.config.classifier.directory, app.config.database.data_dir)
        self._learning = LearningProcess([sys.executable, "-m", "jeeves", *named, "retrain", "--background"])
        self._mailboxes = (app, *beside)
        self._tended = [Tending(each, clock=clock, log=log) for each in self._mailboxes]
        self._owners = {each.config.mail.username: each.owner for each in self._mailboxes}
        self._not_before: datetime | None = None
        self._followed: str | None = None
        self._told: str | None = ""  # of the owner's model that an upgrade made useless; None: that there is none

    @property
    def learning(self) -> bool:
        """True while a learning process runs, or its result has not been looked at."""
        return self._learning.running

    def jobs(self) -> list[Job]:
        """Return what to put on the schedule."""
        now = self._clock()
        return [
            Job(name="classifier", work=self.follow_models, every=_FOLLOW_EVERY, first_run=now),
            Job(name="upkeep", work=self.learn_when_due, every=_LOOK_EVERY, first_run=now),
            *(job for tending in self._tended for job in tending.jobs(now, audit_at=now + _SETTLED)),
            Job(name="threads", work=self.mind_threads, every=_MIND_EVERY, first_run=now + _MIND_EVERY),
            Job(name="retention", work=self.purge, every=_PURGE_EVERY, first_run=now + _SETTLED),
            Job(name="tallies", work=self.take_tallies, every=_TALLIES_EVERY, first_run=now + _SETTLED),
            *self._figures(now),
            Job(name="memory", work=give_back, every=_GIVE_BACK_EVERY, first_run=now + _GIVE_BACK_EVERY),
            Job(name="drift", work=self.look_for_drift, every=_DRIFT_EVERY, first_run=now + _SETTLED),
        ]

    def release(self) -> None:
        """Ask the learning process to end while the daemon ends what it does itself; returns at once."""
        self._learning.ask_to_end()
        self._close_mailboxes()

    def stop(self) -> None:
        """End the learning process, if one runs, and let go of the mailboxes."""
        self._learning.stop()
        self._close_mailboxes()

    def _close_mailboxes(self) -> None:
        for tending in self._tended:
            tending.close()

    def clear_departed(self) -> None:
        """Let no mailbox that is no longer configured be in trouble. Raises DatabaseUnavailable."""
        names = [name_of(each.config) for each in self._mailboxes]
        clear_departed(self._app.database.engine, (MAIL, LABELS, AUDIT, CANARY), names, self._clock())

    def follow_models(self) -> None:
        """Serve the model named now, and bring its row in line.

        Raises NoActiveModel or ArtifactMismatch when it cannot serve (the one before goes on), DatabaseUnavailable.
        """
        self._app.classifier.refresh()
        serving = self._app.classifier.version
        if serving != self._followed:
            follow_files(self._files, self._models, now=self._clock())
            if self._followed is not None:
                self._log.info("model.changed", model=serving)
            self._followed = serving
            self._tell_lost()
        if self._app.classifier.trouble is not None:
            raise self._app.classifier.trouble

    def learn_when_due(self) -> None:
        """Start learning when it is due, or see what became of it. Raises DatabaseUnavailable."""
        if self._learning.running:
            self._see_result()
        elif self._due():
            self._log.info("retrain.started")
            try:
                self._learning.start()
            except OSError as error:
                self._note_end(f"No process to learn in could be started: {error.strerror}.")

    def follow_labels(self) -> None:
        """Follow the labels of each mailbox (``tending``)."""
        for tending in self._tended:
            tending.follow_labels()

    def mind_threads(self) -> None:
        """See which get-togethers went by, and remind of those that are near. Raises DatabaseUnavailable."""
        app, now = self._app, self._clock()
        remind_before = app.config.alerts.remind_before
        minded = mind_threads(app.threads, app.owner, remind_before, now=now, owners=self._owners)
        if minded != Minded():
            self._log.info("threads.minded", **asdict(minded))

    def tell_figures(self) -> None:
        """Write how the daemon does to the file the configuration names. Raises UserError, DatabaseUnavailable."""
        path = self._app.config.health.prometheus_file
        several = self._mailboxes if len(self._mailboxes) > 1 else ()
        names = {each.config.mail.username: name_of(each.config) for each in several}
        if path is not None:
            report, watched = read_status(self._app.database.engine), dict[str, frozenset[str]]()
            for each in self._mailboxes:
                watched |= watched_in(each.config)
            read = tuple(each for each in report.mailboxes if each.folder in watched.get(each.account, ()))
            write_figures(path, exposition(replace(report, mailboxes=read), self._clock(), names))

    def _figures(self, now: datetime) -> list[Job]:
        if self._app.config.health.prometheus_file is None:
            return []
        return [Job(name="figures", work=self.tell_figures, every=_FIGURES_EVERY, first_run=now)]

    def purge(self) -> None:
        """Take out what is older than the configuration wants. Raises DatabaseUnavailable."""
        engine, retention = self._app.database.engine, self._app.config.retention
        purged = purge_old(engine, originals_for=retention.raw, texts_for=retention.texts, now=self._clock())
        if purged != Purged():
            self._log.info("retention.purged", **asdict(purged))

    def take_tallies(self) -> None:
        """Count what is stored once a day, so that nobody who asks has to. Raises DatabaseUnavailable."""
        take_tallies(self._app.database.engine)

    def look_for_drift(self) -> None:
        """Compare the last week's mail with that of the model's beginnings. Raises DatabaseUnavailable."""
        engine, now, model = self._app.database.engine, self._clock(), self._app.classifier.model
        card = next((card for card in self._files.cards() if card.version == model.version), None)
        latest = scored_messages(engine, model.version, since=now - _WEEK, until=now, limit=_MOST_MAIL)
        then = baseline_on_card(card.provenance) if card else None
        if then is None:
            earlier = scored_messages(engine, model.version, since=_EVER, until=now - _WEEK, limit=_MOST_MAIL)
            then = baseline_of(_period(model, earlier)) if earlier else None
        answered, right = answered_alerts(engine, model.version, since=now - 4 * _WEEK)
        promised = card.metrics.get("precision_at_threshold") if card else None
        figures = measure_drift(
            _period(model, latest), then, Answers(answered=answered, right=right, promised=promised)
        )
        save_drift(
            engine,
            DriftReport(measured_at=now, model_version=model.version, figures=figures, verdict=verdict(figures)),
        )

    def _see_result(self) -> None:
        complaint = self._learning.result()
        if complaint is not None:
            self._note_end(complaint)

    def _note_end(self, complaint: str) -> None:
        now, engine = self._clock(), self._app.database.engine
        if complaint:
            self._not_before = now + _AFTER_FAILURE
            self._log.warning("retrain.failed", next_attempt=str(self._not_before))
            record_error(engine, _RETRAIN, complaint, now, next_attempt_at=self._not_before)
        else:
            self._log.info("retrain.done")
            clear_error(engine, _RETRAIN, now)

    def _tell_lost(self) -> bool:
        """Tell whether an upgrade made the owner's model useless; say so in log and status, and when it is over."""
        now, engine = self._clock(), self._app.database.engine
        lost = superseded(self._files, self._models)
        version = None if lost is None else lost.version
        if version != self._told:
            self._told = version
            if version is None:
                clear_error(engine, _MODEL, now)
            else:
                serving = self._app.classifier.version
                self._log.warning("model.outdated", model=version, serving=serving)
                told = f"an upgrade made your model {version} useless; {serving} serves in its place"
                record_error(engine, _MODEL, told, now, advice=_LEARNS_AGAIN)
        return version is not None

    def _due(self) -> bool:
        now = self._clock()
        # A day ahead at most: more means that the clock was put back.
        if self._not_before is not None and self._not_before - _AFTER_FAILURE <= now < self._not_before:
            return False
        if self._tell_lost() and self._app.config.classifier.retrain is not None:
            return True
        records = self._models.all()
        learned = max((record.last_label_id for record in records), default=0)
        count, first_at = self._labels.since(learned)
        taught = [record.trained_at for record in records if record.last_label_id]
        return retrain_due(now, max(taught, default=first_at), count, self._app.config.classifier)


def _period(model: Model, scored: Sequence[Scored]) -> Period:
    return Period(
        probabilities=[each.probability for each in scored],
        alerts=sum(each.needs_place for each in scored),
        unknown_words=unknown_share(model, [each.message for each in scored]),
    )

"""Channels, model and service: would an alert be decided on, and would it arrive.

Lives here: checks that send nothing. Must not live here: adapters.
"""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from jeeves.doctor.findings import fault, note, ok
from jeeves.ml.shelf import shelf_for
from jeeves.notify.email import EmailNotifier
from jeeves.notify.twilio_check import check_account
from jeeves.service.choice import manager_for, usual_scope

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jeeves.config import Config
    from jeeves.doctor.findings import Finding

_PLAYERS = ("paplay", "aplay", "play", "afplay")


def look_at_account(config: Config, channel: str) -> Iterator[Finding]:
    """Have Twilio accept the credentials of ``channel`` ("sms" or "call"). Raises when it does not."""
    account = config.notify.sms if channel == "sms" else config.notify.call
    if account is not None:
        check_account(account, f"notify.{channel}")
        yield ok(channel, "Twilio accepts the account; nothing was sent.")


def look_at_email(config: Config) -> Iterator[Finding]:
    """Sign in to the server that would take an alert. Raises when it does not let Jeeves in."""
    if config.notify.email is not None:
        EmailNotifier(config.notify.email, sender=config.mail.username).check()
        yield ok("email", f"{config.notify.email.host} lets Jeeves in; nothing was sent.")


def look_at_web_channel(channel: str) -> Iterator[Finding]:
    """Say that only an alert can tell."""
    yield note(channel, "Only an alert can tell whether it works.", f"Send one: jeeves notify-test --channel {channel}")


def look_at_speech(config: Config) -> Iterator[Finding]:
    """Look for a speech engine and something to play it with."""
    speech = config.notify.speech
    engines = ("espeak-ng", "say") if speech.engine == "auto" else (speech.engine,)
    if not any(shutil.which(engine) for engine in engines):
        yield fault("speech", "There is no speech engine.", "Install one: sudo apt install espeak-ng")
    elif not any(shutil.which(player) for player in _PLAYERS):
        if speech.wav_dir is None:
            yield fault("speech", "Nothing here can play sound.", "Install a player: sudo apt install alsa-utils")
        else:
            yield note("speech", "Nothing here can play sound; recordings are kept in notify.speech.wav_dir.")
    else:
        yield ok("speech", "An engine and a player are there; does one hear it? jeeves notify-test --channel speech")


def look_at_model(config: Config) -> Iterator[Finding]:
    """Load the model that serves. Raises NoActiveModel, ArtifactMismatch."""
    shelf = shelf_for(config.classifier.directory, config.database.data_dir)
    version = shelf.active_version()
    shelf.load(version)
    yield ok("model", f"{version} is whole.")


def look_at_service() -> Iterator[Finding]:
    """Ask the operating system for the service. Raises what asking raises."""
    if sys.platform != "darwin" and shutil.which("systemctl") is None:
        yield note("service", "This machine has no systemd; something else has to start `jeeves run`.")
        return
    manager = manager_for(usual_scope())
    if not manager.path.exists():
        yield note("service", "None is installed.", "To have it run from boot on: jeeves service install")
        return
    state = manager.state()
    if not state.running:
        yield fault("service", f"It does not run: {state.state}.", "See why: jeeves service logs")
    elif not state.enabled:
        yield fault("service", "It runs, and would not after a restart.", "Run: jeeves service install")
    else:
        yield ok("service", f"{state.state}{', ' + state.status if state.status else ''}")

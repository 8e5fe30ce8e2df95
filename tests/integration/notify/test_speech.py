from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import pytest

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected
from jeeves.notify import speech
from jeeves.notify.speech import SpeechNotifier
from jeeves.types import Receipt
from tests.integration.notify.build import NOW, alert
from tests.servers.espeak import require_espeak

if TYPE_CHECKING:
    from pathlib import Path

# Programs standing in for engines and players: real processes, as this machine may have no sound device.
_PLAYS = '#!/bin/sh\nfor last; do :; done\n/bin/cp "$last" "$0.heard"\n'
_NO_DEVICE = "#!/bin/sh\nexit 1\n"
_HANGS = "#!/bin/sh\nexec /bin/sleep 60\n"
_DUMB_ENGINE = "#!/bin/sh\n/bin/cat >/dev/null\nexit 0\n"
_CRASHING_ENGINE = "#!/bin/sh\n/bin/cat >/dev/null\nexit 3\n"
_TRUNCATING_ENGINE = '#!/bin/sh\nfor last; do :; done\n"{engine}" "$@" && /usr/bin/truncate -s 500 "$last"\n'
# Takes exactly the arguments of macOS's say: -f FILE, --file-format=..., --data-format=..., -o FILE.
_SAYS = """#!/bin/sh
[ "$1 $2 $3 $4 $5" = "-f - --file-format=WAVE --data-format=LEI16@22050 -o" ] && exec "{engine}" --stdin -w "$6"
"""


class Machine:
    """The programs on the search path, and nothing else."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def install(self, name: str, script: str) -> None:
        (self._folder / name).write_text(script)
        (self._folder / name).chmod(0o755)

    def install_espeak(self) -> None:
        (self._folder / "espeak-ng").symlink_to(require_espeak())

    def heard(self, player: str) -> Path:
        return self._folder / f"{player}.heard"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    return Machine(programs)


def _seconds(path: Path) -> float:
    with wave.open(str(path), "rb") as recording:
        return recording.getnframes() / recording.getframerate()


def _notifier(wav_dir: Path | None) -> SpeechNotifier:
    return SpeechNotifier("auto", wav_dir, clock=lambda: NOW)


def test_an_alert_is_spoken_through_the_first_player_that_works(machine: Machine) -> None:
    machine.install_espeak()
    machine.install("paplay", _NO_DEVICE)
    machine.install("aplay", _PLAYS)
    machine.install("play", _PLAYS)

    receipt = _notifier(None).send(alert())

    assert receipt == Receipt(delivered=True)
    assert _seconds(machine.heard("aplay")) > 1.0
    assert not machine.heard("play").exists()


def test_without_a_loudspeaker_the_recording_is_kept_but_not_called_delivered(machine: Machine, tmp_path: Path) -> None:
    machine.install_espeak()
    machine.install("aplay", _NO_DEVICE)
    kept = tmp_path / "not" / "there" / "yet"

    receipt = _notifier(kept).send(alert())

    assert receipt == Receipt(provider_id=str(kept / "b2-20260512T235800.000000Z.wav"), delivered=False)
    assert [path.name for path in kept.iterdir()] == ["b2-20260512T235800.000000Z.wav"]
    assert _seconds(kept / "b2-20260512T235800.000000Z.wav") > 1.0


def test_a_reference_cannot_lead_out_of_the_folder(machine: Machine, tmp_path: Path) -> None:
    machine.install_espeak()
    kept = tmp_path / "kept"

    receipt = _notifier(kept).send(alert(reference="../../-rf /x"))

    assert receipt.provider_id == str(kept / "rfx-20260512T235800.000000Z.wav")


def test_without_loudspeaker_and_folder_the_next_channel_takes_over(machine: Machine) -> None:
    machine.install_espeak()
    machine.install("aplay", _NO_DEVICE)

    with pytest.raises(NotificationRejected) as caught:
        _notifier(None).send(alert())

    assert "notify.speech.wav_dir" in caught.value.advice


def test_a_missing_engine_is_told_with_the_package_to_install(machine: Machine) -> None:
    machine.install("aplay", _PLAYS)

    with pytest.raises(NotificationRejected) as caught:
        _notifier(None).send(alert())

    assert "apt install espeak-ng" in caught.value.advice


def test_macos_voice_is_used_when_it_is_the_engine_there(machine: Machine) -> None:
    machine.install("say", _SAYS.replace("{engine}", require_espeak()))
    machine.install("afplay", _PLAYS)

    receipt = _notifier(None).send(alert())

    assert receipt.delivered
    assert _seconds(machine.heard("afplay")) > 1.0


def test_macos_voice_elsewhere_is_told_with_its_key(machine: Machine) -> None:
    machine.install_espeak()

    with pytest.raises(NotificationRejected) as caught:
        SpeechNotifier("say", None).send(alert())

    assert "notify.speech.engine" in caught.value.advice


def test_a_player_that_hangs_leaves_open_whether_the_alert_was_heard(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.install_espeak()
    machine.install("paplay", _HANGS)
    machine.install("aplay", _PLAYS)
    monkeypatch.setattr(speech, "_PLAYER_SECONDS", 0.3)

    with pytest.raises(DeliveryUnconfirmed):
        _notifier(None).send(alert())

    assert not machine.heard("aplay").exists()


def test_an_engine_that_hangs_is_given_up(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.install("espeak-ng", _HANGS)
    monkeypatch.setattr(speech, "_ENGINE_SECONDS", 0.3)

    with pytest.raises(NotificationRejected):
        _notifier(None).send(alert())


@pytest.mark.parametrize("engine", [_DUMB_ENGINE, _CRASHING_ENGINE, _TRUNCATING_ENGINE])
def test_an_engine_that_makes_no_sound_is_not_believed(machine: Machine, tmp_path: Path, engine: str) -> None:
    machine.install("espeak-ng", engine.replace("{engine}", require_espeak()))
    machine.install("aplay", _PLAYS)
    kept = tmp_path / "kept"

    with pytest.raises(NotificationRejected):
        _notifier(kept).send(alert())

    assert list(kept.iterdir()) == []
    assert not machine.heard("aplay").exists()


def test_a_folder_that_cannot_be_made_is_told_with_its_key(machine: Machine, tmp_path: Path) -> None:
    machine.install_espeak()
    (tmp_path / "file").write_text("")

    with pytest.raises(NotificationRejected) as caught:
        _notifier(tmp_path / "file" / "kept").send(alert())

    assert "notify.speech.wav_dir" in caught.value.advice


def test_an_endless_spelling_of_foreign_script_is_cut_to_a_minute(machine: Machine) -> None:
    machine.install_espeak()
    machine.install("aplay", _PLAYS)

    _notifier(None).send(alert(body="日本語で会いましょう" * 30))

    assert _seconds(machine.heard("aplay")) == pytest.approx(60.0, abs=0.1)

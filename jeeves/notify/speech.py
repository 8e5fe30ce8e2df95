"""Alerts spoken aloud on this machine.

Lives here: turning text into a WAV with espeak-ng or macOS's say, and playing it. Must not live here: wording.

The engine never plays by itself: without a sound device espeak-ng exits 0 in silence, while players fail honestly.
It also exits 0 when it could not write its file, so the file is looked at. Text goes in by standard input, never
through a shell or an argument.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import wave
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jeeves.errors import DeliveryUnconfirmed, NotificationRejected
from jeeves.notify.wording import spoken
from jeeves.types import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jeeves.types import Notification

Engine = Literal["auto", "espeak-ng", "say"]

_ENGINE_SECONDS = 15.0  # ten seconds of speech take a hundredth of that, even on a Raspberry Pi
_MOST_SPEECH = 60.0  # seconds: espeak-ng spells foreign scripts out, at a third of a second each character
_PLAYER_SECONDS = _MOST_SPEECH + 20.0
_ENGINES: dict[str, tuple[str, ...]] = {
    # -b 1: the text is UTF-8 whatever the locale says.
    "espeak-ng": ("-b", "1", "--stdin", "-w"),
    "say": ("-f", "-", "--file-format=WAVE", "--data-format=LEI16@22050", "-o"),
}
_PLAYERS: tuple[tuple[str, ...], ...] = (("paplay",), ("aplay", "-q"), ("play", "-q"), ("afplay",))


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SpeechNotifier:
    """Speaks alerts through the loudspeaker, and keeps the recordings if told where."""

    def __init__(
        self, engine: Engine = "auto", wav_dir: Path | None = None, *, clock: Callable[[], datetime] = _utc_now
    ) -> None:
        """Use ``engine`` (auto: the first that is installed); keep each WAV in ``wav_dir``; None keeps none."""
        self._engine = engine
        self._wav_dir = wav_dir
        self._clock = clock

    def send(self, notification: Notification) -> Receipt:
        """Speak the alert; the receipt names the kept WAV, and is ``delivered`` only if a player took it to its end.

        Raises NotificationRejected when there is no engine, no place for the WAV, or neither loudspeaker nor WAV
        folder; DeliveryUnconfirmed when playing did not end in time.
        """
        command = self._engine_command()
        text = spoken(notification.body, notification.reference)
        with self._recording_place(notification.reference) as target:
            _record(command, text, target)
            kept = str(target) if self._wav_dir else ""
            played = _play(target)
        if not played and not kept:
            raise NotificationRejected(
                "There is no loudspeaker to speak through.",
                advice="Install a player (apt install alsa-utils) and connect a loudspeaker, or set "
                "notify.speech.wav_dir.",
            )
        return Receipt(provider_id=kept, delivered=played)

    def find(self, notification: Notification) -> Receipt | None:
        """Raise DeliveryUnconfirmed: what was said cannot be asked for, so it is never repeated."""
        raise DeliveryUnconfirmed(f"Nobody knows whether alert {spoken('', notification.reference)} was heard.")

    def _engine_command(self) -> list[str]:
        for name, options in _ENGINES.items():
            if self._engine in ("auto", name) and (path := shutil.which(name)):
                return [path, *options]
        if self._engine == "say":
            raise NotificationRejected(
                "The speech engine say comes with macOS only.", advice='Set notify.speech.engine = "auto".'
            )
        raise NotificationRejected("There is no speech engine.", advice="Install one: apt install espeak-ng")

    @contextmanager
    def _recording_place(self, reference: str) -> Iterator[Path]:
        """Yield the path of the WAV to be: in ``wav_dir``, or in a folder that is gone afterwards."""
        moment = self._clock().astimezone(UTC)
        name = f"{re.sub('[^A-Za-z0-9]', '', reference)[:20] or 'alert'}-{moment:%Y%m%dT%H%M%S.%fZ}.wav"
        if self._wav_dir is None:
            with tempfile.TemporaryDirectory(prefix="jeeves-speech-") as folder:
                yield Path(folder) / name
        else:
            yield self._wav_dir.absolute() / name


def _record(command: Sequence[str], text: str, target: Path) -> None:
    """Write ``text`` as speech to ``target``, which appears whole or not at all."""
    partial = target.with_name(f".{target.name}.partial")
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        subprocess.run(  # noqa: S603 - a fixed command; the text goes in by standard input
            [*command, str(partial)],
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_ENGINE_SECONDS,
            check=True,
        )
        _check(partial)
        partial.replace(target)
    except (OSError, EOFError, wave.Error) as error:
        raise NotificationRejected(
            "The spoken alert could not be written.",
            advice="Check that notify.speech.wav_dir can be written to and has room.",
        ) from error
    except subprocess.SubprocessError as error:
        raise NotificationRejected(
            "The speech engine failed.", advice="Try it by hand: echo hello | espeak-ng --stdin"
        ) from error
    finally:
        with suppress(OSError):  # the folder itself may be missing
            partial.unlink()


def _check(path: Path) -> None:
    """Raise wave.Error unless ``path`` holds a whole WAV; cut it to the longest time an alert may speak."""
    with wave.open(str(path), "rb") as recording:
        parameters = recording.getparams()
        sound = recording.readframes(min(parameters.nframes, int(parameters.framerate * _MOST_SPEECH)))
    frame = parameters.nchannels * parameters.sampwidth
    if not sound or path.stat().st_size < parameters.nframes * frame:
        raise wave.Error("no sound, or cut off")
    if len(sound) < parameters.nframes * frame:
        with wave.open(str(path), "wb") as shorter:
            shorter.setparams(parameters)
            shorter.writeframes(sound)


def _play(recording: Path) -> bool:
    """Return whether a player played ``recording`` to its end; each that is installed gets its try."""
    for name, *options in _PLAYERS:
        if not (path := shutil.which(name)):
            continue
        try:
            done = subprocess.run(  # noqa: S603 - a fixed command and a path of our own making
                [path, *options, str(recording)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                timeout=_PLAYER_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise DeliveryUnconfirmed("The loudspeaker did not finish in time.") from error
        except OSError:
            continue
        if done.returncode == 0:
            return True
    return False

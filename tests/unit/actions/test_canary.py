from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from jeeves.actions.canary import send_canary
from jeeves.errors import CanaryLost, MailUnavailable
from jeeves.mail.parse import parse_bytes
from jeeves.types import CanarySighting

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGAN = datetime(2026, 11, 21, 12, tzinfo=UTC)
PATIENCE = timedelta(minutes=3)


class Folder:
    """The canary's folder, which may refuse letters."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.letters: list[bytes] = []
        self.put_so_far = 0
        self._refuses = refuses

    def put(self, letter: bytes) -> None:
        if self._refuses:
            raise MailUnavailable("Not now.")
        self.letters.append(letter)
        self.put_so_far += 1

    def clear(self) -> None:
        self.letters.clear()


class Rows:
    """What becomes of the canary from one look to the next."""

    def __init__(self, *seen: CanarySighting | None) -> None:
        self._seen = list(seen)
        self.erased = 0

    def sighting(self, token: str) -> CanarySighting | None:
        assert token == "f00d"
        return self._seen.pop(0) if len(self._seen) > 1 else self._seen[0]

    def erase(self) -> None:
        self.erased += 1


def send(folder: Folder, rows: Rows, *, told_to_end: bool = False) -> bool:
    moments: Iterator[datetime] = iter(BEGAN + timedelta(seconds=second) for second in range(1_000))
    return send_canary(
        folder,
        rows,
        token="f00d",
        owner="me@example.com",
        patience=PATIENCE,
        clock=lambda: next(moments),
        wait=lambda _seconds: told_to_end,
    )


def test_a_canary_that_would_have_been_alerted_came_through_and_is_taken_away() -> None:
    folder, rows = Folder(), Rows(None, CanarySighting(decision=None), CanarySighting(decision="canary"))

    assert send(folder, rows)
    assert (folder.put_so_far, folder.letters, rows.erased) == (1, [], 2)


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        (None, "was not read within 180 seconds"),
        (CanarySighting(decision=None), "was stored and not decided on within 180 seconds"),
        (CanarySighting(decision="no_place_needed"), "would not have been alerted"),
    ],
)
def test_a_canary_that_did_not_come_through_says_how_far_it_got_and_is_taken_away(
    seen: CanarySighting | None, told: str
) -> None:
    folder, rows = Folder(), Rows(seen)

    with pytest.raises(CanaryLost, match=told) as caught:
        send(folder, rows)
    assert caught.value.advice
    assert (folder.letters, rows.erased) == ([], 2)


def test_a_daemon_that_ends_does_not_wait_for_its_canary() -> None:
    folder = Folder()

    assert not send(folder, Rows(None), told_to_end=True)
    assert folder.letters == []


def test_a_server_that_takes_no_canary_is_told_as_it_is() -> None:
    with pytest.raises(MailUnavailable, match="Not now"):
        send(Folder(refuses=True), Rows(None))


def test_the_letter_names_itself_and_can_be_found_again() -> None:
    folder = Folder()
    letters: list[bytes] = []
    folder.clear = lambda: letters.extend(folder.letters)  # type: ignore[method-assign]  # look before it is gone

    send(folder, Rows(CanarySighting(decision="canary")))

    message = parse_bytes(letters[0])
    assert message.sender.address == "canary@jeeves.invalid"
    assert message.subject.endswith("f00d")
    assert message.sent_at == BEGAN

"""Labels in the mailbox: reading the owner's answers off them, and labelling what Jeeves found.

Lives here: the use cases, by ports and pure code. Must not live here: IMAP, SQL, what a label says
(``mail.mailbox_labels``).
"""

from __future__ import annotations

from collections import defaultdict
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from jeeves.errors import MailFolderMissing, UserError
from jeeves.mail.mailbox_labels import one_of, read_mark
from jeeves.types import Answer, MarkState

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.ports import Clock, MarkSource, MarkStore
    from jeeves.types import MarkScan, MessageRef

_CATCH_UP: Final = timedelta(days=7)  # how old a find may be and still be labelled
_AT_ONCE: Final = 100  # messages labelled in one pass


def read_marks(source: MarkSource, store: MarkStore, account: str, watched: Sequence[str], clock: Clock) -> int:
    """Append an answer for every label the owner put on, changed or took off; return how many there were.

    What was read is written down in one transaction with how far it is read: stopped at any instant, a label is
    neither lost nor taken for two answers. Raises what source and store raise.
    """
    scans = list(_scans(source, store, account, watched))
    states: dict[int, MarkState] = {}
    answers: dict[int, Answer] = {}
    for number, (before, copies) in _heard(scans, store, account).items():
        now, folder = one_of(before, copies)
        state, answer = read_mark(before, now)
        state = replace(state, folder=folder)
        if state != before:
            states[number] = state
        if answer is not None:
            answers[number] = answer
    # A message that is labelled already and comes in later must be seen again then: the place waits for it.
    places = [scan.place for scan in scans if scan.place.folder not in watched or not _waits(scan, store, account)]
    store.keep(account, places, states, answers, now=clock())
    return len(answers)


def write_marks(source: MarkSource, store: MarkStore, account: str, clock: Clock) -> int:
    """Label what Jeeves found lately and nobody has labelled or answered for; return how many messages that were.

    A message is written down before it is labelled, and what is written down is never labelled again: an owner who
    took a label off is not contradicted, and a crash in between costs a label rather than making a second. Raises
    what source and store raise.
    """
    now = clock()
    by_folder: defaultdict[tuple[str, int], dict[int, MessageRef]] = defaultdict(dict)
    for number, ref in store.unmarked(account, since=now - _CATCH_UP, limit=_AT_ONCE):
        by_folder[ref.mailbox, ref.uidvalidity][number] = ref
    for refs in by_folder.values():
        store.keep(account, (), dict.fromkeys(refs, MarkState(written=Answer.YES)), {}, now=now)
        try:
            source.write(list(refs.values()))
        except UserError:  # refused for certain: a label that appears is the owner's
            store.keep(account, (), dict.fromkeys(refs, MarkState()), {}, now=now)
            raise
    return sum(map(len, by_folder.values()))


def _scans(source: MarkSource, store: MarkStore, account: str, watched: Sequence[str]) -> Iterator[MarkScan]:
    for folder in source.folders(watched):
        with suppress(MailFolderMissing):  # told by those who watch it; the others are read all the same
            yield source.scan(folder, store.place(account, folder))


def _heard(
    scans: Sequence[MarkScan], store: MarkStore, account: str
) -> dict[int, tuple[MarkState, list[tuple[Answer | None, str]]]]:
    """Return, by message number, what was known and what each copy says: (answer, the folder that is the label)."""
    heard: dict[int, tuple[MarkState, list[tuple[Answer | None, str]]]] = {}
    for scan in scans:
        label = scan.place.folder if scan.is_whole else ""
        for marked, found in zip(scan.marked, store.states(account, scan), strict=True):
            if found is not None:
                heard.setdefault(found[0], (found[1], []))[1].append((marked.answer, label))
        if scan.is_whole:
            for number, before in store.gone(account, scan):
                heard.setdefault(number, (before, []))
    return heard


def _waits(scan: MarkScan, store: MarkStore, account: str) -> bool:
    found = store.states(account, scan) if any(marked.answer for marked in scan.marked) else []
    return any(each is None and marked.answer is not None for each, marked in zip(found, scan.marked, strict=False))

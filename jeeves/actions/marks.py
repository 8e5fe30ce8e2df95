"""Labels in the mailbox: reading the owner's answers off them, and labelling what Jeeves found.

Lives here: the use cases, by ports and pure code. Must not live here: IMAP, SQL, what a label says (``mail.marks``).
"""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final

from jeeves.errors import UserError
from jeeves.mail.marks import read_mark
from jeeves.types import Answer, MarkState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jeeves.ports import Clock, MarkSource, MarkStore
    from jeeves.types import MarkedMessage, MarkScan, MessageRef

_CATCH_UP: Final = timedelta(days=7)  # how old a find may be and still be labelled
_AT_ONCE: Final = 100  # messages labelled in one pass


def read_marks(source: MarkSource, store: MarkStore, account: str, watched: Sequence[str], clock: Clock) -> int:
    """Append an answer for every label the owner put on, changed or took off; return how many there were.

    What a folder says is written down in one transaction with how far it is read: stopped at any instant, a label is
    neither lost nor taken for two answers. Raises what source and store raise.
    """
    return sum(
        _read_folder(source.scan(folder, store.place(account, folder)), store, account, watched, now=clock())
        for folder in source.folders(watched)
    )


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
        store.keep(account, None, dict.fromkeys(refs, MarkState(written=Answer.YES)), {}, now=now)
        try:
            source.write(list(refs.values()))
        except UserError:  # refused for certain: a label that appears is the owner's
            store.keep(account, None, dict.fromkeys(refs, MarkState()), {}, now=now)
            raise
    return sum(map(len, by_folder.values()))


def _read_folder(scan: MarkScan, store: MarkStore, account: str, watched: Sequence[str], *, now: datetime) -> int:
    known = store.states(account, scan)
    states: dict[int, MarkState] = {}
    answers: dict[int, Answer] = {}
    for marked, found in zip(scan.marked, known, strict=True):
        if found is None:
            continue
        number, before = found
        state, answer = read_mark(before, marked.answer)
        if state != before:
            states[number] = state
        if answer is not None:
            answers[number] = answer
    # A message that is labelled already and comes in later must be seen again then: the place waits for it.
    waits = scan.place.folder in watched and _any_unknown(scan.marked, known)
    place = None if waits else scan.place
    store.keep(account, place, states, answers, now=now)
    return len(answers)


def _any_unknown(marked: Sequence[MarkedMessage], known: Sequence[object]) -> bool:
    pairs = zip(marked, known, strict=True)
    return next(islice((True for each, found in pairs if found is None and each.answer is not None), 1), False)

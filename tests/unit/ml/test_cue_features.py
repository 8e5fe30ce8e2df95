"""Cues made by arithmetic are those that their definition gives sentence by sentence."""

from __future__ import annotations

from itertools import combinations
from random import Random

import numpy as np
import pytest

from jeeves.ml.cue_features import MESSAGE_CUES, SENTENCE_CUES, CueFeatures, cue_features
from jeeves.ml.marks import ACTIVITIES, KINDS, bits
from jeeves.ml.runs import QUOTED, SUBJECT, TEXT, Sentences

SPOILS = {"office", "room", "venue", "at_name", "past", "declined", "remote", "video"}
ZONES = {SUBJECT: "subject", TEXT: "text", QUOTED: "quoted"}


def in_message(zone: int, kinds: set[str]) -> list[str]:
    if zone != TEXT:
        opened = [f"quoted:open&{kind}" for kind in kinds & ACTIVITIES if zone == QUOTED]
        return [f"{ZONES[zone]}:{kind}" for kind in kinds] + (
            opened if kinds & {"proposal", "question", "available"} else []
        )
    together = [f"{activity}&{kind}" for activity in kinds & ACTIVITIES for kind in kinds - {activity}]
    is_open = kinds & ACTIVITIES and "proposal" in kinds and not kinds & SPOILS
    return [*kinds, *together, *(["open_proposal"] if is_open else [])]


def in_sentence(zone: int, kinds: set[str], before: set[str], after: set[str], length: int) -> list[str]:
    pairs = [f"{a}&{b}" for a, b in combinations(sorted(kinds), 2) if {a, b} & (ACTIVITIES | {"proposal"})]
    cues = [*kinds, *pairs, f"length_{length + 1}", *(f"before:{k}" for k in before), *(f"after:{k}" for k in after)]
    return cues if zone == TEXT else [f"in_{ZONES[zone]}", *cues, *(f"{ZONES[zone]}:{cue}" for cue in cues)]


def named(cues: CueFeatures, names: tuple[str, ...], sentences: int) -> list[list[str]]:
    found: list[list[str]] = [[] for _ in range(sentences)]
    for sentence, number in zip(cues.sentences.tolist(), cues.numbers.tolist(), strict=True):
        found[sentence].append(names[number])
    return [sorted(each) for each in found]


@pytest.mark.parametrize("seed", range(5))
def test_sentences_have_the_cues_of_their_kinds_and_of_their_neighbours(seed: int) -> None:
    # given: sentences that speak of up to six kinds of thing
    random, count = Random(seed), 300  # noqa: S311 - no secret, and the same every time
    kinds = [set(random.sample(KINDS, random.choice((0, 0, 1, 1, 2, 3, 6)))) for _ in range(count)]
    zones = [random.choice((SUBJECT, TEXT, QUOTED)) for _ in range(count)]
    lengths = [random.randrange(5) for _ in range(count)]
    next_one = [random.random() < 0.3 for _ in range(count - 1)] + [False]
    previous = [False] + [random.random() < 0.3 for _ in range(count - 1)]

    # when
    of_message, of_sentence = cue_features(
        Sentences(
            zones=np.array(zones),
            kinds=np.array([bits(*each) for each in kinds]),
            tells_next=np.array(next_one),
            tells_previous=np.array(previous),
            lengths=np.array(lengths),
        )
    )

    # then
    assert named(of_message, MESSAGE_CUES, count) == [sorted(each) for each in map(in_message, zones, kinds)]
    assert named(of_sentence, SENTENCE_CUES, count) == [
        sorted(
            in_sentence(
                zones[place],
                kinds[place],
                kinds[place - 1] if place and next_one[place - 1] else set(),
                kinds[place + 1] if place < count - 1 and previous[place + 1] else set(),
                lengths[place],
            )
        )
        for place in range(count)
    ]


def test_no_sentence_has_no_cue() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    sentences = Sentences(nothing, nothing, nothing.astype(np.bool_), nothing.astype(np.bool_), nothing)

    assert [len(each.numbers) for each in cue_features(sentences)] == [0, 0]


def test_every_cue_has_one_number() -> None:
    assert len(set(MESSAGE_CUES)) == len(MESSAGE_CUES)
    assert len(set(SENTENCE_CUES)) == len(SENTENCE_CUES)

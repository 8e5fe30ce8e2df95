from __future__ import annotations

from dataclasses import replace

from jeeves.ml.evidence import extract
from jeeves.ml.features import document
from jeeves.ml.names import name_words
from tests.unit.ml.examples import message

LETTER = message("The report is done. Shall we have lunch on Friday? Regards", subject="Report")


def test_words_of_the_message_come_with_their_neighbours() -> None:
    evidence = extract(document(LETTER))
    assert {"report", "subject_end the", "shall we", "friday ?"} <= set(evidence.words)


def test_only_telling_sentences_give_telling_words() -> None:
    telling = set(extract(document(LETTER)).telling)
    assert {"shall we", "lunch"} <= telling
    assert "done" not in telling


def test_a_quoted_proposal_is_evidence_of_its_own_kind() -> None:
    evidence = extract(
        document(replace(message("Next week works for me."), quoted="Lunch sometime?\nThe weather is fine."))
    )
    assert {"quoted:lunch", "quoted:lunch quoted:sometime"} <= set(evidence.telling)
    assert "quoted:weather" not in evidence.telling
    assert {"quoted:meal", "quoted:open&meal"} <= set(evidence.cues)
    assert "lunch" not in evidence.words


def test_an_open_proposal_has_no_place() -> None:
    open_one = extract(document(message("Shall we have lunch on Friday?")))
    assert "open_proposal" in open_one.cues
    assert "open_proposal" not in extract(document(message("Shall we have lunch at my office on Friday?"))).cues


def test_each_sentence_has_its_own_evidence_and_its_neighbours_kinds() -> None:
    first, second, third, fourth = extract(document(LETTER)).sentences
    assert "in_subject" in first.cues
    assert "subject:report" in first.cues
    assert {"meal&proposal", "before:report", "day&meal"} <= set(third.cues)
    assert {"shall we have", "~<proposal> <meal>"} & set(third.words)
    assert "before:meal" not in second.cues
    assert fourth.words == ["regards"]


def test_a_message_without_a_word_still_has_one_sentence() -> None:
    assert len(extract(document(message())).sentences) == 1


def test_names_are_known_by_their_capital() -> None:
    texts = ["We saw Priya and the garden.", "Then Priya met the gardener in the garden.", "Ask Priya for a garden."]
    names = name_words(document(message(text)) for text in texts)
    assert "priya" in names
    assert "garden" not in names


def test_words_seen_only_where_every_word_has_a_capital_count_as_names() -> None:
    names = name_words([document(message("Zelda asked.", subject="Zelda")), document(message("Zelda came."))])
    assert "zelda" in names

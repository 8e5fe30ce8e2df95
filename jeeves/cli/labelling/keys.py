"""The keys of labelling, the same on the screen and at the prompt.

Lives here: what each does, in words. Must not live here: how keys are read.
"""

from __future__ import annotations

from typing import Final

from jeeves.types import Answer

ANSWERS: Final = {"y": Answer.YES, "n": Answer.NO, "s": Answer.SKIP}
NOTED: Final = {
    Answer.YES: "Noted: needs a place.",
    Answer.NO: "Noted: needs no place.",
    Answer.SKIP: "Skipped: nothing is learned from it.",
}
NOTHING_TO_UNDO: Final = "Nothing is left to take back."
NOTHING_WAITS: Final = (
    "Nothing is left to label. u takes the last answer back, / searches, q leaves.\n"
    "Learn from your answers: jeeves retrain"
)
NO_MORE_FOUND: Final = "Nothing more was found. Esc (at the prompt: /) leads back to the queue."
NOTHING_FOUND: Final = "Nothing holds these words."
HELP: Final = """\
Somebody wants to meet, and nobody has said where: is this such a message?

  y   it needs a place          every answer is stored at once
  n   it doesn't
  s   skip it: nothing is learned from it, and it does not come again
  u   take the last answer back, and the one before, as far as you like,
      answers of earlier days too

  ← →  the message before, the next one, without an answer    (prompt: - +)
  ↑ ↓  scroll; page up, page down
  /   search sender, subject and text; Esc, or / alone, leads back
  o   open the whole message, with what it quotes
  ?   this help
  q   leave; nothing is lost, the next sitting goes on from here

Words that moved Jeeves are marked: on yellow those that speak for a
get-together without a place, underlined those that speak against it
(at the prompt: *for* and _against_).
"""

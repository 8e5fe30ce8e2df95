"""Labelling message after message: on a full screen, or by plain prompts where there is none.

Lives here: what is shown of a message (``page``), the screen (``screen``), the prompts (``prompts``), and which of the
two a terminal can do (``terminal``). Must not live here: what an answer is worth, in which order messages come.
"""

"""Hours as people write them, in seven languages: "at 7", "half seven", "halb acht", "12h30", "a las nueve y media".

Lives here: the hour within one sentence, and which half of the day it means. Must not live here: days (``dates``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NUMBERS: Final = {  # 1 to 12, word by word
    1: "one ein eins une uno una uma één een",
    2: "two zwei deux dos due duas twee",
    3: "three drei trois tres tre três drie",
    4: "four vier quatre cuatro quattro quatro",
    5: "five fünf cinq cinco cinque vijf",
    6: "six sechs seis sei zes",
    7: "seven sieben sept siete sette sete zeven",
    8: "eight acht huit ocho otto oito",
    9: "nine neun neuf nueve nove negen",
    10: "ten zehn dix diez dieci dez tien",
    11: "eleven elf onze once undici",
    12: "twelve zwölf douze doce dodici doze twaalf",
}
_WORDS: Final = {word: number for number, words in _NUMBERS.items() for word in words.split()}
_WORD: Final = "|".join(sorted(_WORDS, key=len, reverse=True))
_HALF_TO: Final = re.compile(  # "halb acht" and "half acht" are half an hour before, "half eight" is after
    r"eins?|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|elf|zwölf|één|een|twee|drie|vijf|zes|zeven|negen|tien|twaalf"
)
_LEAD: Final = (
    r"(?:at|@|around|about|from|for|um|gegen|ab|à|vers|dès|a las|a la|sobre las|desde las|alle|all'|verso le|dalle|ore"
    r"|às|as|pelas|à|om|rond|vanaf|tegen)"
)
_CLOCK: Final = re.compile(
    r"(?<![\d.,:/£$€#-])(?P<hour>[01]?\d|2[0-3])(?:[:.](?P<minute>[0-5]\d)|\s?h\s?(?P<minute_h>[0-5]\d)?(?![a-z])"
    r"| (?:e|y) (?P<minute_e>[0-5]\d)|(?=\s?(?:[ap]\.?m\b|uhr|uur|o'clock|horas?\b|heures?\b|ish\b)))"
    r"(?:[:.]\d\d)?\s?(?P<half>[ap])?(?:\.?m\b)?(?!\.\d|\d|\s?(?:[€$£%]|eur|kg|km|mb))",
    re.IGNORECASE,
)
_BARE: Final = re.compile(
    rf"(?<!\w){_LEAD}\s(?P<hour>[01]?\d|2[0-3])(?![\w:.,/]\d|\d|\w|-|\s?%|\s(?:people|persons|of\b|days?|weeks?|months?"
    r"|minutes?|mins?|hours?|years?|euros?|pounds?|more|miles?|km|leute|personen|minuten|stunden|tage|personas|jours"
    r"|giorni|dias|dagen)|\s[A-Z][a-z]+\s(?:St|Rd|Road|Street|Lane|Close|Row|Avenue|Square|Place|Way))",
    re.IGNORECASE,
)
_SPELLED: Final = re.compile(
    rf"(?<!\w)(?:(?P<half>half(?: past)?|halb) |(?P<quarter>quarter|viertel) (?P<side>to|past|vor|nach) |{_LEAD}\s)"
    rf"(?P<word>{_WORD})(?P<and_half> y media| e mezz[ao]| e meia| et demie)?(?: (?P<pm>pm|am))?(?!\w| (?:of|minutes?"
    r"|people|days?|weeks?|hours?|or two|time|place|thing|another))",
    re.IGNORECASE,
)
_NOON: Final = re.compile(r"\b(?:noon|midday|mittags?|midi|mediodía|mezzogiorno|meio-dia)\b", re.IGNORECASE)
_NOT_WHEN: Final = re.compile(
    r"\b(?:after|before|until|till|til|by|between|since|nach|vor|bis|après|avant|jusqu'à|después de|antes de|hasta|dopo"
    r"|prima|depois|antes|até|na|voor|tot|than)\s(?:\w{1,5}\s)?$",
    re.IGNORECASE,
)
_EVENING: Final = re.compile(
    r"\b(?:evening|tonight|night|nite|dinner|supper|pint|pints|pub|drinks?|beers?|cocktails?|gig|concert|cinema|movie"
    r"|curry|party|quiz|book club|birthday|fireworks|opera|play|table|restaurant"
    r"|theatre|\w*abend\w*|abends|heute nacht|bier|kino|konzert|soir\w*|dîner|apéro|cen\w{1,4}|noche|stasera|sera"
    r"|aperitivo|jantar|noite|avond\w*|borrel|after work|nach der arbeit|afternoon|nachmittags?|pm)\b",
    re.IGNORECASE,
)
_MORNING: Final = re.compile(
    r"\b(?:morning|breakfast|brunch|coffee|run|jog|sunrise|a\.?m|morgens?|vormittags?|frühstück\w*|kaffee|matin\w*"
    r"|petit-déj\w*|café|mañana|desayun\w*|mattin\w*|colazione|manhã|ochtend|ontbijt|koffie|sharp|school)\b",
    re.IGNORECASE,
)
_WRITTEN_OUT: Final = re.compile(r"uhr|h\b|\d[:.]\d\d", re.IGNORECASE)  # eight like this is eight in the morning
_NOON_HOUR: Final = 12  # above it an hour says itself which half of the day it is in
_LATE_MORNING: Final = range(10, 13)  # hours that people mean as they are
_BEFORE_BREAKFAST: Final = 6  # below it nobody meets in the morning
_FIRST_AT_WORK: Final = 9  # with nothing else said, nine is in the morning
_LAST_AFTER_NOON: Final = 7  # "at 7", with nothing else said, is in the evening, "at 8" may be either


@dataclass(frozen=True, slots=True, kw_only=True)
class Hour:
    """A time of day."""

    hour: int  # 0 .. 23
    minute: int


def named_hour(sentence: str, context: str = "") -> Hour | None:
    """Return the first hour of ``sentence``; None where there is none, or nobody can tell which half of the day.

    ``context``: more of the message, for "dinner" and the like. Linear in bounded text.
    """
    found = [each for pattern in (_CLOCK, _BARE, _SPELLED, _NOON) if (each := _first(pattern, sentence))]
    if not found:
        return None
    match = min(found, key=lambda each: (each.start(), -each.end()))
    if match.re is _NOON:
        return Hour(hour=12, minute=0)
    hour, minute, half = _spelled(match) if match.re is _SPELLED else _digits(match)
    if half:
        return None if hour > _NOON_HOUR else Hour(hour=hour % 12 + (12 if half == "p" else 0), minute=minute)
    return _in_its_half(hour, minute, match[0], sentence, context)


def _first(pattern: re.Pattern[str], sentence: str) -> re.Match[str] | None:
    return next(
        (each for each in pattern.finditer(sentence) if not _NOT_WHEN.search(sentence[: each.start()][-24:])), None
    )


def _digits(match: re.Match[str]) -> tuple[int, int, str]:
    groups = match.groupdict()
    minute = groups.get("minute") or groups.get("minute_h") or groups.get("minute_e") or 0
    return int(match["hour"]), int(minute), (groups.get("half") or "").lower()


def _spelled(match: re.Match[str]) -> tuple[int, int, str]:
    word = match["word"].lower()
    hour, minute = _WORDS[word], 0
    if match["half"]:
        hour, minute = (hour - 1 or 12, 30) if _HALF_TO.fullmatch(word) else (hour, 30)
    elif match["quarter"]:
        hour, minute = (hour - 1 or 12, 45) if match["side"].lower() in {"to", "vor"} else (hour, 15)
    elif match["and_half"]:
        minute = 30
    return hour, minute, (match["pm"] or "")[:1].lower()


def _in_its_half(hour: int, minute: int, written: str, sentence: str, context: str) -> Hour | None:
    if hour > _NOON_HOUR or hour == 0 or hour in _LATE_MORNING or written.startswith("0"):
        late = hour in {10, 11} and _EVENING.search(sentence) and not _MORNING.search(sentence)
        return Hour(hour=hour + (12 if late else 0), minute=minute)
    for text in (sentence, context):
        evening, morning = _EVENING.search(text), _MORNING.search(text)
        if bool(evening) != bool(morning) and not (morning and hour < _BEFORE_BREAKFAST):
            return Hour(hour=hour + (12 if evening else 0), minute=minute)
    if hour == _FIRST_AT_WORK:
        return Hour(hour=hour, minute=minute)
    if hour <= _LAST_AFTER_NOON and not (hour == _LAST_AFTER_NOON and ":" in written):
        return Hour(hour=hour + 12, minute=minute)
    if _WRITTEN_OUT.search(written):
        return Hour(hour=hour, minute=minute)
    return None

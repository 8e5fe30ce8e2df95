"""The day and the moment a text names, relative to when and where it was written: wrong guesses are left unsaid.

Lives here: finding the few words that can name a day, and choosing between several. What such words mean is told by
dateparser, which is never shown more than those: its own search through long text takes seconds. Must not live here:
hours (``hours``), the state of a thread.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice, zip_longest
from typing import TYPE_CHECKING, Final

from jeeves.assist.clauses import sentences
from jeeves.assist.hours import named_hour
from jeeves.types import When

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jeeves.assist.hours import Hour

_LANGUAGES: Final = ("en", "de", "fr", "es", "it", "pt", "nl")
_WEEKDAY: Final = (
    r"(?:mon|tues|wednes|thurs|fri|satur|sun)day|tues?|wed|thurs?|thu|fri|(?-i:Mon|Sat|Sun)|(?:mon|sat|sun)(?=[?.,!]|$)"
    r"|(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)"
    r"|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche"
    r"|lunes|martes|mi[ée]rcoles|jueves|viernes|s[áa]bado|domingo"
    r"|luned[ìi]|marted[ìi]|mercoled[ìi]|gioved[ìi]|venerd[ìi]|sabato|domenica"
    r"|(?:segunda|terça|quarta|quinta|sexta)-feira|(?<=\bna )(?:segunda|terça|quarta|quinta|sexta)"
    r"|maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag"
)
_MONTH: Final = (
    r"(?:jan(?:uary|uar|vier|uari)?|feb(?:ruary|ruar|ruari)?|f[ée]vrier|mar(?:ch|s|zo|ço)?|märz|maart|apr(?:il|ile)?"
    r"|avril|abril|may|mai|mei|mayo|maggio|maio|june?|juni|juin|junio|giugno|junho|july?|juli|juillet|julio|luglio|julho"
    r"|aug(?:ust|ustus)?|août|agosto|sept?(?:ember|embre|iembre)?|setembro|settembre|oct(?:ober|obre|ubre)?|okt(?:ober)?"
    r"|ottobre|outubro|nov(?:ember|embre|iembre|embro)?|dec(?:ember)?|dez(?:ember|embro)?|déc(?:embre)?|dic(?:iembre|embre)?"
    r"|enero|febrero|gennaio|febbraio|janeiro|fevereiro|januari)"
)
_ORDINAL: Final = r"\d{1,2}(?:st|nd|rd|th|er|\.|º|ª)?"
_DATE: Final = (
    rf"{_ORDINAL}(?: of| de)? ?{_MONTH}(?:,? (?:de )?20\d\d)?\b|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?\b(?!:)(?:,? 20\d\d)?"
    r"|20\d\d-\d\d-\d\d|\d{1,2}\.\d{1,2}\.(?:20\d\d|\d\d(?!\d))?"
)
_NOT_A_DAY: Final = r"(?! ?(?:birthday|anniversary|floor|street|avenue|century|grade|year|edition|time|place|birthday))"
_RELATIVE: Final = (
    r"today|tonight|this (?:evening|afternoon)|tomorrow|tmrw|tmw|tmr|tomoz|2mo?ro(?:w)?|heute|(?-i:morgen)|übermorgen"
    r"|aujourd'hui|ce soir|demain|après-demain|hoy|esta (?:noche|tarde)|(?<!la )(?<!esta )mañana|pasado mañana"
    r"|oggi|stasera|domani|dopodomani|hoje|amanhã|vandaag|vanavond|overmorgen"
)
_CANDIDATE: Final = re.compile(
    rf"(?<![\w-])(?:(?P<next>next|nächste[nrs]?|próxim[oa]|prossim[oa]) )?"
    rf"(?:(?:(?P<weekday>{_WEEKDAY})(?:abend|mittag|nachmittag|morgen|vormittag|früh)?\b"
    rf"(?P<after> prochain| que viene| prossim[oa]| que vem| week)?(?:,? (?:the |den |le |el |il |dem |de )?"
    rf"(?P<dated>{_DATE}|\d{{1,2}}(?:st|nd|rd|th|er|\.)?(?![\w:.]|\s?(?:[ap]m|uhr|h|uur|people))))?)"
    rf"|(?P<date>{_DATE})|(?P<ordinal>(?:the )?\d{{1,2}}(?:st|nd|rd|th){_NOT_A_DAY})|(?P<relative>{_RELATIVE}))(?!\w)",
    re.IGNORECASE,
)
_OTHERWISE: Final = re.compile(  # before a day: it is not the day something is on
    r"\b(?:by|until|till|til|since|before|last|past|after|not|through|ends|bis|seit|vor|letzte[nrs]?|vergangene[nrs]?"
    r"|jusqu'(?:à|au)|depuis|avant|hasta|desde|antes del?|fino a|entro|até|tot|sinds|vorige|afgelopen|nicht|pas|non"
    r"|não|niet|every|each|jeden|chaque|cada|ogni|elke|guten?|goede)\s(?:the |to |al? |el |zum |on |le )?$",
    re.IGNORECASE,
)
_AGO: Final = re.compile(
    r"\b(?:thanks?|thank you|went|was|were|had|saw|lost|came|yesterday|yday|last (?:night|week|time)|gestern"
    r"|letzte\w*|danke|hier|merci pour|ayer|anoche|gracias por|ieri|grazie per|ontem|obrigad[oa] pel|gisteren"
    r"|bedankt)\b",
    re.IGNORECASE,
)
_REFUSED: Final = re.compile(
    r"\b(?:can'?t|cannot|won't|not|unable|bad for me|away|no good|busy|nicht|leider|verreist|keine zeit|ne peux pas|pas"
    r"|no puedo|impossible|imposible|non posso|não posso|não dá|niet|lukt niet|instead of|rather than)\b",
    re.IGNORECASE,
)
_ABOUT_MEETING: Final = re.compile(
    r"\b(?:meet\w*|see (?:you|each)|lunch|dinner|coffee|drinks?|pint|breakfast|brunch|supper|walk|run|free|suit"
    r"|shall we|how about|what about|let'?s|party|come|visit|treffen|sehen|essen|passt|würde|déjeun\w*|dîn\w*|voir"
    r"|cen\w+|comer|vemos|quedamos|pranz\w*|vediamo|almo[çc]\w*|jantar|afspreken|eten|on|is on|will be|available|around"
    r"|call)\b",
    re.IGNORECASE,
)
_TODAY: Final = {
    "tonight",
    "this evening",
    "this afternoon",
    "ce soir",
    "esta noche",
    "esta tarde",
    "stasera",
    "vanavond",
}
_SLANG: Final = {"tmrw", "tmw", "tmr", "tomoz", "2moro", "2mro", "2morrow", "2mrow"}
_CLAUSE_END: Final = re.compile(r"[,;.?!](?!\d)")
_NUMBER: Final = re.compile(r"\d+")
_DAY_OF_MONTH: Final = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|º|ª)?")
_TWO_MONTHS: Final = 62  # days
_WEEK: Final = timedelta(days=7)
_FURTHEST: Final = timedelta(days=400)
_MOST_DAYS: Final = 12  # in one sentence: a schedule is no proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a text says of the time."""

    day: date | None = None  # None: it names none, or several
    hour: Hour | None = None


def named_time(texts: Sequence[str], written: datetime, context: str = "") -> Named:
    """Return the day and hour of the get-together that ``texts`` (the best first) speak of.

    ``written``: aware, in the zone the writer lives by; ``context``: what was said before, which tells a dinner from a
    breakfast. Of several sentences the one that reads most like a proposal counts; one that names several days names
    none. Never raises; linear in bounded text.
    """
    together = " ".join((*texts, context))
    days: tuple[int, tuple[date, ...], Hour | None] | None = None
    hours: list[tuple[int, tuple[date, ...], Hour]] = []
    for sentence in (each for text in texts for each in sentences(text)):
        named = tuple(dict.fromkeys(_days(sentence, written)))
        hour = named_hour(_without_other_days(sentence), together)
        score = _score(sentence, hour)
        if named and score >= 0 and (days is None or score > days[0]):
            days = score, named, hour
        if hour is not None and score >= 0 and (named or not _CANDIDATE.search(sentence)):
            hours.append((score, named, hour))
    if days is not None and len(days[1]) > 1:
        return Named()
    if days is not None and days[2] is not None:
        return Named(day=days[1][0], hour=days[2])
    # "Friday noon" tells nothing of the hour on Thursday.
    fitting = [each for each in hours if days is None or each[1] in ((), days[1])]
    hour = max(fitting, key=lambda each: each[0])[2] if fitting else None
    return Named(day=days[1][0] if days else None, hour=hour)


def without_days(text: str) -> str:
    """Return ``text`` with the words that can name a day taken out."""
    return _CANDIDATE.sub(" ", text)


def moment(day: date, hour: Hour | None, written: datetime) -> When:
    """Return the day, with its moment where the hour is known, in the zone of ``written``.

    An hour that the clock skips, or passes twice, is the one before the change (PEP 495, fold 0).
    """
    if hour is None:
        return When(day=day)
    local = datetime(day.year, day.month, day.day, hour.hour, hour.minute, tzinfo=written.tzinfo)
    return When(day=day, at=local.astimezone(UTC))


def _score(sentence: str, hour: Hour | None) -> int:
    score = 2 * ("?" in sentence) + 2 * bool(_ABOUT_MEETING.search(sentence)) + (hour is not None)
    return score - 8 * bool(_AGO.search(sentence))


def _days(sentence: str, written: datetime) -> Iterator[date]:
    for count, match in enumerate(_CANDIDATE.finditer(sentence)):
        if count == _MOST_DAYS:
            return
        before = sentence[: match.start()]
        clause = before.rsplit(",", 1)[-1] + sentence[match.start() :].split(",", 1)[0]
        if _OTHERWISE.search(before[-24:]) or _REFUSED.search(clause):
            continue
        day = _day(match, written)
        if day is not None and timedelta() <= day - written.date() <= _FURTHEST:
            yield day


def _without_other_days(sentence: str) -> str:
    """Return ``sentence`` without the days it rules out, each with what follows in its clause: their hours."""
    kept, at = [], 0
    found = list(islice(_CANDIDATE.finditer(sentence), _MOST_DAYS))
    for match, following in zip_longest(found, found[1:]):
        if _OTHERWISE.search(sentence[max(0, match.start() - 24) : match.start()]):
            clause = _CLAUSE_END.search(sentence, match.end())
            ends = (clause.start() if clause else len(sentence), following.start() if following else len(sentence))
            kept.append(sentence[at : match.start()])
            at = min(ends)
    return "".join((*kept, sentence[at:]))


def _day(match: re.Match[str], written: datetime) -> date | None:
    base = datetime.combine(written.date(), time(12))
    if match["weekday"]:
        return _weekday(match, base)
    if match["ordinal"]:
        return _next_with(int(_NUMBER.findall(match["ordinal"])[0]), base.date())
    words = (match["relative"] or match["date"]).lower()
    return base.date() if words in _TODAY else _meaning("tomorrow" if words in _SLANG else words, base)


def _weekday(match: re.Match[str], base: datetime) -> date | None:
    weekday = _meaning(match["weekday"], base)
    if weekday is None:
        return None
    if match["dated"]:
        return _agreeing(match["dated"], weekday, base)
    if match["after"] == " week":
        return weekday + _WEEK
    if match["next"] or match["after"]:  # the one of next week, even where an earlier one is still to come
        monday = base.date() - timedelta(days=base.weekday())
        return weekday if weekday >= monday + _WEEK else weekday + _WEEK
    return weekday


def _agreeing(dated: str, weekday: date, base: datetime) -> date | None:
    """Return the day of a date that a weekday stands before; None where they contradict each other."""
    bare = dated.rstrip(".")
    number = _DAY_OF_MONTH.fullmatch(bare)
    day = _next_with(int(number[1]), base.date()) if number else _meaning(bare if "." not in bare else dated, base)
    return day if day is not None and day.weekday() == weekday.weekday() else None


def _next_with(day_of_month: int, since: date) -> date | None:
    """Return the first day from ``since`` on with that number in its month; None where there is none soon."""
    span = (since + timedelta(days=ahead) for ahead in range(_TWO_MONTHS))
    return next((day for day in span if day.day == day_of_month), None)


@lru_cache(maxsize=512)
def _meaning(words: str, base: datetime) -> date | None:
    """Return the day that a few words name, seen from ``base``; in doubt the one to come."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of strptime about days without a year, on Python 3.13
        from dateparser.date import DateDataParser  # noqa: PLC0415 - 0.3 s and 20 MB, and few messages name a day

        try:
            found = DateDataParser(
                languages=list(_LANGUAGES),
                settings={"RELATIVE_BASE": base, "PREFER_DATES_FROM": "future", "DATE_ORDER": "DMY"},
            ).get_date_data(words)
        except (ValueError, OverflowError):
            return None
    return found.date_obj.date() if found.date_obj is not None else None

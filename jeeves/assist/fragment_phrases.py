"""What a short answer may hold beside a place, and what shows that it is none, in seven languages.

Lives here: phrases, as data (``phrases`` says how they are written). Must not live here: code that reads a message.
"""

from __future__ import annotations

import re
from typing import Final

from jeeves.assist.phrases import alternatives, any_of

TIME: Final = re.compile(
    r"\b(?:at |around |um |à |a las |alle |às |om |for |about )?(?:\d{1,2}(?:[:.h]\d{2})?\s?(?:[ap]m|uhr|h|uur|ish|sharp"
    r"|o'clock)?|half (?:past )?\w+|noon|quarter (?:to|past) \w+|a la una|a las \w+)(?!\w)"
    r"|\b(?:on |am |le |el )?(?:mon|tues|wednes|thurs|fri|satur|sun)day\b",
    re.IGNORECASE,
)
_OPENING: Final = alternatives(
    r"""
    ok / okay / yes / yep / yeah / sure / great / lovely / perfect / good / right / well / fine / so / then / and / but / how about / what about / let's (say|do|try|go (to|for)) / lets (say|do|try|go (to|for)) / maybe / i'?d say / i say / why not / then it is / it is / it's / we'?ll say / make it / try / no problem / brilliant / cool / alright / deal / done / booked / where:
    ja / gut / klar / gern / dann / also / abgemacht / oui / d'accord / alors / ok alors / sí / vale / claro / entonces / sì / allora / va bene / sim / então / pois / ja hoor / dan
    """
)
OPENING: Final = re.compile(rf"^\s*(?:(?:{_OPENING})(?!\w)[,:!.]?\s*){{1,5}}", re.IGNORECASE)
CLOSING: Final = re.compile(
    r"[,\s]*\b(?:then|instead|maybe|perhaps|ok|please|again|as usual|dann|alors|entonces|allora|então|dan|x|xx|it is|is good"
    r"|is fine|works?)\b[\s?!.,]*$",
    re.IGNORECASE,
)
SETTLING: Final = re.compile(r"\s*(?:then it is|how about|what about|let'?s (?:say|do|try|go)|where:)", re.IGNORECASE)
NO_FRAGMENT: Final = any_of(
    r"""
    i / i'm / i'll / i'd / i've / you / u / we / he / she / they / it / that / this / me / him / us / them / am / are / is / was / were / be / been / have / has / had / do / does / did / don't / can / can't / could / will / won't / would / should / may / might / must / let / get / got / go / going / come / coming / see / seen / think / know / need / want / like / love / bring / send / sent
    take / make / check / work / works / working / suit / suits / sound / sounds / thank / thanks / cheers / sorry / congrat\w* / happy / excited / wait / hope / forward / time / day / days / week / weeks / month / year / idea / ideas / question / who / what / when / where / why / how / which / whatever / anything / nothing / everyone / everything / someone / fair / cop / news
    always / never / still / already / not / no / none / nope / nah / also / only / too / very / really / just / if / because / or / mind / free / busy / fun / food / wine / kids / kidding / welcome / hi / hello / hey / dear / bye / ta / best / regards / kisses / attached / enclosed / fwd / re / either / both / any / some / much / more / lol / haha / possibly / depends / deffo / same / sold / ticked / saved / plan / winner / number / right / after / before / until / looks / hot / cold / properly / agreed / thinking / around / about / school
    würde\w* / passen / passt / wandelen / vamos / cenamos / vemos / nos / tempo / incontro / pour / avec / pourrions / seh\w+ / gehen / machen / zin / wir / vielleicht / peut-être / quizás / forse / talvez / misschien
    ich / du / er / sie / wir / ihr / mir / dir / ist / sind / war / hat / habe / kann / muss / will / wird / nicht / kein\w* / auch / danke / gerne? / super / toll / freu\w* / bis / je / tu / il / elle / nous / vous / est / suis / ai / c'est / merci / plaisir / pas / ne / avec / bien / très / yo / es / está / estoy / son / gracias / no / muy / io / sono / è / grazie / molto / non
    eu / é / são / obrigad[oa] / não / muito / ik / jij / zijn / bedankt / niet / heel / erg / leuk / anche / también / também / ook / aussi / sehr / lunch / dinner / breakfast / brunch / supper / coffee / drinks? / pints? / beers? / picnic / barbecue / bbq / meeting / meet / walk / run / hike / swim / swimming / dancing / tennis / golf / game / match / party / volunteers / moin / hoi / hola / tickets? / carpet / summer / winter
    mittagessen / abendessen / essen / kaffee / bier / treffen / déjeuner / dîner / apéro / cena / comida / almuerzo / pranzo / almoço / jantar / borrel / eten / place / appetite / address / turkey / chicken / beef / fish / vegetarian / vegan / starter / dessert / crumble
    """
)
NAME: Final = re.compile(
    r"(?:(?:the|El|La|Le|Il|Da|De|Zum|Zur|Café|Casa|Chez) )?[A-ZÀ-Ý][\w'&-]+"
    r"(?: (?:[A-ZÀ-Ý][\w'&-]+|of|and|&|on|in|by|near|de|du|del|della|di|da|do|am|im|the|at))*"
)

"""How people name a place to meet at, in seven languages.

Lives here: phrases, as data (``phrases`` says how they are written). Must not live here: code that reads a message,
any list of real places.
"""

from __future__ import annotations

import re
from typing import Final

from jeeves.assist.phrases import any_of

MAP_LINK: Final = re.compile(
    r"https?://(?:maps\.app\.goo\.gl|goo\.gl/maps|maps\.google\.|(?:www\.)?google\.[a-z.]{2,6}/maps|maps\.apple\.com"
    r"|(?:www\.)?openstreetmap\.org|osm\.org|what3words\.com|w3w\.co|(?:www\.)?waze\.com|maps\.me|maps\.example\."
    r"|yandex\.[a-z]{2,3}/maps|(?:www\.)?bing\.com/maps)",
    re.IGNORECASE,
)
_NAME: Final = r"(?-i:[A-ZÀ-Þ])[\w'&-]++"  # a word that begins with a capital letter
_NUMBER_OR_NAME: Final = r"([a-z]?[-.]?\d[\w.]{0,6}|(?-i:[A-Z])(?!\w)|(?-i:[A-Z])[\w-]+)"
_DAY: Final = r"""
    (mon|tues|wednes|thurs|fri|satur|sun)day / january / february / march / april / may / june / july / august / september / october / november / december / jan / feb / mar / apr / jun / jul / aug / sept? / oct / nov / dec / mon / tue / tues / wed / thu / thurs / fri / sat / sun
    montag / dienstag / mittwoch / donnerstag / freitag / samstag / sonntag / januar / februar / märz / mai / juni / juli / oktober / dezember / lundi / mardi / mercredi / jeudi / vendredi / samedi / dimanche / lunes / martes / miércoles / jueves / viernes / sábado / domingo
    lunedì / martedì / mercoledì / giovedì / venerdì / sabato / domenica / segunda / terça / quarta / quinta / sexta / maandag / dinsdag / woensdag / donderdag / vrijdag / zaterdag / zondag / christmas / easter / whitsun / weihnachten / ostern / noël / navidad / natale / natal
"""
# After "at the", "in" and the like: no place follows.
_NO_PLACE: Final = rf"""
    {_DAY}
    noon / midday / midnight / lunch\w* / dinner / breakfast / least / all / once / last / first / home time / any / some / what / which / the moment / your / my / our / his / her / a / an / the / english / german / french / spanish / italian / dutch / advance / case / fact
    general / person / mind / touch / order / time / particular / addition / spring / summer / autumn / winter / ordnung / ruhe / moment / zukunft / urlaub / i / you / we / they / he / she / it / that / this / ok / yes / sorry / re / fwd / hope
"""
_VENUE: Final = r"""
    caf[eé]s? / coffee (shop|house|place|bar|stand|van) / tea ?(room|house|rooms) / restaurants? / bistro / brasserie / pizzeria / trattoria / tapas bar / bar / pub / inn / tavern / hotel / hostel / lobby / reception / foyer / arrivals / departures / canteen / cafeteria
    kitchen / gardens? / park / playground / pitch / courts? / pool / lido / beach / pier / harbour / harbor / marina / lake / river / bridge / tower / gates? / car park / parking lot / parking / station / bus stop / tram stop / platform / terminal / airport / library / museum
    gallery / theatre / theater / cinema / cathedral / church / chapel / (town|village|scout|church|sports|memorial|parish|town|assembly|concert)? ?hall / school / gym / studio / clubhouse / club / boathouse / allotments? / farm / barn / bakery / market / mall / shop / store / clinic / surgery
    hospital / practice / offices? / headquarters / hq / workshop / warehouse / building / room / boardroom / meeting room / conference room / classroom / auditorium / rooftop / terrace / courtyard / entrance / corner / square / bandstand / fountain / statue / clock / steps / stadium / arena
    zoo / climbing wall / rink / golf course / golf club / track / site / centre / center / community centre / deli / diner / house / trailhead / campsite / cabin / cottage / depot / dock / quay / wharf / premises / cellar / vineyard / rec / green / common / meadow / field / woods / hut / chalet
    (thai|chinese|indian|sushi|noodle|pizza|ramen|taco|burger|italian|greek|vietnamese|kebab|curry|dumpling|pho|pasty|ice-cream|ice cream|chip|sandwich|falafel|tapas|korean|turkish|lebanese|japanese) (place|bar|shop|house|parlour|van|boat|joint|truck|stand)
    guildhall / orangery / conservatory / register office / registry office / embassy / consulate / courthouse / court / jetty / slipway / landing stage / ferry / pavilion / marquee / tent / hangar / lab / laboratory / showroom / auction house / bookshop / distillery / brewery / taproom
    lift / elevator / roundabout / crossroads / junction / layby / lay-by / car wash / petrol station / services / viewpoint / summit / lookout / bench / lighthouse / castle / abbey / monument / war memorial / obelisk / arch / phone box / kiosk / newsagent'?s? / post office / bank / ticket office / box office
"""
_ROOM: Final = r"""
    place / offices? / house / flat / desk / home / door / kitchen / garden / garage / studio / apartment / apt / room / shop / workshop / balcony / terrace / roof / yard / backyard / parents' / parents / mum's / mom's / sister's / brother's / canteen / front door / pad / gaff / cabin / boat / shed
    surgery / practice / club / gym / local / building / lab / site / allotment / cellar / premises / basement / study / classroom / clinic / farm / barn / chambers / headquarters / hq / porch / driveway / drive / cottage / kitchen table / pool / caravan / van / stall / shack / cave / aunt's / uncle's / gran's
"""
_STREET: Final = r"""
    street / st / road / rd / avenue / ave / lane / square / close / row / way / drive / court / place / hill / gardens / terrace / crescent / grove / mews / park / walk / parade / quay / green / yard / boulevard / blvd / wharf / bridge / embankment / market / gate / cross / circus
"""
# Sure signs, in any message.
SURE: Final = any_of(
    r"""
    (my|your|our|his|her|their|\w{2,20}'s) (own |new |old |little )?<ROOM>(?! (is|are|was|number|hours|phone|party|manager|desk is|move|chair|supplies|work|rent|insurance|sale|keys?|warming|hunting|door is))
    back (to|at) (ours|mine|yours) / (come|coming|pop|drop|swing|stop|head|get yourselves|straight|see you|over|round) (over |round |back |by |down |up |in |along )?(to|at) (ours|mine|yours|us|me|you|my \w+|our \w+)(?! (then|later|about|on|with|soon|shortly))
    (at|to|in front of|from) (ours|mine|yours)(?! (or|truly|sincerely)) / ^(ours|mine|yours)(?=[ ,.?!]|$)(?! (or|truly|sincerely|is|are|was|has|had|have)) / (?<=[,:;] )(ours|mine)(?=[,.?!]|$)
    (i'?ll|we'?ll|i can|we can|i will|let me|shall i|i could|can i|want me to)( both| just| then| come and| come| to)? (pick|collect|fetch) (you|u|ya|everyone|them|her|him|both of you)( all| both)?( up)? / pick (you|u) up / (collecting|fetching|picking up) you
    (i'?ll|we'?ll|i will|i) (meet|wait for|be waiting for|be waiting|wait|see|find|get) (you|u)?( all| both)? ?(in|at|by|outside|under|near|opposite|on|behind|next to|in front of|downstairs|upstairs) (the |your |my )?(?!(<DAY>|\d+|noon|least|all|six|seven|eight|nine|ten|one|two|three|four|five|half)(?!\w))\w+
    (i'?m|i'?ll|we'?ll|i can|we can|i will|i could|shall i|can i|shall we|can we|may i|could i|could we)( just| be| all| both| then)* (come|coming|drive|driving|pop|swing|walk|cycle|drop|stop|bring \w+)( over| round| by| down| up)?( to)? (to you|to yours|yours|over|round|by yours|by|to the house|to your \w+)
    (come|pop|drop|swing)(ing)? (over|round|by|along)(?! (when|the bend|the corner|as|to the idea)) / you know where (we|i) live / know the way / you know where (to find|it is) / come and see (me|us) / come see (me|us) / come to (me|us|ours|mine|yours|my|our|the \w+|where)
    (same|usual|normal|regular|old|favourite) (place|spot|pub|caf[eé]|table|corner|bench|room|bar|restaurant|venue|location|court|pitch|haunt|car park|meeting point|tree|gate|lane|pool|gym|hall|studio|field|stop|station|platform|entrance|address) / (at )?the usual(?! (suspects|stuff|rubbish|nonsense|chaos|way|suspect|time|price|drill|mess|disclaimer)) / same place / where we (met|were|went|always|had|usually)
    (room|raum|zimmer|sala|salle|saal|zaal|aula|lokaal|suite|unit|gate|platform|gleis|gebäude|building|block|bay|stand|booth|hall|halle|terminal|exit|ausgang|pier|track|quai|porte|puerta|binario|table|lane|pitch|court|studio|lab|theatre|apartment|flat|number|haus|stiege|hausnummer) <NUMBER>(?! (people|of us|persons|seats|guests))
    \d+(st|nd|rd|th) floor / (ground|first|second|third|fourth|fifth|sixth|seventh|eighth|top) floor / (erd|ober)geschoss / \d+\. stock / rez-de-chaussée / \d+e étage / planta baja / piano terra / begane grond
    \d{1,4}[a-z]? <NAME>( <NAME>){0,2} <STREET> / (on|in|off|near|at|to|from|outside) <NAME>( <NAME>)? <STREET> / <NAME> <STREET>[,.]? \d{1,4}
    (?-i:[A-ZÄÖÜ])[\wäöüß-]{2,20}(straße|strasse|str\.|gasse|platz|weg|allee|ufer|straat|laan|plein|gracht|kade|park|brücke|hof|garten|keller|stube|halle|haus)( \d{1,4})?
    (rue|avenue|boulevard|place|quai|calle|plaza|avenida|paseo|via|viale|piazza|corso|rua|praça|largo|carrer|passage|impasse|cours) (de |du |des |del |della |dei |da |do |la |las |los |le |les |l'|d')*(?-i:[A-ZÀ-Þ0-9])[\w'-]+
    (chez|bei|beim|zum|zur|bij) ((dem|der|den|de|het) )?(?!(<DAY>|Sonne|Zeit|Not|Bedarf|Fragen|Regen|Verfügung|Sache|Info|Kenntnis|Erinnerung|Sicherheit|Feier)(?!\w))<NAME>( <NAME>){0,2} / chez (moi|toi|nous|vous|lui|elle|eux) / bei (mir|dir|uns|euch|ihnen|ihm|ihr)(?! (geht|klappt|passt|ist|läuft|immer|alles))
    da (me|te|noi|voi|lui|lei) / a casa( (mia|tua|nostra|vostra|sua|di \w+))? / en (mi|tu|su|nuestra|vuestra) casa / en casa( de \w+)? / (em|na) (minha|tua|sua|nossa) casa / cá em casa / em casa( d[aoe] \w+)? / bij (mij|jou|ons|jullie|hem|haar)( thuis)? / à la maison / (zu|nach) (mir|uns|dir|euch|hause) / komm(t|en)? (vorbei|rüber|rauf) / passe? (à|chez) / kom langs / komm? maar langs / hole? (dich|euch|sie)( \w+)? ab / passe te (prendre|chercher) / paso a (buscarte|recogerte) / te recojo / passo a prenderti / ti passo a prendere / vou-te buscar / haal je op
    (meet|meeting|see (you|u|ya)|join (me|us)|gather|find (me|us)|wait|waiting|assemble|rendezvous) (you |us |up |me |for you )?(at|in|by|outside|under|on|behind|opposite|near|beside|inside|downstairs|next to|in front of) (the |our |a |that )?(?!(<NO>|\d|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|half|quarter|touch|some|end|beginning|other|morning|afternoon|evening|weekend|week|top of|earliest|latest|same|line|front|back|hour|about|around|zoom|teams|skype|facetime)(?!\w))\w[\w'-]*
    (booked|reserved|found|suggest|try|go to|going to|choose|chosen|chose|trying|picked|got us( into)?|table at|tickets for|vote for|head to|off to) (us |a table (at|in|for \w+ at) |a room (at|in) )?(?!(<NO>|You|Them|Him|Her|Us|Me)(?!\w))<NAME>( <NAME>){0,3} / corner of \w+
    (?-i:[A-Z]{1,2}\d{1,2}[A-Z]? \d[A-Z]{2}) / \d{5} (?-i:[A-ZÄÖÜ])[a-zäöüß]+ / (number|no\.|nr\.?) \d{1,3}[a-z]?(?= (has|is free|at|on|from|will|for)|[,.;!]|$)
    meeting point / meeting place is / treffpunkt / point de rendez-vous / rendez-vous (à|au|devant|sur|chez|place) / punto de encuentro / punto di ritrovo / ponto de encontro / nos vemos en (?!(<DAY>)(?!\w))\w+ / quedamos en (?!(<DAY>|que|eso|nada)(?!\w))\w+ / ci vediamo (al|alla|da|in|davanti) (?!(<DAY>)(?!\w))\w+ / wir treffen uns (am|im|beim|bei|vor|in|an|auf) (?!(<DAY>)(?!\w))\w+ / on se (retrouve|voit|rejoint) (à|au|chez|devant|sur|place) (?!(<DAY>)(?!\w))\w+
    """,
    ROOM=_ROOM,
    STREET=_STREET,
    NAME=_NAME,
    NUMBER=_NUMBER_OR_NAME,
    NO=_NO_PLACE,
    DAY=_DAY,
)
# A preposition and what can only be a place.
AT: Final = any_of(
    r"""
    at (the |a )?(?!(<NO>)(?!\w))<NAME>(( on| of| and| &| in)?( the)? <NAME>){0,4}(?! (we|i|they|you|suggestion|request|expense|discretion|insistence|birthday|wedding|funeral|age|earliest) )
    (for|to|in|by|outside|near|opposite|behind|say|says|is|book|booked|try|tried|reserved|about|like|do|got|on|round|take|hired|found|prefer|choose|chose|chosen) (us |a table |it |you )?(at )?the (?!(<NO>)(?!\w))<NAME>( <NAME>){0,3}
    in (the )?(?!(<NO>)(?!\w))<NAME>( <NAME>){0,3} / on <NAME> (bridge|beach|pier|common|green|hill|island|quay|square|park|heath|farm|field|bank)
    (at|in|by|outside|near|opposite|behind|under|next to|in front of|inside|on|beside|around|across from|below|above|off) (the|a|our|this|their) (?!(<NO>)(?!\w))([\w'-]+ ){0,3}?<VENUE>(?! (is|was|are|has) (closed|shut|full))
    the (?!(<NO>)(?!\w))<NAME>( <NAME>){0,3}( (on|in|at|by) <NAME>)?
    (im|ins|in der|in den|in die|an der|am|auf dem|auf der|vor dem|vor der|beim|vorm|hinter dem|unterm|gegenüber vom|am|zum) (?!(<NO>|Abend|Morgen|Mittag|Nachmittag|Vormittag|Wochenende|Rahmen|Anhang|Moment|Prinzip|Voraus|Herbst|Sommer|Winter|Frühling|Frühjahr|Nacht|Woche|Regel|Zeit|Tat|Lage|Lande|Telefon|Stau|Zug|Urlaub|Büro bis|Homeoffice|Geburtstag|Thema|Essen|Kaffee|Frühstück|Mittagessen|Ende|Anfang|Glück|Namen|Augenblick|Jahr|Monat|Dienst|Beispiel|Schluss|Gespräch|Liebsten|Besten)(?!\w))(?-i:[A-ZÄÖÜ])[\w-]+
    (au|aux|à la|à l'|dans (le|la|les)|devant (le|la|l')|sur (le|la)|sous (le|la)|près d[eu]|en bas d[eu]|au pied d[eu]) ?(?<=[ '])(?!(<DAY>|plaisir|revoir|fait|moins|lieu|courant|suite|prochaine|fois|place|même|plus|bientôt|demain|jour|travail|fin|heure|semaine|carte|rendez|téléphone|matin|soir|mois|sujet|cas|maison|calme|menu|programme|secours|début|milieu|total|minimum|maximum|moment|compte|point|dîner|déjeuner)(?!\w))\w[\w'-]+( (de |du |des )?<NAME>)?
    (en (el|la|los|las)|en(?= (?-i:[A-ZÀ-Þ]))|al|delante de[l]?|frente a(l| la)|junto a(l| la)|debajo del?) (?!(<DAY>|fin|menos|final|principio|mañana|tarde|noche|próxim\w*|semana|cambio|respecto|mismo|otro|agenda|medio\w*|teléfono|momento|caso|año|mes|día|trabajo|adjunto|correo|llegar|salir|contrario|cumple\w*)(?!\w))\w[\w'-]+( (de |del |la )?<NAME>){0,3}
    (da(?= (?-i:[A-ZÀ-Þ]))|dal|dalla|al|alla|all'|in(?= (piazza|via|ufficio|centro))|nel|nella|davanti (al|alla|a)|sotto (il|la)) ?(?<=[ '])(?!(<DAY>|più|meno|massimo|momento|solito|telefono|prossim\w*|mattin\w*|sera|fine|volta|contrario|ultim\w*|pranzo|pomeriggio|caso|mese|anno|giorno|lavoro|frattempo|una|le|la|[a-z]+r(?:e|si))(?!\w))\w[\w'-]+( <NAME>){0,3}
    (na|nas|no(?= (?-i:[A-ZÀ-Þ]))|no (parque|café|restaurante|bar|clube|jardim|escritório|largo|mercado|cinema|centro|ginásio)|em(?= (?-i:[A-ZÀ-Þ]))|à porta d[ao]|em frente (ao|à)) (?!(het|de|een|mijn|jouw|werk|afloop|[a-z]+en|<DAY>|próxim\w*|semana|verdade|minha|sua|tua|nossa|hora|altura|volta|mesma|dúvida|boa)(?!\w))\w[\w'-]+( (do |da |de )?<NAME>){0,3}
    (bij|in het|in de|op het|op de|voor het|voor de|naast de|achter de|onder de) ((café|restaurant|hotel|bar|de|het) )*(<NAME>( (de |het )?<NAME>){0,3}|hoek|station|strand|park|kroeg|kantoor|café|markt|plein|haven|zaak|keuken|tuin|zaal|sporthal|bibliotheek|kantine|ingang)(?!dag)
    """,
    NO=_NO_PLACE,
    NAME=_NAME,
    VENUE=_VENUE,
    DAY=_DAY,
)
# Enough where a place is being waited for.
LIKELY: Final = any_of(
    r"""
    downstairs / upstairs / next door / over the road / across the (road|street) / round the corner / out front / out back / right here / over here / here at \w+ / (at|in|outside|by|to) (work|school|church|reception|security|nursery|town|hospital|court|arrivals|departures|customs|base|camp|sea|halls) / go to \w+ / halfway( \w+)?
    (the|a|an|our|that|this|my|your|le|la|el|der|die|das|de|het|il|lo|o|un|une|una|ein|eine)? ?([\w'&-]+ ){0,2}<VENUE>(?! (is|are|was|has|have) (under|full|shut|closed|out|not|being|too|all|gone|off|a|no|to|just))( (by|on|at|in|near|opposite|behind|next to|across from|of) (the )?[\w'&-]+( [\w'&-]+)?)?
    (?-i:[A-ZÀ-Þ])[\w&-]*'s(?=( at| for| on| tomorrow| tonight| then)|[?,.!]|$) / <NAME> (arms|head|oak|tree|lion|horse|swan|crown|anchor|fox|hound|inn|tavern|grill|kitchen|lounge|house|cafe|café|bar)
    (at|by|outside|near|opposite|behind|under|in front of|next to|try|around|to) (the|that|this|our) (?!(<NO>|same|moment|end|start|week|weekend|latest|earliest|very|other|way|minute|weather|thing|idea|clock|bill|rest|best|plan|date|list|party|others|kids|dentist|doctor|point|hospital|mayor|team|group|meeting|appointment|question|one|two|airport run)(?!\w))\w[\w'-]+( \w+)?
    halle / lokal / wirtshaus / gasthaus / gasthof / biergarten / kneipe / büro / praxis / bahnhof / stadion / turnhalle / schule / vereinsheim / vereinslokal / kirche / rathaus / kantine / eingang / haupteingang / brücke / resto / mairie / gare / bureau / parc / jardín / oficina / restaurante / parque / estación / plaza / ufficio / stazione / ristorante / parco / osteria
    piazza / tasca / escritório / praia / kroeg / kantoor / strand / eetcafé / spielplatz / marktplatz / kletterhalle / schwimmbad / freibad / werkstatt / lager / sitzungszimmer / besprechungsraum / gemeindehaus / terrasse / guinguette / marché / salle des fêtes / bodega / taberna / terraza / biblioteca / cantina / pasticceria / spiaggia / mercato
    """,
    VENUE=_VENUE,
    NAME=_NAME,
    NO=_NO_PLACE,
)
# Before "in Berlin": whereabouts, no appointment.
WHEREABOUTS: Final = re.compile(
    r"\b(?:i'm|i am|we're|we are|i'll be|we'll be|i was|he's|she's|they're|back|away|stuck|live|lives|living|based|bin|sind|ist|suis|estoy"
    r"|sono|ben|working|from|landed|arrive|arriving|born|moved|staying|are you|you're|office|team|branch|weather|friend|sister's|brother's"
    r"|parents)\s(?:still |all |currently |now |just |out |over |down |up |back |here )?$",
    re.IGNORECASE,
)
# Before a place, in the same clause: it is not that one.
NEGATED: Final = re.compile(
    r"\b(?:not|no|never|n't|don't|won't|nicht|kein\w*|pas|non|não|niet|geen|avoid|except|anywhere but|only know|like|of)"
    r"\s(?:[\w']+\s){0,2}$",
    re.IGNORECASE,
)
CHOICE: Final = re.compile(r"\w,? (?:or|oder|ou|oppure|of) [^?]{1,60}\?", re.IGNORECASE)  # which of two is asked

# Nobody has said where, or the place will not do.
UNDECIDED: Final = any_of(
    r"""
    where(?! (we|i) (met|were|went|always|live|had|usually)|:|abouts|as|\s*the (night|evening|wind|mood)|'s the fun) / which (place|restaurant|pub|bar|caf[eé]|room|venue|branch|one|hotel) / somewhere / anywhere / elsewhere / some place / someplace / venue (tbc|tbd|tba|to) / tb[acd] / to be (confirmed|decided|announced|agreed)
    you (pick|choose|decide) / not sure where / (find|need|hunting for|looking for|look for|want) (a|another|us a|us another|some) (\w+ )?(place|venue|room|table|spot|pub|restaurant|roof) / another (place|spot|pub|venue|room|restaurant) / any (ideas|idea|suggestions|thoughts|preference|preferences) / open to (ideas|suggestions)
    (is|are|was|were|'s|has|been|it's|they're) (shut|closed|full|fully booked|booked out|booked up|double-booked|closing|flooded|packed|sold out|gone|being (refurbished|renovated|painted)) / double-booked / full up / fully booked / out of the question / not the <NAME> / no room / lost our (table|booking|room) / (stopped|closed down|burnt down|shut down) / laying carpet / can't get in / no power / depends on / not enough (room|space|seats)
    still (choosing|deciding|looking|thinking|searching|working on) / (will|to) (follow|be sent)( \w+)* / (follows|follow) (on|by|later|soon|tomorrow) / (choosing|deciding on) (the|a) \w+ / (address|place|venue|location|room|meeting point|details) (follows?|to follow|will|depends|later|open)
    wo (treffen|gehen|essen|sollen|wollen) / wohin / welches lokal / wo\? / geschlossen / ausgebucht / vorschläge / lokal (gesucht|fehlt) / où / fermée? / complet / quel (endroit|resto|restaurant) / d[óo]nde / cerrad[oa] / lugar por / qué sitio / dove / chius[oa] / quale (posto|locale) / onde / fechad[oa] / que sítio / waar / gesloten / welk (café|restaurant) / volgeboekt
    """,
    NAME=_NAME,
)
# It was to be somewhere, and cannot be there.
REJECTED: Final = any_of(
    r"""
    where else / somewhere else / elsewhere / (another|different|new) (place|spot|pub|venue|room|restaurant|caf[eé]|bar|location) / (is|are|was|'s|it's|they're) (shut|closed|fully booked|booked out|booked up|flooded|sold out) / double-booked / fully booked / lost our (table|booking|room) / can't get in
    (has|have|had) to be closed / (will|to) be (closed|shut) / not the <NAME> / somewhere \w+er\? / (is|are) (no|not an) option / no longer available / has closed / have closed / closed (today|tomorrow|on|for|until|till)
    wo (sonst|anders) / woanders / geschlossen / ausgebucht / ailleurs / où (d'autre|ailleurs) / est (fermée?|complet) / otro (sitio|lugar) / está (cerrado|lleno) / altrove / un altro posto / è (chiuso|pieno) / outro (sítio|lugar) / está fechado / ergens anders / is (dicht|gesloten|volgeboekt)
    """,
    NAME=_NAME,
)
NOT_YET: Final = re.compile(
    r"\s*(?:tb[acd]|to be (?:confirmed|decided|announced|agreed)|t\.b\.[acd]\.?|n/?a|none|unknown|\?+|-+|noch offen|offen|folgt|à définir|por confirmar|da definire|a definir|nog niet bekend)?\s*",
    re.IGNORECASE,
)

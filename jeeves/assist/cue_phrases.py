"""How people say that they meet by telephone or video, that it is over, and whom they speak of, in seven languages.

Lives here: phrases, as data (``phrases`` says how they are written). Must not live here: code that reads a message.
"""

from __future__ import annotations

import re
from typing import Final

from jeeves.assist.phrases import any_of

VIDEO_LINK: Final = re.compile(
    r"https?://(?:[\w-]{1,40}\.)?(?:zoom\.us|zoomgov\.com|meet\.google\.com|teams\.microsoft\.com|teams\.live\.com"
    r"|webex\.com|whereby\.com|meet\.jit\.si|jitsi\.[a-z]{2,4}|gotomeet\.me|gotomeeting\.com|bluejeans\.com|skype\.com"
    r"|chime\.aws|hangouts\.google\.com|discord\.gg|bigbluebutton\.[a-z]{2,4}|signal\.link|facetime\.apple\.com)",
    re.IGNORECASE,
)
_TOOL: Final = r"""
    zoom / (ms |microsoft )?teams / skype / facetime / webex / google meet / hangouts? / jitsi / discord / whatsapp
    video ?(call|conference|chat|link)? / videokonferenz / videocall / video-?anruf / visio(conf[ée]rence)? / videollamada
    videochiamata / videochamada / videobellen / phone / telephone / telefon / téléphone / teléfono / telefono / telefone
    telefoon / the phone / blue ?jeans / gotomeeting / meet link / screen
"""
REMOTE: Final = any_of(
    r"""
    (on|over|via|by|through|per|über|mit|par|en|por|in|al|op|use|using|to|do|try|a|join)( the| a| google| our)? <TOOL>(?! (number|list|box|charger|shop|case|died|is dead|died))
    <TOOL> (instead|it is|works?|is (easier|fine|better|ok)|link|meeting|call|then|tomorrow|tonight|please|session) / <TOOL>\? / so <TOOL>
    video ?call / conference call / phone interview / call-?in / dial[- ]in / en visio / en línea / online / remotely / virtually / virtuell / virtuale / virtual (\w+ )?(coffee|meeting|tour|pint|drinks?|lunch|catch-?up|visit|event|session|meet-?up|tea|party|quiz)
    (do|have|hold|make|keep) (it|this|that|the \w+) (virtual|remote|online|by phone) / be remote / go remote / dial in / (i'?ll|will|to) (send|share|drop|post) (you |round |over )?(a|the) (\w+ )?(link|invite link|video link|dial)
    videollamada / videochiamata / videochamada / videokonferenz / videocall / videobellen / visioconf\w+ / telefonieren / telefonat / telefonisch / zoomen / facetimen? / skypen / skyper / zoomer / telefonare / telefonar
    """,
    TOOL=_TOOL,
)
CALL: Final = any_of(
    r"""
    (just |please |simply |can you |could you |you )?(call|ring|phone) me / give me a (call|ring|bell|buzz|tinkle|shout on) / (give|i'll give|will give|giving) (you|u) a (call|ring|bell|buzz|tinkle)
    (i'?ll|i will|i can|may i|can i|shall i|could i|let me|i'd|will|can we|shall we|i'm going to) (just )?(call|ring|phone|dial) (you|u|ya|each)(?! (a lift|a tour|a cab))
    (have|do|make it|as|by|jump on|hop on|schedule|set up|let's|quick|short|make this|turn it into|into|arrange) (a |this as a |it a )?(quick |short |brief |video |phone |\w+ )?call / (have|do) a phone / a (quick |short )?(phone|telephone|video) (call|chat|interview|appointment)
    (talk|speak|chat|discuss\w*|do \w+) (on|over|by) the phone / (speak|talk) by phone / phone you / call you (at|on|when|after|tomorrow|tonight|then|this|around) / ring you / we can (talk|speak) (then|when|tonight|tomorrow)
    ruf(e|en|t)?( ich| mich| dich| sie| ihnen| euch| bitte| einfach| doch){1,3}( \w+){0,3} an / anrufen / t'appelle / vous appelle / appelle-moi / appelez-moi / m'appeler / s'appelle / on s'appelle / par téléphone / un (coup de fil|appel)
    ll[áa]m(ame|eme|adme) / (te|le|os|me) (llamo|llamas|llama) / nos llamamos / hablamos por / una llamada / chiamami / (ti|la|vi|mi) (chiamo|chiami|chiama|telefono) / sentiamoci / ci sentiamo( alle| per) / una telefonata
    (liga|ligue|telefona)-me / me liga / ligo-te / (te|lhe) ligo / uma chamada / falamos por / bel (me|je|maar) / ik bel / even bellen / belletje / bellen we
    """
)
# A telephone is spoken of, not met by.
ASIDE: Final = any_of(
    r"""
    if / when you / once you / in case / wenn / falls / sobald / not (by |on |over |a )?(the )?(phone|call|zoom|video) / no (zoom|phone|video|call)s? / in person / face to face / persönlich / en personne / en persona / di persona / in persoon
    doorbell / phone number / my number / (rather than|instead of|better than|not) (on |over |by |via |a |another )+(the )?(call|zoom|video|phone|teams) / last / yesterday / sick of / enough of / tired of / call me (old|crazy|silly|biased|mad) / died / new phone / your phone / phone off / phones? (away|down)
    any ?more (zoom|calls) / zoomed out / after the call / before the call / (had|was) (a|on a|on the) (phone|call) / si (tu|te|vous|se|no) / se (ti|non) / als je
    """
)
INSTEAD: Final = any_of(
    r"""
    instead / rather / stattdessen / lieber / doch / plutôt / mejor / meglio / invece / melhor / em vez / liever / in plaats / let's / lets / change of plan / switch(ing)? / move(d)? (it |this )?(to|online) / turn it into / wir machen / faisons / make (it|this) / do (it|this) / will (now )?be / is now / so (teams|zoom|skype|phone|video|facetime|online|remote)
    have to (do|be) / has to be / going (online|remote|virtual) / working from home / at home / by phone / over the phone
    """
)
# Looking back at it.
OVER: Final = any_of(
    r"""
    (thanks?|thank you|cheers|ta|thx)( so much| again| very much| ever so much| a lot| both| all| everyone| to all| to you all| guys| you two| u)* for (a|the|such a|an|your|this|our|what|having|coming|dinner|lunch|last|yesterday|today|hosting|making|waiting|fetching|showing|being|turning|everything|everyone|all|feeding|joining|celebrating|giving|listening|putting|cooking|driving|looking|stopping|popping|dropping|inviting|helping|letting|meeting|seeing|organi[sz]ing|picking|travelling|brunch|breakfast|supper|coffee|drinks)(?!\s?(offer|offering|invit|the invit|your (invit|e?-?mail|message|patience|quick|reply|understanding|interest|order|kind)|the (quick|heads|info|update|offer|suggestion|reply|reminder|link)|letting me know|your help in advance|booking|volunteering))
    (it |that |this |dinner |lunch |the \w+ |yesterday |last night |tonight |evening )?(was|were)( \w+)?( so| really| very| just| such| absolutely| quite)?( a)? (good|great|lovely|nice|fun|wonderful|brilliant|pleasure|fab|amazing|delicious|worth|delightful|perfect|superb|epic|excellent|magical|splendid|ace|class|a laugh|a joy|a treat|the best|unforgettable|hilarious|enough|my favourite)(?! (if|for me|to meet you all at|time for|with me))
    (so |really |very |been |was )?(good|great|lovely|nice|wonderful|fun|pleasure|glad) (to see|to meet|seeing|meeting|catching|to catch|to have seen|to have met) (you|u|everyone|you both|you all|up|your|the)(?! (then|there|on|at|next|tomorrow|soon|again soon|this|later|would))
    what a (night|evening|day|lunch|dinner|meal|party|lovely|match|game|treat|show|concert|weekend|view|laugh|feast|walk|wedding|send-?off) / best (evening|night|day|meal|lunch|dinner|party) (in|ever|for) / (had|having had)( a| such a| so much| such| the)? (great|lovely|good|wonderful|brilliant|fun|fab|nice|super|amazing|best|fantastic|blast|ball|laugh)( time| evening| night| day)?
    still (full|hungover|laughing|smiling|buzzing|floating|recovering|talking about|digesting|sore|aching|thinking about|singing|dreaming) / (got )?home (safe|safely|now|at \d|by \d|in one piece|sound|,) / safe home / back home (safe|now|in) / got (home|back) / hope you (all )?got (home|back) / last night (was|i|we|you) / yesterday (was|i|we|you)
    sorry (again )?(about|for|i missed|i was late|we missed|i was)( being)?( so)?( late)?( last night| yesterday)?(?! (the (delay|inconvenience|short|late reply|slow)|delay|short notice|late reply|slow reply|the late)) (last night|yesterday|earlier|this morning|late|the state) / where were you / waited (for|till|until|an|half|in)( you)? / didn't show / stood me up / (no one|nobody) (came|showed|was there)
    as discussed (yesterday|today|this|last|in our) / (after|following) (our|yesterday's|today's|last week's) (meeting|lunch|dinner|talk|conversation|visit|chat|session) / our (meeting|lunch|talk|chat|conversation|session) (yesterday|this morning|on|last|today) / minutes (attached|of) / (was|were) impressed / went (well|really well|down|brilliantly|fine) / (made|ate|drank|laughed|danced|walked) (too|so) much
    see you (next time|again soon)[.!] / (already )?looking forward to the next / when's the next / until next time / same again (soon|next) / must do (it|that|this) again / let's do (it|that|this) again / do it again (soon|some) / we should do (it|that|this) (again|more)
    danke( nochmals?| noch ?mal| vielmals| dir| euch| ihnen)* für (den|das|die|gestern|einen|euer|deine|ihre?n?|eure)(?! (einladung|nachricht|mail|antwort|info|angebot|schnelle|rückmeldung)) / (schön|toll|super|nett|lustig|lecker)( \w+)? gestern / gestern (war|abend|wirklich) / war( ein| sehr| so| echt| wirklich| ein sehr)* (schön\w*|toll\w*|nett\w*|super|lecker|lustig|gelungen\w*|wunderbar\w*)
    merci( encore| beaucoup| à tous| à toi| mille fois)* pour (hier|la (soirée|journée|visite)|le (repas|dîner|déjeuner|dimanche)|l'accueil|ce|cette|votre (accueil|visite)|ton accueil) / c'était( super| génial| top| très| vraiment| chouette| délicieux| un plaisir| une belle| un)+ / hier soir / ravie? de (vous|t')avoir / quelle (belle )?(soirée|journée) / bien rentrée?s?
    gracias por (la (cena|comida|visita|velada|tarde|noche)|el (almuerzo|día|rato|fin)|lo de|venir|anoche|ayer|todo) / (lo|que lo|nos lo) pas(amos|é|aste) / estuvo (muy|genial|increíble) / qué bien (lo|estuvo) / fue (un placer|genial|estupendo|una) / qué (noche|velada|cena)
    grazie( ancora| mille| di cuore| tante| a tutti| davvero)* per (ieri|la (serata|cena|visita|bella|giornata)|il (pranzo|tempo)|l'(ospitalità|accoglienza)|essere|essere venut\w) / è stat[oa]( \w+)? (un piacere|bell\w+|magnific\w+|divertent\w+) / ieri sera / che bella (serata|giornata)
    obrigad[oa]( mais uma vez| por tudo| a todos)* (por ontem|pel[oa] (jantar|almoço|noite|tarde|visita|companhia|conversa)) / foi (ótimo|muito|bom|um prazer|tão|uma) / adorei (ontem|a noite|o jantar) / que (noite|bela)
    bedankt( \w+)? voor (gisteren|de (gezellige|mooie|leuke|lunch|avond)|het (eten|etentje|diner|gezellige)) / was( heel| erg| zo| weer| echt)* (gezellig|leuk|lekker|fijn) / wat een (avond|dag|feest)
    """
)
RECENT: Final = any_of(
    r"""
    yesterday / yday / last night / the other (day|night|evening) / gestern / hier / anoche / ayer / ieri / ontem / gisteren
    """
)
THIRD: Final = any_of(
    r"""
    i'?m (meeting|seeing|having (lunch|dinner|coffee|drinks) with|off to|flying)(?! you) / i am (meeting|seeing)(?! you) / (he|she|they)(?:'s|'re| is| are| has| have) \w+ing / we'?re (meeting|seeing)(?! you)
    i (met|saw|bumped|ran) / minutes (attached|of) / we met at / depart(s|ure|ing)? / seat \d+ / flight / boarding / show this / (lands|landing) (on|at) / tickets end / sign up / click / only hours left / early-bird / (is|are) (having|meeting|getting married) / ich treffe / treffe mich mit / je vois / he quedado con / vedo / your (train|flight|parcel|order|delivery|taxi|coach|bus) / read more / unsubscribe / newsletter / what's on
    """
)
# In the sentence that names a place: it is the place to meet at.
MEETING_THERE: Final = any_of(
    r"""
    let'?s / lets / meet(ing|up)? / see (you|u|ya|everyone) / join / lunch / dinner / breakfast / brunch / supper / coffee / drinks? / pints? / beers? / table / booked / reserved / reservation / shall we say / gather / start / find us / you'?ll find / be there / waiting / appointment / at \d{1,2} / \d{1,2}[:.]\d\d / \d{1,2} ?[ap]m
    treffen / treffpunkt / sehen uns / reserviert / tisch / essen / mittagessen / uhr / rendez-vous / retrouve / voit / réservé / quedamos / vemos / mesa / reservad[oa] / ci vediamo / tavolo / prenotato / encontramo-nos / mesa / reservei / spreken af / afgesproken / gereserveerd / tafel
    """
)
NEGATED: Final = any_of(
    r"""
    not / no / nor / never / n't / \w+n't / cannot / without / nicht / kein\w* / ohne / pas / sans / sin / non / senza / não / sem / niet / geen / zonder / or / oder / ou / oppure / of / either / if / unless / instead of / too far / last time / like the
    """
)
CONFIRMS: Final = any_of(
    r"""
    see you / see u / c u / cu there / looking forward / look forward / can't wait / sounds (good|great|perfect|lovely) / works for me / that works / perfect / great / deal / agreed / confirmed / done / count me in / i'?m in / i'?ll be there / will do / no worries
    no problem / bis (dann|morgen|\w+tag) / freue mich / passt / abgemacht / einverstanden / à (demain|jeudi|vendredi) / parfait / vale / perfecto / hasta / va bene / perfetto / a domani / combinado / até / tot (dan|morgen|vrijdag) / prima / akkoord
    """
)
AUTOMATIC: Final = any_of(
    r"""
    automatic reply / auto[- ]?(matic )?(reply|response) / autoreply / out of (the )?office( reply|:|$) / ooo: / abwesenheit\w* / automatische antwort / automatische reactie / afwezig\w* / réponse automatique / absence du bureau / respuesta automática
    fuera de la oficina / risposta automatica / fuori sede / resposta automática / undeliverable / delivery status\w*
    """
)

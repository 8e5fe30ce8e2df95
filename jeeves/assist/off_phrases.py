"""How people call a get-together off, decline, or name another time, in seven languages.

Lives here: phrases, as data (``phrases`` says how they are written). Must not live here: code that reads a message.
"""

from __future__ import annotations

from typing import Final

from jeeves.assist.phrases import any_of

_EVENT: Final = r"""
    it / this / that / today / tonight / tomorrow / (mon|tues|wednes|thurs|fri|satur|sun)day / everything / lunch / dinner
    breakfast / brunch / coffee / drinks? / pints? / beers? / meeting / meet-?up / get-?together / appointment / course
    class / lesson / session / training / practice / rehearsal / match / game / party / bbq / barbecue / picnic / walk
    hike / run / ride / trip / visit / tour / interview / call / review / workshop / kick-?off / event / evening / night
    date / concert / gig / show / reception / book club / meal / reunion / outing / playdate / viewing / lecture / talk
    conference / plans? / weekend / swim / swimming / tennis / golf / skiing / football / squash / badminton / climbing
    film / movie / cinema / quiz / supper / tea / roast / fireworks / bonfire / excursion / demo / tasting / festival
"""

# It will not take place.
CALLED_OFF: Final = any_of(
    r"""
    call(ing|ed)? (<EVENT>|the \w+|our \w+) off / call(ing|ed)? off / called off
    (have|need|going|got|had|want|forced) to cancel(?! (my (sub|order|flight|card)|the (order|sub))) / must cancel
    (i'?m|we'?re|i am|we are|i'?ll|we'?ll|i will) (have to )?cancel(l?ing)?(?! my (sub|order|flight|card))
    cancel(l?ing|l?ed)? (on you|our|<EVENT>|the <EVENT>|\w+'s <EVENT>)
    <EVENT>( \w+){0,2} (is|are|has been|have been|had to be|was|'s|must be|will be)( now| hereby| unfortunately| sadly)? (cancell?ed|off|called off|scrapped|not happening|abandoned|rained off|snowed off)(?! (street|road|to the|limits|piste))
    (it|lunch|dinner|that|tomorrow|tonight|today|party|game|match|<EVENT>)'s (off|cancell?ed)(?! (street|road|limits))
    (the )?<EVENT>( \w+){0,2} (cannot|can't|can not|will not|won't|isn't going to|is not going to) (now )?(take place|happen|go ahead|be held|be able)
    cancell?ed\s*[:!.,-] / cancell?ed (due|because|as|owing) / cancell?ation of / :\s*cancell?ed / course cancell?ed
    not going ahead / won't be happening / isn't happening / not happening / rained off / fell through / fallen through
    abandon (today|tonight|it|the|our|this) / scrap (it|that|the|tonight|today|our) / (have|need|had) to (drop|scrap|scratch|shelve|axe) (our|the|it|this|tonight|today|tomorrow)
    give <EVENT>( \w+)? a miss / let'?s (not|skip it|skip this|forget it|forget about it|leave it|drop it|call it a day|scrap it) / off the table / no longer (possible|going|happening|on)
    no <EVENT> (today|tonight|tomorrow|this|for|then|after|i'm|im|i am|until|till) / no <EVENT>[.!,;] / no <EVENT>$
    ^never ?mind / all off / plans? (have|has) changed / have to call it / there won't be (a|any) / we'?ll ask you again when
    absag(e|en|t) / abgesagt / abblasen / abgeblasen / fällt( \w+)? (aus|ins wasser|flach) / findet( \w+)? nicht statt / entfällt / ausfallen / wird nichts / gestrichen / müssen wir streichen
    annul[ée]e?s? / annuler / j'annule / on annule / tombe à l'eau / n'aura pas lieu / c'est mort / est supprimée?
    cancelad[oa]s? / cancelar / cancelo / cancelamos / suspendid[oa] / se suspende / anulad[oa] / anular / no se hace / se cae el plan
    annullat[oa] / annullare / annulliamo / disdire / disdetto / salta tutto / è saltat[oa] / non se ne fa (più )?(niente|nulla) / cancellat[oa]
    desmarcar / desmarco / cancelado / cancelada / não vai haver / já não há / foi cancelad[oa] / fica sem efeito
    afgelast / gaat niet door / afzeggen / afgezegd / geannuleerd / annuleren / gecanceld / af moeten zeggen / zeg ik af
    """,
    EVENT=_EVENT,
)
# One of them is not coming.
DECLINED: Final = any_of(
    r"""
    (can'?t|cannot|can not|won'?t be able to|unable to|not able to|not going to|not gonna|won'?t|couldn'?t)( \w+)? (make|do|come|join|attend|be there|get away|manage|get out|face|have you|host|be joining|be coming|leave|go|get to|play|travel|walk|drive|meet)
    (can'?t|cannot)( \w+)?[,]? (i'?m afraid|sorry|unfortunately) / sorry[,.!]? (i |we )?can'?t / can'?t( this| next| that|,|\.|$) / not gonna happen
    (i|we)('ll| will|'d| would|'m going to)?( \w+)? (have|got|need) to (pass|decline|bail|drop out|bow out|skip|miss|pull out|say no|stay (home|in|here)|work)
    i'?ll( have to)? (pass|skip|sit this one out|give it a miss) / i'?m( going to| gonna)? (pass|bail|passing)(ing)? / i'?m out(?! of| on| at| in| and| with| for) / count (me|us) out / rain ?check
    (another|some other|a different) time / some ?time else / not this time / no can do / regretfully / with regret / i'?d rather not / thanks[,]? but no / no[,]? thanks / no thank you / not interested / not for me
    not up (for|to) it / leave it (till|until|for) / too ill / in bed with / tested positive / (come|came|gone|going) down with / not feeling (well|up|great) / (is|am|i'm) (ill|sick|poorly) / food poisoning / in a&e
    no time for / (isn'?t|not|ain't) going to (work|happen) / won'?t work / can'?t any ?more / have to be (in|at) another / no way out / no babysitter / double-?booked / (totally|completely) forgot i
    love to[,]? but / love to come[,]? but / would have loved / wish i could / wish we could / if only i could / duty calls / out of town / out of the country / stuck (at|in|on) / stranded / snowed in
    put on (shift|call) / (been|got) called (in|away) / working (that|the) (day|night|weekend) / something('s| has)? c[ao]me up / maybe next (time|year|month) / next time[,]? (then|maybe|perhaps) / next (summer|year|winter)
    (are|is) (not|no longer) coming / we'?re not coming / i'?m not coming / don'?t wait for me / go ahead without me / start without me / in no (fit )?state / unfortunately (not|no|i|we) / afraid (not|i|we) / sadly (not|no|i|we)
    (rolled|twisted|sprained|broke|broken|pulled|done) my (ankle|leg|back|foot|arm|wrist|knee|hamstring) / no <GAME> / (train|flight|bus|boiler|car) (is |was |has been )?(cancelled|broken down|dead)
    (do not|don't|doubt|not sure) (think )?(i'?ll|i will|i can|we can|we'?ll|i'm going to|i'?d) (make|be able|come|manage|get there) / won'?t be (there|coming|going|around|joining|free|able|needed) / better not / leave you to it / give it a swerve / something else (has )?come up / had to (rush|dash|go to)
    (kids?|children|baby|daughter|son|wife|husband|partner|mum|dad|he|she|everyone|we|toddler) (is|are|has|have|'s|'re|all|both)( \w+)? (ill|sick|poorly|vomiting|throwing up|flu|covid|a fever|a temperature|chickenpox|in hospital|in a&e) / (got|have|has|having|with) (the |a |an )?(flu|covid|migraine|bug|tummy|stomach|fever|temperature|norovirus|sore throat|chickenpox|bad back) / (feeling|feel) (rough|ropey|awful|terrible|dreadful|ill|sick|poorly) / in hospital / can barely
    no longer (able|needed|need|necessary|required|coming) / no need to (come|meet|see|bother|travel) / not (needed|necessary|required) (any ?more|now|after all) / (problem|issue|it|that|this)('s| is| has been| was) (solved|sorted|resolved|fixed|settled by) / sorted itself / found (someone|somebody) else / (position|post|role|vacancy|flat|house|place|car|it) (has been|is|was|has) (already |now )?(filled|taken|sold|let|gone) / decided (against|not to) / don'?t come / until further notice
    (something|commitments|family|things|plans) on (that|then|already)? / (it )?clashes / not free / double[- ]booked myself / i'm (busy|away|working|travelling|traveling|abroad|on holiday|on leave|on call|snowed under|swamped|flat out)(?! (until|till|but|from|now|after|before|all day|on site)) / we'?re away / let me off / (car|van|bike) (won't start|broke down|broken down|has died) / (train|flight|ferry)s? (strike|cancelled|is cancelled|was cancelled|got cancelled|delayed)
    declined / decline (the|your|this) / pass on (this|that|it|the) / wouldn't be (fair|right|wise) / have plans (already|that) / other plans / prior engagement / previous engagement / already (have|got) plans
    leider (nicht|keine zeit|verhindert|krank|nein|schon|absagen) / schaffe?( es)?( leider)? nicht / kann( ich)?( leider| da| doch)?( am \w+)? nicht / klappt( leider| bei mir| doch| es)? nicht / ein andermal / ein anderes mal / muss( leider)? passen / lieber nicht / bin krank / komme? nicht / bin raus / geht( leider| bei mir| doch)? nicht
    ne (peux|pourrai|pourra|pourrons|peut)( malheureusement| finalement| plus| pas)+ / (je|on) (peux|peut|pourrai) (pas|plus) / pas possible / une autre fois / empêchée? / malade / désolée?[,]? (mais|je) / malheureusement / ce sera sans moi / une prochaine fois
    no (puedo|podré|podemos|voy a poder|llego|podemos|iré|vamos) / otro día será / otra vez será / lo dejamos para otra / imposible / me es imposible / estoy (enferm[oa]|mal[oa]) / lo siento[,]? (pero|no) / otra ocasión / no cuentes conmigo
    non (posso|riesco|ce la faccio|potrò|possiamo|riusciamo|vengo) / un'altra volta / sarà per / purtroppo / mi dispiace[,]? (ma|non) / sono (malat[oa]|bloccat[oa]) / impossibile
    não (posso|consigo|vou poder|dá|vai dar|podemos|vou conseguir) / fica para (outra|a próxima) / noutra altura / infelizmente / estou doente / não contem comigo / lamento[,]? (mas|não)
    lukt( me| ons| mij| \w+)? niet / kan( \w+){0,3} niet / een andere keer / red het niet / helaas / ben ziek / volgende keer / gaat( \w+)? niet lukken / kom niet
    """,
    GAME=_EVENT,
)
# Somebody else stays away, or the writer alone does, and it goes on without them.
WITHOUT: Final = any_of(
    r"""
    without me / without us / have fun / enjoy / you lot / the rest of you / give (him|her|them|everyone) my (love|best) / think of me / have one (on|for) me / drink one for me / save me / viel spaß / amusez-vous / pasadlo bien / divertitevi
    divirtam-se / veel plezier / happy birthday
    """
)
# Another time or place instead of the one agreed.
MOVED: Final = any_of(
    r"""
    push(ing)?( it| this| us| things| \w+)?( back| out)? (to|by|back|till|until) / (move|moved|moving)( it| this| us| \w+| the \w+)? (to|forward|back|by|on) / resch?edul\w+ / postpon\w+ / (make|do) it( \w+){0,2} instead / instead
    how about / what about / could we (do|make|say|try|shift|switch) / can we (do|make|say|try|shift|switch) / (shall|should) we (do|make|say|try) / shift (it|to) / swap / would \w+ (work|suit|do|be) / same time / a day later / (hours?|minutes|mins|days?|weeks?|bit|little) (earlier|later) / earlier\? / later\? / bring( it)? forward / change of (plan|venue|place|time)
    make (it|that) (1?\d|noon|\w+day|half|quarter) / (mon|tues|wednes|thurs|fri|satur|sun)day (instead|then|works|is|at|after) / (the )?(day|week|weekend) after / (one|two) weeks? later / new (date|time|venue|place) / alternative / other (day|date) / any other / switch to
    verschieb\w+ / verschoben / verleg\w+ / stattdessen / lieber am / geht auch / wie wäre / wär\w* / anderer (tag|termin) / report(er|ons|ée?) / décal\w+ / plutôt / changement de / aplaz\w+ / lo dejamos para el / mejor el / cambi\w+ / pasamos / (y|¿)? ?si (lo|quedamos)
    spost\w+ / rimand(iamo|are) a / facciamo \w+ / adi(ar|amos|ado) / passar para / mudar para / remarcar / que tal / e se / verzet\w* / verplaats\w* / liever / in plaats / misschien \w+dag
    """
)
# It was off, and is on again.
BACK_ON: Final = any_of(
    r"""
    back on / on again / on after all / after all / ignore (that|my last|the cancellation) / false alarm / i can (make it|come) (now|after all) / doch (noch|statt) / findet (doch )?statt / finalement (oui|je peux|possible) / sigue en pie / al final sí / alla fine (sì|posso) / afinal (sim|posso|há) / gaat toch door
    """
)

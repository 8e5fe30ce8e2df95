"""The phrases that speak for or against "somebody wants to meet and nobody has said where", by kind.

Lives here: word lists, as data. Must not live here: any code that reads a message, anything learned from data.

A phrase is matched token by token, in lower case, in the spelling ``tokens.tokens`` produces: "a_time", "a_number"
and "?" are tokens, a hyphen separates two. The order within a kind means nothing.
"""

from __future__ import annotations

from typing import Final

_PHRASES: Final = {
    "meal": """
        lunch / lunches / luncheon / dinner / dinners / breakfast / brunch / supper / meal / coffee / coffees /
        drink / drinks / beer / beers / cocktail / cocktails / wine / pint / pints / happy hour / bite / bite to
        eat / pizza / bbq / barbecue / cookout / picnic / cup of tea / cuppa / sushi / curry / burger / tapas /
        ice cream / eat / espresso
    """,
    "meet": """
        meet / meets / meeting / meetings / mtg / mtgs / meetup / get together / getting together / gathering /
        gather / catch up / catching up / meet up / sit down / sitting down / hang out / hanging out / reunion /
        rendezvous / appointment / get with you / regroup / sync up / touch base / one on one / in person / face
        to face / bring together / meet with / meeting with / a visit with / huddle / see each other / time
        together / rendez vous
    """,
    "visit": """
        visit / visits / visiting / stop by / come by / drop by / swing by / stopping by / come over / come down
        / come up / come out / coming to / come to / pop in / pop by / come see / come and see / drop in / go
        over there / fly in / flying in / be in town / in town / passing through / tour / swing through / stop
        in / came by / pass by / stay with / come in / head over / be in your area / in your area / in the area
        / make it up / make it down
    """,
    "see": """
        see you / seeing you / see her / see him / see them / see me / meet you / meeting you / meet him / meet
        her / meet them / meet me / meet us / see us / seeing everyone / see everyone / see everybody / join you
        / join me / join us / see ya / see u / seeing each other / with you / visit with you / visit you / visit
        us / visit with
    """,
    "social": """
        party / parties / game / games / golf / tennis / movie / movies / cinema / concert / gig / hike / walk /
        jog / birthday / wedding / shower / bachelor / poker / ski / skiing / playdate / weekend / tickets /
        show / exhibition / celebrate / celebration / anniversary / housewarming / farewell / reception / outing
        / museum / match / swim / softball / basketball / football / fishing / hunting / dance / karaoke / pub /
        club night / book club / fun
    """,
    "interview": """
        interview / interviews / interviewing / interviewed / candidate / candidates / resume / cv / recruiting
        / applicant / hiring
    """,
    "proposal": """
        let's / lets / let us / shall we / should we / could we / can we / may we / might we / how about / what
        about / why don't we / why don't you / why not / are you free / are you available / are you around / you
        free / you around / do you want to / do you wanna / want to / wanna / would you like / would you be /
        would like to / i'd like to / we'd like to / would love to / i'd love to / we'd love to / love to / like
        to / care to / feel like / up for / fancy / hoping to / hope to / hope you can / hoping you / hope we
        can / was wondering if / wondering if / wonder if / any chance / any interest / interested in / do you
        have time / have time / got time / have a few minutes / get on your calendar / be great to / be nice to
        / be good to / be fun to / be lovely to / great if / good if / nice if / would be helpful / would be a
        great / we should / we need to / i need to / propose / suggest / suggestion / would appreciate / able to
        / possible to / is it possible / an opportunity to / the opportunity to / chance to / i want to / you
        should / you must / if you can / if you could / if you would / if you want / if you like / if possible /
        game for / down for / keen / in the mood / can you do / could you do / can we do / could we do
    """,
    "invite": """
        invite / invited / invites / inviting / invitation / please join / join / joining / come along / my
        treat / on me / rsvp / attend / attending / welcome to / bring / head count / mark your calendar / mark
        your calendars / save the date / please plan / plan to attend / host / hosting / to attend / you're
        invited / guest / guests
    """,
    "arrange": """
        set up / setting up / arrange / arranging / arranged / arrangements / schedule / scheduling / scheduled
        / set a / set something / put together / organize / organise / coordinate / book / plan / planning /
        plans / find a time / find time / find some time / find a date / pick a / pick the / pencil / block out
        / block off / on my calendar / on your calendar / his calendar / her calendar / your calendar / my
        calendar / your schedule / his schedule / her schedule / my schedule / calendars / make time / squeeze /
        firm up / make it happen / get something / put on / slot / a date / set the / set it up / set this up /
        work out a
    """,
    "available": """
        free / available / availability / convenient / convenience / suits / suit / works / work for / works for
        / work best / works best / good for you / best for you / good time / best time / a time / what time /
        which day / what day / what days / which date / what date / when can / when are / when is / when would /
        when will / any time / anytime / some time / sometime / time to / open / either / prefer / preference /
        conflict / conflicts / alternative / dates / your time / make it / can do / could do / flexible / booked
        / busy / tied up / half an hour / an hour / a_number minutes / okay for / ok for / for you / with you /
        do you have / have any
    """,
    "accept": """
        sounds good / sounds great / sounds like / works for me / that works / i'll be there / i will be there /
        be there / see you then / see you there / see you on / see you at / see you tomorrow / count me in / i'm
        in / happy to / glad to / delighted / look forward to / looking forward / i can make / we can make /
        would be great / would be nice / that would be / would be fine / is fine / is good / is great / sure /
        absolutely / definitely / yes / yep / yeah / ok / okay / great idea / good idea / perfect / confirm /
        confirmed / confirming / confirmation / i'd love / we'd love / my pleasure / can't wait / of course
    """,
    "where": """
        where / location / place / places / venue / which place / tbd / tba / to be determined / to be announced
        / to be confirmed / somewhere / a spot / the spot / pick a place / you pick / you choose / your choice /
        suggestions / any ideas / any preference / nearby / near you / which restaurant / what restaurant /
        wherever
    """,
    "day": """
        monday / tuesday / wednesday / thursday / friday / saturday / sunday / mon / tue / tues / wed / thu /
        thur / thurs / fri / sat / sun / mondays / tuesdays / wednesdays / thursdays / fridays / saturdays /
        sundays / january / february / march a_number / april / june / july / august / september / october /
        november / december / jan / feb / mar a_number / apr / jun / jul / aug / sept / sep / oct / nov / dec /
        a_number th / a_number st / a_number nd / a_number rd / new year / christmas / thanksgiving / easter /
        a_date
    """,
    "soon": """
        tomorrow / tonight / tonite / 2nite / this week / next week / next month / this afternoon / this evening
        / this weekend / next weekend / this morning / later today / later this / next few / coming weeks /
        coming week / week of / following week / in the next / next time / soon / upcoming / after work / the
        weekend / before you leave / end of / next monday / next tuesday / next wednesday / next thursday / next
        friday / this monday / this tuesday / this wednesday / this thursday / this friday / some day / one day
        / in two weeks / while you are / while i am / while you're / while i'm / when you are / when you're /
        when you come / when i am / when i'm / when you get / when i get / when i come / early next / late next
        / tmrw / tmw / weeks / after you / once you
    """,
    "time": """
        a_time / noon / midday / o'clock / am / pm / a m / p m / a_number am / a_number pm / a_number a m /
        a_number p m / at a_number / around a_number / about a_number / after a_number / before a_number /
        morning / afternoon / evening / night / mornings / afternoons / evenings / hour / hours / half past /
        lunchtime / dinnertime
    """,
    "come": """
        i'll be in / i will be in / we will be in / we'll be in / will be in / you will be in / you'll be in /
        he will be in / she will be in / i am in / i'm in / going to be in / plan to be in / planning to be in /
        come to / coming to / coming down / coming up / coming in / travel to / traveling to / travelling to /
        trip to / my trip / your trip / his trip / visiting / fly to / be around / will be around / around next
        / around this
    """,
    "office": """
        my office / your office / his office / her office / our office / our offices / your offices / the office
        / my desk / your desk / his desk / my place / your place / my house / your house / our house / his house
        / her house / our place / my home / our home / my room / my apartment / your apartment / my flat /
        downstairs / upstairs / see me / come see me / stop by / come by / drop by / usual place / same place /
        usual spot / home of
    """,
    "room": """
        conference room / meeting room / dining room / boardroom / board room / room a_number / rm / rm a_number
        / in room / floor / lobby / cafeteria / auditorium / suite / building / bldg / headquarters / hq / hall
        / ballroom / campus / classroom / library / a_room / the room
    """,
    "venue": """
        hotel / restaurant / cafe / bar and grill / grill / bistro / steakhouse / diner / club / country club /
        arena / stadium / theater / theatre / church / park / street / st / avenue / ave / blvd / boulevard /
        drive / road / rd / lane / plaza / square / address / directions / map / parking / center / centre /
        at_venue / airport / inn / tavern / museum / station / gym / school / bookstore / lounge / hilton /
        marriott / hyatt / starbucks / location is / corner of / located / a_postcode
    """,
    "remote": """
        call / calls / calling / phone / phones / telephone / telephonic / conference call / conf call / concall
        / dial / dial in / passcode / pass code / participant code / access code / teleconference / telecon / by
        phone / by video / webcast / bridge / give me a call / call me / call you / phone call / ring /
        an_audio_link
    """,
    "video": """
        by video / video conference / videoconference / video call / video / zoom / skype / webex / facetime /
        google meet / google hangout / hangout / hangouts / microsoft teams / teams meeting / teams call / on
        teams / teams invite / discord / virtual / virtually / remotely / online / webinar / a_video_link /
        meeting id / video room / video chat
    """,
    "talk": """
        talk / talking / speak / speaking / chat / discuss / discussing / discussion / discussions /
        conversation / visit with / go over / review / touch base / brainstorm / follow up / speak with / talk
        to / talk with / discuss with / talk about / run through / brief / briefing
    """,
    "event": """
        conference / conferences / seminar / seminars / workshop / workshops / summit / training / registration
        / register / registered / forum / symposium / panel / agenda / speaker / speakers / keynote / course /
        courses / class / classes / session / sessions / convention / ceremony / presentation / presentations /
        symposia / program / speech / event / events / exhibit / annual / lecture / orientation / enroll /
        attendees / fee / fees / committee / testimony / webinar / deadline / memorial / luncheon / gala /
        festival / fundraiser / open house / town hall / offsite
    """,
    "mass": """
        unsubscribe / click here / click / newsletter / subscription / subscribe / mailing list / to be removed
        / remove / offer / offers / sale / price / prices / discount / save / special / free trial / do not
        reply / customer / customers / account / order / orders / website / web site / a_link / credit / member
        / members / win / guarantee / deal / limited / buy / shop / visit our / online / advertisement /
        promotion / a_price / privacy / copyright / reserved
    """,
    "past": """
        thanks for / thank you for / thanks again / enjoyed / was great / was nice / was good / was fun / great
        seeing / good seeing / nice seeing / nice meeting / great meeting / good meeting / nice to meet /
        pleasure meeting / good to see / great to see you / nice to see / met with / met / yesterday / last week
        / last night / last month / last friday / last time / last year / attended / minutes / recap / had lunch
        / had dinner / had a / were there / as discussed / we discussed / spoke / talked / earlier today / saw /
        went / was a / came / hosted / visited / held
    """,
    "declined": """
        cancelled / canceled / cancel / cancelling / canceling / can't make / cannot make / won't be able /
        unable / not be able / not able / postponed / postpone / rain check / raincheck / decline / declined /
        regret / regrets / sorry / can't / cannot / not available / not be available / won't / no longer / out
        of town / on vacation / out of the office / unfortunately / have to miss / conflict / not going / not
        make it / too busy
    """,
    "moved": """
        rescheduled / reschedule / moved / moved to / changed to / has been changed / push / pushed / reminder /
        remind / staff meeting / weekly meeting / monthly meeting / regular meeting / weekly / every week /
        monthly / quarterly / standing / daily / board meeting / update / updated / note the change / date
        change / time change / change of
    """,
    "report": """
        attached / attachment / report / reports / draft / file / memo / forwarded / fyi / per / please find /
        find attached / invoice / contract / agreement / document / documents / spreadsheet / below / email / e
        mail / information / questions / comments / data / issue / issues / project
    """,
    "third": """
        he / she / they / him / her / them / his / their / himself / team / group / staff / people / president /
        secretary / mr / ms / mrs / dr
    """,
    "you": "you / your / you're / you'll / you'd / you've / u / yours / y'all / yourself / ya",
    "me": "i / me / my / i'm / i'll / i'd / i've / mine / myself",
    "we": """
        we / us / our / we'll / we're / we'd / we've / together / both / all / everyone / guys / folks
    """,
    "question": "?",
    "modal": "can / could / would / should / will / shall / may / might / i'll / we'll / i'd / we'd",
    "plea": """
        please / pls / let me know / let us know / advise / email me / get back to me / reply / respond / tell
        me
    """,
    "about": "if / when / whether / before / after / until",
    "negation": "not / no / don't / didn't / doesn't / isn't / never / wasn't / nothing / none",
}

PHRASES: Final = {kind: tuple(" ".join(each.split()) for each in text.split("/")) for kind, text in _PHRASES.items()}

# What holds sentences together: kept as they are in the shape of a sentence.
_FUNCTION_WORDS: Final = """
    a an the to for in on at of and or but if is are be was were will have has do did with this that it up out
    so as there here from by not no what who how why just any some all
"""
FUNCTION_WORDS: Final = frozenset(_FUNCTION_WORDS.split())

# Written with a capital often enough, but nobody's name; or somebody's name, but a word more often.
_NEVER_NAMES: Final = """
    thanks thank regards best sincerely cheers hi hello dear hey please note ps re fw fwd am i'm i'll also since
    maybe perhaps great good nice mark rich
"""
NEVER_NAMES: Final = frozenset(_NEVER_NAMES.split())

# The commonest English words that no other Latin-written language shares often.
_COMMON_ENGLISH: Final = """
    the of and to is you that it for are with as his they be at this have from or by had not but what all were
    we when your can said there an each which she do how their if will up other about out many then them these
    so some her would make like him has look more go see no could my than been who its now down did get come may
    i i'm let's please thanks thank let know any our us meet meeting call where free next week today tomorrow
    just here re
"""
COMMON_ENGLISH: Final = frozenset(_COMMON_ENGLISH.split())

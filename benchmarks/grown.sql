-- A mailbox of :size messages, made up (see grown.py). Numbers that look drawn by lot and are the same in every run
-- are pieces of the MD5 of the message's number. The first statement writes the messages, with id = n.

with drawn as materialized (
    select n, n / 3 as thread,
           ('x' || substr(md5(n::text), 1, 7))::bit(28)::int as r1,
           ('x' || substr(md5(n::text), 8, 7))::bit(28)::int as r2,
           ('x' || substr(md5(n::text), 15, 7))::bit(28)::int as r3,
           :now - (:size - n) * interval '1 day' / :a_day as arrived
    from generate_series(1, :size) as n
), people as (
    select *, r1 % 12 = 0 as by_owner, r1 % 12 between 1 and 5 as by_list,
           case when r3 % 10 = 0 then 'stranger' || n
                else 'person' || floor(400 * power(r2 / 268435456.0, 3))::int end as person
    from drawn
)
insert into messages (account, message_key, thread_key, sender_name, sender_address, recipients, subject, text,
                      quoted, sent_at, received_at, bulk, defects, decided_at, base_subject, orphan_reply)
select :account, n || '@example.com', 't' || thread || '@example.com',
       case when by_owner then 'The Owner' when by_list then 'List' else person end,
       case when by_owner then :account when by_list then 'list' || r2 % 20 || '@lists.example.com'
            else person || '@example.com' end,
       case when by_owner then jsonb_build_array(jsonb_build_array('', person || '@example.com'))
            else jsonb_build_array(jsonb_build_array('The Owner', :account)) end,
       case when n % 3 = 0 then 'Re: ' else '' end || subject.said,
       texts.body || ' ' || n, '', arrived, arrived, by_list and not by_owner, '{}',
       case when n <= :size - :undecided then arrived + interval '2 seconds' end,
       subject.said, n % 100 = 7 and not by_list
from people
cross join lateral (select case when n % 50 = 7 then 'lunch' else 'about ' || thread end as said) as subject
join texts on texts.number = r3 % :texts
order by n;

insert into mailboxes (account, folder, uidvalidity, last_uid, last_synced_at)
values (:account, 'INBOX', :uidvalidity, :size, :now), (:account, 'Sent', :uidvalidity, :size, :now);

insert into message_locations (mailbox_id, uidvalidity, uid, message_id)
select case when sender_address = account then 2 else 1 end, :uidvalidity, id, id from messages;

insert into raw_messages (message_id, rfc822)
select id, convert_to(repeat(text, 5), 'UTF8') from messages where id > :size - 8000;

insert into thread_links (message_id, thread_key) select message_key, thread_key from messages;

-- Every message but the latest is decided; a hundredth asks for a get-together, and of half of these the owner was told.
create temporary view decided as
select id as n, *, id % 100 = 42 as is_find, id % 200 = 42 as is_told from messages where decided_at is not null;

insert into predictions (message_id, model_version, probability, needs_place, reasons, sentence, decision, why,
                         decided_at)
select n, case when n > :size - 9000 then :model when n > :size / 2 then 'starter-2' else 'starter-1' end,
       case when is_find then 0.9 else 0.01 * (n % 30) end, is_find, '[["lunch on", 1.5], ["at", -0.25]]',
       left(text, 80), case when is_told then 'alert' else 'suppressed' end,
       case when is_told then thread_key || '#1' when is_find then 'settled' else 'no_place_needed' end, decided_at
from decided;

insert into threads (thread_key, place_state, proposal, updated_at, opened_at, as_of, place, revision)
select thread_key, case when n > :size - 1000 then 'open' else 'past' end, 1, received_at, received_at, received_at,
       '', 2
from decided where is_find;

insert into thread_states (thread_key, message_id, place_state, proposal, place, cause, words, changed_at)
select thread_key, n, state, 1, '', cause, '', received_at
from decided
cross join (values ('open', 'message'), ('past', 'clock')) as states (state, cause)
where is_find and (state = 'open' or n <= :size - 1000);

insert into notifications (message_id, dedupe_key, channel, body, reference, status, attempt, created_at,
                           next_attempt_at, expires_at, provider_id, tried_at)
select n, thread_key || '#1', 'sms', left(text, 100), 'k' || n % 97, 'delivered', 1, decided_at, decided_at,
       decided_at + interval '1 day', 'SM' || md5(n::text), decided_at
from decided where is_told;

insert into delivery_attempts (notification_id, attempt, started_at, finished_at, outcome)
select id, 1, created_at, created_at + interval '1 second', 'delivered' from notifications;

-- The owner answers for what they were told, and for one in 150 others.
insert into labels (message_id, value, source, labelled_at)
select n, case when is_find then 'yes' else 'no' end, 'cli', received_at + interval '1 hour'
from decided where n < :size - 500 and (n % 150 = 3 or is_told);

insert into mailbox_marks (message_id, seen) select n, 'no' from decided where n % 150 = 3;

insert into mark_scans (account, folder, uidvalidity, highest_modseq)
values (:account, 'INBOX', :uidvalidity, :size);

insert into audits (message_id, drawn_at) select n, received_at + interval '1 hour' from decided where n % 700 = 5;

insert into replies (sid, received_at, seen_at, outcome)
select 'SM' || md5(n::text), received_at, received_at, 'applied' from decided where n % 1000 = 1;

insert into mutes (sender, source, muted_at)
select 'list' || n || '@lists.example.com', 'cli', :now from generate_series(15, 19) as n;

insert into forgotten_messages (digest, forgotten_at)
select md5(n::text) || md5(n::text), :now from generate_series(1, :size / 1000) as n;

insert into forgotten_locations (mailbox_id, uidvalidity, uid)
select 1, :uidvalidity, 2000000000 + n from generate_series(1, :size / 1000) as n;

insert into drift (measured_at, model_version, figures, verdict)
select :now - n * interval '1 day', :model, '{}', '' from generate_series(1, :size / :a_day) as n;

drop view decided;

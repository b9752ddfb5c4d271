-- How often attachments were downloaded, and by how many users, in one session or anywhere (null): a row for each
-- attachment asked about. All anonymous people are one user.
--
-- {downloaded} the type of the event
-- $1 tenant    $2 attachments    $3 the session of each    $4 the only user whose downloads count (null: everybody's do)
select asked.place, total.downloads, total.users
from unnest($2::text[], $3::text[]) with ordinality as asked (attachment_id, session_id, place)
join attachments a on a.partner_id = $1 and a.attachment_id = asked.attachment_id
left join sessions s on s.partner_id = $1 and s.session_id = asked.session_id
cross join lateral (
    select count(*) as downloads, count(distinct e.user_key) as users
    from events e
    where raw_kept('-infinity') and e.partner_id = $1 and e.event_type = {downloaded} and e.attachment_key = a.attachment_key
        and (asked.session_id is null or e.session_key = s.session_key)
        and ($4::text is null or e.user_key = (select user_key from users where partner_id = $1 and user_id = $4::text))
) total

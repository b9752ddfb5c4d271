-- What users downloaded: a row for each attachment and session, the newest first; a page for each user asked about.
-- `entry_id`: the entry that the newest download with one names, else the attachment's own. A row without a key only
-- carries the count.
--
-- {downloaded} the type of the event
-- $1 tenant    $2 users    $3, $4 moment and key that each page comes after (null: from the start)
-- $5 how many at most    $6 whether to count all    $7 the only user there is for the caller (null: all are)
-- $8 from, inclusive    $9 to, exclusive (null: over all time)
select asked.place, total.row_count, page.*
from unnest($2::text[], $3::timestamptz[], $4::text[]) with ordinality as asked (user_id, after_at, after_key, place)
join users u on u.partner_id = $1 and u.user_id = asked.user_id
    and ($7::text is null or u.user_id = $7::text)
cross join lateral (
    select count(distinct (e.attachment_key, e.session_key)) as row_count
    from events e
    where $6::boolean and e.partner_id = $1 and e.event_type = {downloaded} and e.user_key = u.user_key
        and e.time >= coalesce($8::timestamptz, '-infinity') and e.time < coalesce($9::timestamptz, 'infinity')
) total
left join lateral (
    select d.at, told.key, d.downloads, told.attachment_id, s.session_id, entry.entry_id
    from (
        select
            e.attachment_key,
            e.session_key,
            max(e.time) as at,
            count(*) as downloads,
            (array_agg(e.entry_key order by e.time desc, e.entry_key) filter (where e.entry_key > 0))[1] as entry_key
        from events e
        where raw_kept(coalesce($8::timestamptz, '-infinity'))
            and e.partner_id = $1 and e.event_type = {downloaded} and e.user_key = u.user_key
            and e.time >= coalesce($8::timestamptz, '-infinity') and e.time < coalesce($9::timestamptz, 'infinity')
        group by e.attachment_key, e.session_key
    ) d
    left join attachments a on a.partner_id = $1 and a.attachment_key = d.attachment_key
    left join sessions s on s.partner_id = $1 and s.session_key = d.session_key
    left join entries entry on entry.partner_id = $1 and entry.entry_key = coalesce(d.entry_key, a.entry_key)
    cross join lateral (
        select
            coalesce(a.attachment_id, 'Unknown') as attachment_id,
            jsonb_build_array(a.attachment_id, s.session_id)::text collate "C" as key
    ) told
    where asked.after_at is null
        or d.at < asked.after_at
        or d.at = asked.after_at and told.key > asked.after_key
    order by d.at desc, told.key
    limit $5
) page on true
order by asked.place, page.at desc, page.key

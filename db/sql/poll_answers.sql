-- Answers to polls in words, in the order they were given: a page for each poll asked about. A row without a key only
-- carries the count.
--
-- $1 tenant    $2 polls    $3, $4 moment and key that each page comes after (null: from the start)
-- $5 how many at most    $6 whether to count all    $7 the only user whose answers are wanted (null: everybody's are)
select asked.place, total.row_count, page.*
from unnest($2::text[], $3::timestamptz[], $4::text[]) with ordinality as asked (poll_id, after_at, after_key, place)
join polls p on p.partner_id = $1 and p.poll_id = asked.poll_id
cross join lateral (
    select count(*) as row_count
    from poll_answers a
    where $6::boolean and a.partner_id = $1 and a.poll_key = p.poll_key and a.answer is not null
        and ($7::text is null or a.user_key = (select user_key from users where partner_id = $1 and user_id = $7::text))
) total
left join lateral (
    select a.time as at, told.key, a.answer, u.user_id
    from poll_answers a
    left join users u on u.partner_id = $1 and u.user_key = a.user_key
    cross join lateral (
        select concat_ws(' ', u.user_id, a.viewing_key, a.event_index, a.key_tag) collate "C" as key
    ) told
    where a.partner_id = $1 and a.poll_key = p.poll_key and a.answer is not null
        and ($7::text is null or a.user_key = (select user_key from users where partner_id = $1 and user_id = $7::text))
        and a.time >= coalesce(asked.after_at, '-infinity')
        and (a.time, told.key) > (coalesce(asked.after_at, '-infinity'), coalesce(asked.after_key, ''))
    order by a.time, told.key
    limit $5
) page on true
order by asked.place, page.at, page.key

-- What polls were rated with: a row for each number among a poll's options or answers, the smallest first, with the
-- users who gave it. An answer gives the number that its option's text or its own text is; other texts are none.
--
-- $1 tenant    $2 polls    $3 the only user whose answers count (null: everybody's do)
with rated as (
    select asked.place, p.poll_key, p.options
    from unnest($2::text[]) with ordinality as asked (poll_id, place)
    join polls p on p.partner_id = $1 and p.poll_id = asked.poll_id
),
options as (
    select rated.place, rated.poll_key, option ->> 'optionId' as option_id, option ->> 'text' as text
    from rated
    cross join jsonb_array_elements(rated.options) as option
),
ratings as (
    select place, text, null::integer as user_key
    from options
    union all
    select o.place, o.text, a.user_key
    from options o
    join poll_answers a on a.partner_id = $1 and a.poll_key = o.poll_key and o.option_id = any(a.option_ids)
        and ($3::text is null or a.user_key = (select user_key from users where partner_id = $1 and user_id = $3::text))
    union all
    select rated.place, a.answer, a.user_key
    from rated
    join poll_answers a on a.partner_id = $1 and a.poll_key = rated.poll_key
        and ($3::text is null or a.user_key = (select user_key from users where partner_id = $1 and user_id = $3::text))
)
select place, value, count(user_key) as participants
from (
    select distinct place, trim(text)::float8 as value, user_key
    from ratings
    where trim(text) ~ '^[+-]?[0-9]{1,15}([.][0-9]{1,15})?$'
) rating
group by place, value
order by place, value

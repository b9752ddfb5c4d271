-- How many users answered polls: a row without option for each poll asked about that has answers, and one for each
-- option that anyone chose. Every answer counts, whenever it was given; all anonymous people are one user.
--
-- $1 tenant    $2 polls    $3 the only user whose answers count (null: everybody's do)
with given as (
    select asked.place, a.user_key, a.option_ids
    from unnest($2::text[]) with ordinality as asked (poll_id, place)
    join polls p on p.partner_id = $1 and p.poll_id = asked.poll_id
    join poll_answers a on a.partner_id = $1 and a.poll_key = p.poll_key
        and ($3::text is null or a.user_key = (select user_key from users where partner_id = $1 and user_id = $3::text))
)
select place, option_id, count(*) as participants
from (
    select distinct place, null as option_id, user_key
    from given
    union all
    select distinct place, option_id, user_key
    from given
    cross join unnest(option_ids) as option_id
) participant
group by place, option_id

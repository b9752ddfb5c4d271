-- When sessions were last watched live: the end of that minute; none where nobody watched. `kept_since`: it was before,
-- and the minutes are kept no longer.
--
-- {gate} db/relations.py    {live} which heartbeats are    $1 tenant    $2 sessions    $3 the only user who counts (null: everybody does)
with {gate}
select s.session_id, minute.start + interval '1 minute' as live_until, fine_dropped(watched.start) as kept_since
from sessions s
cross join (select (select user_key from users where partner_id = $1 and user_id = $3::text) as user_key) caller
cross join lateral (
    -- (Offset 0: or all rows are gone through from the last moment on until one is of the session.)
    select date_trunc('minute', max(m.bucket), 'UTC') as start
    from (
        select r.bucket
        from audience_minutes r
        where $3::text is null
            and r.partner_id = $1 and r.session_key = s.session_key and r.session_key <> 0 and r.heartbeats > 0 and {live}
        union all
        select r.bucket
        from session_minutes r
        where r.user_key = caller.user_key
            and r.partner_id = $1 and r.session_key = s.session_key and r.session_key <> 0 and r.heartbeats > 0 and {live}
        offset 0
    ) m
) minute
cross join lateral (
    -- Where no minute is left, the days still tell.
    select coalesce(minute.start, max(d.bucket)) as start
    from (
        select r.bucket
        from watch_days r
        where minute.start is null
            and r.partner_id = $1 and r.session_key = s.session_key and r.session_key <> 0 and r.heartbeats > 0 and {live}
            and ($3::text is null or r.user_key = caller.user_key)
        offset 0
    ) d
) watched
where s.partner_id = $1 and s.session_id = any($2::text[]) and s.session_key <> 0

-- Chat messages of a span of time, session by session in the order they were sent. A message whose time was not told
-- stands at the start of its session.
--
-- $1 tenant    $2 from, inclusive    $3 to, exclusive
-- $4 sessions, $5 rooms, $6 virtual events, $7 users: only theirs (null: of all)
select
    sent.at,
    m.message_id,
    m.message,
    m.replied_to_message_id,
    m.likes,
    m.deleted,
    m.sub_context,
    coalesce(author.user_id, 'Unknown') as user_id,
    author.first_name,
    author.last_name,
    author.email,
    author.role,
    count(*) over () as row_count
from chat_messages m
join sessions s on s.partner_id = m.partner_id and s.session_key = m.session_key
left join users author on author.partner_id = m.partner_id and author.user_key = m.user_key
left join entries room on room.partner_id = m.partner_id and room.entry_key = s.entry_key and room.media_type = 'room'
left join virtual_events event on event.partner_id = m.partner_id and event.event_key = s.event_key
cross join lateral (
    select coalesce(m.sent_at, s.starts_at) as at
) sent
where m.partner_id = $1
    and sent.at >= $2 and sent.at < $3
    and ($4::text[] is null or s.session_id = any($4))
    and ($5::text[] is null or room.entry_id = any($5))
    and ($6::text[] is null or event.event_id = any($6))
    and ($7::text[] is null or coalesce(author.user_id, 'Unknown') = any($7))
order by s.starts_at nulls last, s.session_id, sent.at, m.message_id

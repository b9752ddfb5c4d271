-- What became of the threads that people opened in sessions' chats: a row for each session asked about. Moderators are
-- those whom the catalogue has, by id.
--
-- $1 tenant    $2 sessions
select
    asked.place,
    max(t.last_activity_at) as last_activity_at,
    count(*) filter (where t.status = 'pending') as pending_threads,
    count(*) filter (where t.status = 'owned') as owned_threads,
    count(*) filter (where t.status = 'resolved') as resolved_threads,
    count(*) filter (where t.status = 'done') as done_threads,
    coalesce(sum(greatest(t.user_messages, 0)), 0)::bigint as user_messages,
    coalesce(sum(greatest(t.moderator_messages, 0)), 0)::bigint as moderator_messages,
    array_agg(distinct m.user_id order by m.user_id) filter (where t.status in ('resolved', 'done') and m.known)
        as owning_resolved,
    array_agg(distinct m.user_id order by m.user_id) filter (where t.status in ('pending', 'owned') and m.known)
        as owning_unresolved
from unnest($2::text[]) with ordinality as asked (session_id, place)
join sessions s on s.partner_id = $1 and s.session_id = asked.session_id
left join chat_threads t on t.partner_id = $1 and t.session_key = s.session_key
left join users m on m.partner_id = $1 and m.user_key = t.owner_key
group by asked.place

-- Sessions of the catalogue, with the keys of what they point to. `room_id`: the entry, where that is a room.
--
-- $1 tenant
select
    s.session_id,
    coalesce(s.name, s.session_id) collate "C" as name,
    s.starts_at,
    s.ends_at,
    extract(epoch from s.ends_at - s.starts_at)::float8 / 60 as duration_minutes,
    host.user_id as host_id,
    entry.entry_id,
    recording.entry_id as recording_id,
    case when entry.media_type = 'room' then entry.entry_id end as room_id,
    event.event_id,
    parent.session_id as parent_id
from sessions s
left join users host on host.partner_id = s.partner_id and host.user_key = s.host_key
left join entries entry on entry.partner_id = s.partner_id and entry.entry_key = s.entry_key
left join entries recording on recording.partner_id = s.partner_id and recording.entry_key = s.recording_key
left join virtual_events event on event.partner_id = s.partner_id and event.event_key = s.event_key
left join sessions parent on parent.partner_id = s.partner_id and parent.session_key = s.parent_key
where s.partner_id = $1 and s.known

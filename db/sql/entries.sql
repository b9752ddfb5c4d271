-- Entries of the catalogue. An entry without a media type is a video; rooms are entries too.
--
-- $1 tenant
select
    e.entry_id,
    coalesce(e.name, e.entry_id) collate "C" as name,
    coalesce(e.media_type, 'video') as media_type,
    e.duration_seconds,
    owner.user_id as owner_id,
    e.created_at,
    e.categories,
    e.tags,
    parent.entry_id as parent_id
from entries e
left join users owner on owner.partner_id = e.partner_id and owner.user_key = e.owner_key
left join entries parent on parent.partner_id = e.partner_id and parent.entry_key = e.parent_key
where e.partner_id = $1 and e.known

-- Virtual events of the catalogue.
--
-- $1 tenant
select
    v.event_id,
    coalesce(v.name, v.event_id) collate "C" as name,
    v.starts_at,
    v.ends_at
from virtual_events v
where v.partner_id = $1 and v.known

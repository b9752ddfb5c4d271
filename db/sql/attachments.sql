-- Attachments of the catalogue.
--
-- $1 tenant
select
    a.attachment_id,
    coalesce(a.name, a.attachment_id) as name,
    a.file_type,
    s.session_id
from attachments a
left join sessions s on s.partner_id = a.partner_id and s.session_key = a.session_key
where a.partner_id = $1 and a.known

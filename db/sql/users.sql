-- Users of the catalogue. `name`: first and last name, else the one there is, else the id.
--
-- $1 tenant
select
    u.user_id,
    coalesce(nullif(concat_ws(' ', u.first_name, u.last_name), ''), u.user_id) collate "C" as name,
    u.first_name,
    u.last_name,
    u.email,
    u.title,
    u.company,
    u.industry,
    u.role,
    u.country as country_code,
    u.registered,
    u.search_text
from users u
where u.partner_id = $1 and u.known

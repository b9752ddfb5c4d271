-- When the tenant's first event happened; no row or null where there is none.
--
-- $1 tenant
select first_event
from tenants
where partner_id = $1

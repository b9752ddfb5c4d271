-- Which of these devices the tenant's viewers have used.
--
-- $1 tenant    $2 devices
select distinct device as key
from agents
where partner_id = $1 and device = any($2::text[]) and device <> 'Unknown'

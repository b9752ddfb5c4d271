-- On which of these domains the tenant's players have been.
--
-- $1 tenant    $2 domains
select distinct domain as key
from pages
where partner_id = $1 and domain = any($2::text[]) and domain <> 'Unknown'

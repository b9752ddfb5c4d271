-- Polls of the catalogue. `question`: its id where there is none. A poll without a type is open where it has no options,
-- else of a single choice. `choices`: [{optionId, text, correct}] as JSON.
--
-- $1 tenant
select
    p.poll_id,
    coalesce(p.question, p.poll_id) as question,
    coalesce(p.type, case when p.options = '[]' then 'open' else 'single' end) as type,
    p.launched_at,
    p.options::text as choices,
    s.session_id
from polls p
left join sessions s on s.partner_id = p.partner_id and s.session_key = p.session_key
where p.partner_id = $1 and p.known

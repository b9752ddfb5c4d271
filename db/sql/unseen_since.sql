-- Since when there are events that are stored and not in the numbers; null where there are none.
--
-- $1 tenant
select min(stored_at) as since from unseen_batches where partner_id = $1

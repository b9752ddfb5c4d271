-- For the audiences (db/audiences.py), and for plans that find what is not rolled up yet by its batch alone.

-- Days (UTC) of tenants that no audience holds as they are rolled up now: until it does, the days themselves are read.
create table stale_days (
    partner_id  integer not null,
    bucket      timestamptz not null,
    primary key (partner_id, bucket)
);

-- Batches are numbered for all tenants together; up to now each tenant counted its own.
create sequence batches;
select setval('batches', coalesce(max(batch), 0) + 1) from tenants;
update events e set batch = n.number
from (
    select partner_id, batch, nextval('batches') as number
    from (select distinct partner_id, batch from events where (select count(*) from tenants) > 1) each
) n
where n.partner_id = e.partner_id and n.batch = e.batch;
update tenants set batch = nextval('batches');

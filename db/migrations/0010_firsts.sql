-- What each heartbeat was first at, so that what viewings have seen can be added up without telling them apart.

-- Of a heartbeat: how many percentiles none before of its viewing has covered; plus 128 where there is none before.
alter table events add column firsts smallint;

-- Loads of the version before that still run would note nothing of this: they end, at a column that they do not find.
alter table viewings rename column tail_from to tail_time;

-- Of those that were stored before nothing is known: -1, as for all whose heartbeats differ in day or keys.
alter table viewings
    add column seen_low     bigint not null default 0,  -- percentiles 1 to 64 covered before tail_time, a bit each
    add column seen_high    bigint not null default 0,  -- the others; bit 36: there is a heartbeat before tail_time
    add column shared_keys  bigint not null default -1; -- hash of what all heartbeats share; 0: there are none
alter table viewings alter column shared_keys set default 0;

-- Viewings whose heartbeats are of several UTC days or keys, or have no session: these are told apart after all.
create table mixed_viewings (
    partner_id   integer not null,
    entry_key    integer not null,
    day          timestamptz not null,                  -- a UTC day on which it has heartbeats
    viewing_key  bigint not null,
    differs      boolean not null default false,        -- its heartbeats were seen to differ; else they may be alike
    primary key (partner_id, entry_key, day, viewing_key)
);
create index on mixed_viewings (partner_id, day);
create index on mixed_viewings (viewing_key);
insert into mixed_viewings (partner_id, entry_key, day, viewing_key)
select distinct partner_id, entry_key, date_trunc('day', time, 'UTC'), viewing_key
from events where event_type in (99, -5);

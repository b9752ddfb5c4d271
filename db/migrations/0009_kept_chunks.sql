-- Kept breakdowns in a few records instead of many, which take less time to make. kept_rows stays for a service of the
-- version before that still runs: waiting for it to let go could take both.

delete from kept_rows;

create unlogged table kept_chunks (
    kept_id      uuid not null,
    first_place  bigint not null,
    last_place   bigint not null,
    keys         text[] not null,                       -- by dimension, then by row
    values       double precision[] not null,           -- by metric, then by row
    primary key (kept_id, first_place)
);
-- Packing takes longer than it saves in an hour.
alter table kept_chunks alter keys set storage external, alter values set storage external;

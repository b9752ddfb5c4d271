-- Breakdowns kept for an hour, for those who page through them. Not worth a log: a crash only makes pages be computed anew.

create unlogged table kept_breakdowns (
    kept_id      uuid primary key,
    partner_id   integer not null,
    question     text not null,                         -- what it is the answer to
    metrics      text[] not null,                       -- of each row's values, in their order
    row_count    bigint not null,
    totals       jsonb not null,
    range_start  timestamptz not null,
    range_end    timestamptz not null,
    made_at      timestamptz not null default now()
);
create index on kept_breakdowns (made_at);

create unlogged table kept_rows (
    kept_id  uuid not null,
    place    bigint not null,
    keys     text[] not null,
    values   double precision[] not null,
    primary key (kept_id, place)
);

-- Raw events may be dropped after a while; what is asked of them after that has to be refused.

create table retention (
    one       boolean primary key default true check (one),
    raw_from  timestamptz not null                      -- there are no raw events of before
);

-- True where all raw events from the moment on are kept; else an error (db/pool.py knows its code).
create function raw_kept(moment timestamptz) returns boolean language plpgsql stable as $$
declare
    since timestamptz;
begin
    select raw_from into since from retention;
    if moment < since then
        raise exception using errcode = 'FR001', message = to_char(since at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"');
    end if;
    return true;
end
$$;

-- Batches know when they were stored, to say up to when everything is in the numbers.
alter table pending_batches add column stored_at timestamptz not null default now();

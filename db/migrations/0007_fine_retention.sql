-- What rollups hold by less than a day may be dropped after a while, too, where its raw events are gone already.

alter table retention add column fine_from timestamptz;  -- of before, rollups hold UTC days only; null: all

-- Since when rollups hold less than days, where that is after the moment; else null.
create function fine_dropped(moment timestamptz) returns text language sql stable parallel safe as $$
    select to_char(fine_from at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from retention where moment < fine_from
$$;

-- True where rollups hold less than days from the moment on; else an error (db/pool.py knows its code).
create function fine_kept(moment timestamptz) returns boolean language plpgsql stable parallel safe as $$
declare
    since text := fine_dropped(moment);
begin
    if since is not null then
        raise exception using errcode = 'FR002', message = since;
    end if;
    return true;
end
$$;

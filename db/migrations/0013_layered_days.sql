-- Days (UTC) of tenants to which streams have added since the audiences were made of them (db/audiences.py).

create table layered_days (
    partner_id  integer not null,
    bucket      timestamptz not null,
    layers      integer not null,
    primary key (partner_id, bucket)
);

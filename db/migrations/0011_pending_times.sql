-- Between which moments the events of a batch are: who asks about others need not look for what is not rolled up.
alter table pending_batches
    add column first_time timestamptz not null default '-infinity',
    add column last_time timestamptz not null default 'infinity';

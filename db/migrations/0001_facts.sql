-- What was sent: the catalogue, the small dictionaries that events point to, and the events.
--
-- Everything belongs to a tenant (partner_id). Rows point to each other by integer keys; 0 stands for "none told".
-- Keys of things that events or other records mention before the catalogue has them are made at once
-- (known = false), so records may arrive in any order. Texts that are keys sort by code point.

create table entries (
    entry_key         integer generated always as identity primary key,
    partner_id        integer not null,
    entry_id          text collate "C" not null,
    known             boolean not null default false,   -- the catalogue has it
    name              text,
    media_type        text,
    duration_seconds  double precision,                 -- null for live
    owner_key         integer not null default 0,
    created_at        timestamptz,
    categories        text[] not null default '{}',     -- full names, exact
    tags              text[] not null default '{}',
    parent_key        integer not null default 0,       -- of a breakout room: the main room
    unique (partner_id, entry_id)
);

create table entry_categories (
    partner_id  integer not null,
    category    text collate "C" not null,
    entry_key   integer not null,
    primary key (partner_id, category, entry_key)
);
create index on entry_categories (entry_key);

create table users (
    user_key    integer generated always as identity primary key,
    partner_id  integer not null,
    user_id     text collate "C" not null,
    known       boolean not null default false,
    first_name  text,
    last_name   text,
    email       text,
    title       text,
    company     text,
    industry    text,
    role        text,
    country     text,                                   -- ISO 3166-1 alpha-2, of the profile
    registered  boolean not null default false,
    search_text text not null default '',               -- name, id, email and company, without case and accents
    unique (partner_id, user_id)
);

create table virtual_events (
    event_key         integer generated always as identity primary key,
    partner_id        integer not null,
    event_id          text collate "C" not null,
    known             boolean not null default false,
    name              text,
    starts_at         timestamptz,
    ends_at           timestamptz,
    content_category  text,                             -- entries in it are the event's on-demand content
    unique (partner_id, event_id)
);

create table sessions (
    session_key    integer generated always as identity primary key,
    partner_id     integer not null,
    session_id     text collate "C" not null,
    known          boolean not null default false,
    name           text,
    event_key      integer not null default 0,
    entry_key      integer not null default 0,          -- the live entry or the room
    recording_key  integer not null default 0,
    starts_at      timestamptz,
    ends_at        timestamptz,
    host_key       integer not null default 0,
    parent_key     integer not null default 0,          -- of a breakout: the session it broke out of
    unique (partner_id, session_id)
);
create index on sessions (entry_key);
create index on sessions (recording_key);

create table polls (
    poll_key     integer generated always as identity primary key,
    partner_id   integer not null,
    poll_id      text collate "C" not null,
    known        boolean not null default false,
    session_key  integer not null default 0,
    question     text,
    type         text,
    launched_at  timestamptz,
    options      jsonb not null default '[]',           -- [{optionId, text, correct}]
    unique (partner_id, poll_id)
);
create index on polls (session_key);

create table attachments (
    attachment_key  integer generated always as identity primary key,
    partner_id      integer not null,
    attachment_id   text collate "C" not null,
    known           boolean not null default false,
    name            text,
    file_type       text,
    session_key     integer not null default 0,
    entry_key       integer not null default 0,
    unique (partner_id, attachment_id)
);
create index on attachments (session_key);

create table chat_messages (
    partner_id              integer not null,
    message_id              text collate "C" not null,
    session_key             integer not null default 0,
    sub_context             text,
    user_key                integer not null default 0,
    sent_at                 timestamptz,
    message                 text not null default '',
    replied_to_message_id   text,
    likes                   bigint not null default 0,
    deleted                 boolean not null default false,
    primary key (partner_id, message_id)
);
create index on chat_messages (session_key, sent_at, message_id);

create table chat_threads (
    partner_id          integer not null,
    thread_id           text collate "C" not null,
    session_key         integer not null default 0,
    status              text,
    owner_key           integer not null default 0,     -- the moderator
    last_activity_at    timestamptz,
    user_messages       bigint not null default 0,
    moderator_messages  bigint not null default 0,
    primary key (partner_id, thread_id)
);
create index on chat_threads (session_key);

-- Dictionaries: what events repeat over and over. A part that was not told is 'Unknown'.

create table places (
    place_key   integer generated always as identity primary key,
    partner_id  integer not null,
    country     text collate "C" not null,
    region      text collate "C" not null,
    city        text collate "C" not null,
    unique (partner_id, country, region, city)
);

create table agents (
    agent_key         integer generated always as identity primary key,
    partner_id        integer not null,
    device            text collate "C" not null,
    operating_system  text collate "C" not null,
    browser           text collate "C" not null,
    unique (partner_id, device, operating_system, browser)
);

create table pages (
    page_key    integer generated always as identity primary key,
    partner_id  integer not null,
    domain      text collate "C" not null,
    url         text collate "C" not null,
    unique (partner_id, domain, url)
);

create table playback_contexts (
    context_key  integer generated always as identity primary key,
    partner_id   integer not null,
    context      text collate "C" not null,
    unique (partner_id, context)
);

create table reaction_types (
    reaction_key  integer generated always as identity primary key,
    partner_id    integer not null,
    reaction      text collate "C" not null,
    unique (partner_id, reaction)
);

create table context_ids (
    context_id_key  integer generated always as identity primary key,
    partner_id      integer not null,
    context_id      text collate "C" not null,          -- as sent: an entry's or a session's
    unique (partner_id, context_id)
);

-- A viewing: one viewing session on one entry. Its events in order say what its heartbeats stand for.

create sequence viewing_keys;

create table viewings (
    viewing_key   bigint primary key,                   -- below 0: events sent without a sessionId
    viewing_hash  uuid not null unique,                 -- of tenant, sessionId and entry as sent
    first_time    timestamptz not null,
    tail_from     timestamptz not null,                 -- later events depend on none before: the last heartbeat but one
    last_time     timestamptz not null
);

-- Keys of the events whose key does not hold their time (eventId, or sessionStartTime): unique over all time,
-- which no index of a table split by time can promise.

create table event_keys (
    key_hash     uuid primary key,
    time         timestamptz not null,
    viewing_key  bigint not null,
    event_type   integer not null,
    event_index  integer not null,
    digest       bigint not null
);

create table events (
    partner_id         integer not null,
    time               timestamptz not null,
    viewing_key        bigint not null,
    event_type         integer not null,                -- KAVA number, or a negative one (db/codes.py)
    event_index        integer not null,                -- order in the viewing session; 0: not told
    key_tag            bigint not null,                 -- of key_hash in event_keys; 0 where time is part of the key
    digest             bigint not null,                 -- of the line, to choose between two with one key
    batch              bigint not null,                 -- the tenant's counter of loads when it was last written
    entry_key          integer not null,                -- the one named, or contextId's
    session_key        integer not null,                -- the session it is attributed to
    named_entry_key    integer not null,
    named_session_key  integer not null,
    named_event_key    integer not null,
    context_id_key     integer not null,                -- contextId, where that may still change entry or session
    user_key           integer not null,                -- 0: anonymous
    place_key          integer not null,
    agent_key          integer not null,
    page_key           integer not null,
    context_key        integer not null,
    playback           smallint not null,               -- db/codes.py
    flags              smallint not null,               -- modes that are on
    room_role          smallint not null,
    reaction_key       integer not null,
    poll_key           integer not null,
    attachment_key     integer not null,
    opens_thread       boolean not null,
    engaged            boolean not null,
    position           double precision,                -- s: playhead at the end of the heartbeat's interval, or a seek's target
    play_time          double precision,                -- s, as sent
    play_time_sum      double precision,                -- s, as sent
    playback_speed     double precision,
    bitrate            double precision,                -- kbit/s; null: unknown
    play_seconds       double precision,                -- heartbeats: what the viewing session's order makes of them
    buffer_seconds     double precision,
    coverage           bit(100),                        -- percentiles
    viewed             bit(100),                        -- percentiles with a view
    views              numeric,                         -- views by percentile, db/measures.py
    interval_start     double precision,                -- s: of the last played interval
    interval_end       double precision,
    spans              bigint,                          -- percentiles of the played intervals, db/load/heartbeats.py
    unique (viewing_key, time, event_type, event_index, key_tag)
) partition by range (time);
create index on events (partner_id, entry_key, time);
create index on events using brin (time);
create index on events (partner_id, batch);
create index on events (context_id_key) where context_id_key <> 0;
create index on events (partner_id, session_key, time) where session_key <> 0;

create table poll_answers (
    partner_id   integer not null,
    viewing_key  bigint not null,
    time         timestamptz not null,
    event_type   integer not null,
    event_index  integer not null,
    key_tag      bigint not null,
    poll_key     integer not null,
    user_key     integer not null,
    option_ids   text[] not null,
    answer       text,
    primary key (viewing_key, time, event_type, event_index, key_tag)
);
create index on poll_answers (poll_key, time);

-- How far each tenant is, and which of its batches are not rolled up yet.

create table tenants (
    partner_id   integer primary key,
    batch        bigint not null default 0,             -- the newest one written
    first_event  timestamptz,
    last_event   timestamptz
);

create table pending_batches (
    partner_id  integer not null,
    batch       bigint not null,
    primary key (partner_id, batch)
);

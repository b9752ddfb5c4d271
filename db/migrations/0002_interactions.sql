-- Ways to the few events that are downloads of attachments (event type -11, db/codes.py): of an attachment, of a user.

create index on events (partner_id, attachment_key) where event_type = -11;
create index on events (partner_id, user_key, time) where event_type = -11;

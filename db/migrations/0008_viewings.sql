-- A viewing that goes on is updated with every batch of its events: where its page has room, without its indexes.

alter table viewings set (fillfactor = 50);

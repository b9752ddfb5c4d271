-- Chat messages of sessions in the order they were sent: a page for each session asked about. A message whose time was
-- not told stands at the start of its session. A row without a key only carries the count.
--
-- $1 tenant    $2 sessions    $3, $4 moment and key that each page comes after (null: from the start)
-- $5 how many at most    $6 whether to count all    $7 the only user whose messages are wanted (null: everybody's are)
-- $8 whether deleted ones are wanted
select asked.place, total.row_count, page.*, author.user_id
from unnest($2::text[], $3::timestamptz[], $4::text[]) with ordinality as asked (session_id, after_at, after_key, place)
join sessions s on s.partner_id = $1 and s.session_id = asked.session_id
cross join (select (select user_key from users where partner_id = $1 and user_id = $7::text) as user_key) caller
cross join lateral (
    select count(*) as row_count
    from chat_messages m
    where $6::boolean and m.partner_id = $1 and m.session_key = s.session_key and ($8::boolean or not m.deleted)
        and ($7::text is null or m.user_key = caller.user_key)
) total
left join lateral (
    -- Two selects, so that each reads its page from the index and no more.
    (
        select m.sent_at as at, m.message_id as key, m.user_key, m.message, m.replied_to_message_id, m.likes, m.deleted,
            m.sub_context
        from chat_messages m
        where m.partner_id = $1 and m.session_key = s.session_key and ($8::boolean or not m.deleted)
            and ($7::text is null or m.user_key = caller.user_key)
            and (m.sent_at, m.message_id) > (coalesce(asked.after_at, '-infinity'), coalesce(asked.after_key, ''))
        order by m.sent_at, m.message_id
        limit $5
    )
    union all
    (
        select s.starts_at, m.message_id, m.user_key, m.message, m.replied_to_message_id, m.likes, m.deleted,
            m.sub_context
        from chat_messages m
        where m.partner_id = $1 and m.session_key = s.session_key and ($8::boolean or not m.deleted)
            and ($7::text is null or m.user_key = caller.user_key)
            and m.sent_at is null
            and (s.starts_at, m.message_id) > (coalesce(asked.after_at, '-infinity'), coalesce(asked.after_key, ''))
        order by m.message_id
        limit $5
    )
    order by at, key
    limit $5
) page on true
left join users author on author.partner_id = $1 and author.user_key = page.user_key
order by asked.place, page.at, page.key

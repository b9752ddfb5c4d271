-- Keys by ids, found while a statement is planned: so the planner knows how many rows there are of an entry, not of any.
--
-- That is what "immutable" stands for. It is no promise that nothing changes: who uses these plans each statement anew.
create function entry_keys(tenant int, ids text[]) returns int[] language plpgsql immutable parallel safe as $$
begin
    return array(select entry_key from entries where partner_id = tenant and entry_id = any(ids));
end
$$;

create function session_keys(tenant int, ids text[]) returns int[] language plpgsql immutable parallel safe as $$
begin
    return array(select session_key from sessions where partner_id = tenant and session_id = any(ids));
end
$$;

create function user_keys(tenant int, ids text[]) returns int[] language plpgsql immutable parallel safe as $$
begin
    return array(select user_key from users where partner_id = tenant and user_id = any(ids));
end
$$;

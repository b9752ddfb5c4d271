-- A page of records of one kind for each parent asked about (null: whatever the parent), with how many there are
-- in all. A row without a key only carries the count.
--
-- {records} the records     {key} their key      {where} which of them    {order} in which order    {after} from where on
-- $1 tenant    $2 parents    $3 how many at most
select asked.place, total.row_count, page.*
from unnest($2::text[]) with ordinality as asked (parent, place)
cross join lateral (
    select count(*) as row_count
    from ({records}) r
    where {where}
) total
left join lateral (
    select r.*, row_number() over (order by {order}) as number
    from ({records}) r
    where {where} and {after}
    order by {order}
    limit $3
) page on true
order by asked.place, page.number

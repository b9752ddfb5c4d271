"""A page of a breakdown: its rows in order, numbered, with their texts.

Rows are put in order by the metric alone. Texts are looked up for those that the page may have, with all that
share a place: the texts decide between them.
"""

from collections.abc import Sequence

from db.dimensions import Labels
from db.filters import Arguments
from db.kept import set_aside
from db.question import Cursor, Direction, Page


def paged(
    name: str, rows: str, labels: Labels, one: bool, page: Page, metrics: Sequence[str], arguments: Arguments
) -> tuple[str, tuple[str, ...]]:
    """The page of each scope (of `one`) and one row more; a row that is not of the page carries the count past the end.

    With the common table expressions needed beside the statement's rows: one of this name, and what goes with it.
    """
    if one and page.after is None:
        return _first(name, rows, labels, page, metrics, arguments)
    by = "" if one else "partition by o.scope "
    ordered = f"o.{page.order.metric} {page.order.direction} nulls last"
    limit = arguments.add(page.first + 1, "int")
    passed, tied, beyond = _against(page, page.after, by, arguments) if page.after else ("false", "0", "false")
    # Of one scope the count is taken of what is there by then, for less than a window of it takes.
    count = "null::bigint" if one else f"count(*) over ({by})"
    ranked = (
        f"{name} as materialized (select o.*, {count} as counted, {tied} as tied,"
        f" rank() over ({by}order by {f'{passed}, ' if page.after else ''}{ordered}) as rank from ({rows}) o)"
    )
    row_count = f"(select count(*) from {name})" if one else "o.counted"
    labelled = f"select o.*, {labels.texts} as keys from ({_near(name, limit, one, page)}) o{labels.joins}"
    by_text = labels.order(f"o.beyond, {ordered}" if page.after else ordered)
    placed = (
        f"select o.*, {row_count} as row_count, row_number() over ({by}order by {by_text}) as place"
        f" from (select o.*, null::int as bucket, {beyond} as beyond from ({labelled}) o) o"
    )
    return f"select * from ({placed}) o where place <= {limit} order by o.scope, o.place", (ranked,)


def _first(
    name: str, rows: str, labels: Labels, page: Page, metrics: Sequence[str], arguments: Arguments
) -> tuple[str, tuple[str, ...]]:
    """The first page of one scope: nobody needs to know which place the rows behind it have."""
    ordered, limit = f"o.{page.order.metric} {page.order.direction} nulls last", arguments.add(page.first + 1, "int")
    near = f"select * from {name} o order by {ordered} fetch first ({limit}) rows with ties"
    placed = (
        f"select o.*, null::int as bucket, false as beyond, (select count from count_of_{name}) as row_count,"
        f" row_number() over (order by {labels.order(ordered)}) as place"
        f" from (select o.*, {labels.texts} as keys from ({near}) o{labels.joins}) o"
    )
    ctes = [f"{name} as materialized ({rows})", f"count_of_{name} as materialized (select count(*) from {name})"]
    if page.keep:
        ctes.append(set_aside(name, page.keep, page.first, labels, metrics, arguments))
    return f"select * from ({placed}) o where place <= {limit} order by o.place", tuple(ctes)


def _near(name: str, limit: str, one: bool, page: Page) -> str:
    """The rows that the page may have."""
    if not one:
        return f"select * from {name} where rank <= {limit} + tied"
    # The planner can tell how many rows a limit leaves, and looks up each text; it would read all texts else.
    more = f" + (select coalesce(max(tied), 0) from {name})" if page.after else ""
    return f"select * from {name} order by rank fetch first ({limit}{more}) rows with ties"


def _against(page: Page, after: Cursor, by: str, arguments: Arguments) -> tuple[str, str, str]:
    """Whether a row's place is before the cursor's, how many rows share that one, whether a row is not behind it."""
    metric = f"o.{page.order.metric}"
    keys = f'o.keys collate "C" > {arguments.add(list(after.keys), "text[]")}'
    if after.value is None:
        same, passed = f"{metric} is null", f"{metric} is not null"
    else:
        value = arguments.add(after.value, "float8")
        same = f"coalesce({metric} = {value}, false)"
        passed = f"coalesce({metric} {'<' if page.order.direction is Direction.ASC else '>'} {value}, false)"
    tied = f"count(*) filter (where {same}) over ({by})"
    return passed, tied, f"({passed} or {same} and not {keys})"

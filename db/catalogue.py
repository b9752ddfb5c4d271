"""What exists: entries, sessions, users, virtual events, polls, attachments, looked up by key or listed page by page.

The records of a kind are one statement in db/sql, with the tenant's predicate in it; everything here is wrapped
around one of those, so nothing of another tenant can be reached.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final

from db.metrics import Only
from db.relations import GATE

Row = Mapping[str, Any]
Sql = tuple[str, tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Kind:
    """Records of one sort: the file that selects them, the column that is their key, one that points to a parent.

    `order`: the column that those of one parent are ordered by, ties by key; else by key.
    """

    file: str
    key: str
    parent: str = ""
    order: str = ""


ENTRIES: Final = Kind("entries.sql", "entry_id", "parent_id")
SESSIONS: Final = Kind("sessions.sql", "session_id", "parent_id")
USERS: Final = Kind("users.sql", "user_id")
VIRTUAL_EVENTS: Final = Kind("virtual_events.sql", "event_id")
POLLS: Final = Kind("polls.sql", "poll_id", "session_id", "launched_at")
REPORTS: Final = Kind("reports.sql", "report_id")
ATTACHMENTS: Final = Kind("attachments.sql", "attachment_id", "session_id")

SEEN: Final = {"device": "seen_devices.sql", "domain": "seen_domains.sql"}

CONDITIONS: Final[dict[str, str]] = {
    # Names are ordered by code point, in a collation that knows of no capitals but those of ASCII.
    "search": 'strpos(lower(r.name collate "default"), lower({}::text)) > 0',
    "user": "r.user_id = {}::text",
    "report": "r.report_id = {}::text",
    "user_search": "strpos(r.search_text, {}::text) > 0",
    "media_type": "r.media_type = any({}::text[])",
    "category": "r.categories && {}::text[]",
    "owner": "r.owner_id = any({}::text[])",
    "event": "r.event_id = any({}::text[])",
    "room": "r.room_id = any({}::text[])",
    "starts_after": "r.starts_at >= {}::timestamptz",
    "starts_before": "r.starts_at < {}::timestamptz",
}
"""By which conditions a list may be narrowed, each with one value."""

ORDERS: Final = {"name": "text", "created_at": "timestamptz", "starts_at": "timestamptz", "requested_at": "timestamptz"}
"""What a list may be ordered by, with its type; else by key."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of records: which, in what order, after which one. `parent`: a column and the key that it must hold."""

    kind: Kind
    first: int
    where: tuple[tuple[str, Any], ...] = ()
    order: str | None = None
    descending: bool = False
    after: tuple[str | datetime | None, str] | None = None
    parent: tuple[str, str] | None = None

    @property
    def statement(self) -> "Listing":
        """Listings that agree in this are answered by one statement."""
        return self if self.parent is None else replace(self, parent=(self.parent[0], ""))


@dataclass(slots=True)
class Page:
    """Records of a page, at most one more than asked for, and how many there are in all."""

    row_count: int = 0
    rows: list[Row] = field(default_factory=list)


def storable(text: str) -> bool:
    """Whether the database can hold this text at all."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in text


@cache
def sql_file(name: str) -> str:
    """A statement of db/sql, without its comment."""
    lines = (files("db") / "sql" / name).read_text("utf-8").splitlines()
    return "\n".join(line for line in lines if not line.startswith("--"))


def by_keys(kind: Kind, keys: Sequence[str]) -> Sql:
    """The records with these keys, in any order."""
    return f"select * from ({sql_file(kind.file)}) r where r.{kind.key} = any($2::text[])", (_storable(keys),)


def by_parents(kind: Kind, parents: Sequence[str]) -> Sql:
    """The records below these, in their kind's order."""
    order = ", ".join(f"r.{column}" for column in (kind.order, kind.key) if column)
    return (
        f"select * from ({sql_file(kind.file)}) r where r.{kind.parent} = any($2::text[]) order by {order}",
        (_storable(parents),),
    )


def seen(dimension: str, keys: Sequence[str]) -> Sql:
    """Which of these devices or domains there have been, as `key`."""
    return sql_file(SEEN[dimension]), (_storable(keys),)


def first_event() -> Sql:
    """When the first event happened."""
    return sql_file("first_event.sql"), ()


def unseen_since() -> Sql:
    """Since when there are events that are stored and not in the numbers."""
    return sql_file("unseen_since.sql"), ()


def live_ends(sessions: Sequence[str], user: str | None) -> Sql:
    """Until when each of these sessions was watched live, by this user or by anybody (None), as `live_until`.

    Where that was and is kept no longer, `kept_since` says since when it is.
    """
    return sql_file("live_ends.sql").format(gate=GATE, live=Only.LIVE), (_storable(sessions), user)


def pages(listings: Sequence[Listing]) -> Sql:
    """One page for each of the listings, which agree in Listing.statement."""
    listing = listings[0]
    parents = [each.parent[1] if each.parent else None for each in listings]
    args: list[Any] = [parents, listing.first + 1]
    where = [f"r.{listing.parent[0]} = asked.parent"] if listing.parent else []
    where += [CONDITIONS[name].format(_place(args, value)) for name, value in listing.where]
    sql = sql_file("page.sql").format(
        records=sql_file(listing.kind.file),
        key=listing.kind.key,
        where=" and ".join(where) or "true",
        order=_order(listing),
        after=_after(listing, args),
    )
    return sql, tuple(args)


def split(rows: Sequence[Row], key: str, asked: int) -> list[Page]:
    """The pages asked for, in their order, from the statement's rows; one without a key only carries the count."""
    found = [Page() for _ in range(asked)]
    for row in rows:
        page = found[row["place"] - 1]
        page.row_count = row["row_count"]
        if row[key] is not None:
            page.rows.append(row)
    return found


def _order(listing: Listing) -> str:
    key = f"r.{listing.kind.key}"
    if listing.order is None:
        return key
    return f"r.{listing.order} {'desc' if listing.descending else 'asc'} nulls last, {key}"


def _after(listing: Listing, args: list[Any]) -> str:
    """Whether a row is behind the one that the page before ended with."""
    if listing.after is None:
        return "true"
    value, key = listing.after
    behind = f"r.{listing.kind.key} > {_place(args, key)}::text"
    if listing.order is None:
        return behind
    column = f"r.{listing.order}"
    if value is None:
        return f"({column} is null and {behind})"
    given = f"{_place(args, value)}::{ORDERS[listing.order]}"
    ahead = "<" if listing.descending else ">"
    return f"({column} {ahead} {given} or {column} = {given} and {behind} or {column} is null)"


def _place(args: list[Any], value: Any) -> str:
    """The number of this value in the statement; $1 is the tenant."""
    args.append(list(value) if isinstance(value, tuple) else value)
    return f"${len(args) + 1}"


def _storable(keys: Sequence[str]) -> list[str]:
    return [key for key in keys if storable(key)]

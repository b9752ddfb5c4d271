"""Filters, scopes and searches as conditions over a relation's rows `r`."""

from collections.abc import Sequence
from typing import Any, Final, assert_never

from db.codes import UNKNOWN
from db.dimensions import DIMENSIONS, Joined, Plain
from db.question import And, Filter, KeyIn, Not, Or, Scope

_FEW: Final = 10
"""Ids of which the planner is told the keys: it takes a list it does not know for one of so many."""


class Arguments:
    """The values of a statement, by number. Equal values of one type share a number; $1 is the tenant.

    `plan_once`: the statement's plan may be kept, so nothing in it may depend on them.
    """

    def __init__(self, tenant: int, plan_once: bool = False) -> None:
        self.plan_once = plan_once
        self.values: list[Any] = [tenant]
        self._numbers: dict[tuple[Any, str], str] = {}

    def add(self, value: Any, type_: str) -> str:
        """The value's place in the statement, with its type."""
        known = (tuple(value) if isinstance(value, list) else value, type_)
        if known not in self._numbers:
            self.values.append(value)
            self._numbers[known] = f"${len(self.values)}::{type_}"
        return self._numbers[known]


def condition(wanted: Filter, arguments: Arguments) -> str:
    """The filter as a condition; one without parts lets everything through, an `or` without parts nothing."""
    match wanted:
        case And(filters):
            return _joined(" and ", [condition(part, arguments) for part in filters], "true")
        case Or(filters):
            return _joined(" or ", [condition(part, arguments) for part in filters], "false")
        case Not(part):
            return f"not {condition(part, arguments)}"
        case KeyIn(dimension, keys):
            return _key_in(dimension, keys, arguments)
        case _:
            assert_never(wanted)


def _joined(word: str, parts: list[str], empty: str) -> str:
    return f"({word.join(parts)})" if parts else empty


def _key_in(dimension: str, keys: Sequence[str], arguments: Arguments) -> str:
    source, given = DIMENSIONS[dimension].source, arguments.add(list(keys), "text[]")
    match source:
        case Joined():
            return f"({source.matches.format(r='r', keys=given)})"
        case Plain(column, table, key, text, unknown, finder):
            known = f"array(select {key} from {table} where partner_id = $1 and {text} = any({given}))"
            if finder and len(keys) <= _FEW and not arguments.plan_once:
                known = f"{finder}($1, {given})"
            if UNKNOWN in keys:
                # One array of both, so that an index on the column serves.
                return f"r.{column} = any({known} || array{list(unknown)})"
            # Said twice for the index on events of sessions, which leaves out the many of none.
            return f"(r.{column} = any({known}) and r.{column} <> 0)"
        case _:
            assert_never(source)


def within(scopes: Sequence[Scope], arguments: Arguments) -> str:
    """Rows that may belong to any of these scopes, which are paths of the same dimensions."""
    parts = [
        _key_in(dimension, sorted({scope[place][1] for scope in scopes}), arguments)
        for place, (dimension, _) in enumerate(scopes[0])
    ]
    return _joined(" and ", parts, "true")


def found(search: str, arguments: Arguments) -> str:
    """Rows of users whose name, id, email or company holds the text, case and accents aside."""
    text = arguments.add(search, "text")
    return f"r.user_key in (select user_key from users where partner_id = $1 and strpos(search_text, {text}) > 0)"


def only_keys(dimension: str, scopes: Sequence[Scope], wanted: Filter) -> tuple[str, ...] | None:
    """The only keys of a dimension that scopes and filter can let through; None where they let any."""
    narrowed = [{scope[place][1] for scope in scopes} for place, (name, _) in enumerate(scopes[0]) if name == dimension]
    filters = wanted.filters if isinstance(wanted, And) else (wanted,)
    narrowed += [set(part.keys) for part in filters if isinstance(part, KeyIn) and part.dimension == dimension]
    return tuple(sorted(set.intersection(*narrowed))) if narrowed else None


def in_sessions(scopes: Sequence[Scope], wanted: Filter) -> bool:
    """Whether scopes and filter let only events of sessions through."""
    sessions = only_keys("session", scopes, wanted)
    return sessions is not None and UNKNOWN not in sessions


def mixed_viewings(entries: Sequence[str] | None, start: str, end: str, arguments: Arguments) -> str:
    """A select of the viewings, of these entries or any, that are mixed between these moments (db/load/firsts.py)."""
    where = "true" if entries is None else _key_in("entry", entries, arguments)
    return (
        "select distinct r.viewing_key from mixed_viewings r where r.partner_id = $1"
        f" and r.day > {start} - interval '1 day' and r.day < {end} and {where}"
    )


def in_viewings_of(users: Sequence[str], start: str, end: str, arguments: Arguments) -> str:
    """Raw events of the viewings that these users had: there is no way to a user's events but through a rollup.

    That rollup is kept at least as long as raw events are.
    """
    who = _key_in("user", users, arguments)
    return (
        "r.viewing_key in (select r.viewing_key from watch_quarters r where r.partner_id = $1 and"
        f" r.bucket > {start} - interval '15 minutes' and r.bucket < {end} and {who})"
    )

"""The integer keys that stand for texts. Known ones come from memory; the others are made, many in one statement.

A key once given never changes, so keys are made outside the load's transaction: one left over by a load that failed
is a name that nothing mentions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg

from db.text import folded

_REMEMBERED: Final = 500_000

Text = tuple[Any, ...]
"""(tenant, text …) that a key stands for."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """A table of texts with keys: its key's column and its texts' columns.

    `searched`: it keeps its text in the form that is searched, too.
    """

    table: str
    key: str
    texts: tuple[str, ...]
    searched: bool = False


ENTRIES: Final = Dictionary("entries", "entry_key", ("entry_id",))
SESSIONS: Final = Dictionary("sessions", "session_key", ("session_id",))
VIRTUAL_EVENTS: Final = Dictionary("virtual_events", "event_key", ("event_id",))
USERS: Final = Dictionary("users", "user_key", ("user_id",), searched=True)
POLLS: Final = Dictionary("polls", "poll_key", ("poll_id",))
ATTACHMENTS: Final = Dictionary("attachments", "attachment_key", ("attachment_id",))
PLACES: Final = Dictionary("places", "place_key", ("country", "region", "city"))
AGENTS: Final = Dictionary("agents", "agent_key", ("device", "operating_system", "browser"))
PAGES: Final = Dictionary("pages", "page_key", ("domain", "url"))
CONTEXTS: Final = Dictionary("playback_contexts", "context_key", ("context",))
REACTIONS: Final = Dictionary("reaction_types", "reaction_key", ("reaction",))
CONTEXT_IDS: Final = Dictionary("context_ids", "context_id_key", ("context_id",))


class Keys:
    """Keys by text, for one loader. `connection` commits each statement by itself."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._known: dict[Dictionary, dict[Text, int]] = {}

    def of(self, dictionary: Dictionary, texts: Sequence[Text | None]) -> list[int]:
        """The keys of (tenant, text …); 0 for None."""
        known = self._known.setdefault(dictionary, {})
        if len(known) > _REMEMBERED:
            known.clear()
        missing = {text for text in texts if text is not None and text not in known}
        if missing:
            known.update(self._made(dictionary, missing))
        return [0 if text is None else known[text] for text in texts]

    def _made(self, dictionary: Dictionary, texts: Iterable[Text]) -> dict[Text, int]:
        """Keys that the table holds afterwards. Sorted, so that two loaders never wait for each other in a circle."""
        columns = [list(column) for column in zip(*sorted(texts), strict=True)]
        names = ("partner_id", *dictionary.texts)
        wanted = (
            f"unnest({', '.join(['%s::int[]', *['%s::text[]'] * len(dictionary.texts)])}) as w ({', '.join(names)})"
        )
        listed = ", ".join(names)
        found = f"select {listed}, {dictionary.key} from {dictionary.table} join {wanted} using ({listed})"
        rows = self._connection.execute(found, columns).fetchall()
        if len(rows) < len(columns[0]):
            self._make(dictionary, columns)
            rows = self._connection.execute(found, columns).fetchall()
        return {tuple(row[:-1]): row[-1] for row in rows}

    def _make(self, dictionary: Dictionary, columns: list[list[Any]]) -> None:
        names, types = ["partner_id", *dictionary.texts], ["%s::int[]", *["%s::text[]"] * len(dictionary.texts)]
        if dictionary.searched:
            columns = [*columns, [folded(text) for text in columns[1]]]
            names, types = [*names, "search_text"], [*types, "%s::text[]"]
        self._connection.execute(
            f"insert into {dictionary.table} ({', '.join(names)}) select * from unnest({', '.join(types)})"
            " on conflict do nothing",
            columns,
        )

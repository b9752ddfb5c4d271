"""The dimensions that numbers can be split and filtered by, each defined once.

A relation's rows carry integer keys. A dimension says which of them it reads, which text stands for it, and which
rows a list of texts lets through. From DIMENSIONS come the SQL (db/plan.py), the Dimension enum and the breakdowns
(schema/), and the tables in the docs.

Two kinds. `Plain`: a key stands for one text (entry, user): rows are grouped by the key, its text is looked up
afterwards, for the rows that are left. `Joined`: many keys share a text (country of a place), or a key has several
(categories of an entry): the table is joined first and rows are grouped by the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from db.codes import PLAYBACK_TYPES
from db.relations import UNNAMED_REACTION


@dataclass(frozen=True, slots=True)
class Plain:
    """One key, one text. `column` is in every relation, `table` has it with `text`, all but what is `unknown`.

    `finder`: the function that finds keys while a statement is planned (migrations/0012_found_keys.sql), if any.
    """

    column: str
    table: str
    key: str
    text: str
    unknown: tuple[int, ...] = (0,)
    finder: str | None = None

    def label(self, name: str) -> str:
        """A join that finds the text of the key `name` of the row `o`."""
        return f" left join {self.table} {name}_of on {name}_of.{self.key} = o.{name}"

    def text_of(self, name: str) -> str:
        """The text of that key, as it was found."""
        return f"coalesce({name}_of.{self.text}, 'Unknown')"


@dataclass(frozen=True, slots=True)
class Joined:
    """Texts that come with a join. `{r}` is the relation. `matches` holds for rows that have one of `{keys}`."""

    join: str
    text: str
    matches: str

    def label(self, name: str) -> str:
        """No join: the column `name` of the row `o` is the text."""
        return ""

    def text_of(self, name: str) -> str:
        """The column."""
        return f"o.{name}"


@dataclass(frozen=True, slots=True)
class Labels:
    """Texts of the rows `o`: the columns with their keys, the joins that find texts, the texts as they were found."""

    columns: Sequence[str]
    joined: Sequence[str]
    found: Sequence[str]

    @property
    def joins(self) -> str:
        """All joins."""
        return "".join(self.joined)

    @property
    def texts(self) -> str:
        """All texts, as one column."""
        return f"array[{', '.join(self.found)}]::text[]"

    def order(self, metric: str) -> str:
        """The order of rows that have their texts in `keys`: by this, then by text."""
        return ", ".join([metric, *(f'o.keys[{place + 1}] collate "C"' for place in range(len(self.columns)))])


@dataclass(frozen=True, slots=True)
class Dimension:
    """A way to split the events. `label` names it for people; one that is not `splits` can only filter."""

    name: str
    label: str
    summary: str
    source: Plain | Joined
    splits: bool = True
    only: str | None = None

    @property
    def enum(self) -> str:
        """Its name in the Dimension enum."""
        return self.name.upper()


def _part_of(name: str, label: str, summary: str, column: str, table: str, text: str) -> Dimension:
    """A text that many rows of a dictionary share."""
    return Dimension(
        name,
        label,
        summary,
        Joined(
            join=f"left join {table} {name}_of on {name}_of.{column} = {{r}}.{column}",
            text=f"coalesce({name}_of.{text}, 'Unknown')",
            matches=f"({{r}}.{column} in (select {column} from {table} where partner_id = $1"
            f" and {text} = any({{keys}})) or {{r}}.{column} = 0 and 'Unknown' = any({{keys}}))",
        ),
    )


_PLAYBACK: Final = (
    "case {r}.playback & 7 "
    + " ".join(f"when {code} then '{name}'" for name, code in PLAYBACK_TYPES.items())
    + " else 'Unknown' end"
)

_ROOM_ENTRIES: Final = "select entry_key from entries where partner_id = $1 and media_type = 'room'"

_ROOM_SESSIONS: Final = f"select session_key from sessions where partner_id = $1 and entry_key in ({_ROOM_ENTRIES})"

_THESE_ROOMS: Final = f"{_ROOM_ENTRIES} and entry_id = any({{keys}})"

_IN_ROOMS: Final = (
    f"({{r}}.session_key in (select session_key from sessions where partner_id = $1 and entry_key in ({_THESE_ROOMS}))"
    f" or {{r}}.entry_key in ({_THESE_ROOMS}) and {{r}}.session_key not in ({_ROOM_SESSIONS})"
    f" or 'Unknown' = any({{keys}}) and {{r}}.entry_key not in ({_ROOM_ENTRIES})"
    f" and {{r}}.session_key not in ({_ROOM_SESSIONS}))"
)
"""`_ROOM = any(keys)` said with lists that are made once for each statement instead of looked up for each row."""

_ROOM: Final = (
    "coalesce((select e.entry_id from sessions s join entries e on e.entry_key = s.entry_key"
    " where s.session_key = {r}.session_key and e.media_type = 'room'),"
    " (select e.entry_id from entries e where e.entry_key = {r}.entry_key and e.media_type = 'room'), 'Unknown')"
)

_VIRTUAL_EVENT: Final = (
    "coalesce((select v.event_id from virtual_events v where v.event_key = coalesce(nullif({r}.named_event_key, 0),"
    " (select nullif(s.event_key, 0) from sessions s where s.session_key = {r}.session_key))),"
    " (select min(v.event_id) from entry_categories c join virtual_events v on v.partner_id = c.partner_id"
    " and v.content_category = c.category where c.entry_key = {r}.entry_key), 'Unknown')"
)

_THESE_EVENTS: Final = "select event_key from virtual_events where partner_id = $1 and event_id = any({keys})"

_EVENT_SESSIONS: Final = "select session_key from sessions where partner_id = $1 and event_key"

# The content of an event: of two events with one category the one with the smaller id.
_CONTENT: Final = (
    "select c.entry_key from entry_categories c join virtual_events v on v.partner_id = c.partner_id"
    " and v.content_category = c.category where c.partner_id = $1"
)

_IN_EVENTS: Final = (
    f"({{r}}.named_event_key in ({_THESE_EVENTS}) or {{r}}.named_event_key = 0 and"
    f" ({{r}}.session_key in ({_EVENT_SESSIONS} in ({_THESE_EVENTS}))"
    f" or {{r}}.session_key not in ({_EVENT_SESSIONS} <> 0) and"
    f" ({{r}}.entry_key in ({_CONTENT} group by c.entry_key having min(v.event_id) = any({{keys}}))"
    f" or 'Unknown' = any({{keys}}) and {{r}}.entry_key not in ({_CONTENT}))))"
)
"""`_VIRTUAL_EVENT = any(keys)`, likewise."""

DIMENSIONS: Final[dict[str, Dimension]] = {
    dimension.name: dimension
    for dimension in (
        _part_of("country", "Country", "Where the viewer was: ISO 3166-1 alpha-2.", "place_key", "places", "country"),
        _part_of("region", "Region", "Region of the country, by name.", "place_key", "places", "region"),
        _part_of("city", "City", "City, by name.", "place_key", "places", "city"),
        _part_of("device", "Device", "Class of the viewer's device.", "agent_key", "agents", "device"),
        _part_of(
            "operating_system",
            "Operating system",
            "Operating system of the viewer's device.",
            "agent_key",
            "agents",
            "operating_system",
        ),
        _part_of("browser", "Browser", "Browser, by family.", "agent_key", "agents", "browser"),
        _part_of("domain", "Domain", "Host of the page that the player was on.", "page_key", "pages", "domain"),
        _part_of("url", "URL", "Page that the player was on, without query and fragment.", "page_key", "pages", "url"),
        Dimension(
            "playback_type",
            "Playback type",
            "vod, live, dvr or offline; Unknown in rooms.",
            Joined(join="", text=_PLAYBACK, matches=f"({_PLAYBACK}) = any({{keys}})"),
        ),
        Dimension(
            "category",
            "Category",
            "Category of the entry, by full name. An entry in two categories is in both rows.",
            Joined(
                join="left join entry_categories category_of on category_of.entry_key = {r}.entry_key",
                text="coalesce(category_of.category, 'Unknown')",
                matches="({r}.entry_key in (select entry_key from entry_categories where partner_id = $1"
                " and category = any({keys})) or 'Unknown' = any({keys}) and not exists (select from entry_categories c"
                " where c.entry_key = {r}.entry_key))",
            ),
        ),
        Dimension(
            "playback_context",
            "Playback context",
            "Category page that the entry was watched on.",
            Plain("context_key", "playback_contexts", "context_key", "context"),
        ),
        Dimension(
            "entry",
            "Entry",
            "Entry that was watched.",
            Plain("entry_key", "entries", "entry_key", "entry_id", finder="entry_keys"),
        ),
        Dimension(
            "session",
            "Session",
            "Session of the catalogue that the event belongs to.",
            Plain("session_key", "sessions", "session_key", "session_id", finder="session_keys"),
        ),
        Dimension(
            "room",
            "Room",
            "Room of the session, else the room that was entered.",
            Joined(join="", text=_ROOM, matches=_IN_ROOMS),
        ),
        Dimension(
            "user",
            "User",
            "User; all anonymous people are Unknown.",
            Plain("user_key", "users", "user_key", "user_id", finder="user_keys"),
        ),
        Dimension(
            "reaction",
            "Reaction",
            "Reaction that was sent.",
            Plain("reaction_key", "reaction_types", "reaction_key", "reaction", unknown=(0, UNNAMED_REACTION)),
            only="reactions > 0",
        ),
        Dimension(
            "media_type",
            "Media type",
            "Media type of the entry.",
            Joined(
                join="",
                text="",
                matches="coalesce((select e.media_type from entries e where e.entry_key = {r}.entry_key), 'Unknown')"
                " = any({keys})",
            ),
            splits=False,
        ),
        Dimension(
            "owner",
            "Owner",
            "Owner of the entry.",
            Joined(
                join="",
                text="",
                matches="coalesce((select u.user_id from entries e join users u on u.user_key = e.owner_key"
                " where e.entry_key = {r}.entry_key), 'Unknown') = any({keys})",
            ),
            splits=False,
        ),
        Dimension(
            "event",
            "Virtual event",
            "Virtual event that the event names, else its session's, else the one whose content the entry is.",
            Joined(join="", text=_VIRTUAL_EVENT, matches=_IN_EVENTS),
            splits=False,
        ),
    )
}

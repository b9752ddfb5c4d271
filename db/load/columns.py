"""The events' table as a list of columns, for writing and for reading back."""

from typing import Final

# Columns of `events` without nulls, each with its type on the wire, in the order they are written.
FIXED: Final[dict[str, str]] = {
    "partner_id": "int4",
    "time": "time",
    "viewing_key": "int8",
    "event_type": "int4",
    "event_index": "int4",
    "key_tag": "int8",
    "digest": "int8",
    "batch": "int8",
    "entry_key": "int4",
    "session_key": "int4",
    "named_entry_key": "int4",
    "named_session_key": "int4",
    "named_event_key": "int4",
    "context_id_key": "int4",
    "user_key": "int4",
    "place_key": "int4",
    "agent_key": "int4",
    "page_key": "int4",
    "context_key": "int4",
    "playback": "int2",
    "flags": "int2",
    "room_role": "int2",
    "reaction_key": "int4",
    "poll_key": "int4",
    "attachment_key": "int4",
    "opens_thread": "bool",
    "engaged": "bool",
}

# As sent, or told by the event alone; null where absent.
TOLD: Final = ("position", "play_time", "play_time_sum", "playback_speed", "bitrate", "buffer_seconds")

# What a heartbeat stands for: may change when events of its viewing arrive later.
DERIVED: Final = ("play_seconds", "interval_start", "interval_end")
DERIVED_PACKED: Final = ("coverage", "viewed", "views")

EVENT_KEY: Final = ("viewing_key", "time", "event_type", "event_index", "key_tag")
"""What tells one event from another."""

NO_SPANS: Final = -1
"""`spans` of a heartbeat without intervals, in arrays; null in the table."""

NO_FIRSTS: Final = -1
"""`firsts` of what is no heartbeat, or of a viewing where they tell nothing; null in the table."""

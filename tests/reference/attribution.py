"""Where an event belongs: its entry, session, virtual event, room, and every key it is broken down by."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .enrichment import from_referrer, from_user_agent
from .heartbeats import Beat, beats, is_heartbeat
from .reading import INTERACTION_TYPES, Key, Record, World, key_of

UNKNOWN = "Unknown"
SESSION_NAMES = ("contextSessionId", "eventSessionContextId", "cuePointId")
FOREVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Fact:
    """One event, attributed. None where it belongs to nothing of the kind; `beat` only on heartbeats."""

    event: Record
    kind: int | str
    time: datetime
    user: str
    entry: str | None
    session: str | None
    virtual_event: str | None
    room: str | None
    viewing: str | None
    playback: str | None
    duration: float | None
    on_recording: bool
    session_known: bool
    beat: Beat | None
    keys: dict[str, tuple[str, ...]] = field(repr=False)


@dataclass(frozen=True)
class Tenant:
    """One tenant's catalogue and facts."""

    entries: dict[str, Record]
    users: dict[str, Record]
    sessions: dict[str, Record]
    virtual_events: dict[str, Record]
    polls: dict[str, Record]
    attachments: dict[str, Record]
    facts: list[Fact]


def tenant_of(world: World, partner: int) -> Tenant:
    """The tenant's facts, in order of time."""
    tenant = Tenant(
        entries=world.of_kind(partner, "entry"),
        users=world.of_kind(partner, "user"),
        sessions=world.of_kind(partner, "session"),
        virtual_events=world.of_kind(partner, "virtualEvent"),
        polls=world.of_kind(partner, "poll"),
        attachments=world.of_kind(partner, "attachment"),
        facts=[],
    )
    events = [event for event in world.events.values() if event["partnerId"] == partner]
    stood_for = heartbeats_of(tenant, events)
    recordings = {record["recordingEntryId"] for record in tenant.sessions.values() if "recordingEntryId" in record}
    for event in sorted(events, key=lambda event: event["time"]):
        tenant.facts.append(fact(tenant, event, stood_for.get(key_of(event)), recordings))
    return tenant


def heartbeats_of(tenant: Tenant, events: list[Record]) -> dict[Key, Beat]:
    """What each heartbeat stands for. One without a viewing session stands alone."""
    viewings: dict[Key, list[Record]] = defaultdict(list)
    for event in events:
        if "sessionId" in event:
            viewings[event["sessionId"], event.get("entryId")].append(event)
        elif is_heartbeat(event):
            viewings[key_of(event)].append(event)
    found = {}
    for viewing in viewings.values():
        duration = tenant.entries.get(viewing[0].get("entryId", ""), {}).get("durationSeconds")
        found.update({key_of(event): beat for event, beat in beats(viewing, duration)})
    return found


def fact(tenant: Tenant, event: Record, beat: Beat | None, recordings: set[str]) -> Fact:
    """The event with all that it belongs to."""
    entry = entry_of(tenant, event)
    session = session_of(tenant, event, entry)
    virtual_event = virtual_event_of(tenant, event, entry, session)
    room = room_of(tenant, entry, session)
    return Fact(
        event=event,
        kind=event["eventType"],
        time=event["time"],
        user=event.get("userId", UNKNOWN),
        entry=entry,
        session=session,
        virtual_event=virtual_event,
        room=room,
        viewing=event.get("sessionId"),
        playback=event.get("playbackType"),
        duration=tenant.entries.get(entry or "", {}).get("durationSeconds"),
        on_recording=entry in recordings,
        session_known=session in tenant.sessions,
        beat=beat,
        keys=keys_of(tenant, event, {"ENTRY": entry, "SESSION": session, "ROOM": room, "EVENT": virtual_event}),
    )


def entry_of(tenant: Tenant, event: Record) -> str | None:
    """The event's entry: named, or what `contextId` names on an interaction, unless that is a session."""
    if "entryId" in event or event["eventType"] not in INTERACTION_TYPES:
        return event.get("entryId")
    context = event.get("contextId")
    return None if context in tenant.sessions else context


def session_of(tenant: Tenant, event: Record, entry: str | None) -> str | None:
    """The session that the event names, else the one that ran on its entry, else the one recorded in it."""
    named = next((event[name] for name in SESSION_NAMES if name in event), None)
    if named is not None:
        return str(named)
    if event["eventType"] in INTERACTION_TYPES and event.get("contextId") in tenant.sessions:
        return str(event["contextId"])
    if entry is None:
        return None
    records = tenant.sessions.values()
    running = [
        record
        for record in records
        if record.get("entryId") == entry and record["startsAt"] <= event["time"] < record.get("endsAt", FOREVER)
    ]
    if running:
        return str(max(running, key=lambda record: (record["startsAt"], record["sessionId"]))["sessionId"])
    recorded = [record for record in records if record.get("recordingEntryId") == entry]
    if recorded:
        return str(min(recorded, key=lambda record: (record["startsAt"], record["sessionId"]))["sessionId"])
    return None


def virtual_event_of(tenant: Tenant, event: Record, entry: str | None, session: str | None) -> str | None:
    """The virtual event that the event names, else its session's, else the one whose content its entry is."""
    named = event.get("virtualEventId") or tenant.sessions.get(session or "", {}).get("eventId")
    if named:
        return str(named)
    categories = tenant.entries.get(entry or "", {}).get("categories", [])
    return min(
        (key for key, it in tenant.virtual_events.items() if it.get("contentCategory") in categories), default=None
    )


def room_of(tenant: Tenant, entry: str | None, session: str | None) -> str | None:
    """The room of the event's session, else the event's own entry where that is a room."""
    of_session = tenant.sessions.get(session or "", {}).get("entryId")
    rooms = (key for key in (of_session, entry) if tenant.entries.get(key or "", {}).get("mediaType") == "room")
    return next(rooms, None)


def enriched(event: Record) -> dict[str, str]:
    """What the raw fields give, where nothing of the same group is told already."""
    agent = {} if event.keys() & {"device", "os", "browser"} else from_user_agent(event.get("userAgent", ""))
    page = {} if event.keys() & {"domain", "url"} else from_referrer(event.get("referrer", ""))
    return {**agent, **page}


def keys_of(tenant: Tenant, event: Record, places: dict[str, str | None]) -> dict[str, tuple[str, ...]]:
    """The event's keys in every dimension and filter; `Unknown` where it has none."""
    told = {**enriched(event), **event}
    entry = tenant.entries.get(places["ENTRY"] or "", {})
    single = {
        **places,
        **{name.upper(): told.get(name) for name in ("country", "region", "city", "device", "browser", "domain")},
        "URL": told.get("url"),
        "OPERATING_SYSTEM": told.get("os"),
        "PLAYBACK_TYPE": event.get("playbackType"),
        "PLAYBACK_CONTEXT": event.get("playbackContext"),
        "USER": event.get("userId"),
        "REACTION": event.get("reaction"),
        "MEDIA_TYPE": entry.get("mediaType"),
        "OWNER": entry.get("ownerId"),
    }
    keys = {name: (value or UNKNOWN,) for name, value in single.items()}
    return {**keys, "CATEGORY": tuple(dict.fromkeys(entry.get("categories", []))) or (UNKNOWN,)}

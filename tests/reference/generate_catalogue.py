"""The catalogue of a generated tenant: overlapping sessions, shared recordings, entries without a length."""

from datetime import UTC, datetime, timedelta
from random import Random

from .reading import Record

CATALOGUE_TIMES = (
    datetime(2026, 3, 27, 10, tzinfo=UTC),
    datetime(2026, 3, 27, 10, 30, tzinfo=UTC),
    datetime(2026, 3, 28, 21, 50, tzinfo=UTC),
)
LATE, TEN_MINUTES = CATALOGUE_TIMES[1], timedelta(minutes=10)
LENGTHS = {"clip": 10, "mid": 100, "pod": 40, "tagged": 95, "changed": 95, "rec-1": 40, "rec-2": 95}


def catalogue(partner: int, random: Random) -> list[Record]:
    """The records as they are first imported."""
    factor = 1 if partner == 1001 else 2
    people = [
        {"kind": "user", "userId": key, "firstName": key.upper(), "company": company}
        for key, company in (("u1", "Acme"), ("u2", "acme & co"), ("u3", None))
    ]
    records = [*entries(factor), *people, *events_and_sessions(), *interactive()]
    random.shuffle(records)
    return [{**record, "partnerId": partner} for record in records]


def changed(partner: int, random: Random) -> list[Record]:
    """The same records again, some of them changed."""
    pick = random.choice
    changes: dict[tuple[str, str], Record] = {
        ("entryId", "clip"): {"durationSeconds": 10},  # both tenants': slices of 0.1 s
        ("entryId", "changed"): {"durationSeconds": pick((10, 40, None))},
        ("entryId", "tagged"): {"categories": pick((["On demand", "A>B"], ["A"], []))},
        ("entryId", "room-1-b1"): {"mediaType": pick(("room", "video"))},
        ("eventId", "ve-2"): {"contentCategory": pick((None, "A", "On demand"))},
        ("sessionId", "s-late"): {
            "startsAt": pick((LATE, LATE - TEN_MINUTES)).isoformat(),
            "eventId": pick((None, "ve-2")),
        },
        ("sessionId", "s-other"): {"recordingEntryId": pick((None, "pod", "rec-1", "rec-2"))},
        ("sessionId", "rs-1"): {"entryId": pick(("room-1", "room-1-b1", "live-2"))},
    }
    again = catalogue(partner, random)
    for record in again:
        name = {"entry": "entryId", "virtualEvent": "eventId", "session": "sessionId"}.get(record["kind"])
        record.update(changes.get((name, record[name]), {}) if name else {})
    return again


def entries(factor: int) -> list[Record]:
    """Lengths give slices of 0.1 to 2 s; the second tenant's are twice as long."""
    lengths = {key: length * factor for key, length in LENGTHS.items()} | {"zero": 0}
    categories = {"mid": ["A", "A>B"], "pod": ["A"], "tagged": ["On demand", "A>B"], "live-1": ["A"]}
    kinds = {"pod": "audio", "live-1": "live", "live-2": "live", "room-1": "room", "room-1-b1": "room"}
    return [
        {
            "kind": "entry", "entryId": key, "name": f"Entry {key}", "mediaType": kinds.get(key, "video"),
            "durationSeconds": lengths.get(key),
            "ownerId": "u1" if key in ("clip", "mid") else None, "categories": categories.get(key, []),
            "parentEntryId": "room-1" if key == "room-1-b1" else None,
        }
        for key in (*lengths, "no-length", "live-1", "live-2", "room-1", "room-1-b1")
    ]  # fmt: skip


def events_and_sessions() -> list[Record]:
    """Two sessions overlap on one entry and share a recording; one ends at midnight in no zone that is asked for."""
    early, late, other = CATALOGUE_TIMES
    end = datetime(2026, 3, 27, 10, 45, tzinfo=UTC)
    sessions = (
        ("s-early", "ve-1", "live-1", "rec-1", early, end),
        ("s-late", None, "live-1", "rec-1", late, datetime(2026, 3, 27, 11, tzinfo=UTC)),
        ("s-other", "ve-2", "live-2", "rec-2", other, datetime(2026, 3, 28, 22, 10, tzinfo=UTC)),
        ("rs-1", None, "room-1", None, early, end),
        ("s-open", None, "live-2", None, datetime(2026, 3, 30, tzinfo=UTC), None),
    )
    return [
        {"kind": "virtualEvent", "eventId": "ve-1", "name": "One", "contentCategory": "On demand"},
        {"kind": "virtualEvent", "eventId": "ve-2", "name": "Two", "contentCategory": None},
        *(
            {
                "kind": "session", "sessionId": key, "name": key, "eventId": event, "entryId": entry,
                "recordingEntryId": recording, "startsAt": starts.isoformat(), "endsAt": ends and ends.isoformat(),
            }
            for key, event, entry, recording, starts, ends in sessions
        ),
    ]  # fmt: skip


def interactive() -> list[Record]:
    options = [{"optionId": "o-1", "text": "Yes", "correct": None}, {"optionId": "o-2", "text": "No", "correct": None}]
    return [
        {
            "kind": "poll",
            "pollId": "p-1",
            "sessionId": "s-early",
            "question": "?",
            "type": "multiple",
            "options": options,
        },
        {"kind": "poll", "pollId": "p-2", "sessionId": "rs-1", "question": "??", "type": "open", "options": []},
        {"kind": "attachment", "attachmentId": "at-1", "name": "Slides", "fileType": "pdf", "sessionId": "s-early"},
        {"kind": "attachment", "attachmentId": "at-2", "name": "Notes", "fileType": None, "entryId": "mid"},
    ]

"""What there is to watch: videos, a webinar series inside a virtual event, workshops in a room.

`programme(plan)` places the sessions in the plan's period; everything else is a table. A video's `weight`
is how often it is opened; a recording is one more video, from the day after its session.
"""

from dataclasses import dataclass
from typing import Literal

from db.demo.plan import DAY_MS, WEBINARS, WORKSHOPS, DemoPlan

VIRTUAL_EVENT = "spring-summit"
EVENT_CATEGORY = "Spring Summit>On demand"
ROOM = "studio"
BREAKOUTS = ("blue", "green")
MINUTE_MS = 60_000


@dataclass(frozen=True)
class Video:
    """Something on demand; `from_day` is the first day of the plan on which it can be watched."""

    entry_id: str
    name: str
    seconds: float
    weight: float
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    media: Literal["video", "audio"] = "video"
    from_day: int = 0


@dataclass(frozen=True)
class Session:
    """A webinar, a workshop or a breakout of one; `starts` in epoch milliseconds, `day` of the plan."""

    session_id: str
    name: str
    entry_id: str
    day: int
    starts: int
    minutes: int
    recording_id: str | None = None
    event_id: str | None = None
    parent_id: str | None = None

    @property
    def ends(self) -> int:
        """Exclusive, in epoch milliseconds."""
        return self.starts + self.minutes * MINUTE_MS


@dataclass(frozen=True)
class Programme:
    """Everything there is to watch; breakouts follow their workshop."""

    videos: tuple[Video, ...]
    webinars: tuple[Session, ...]
    workshops: tuple[Session, ...]

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Webinars first, then workshops and breakouts."""
        return self.webinars + self.workshops

    def entry_ids(self) -> list[str]:
        """The entry of every title by number: videos, then sessions."""
        return [video.entry_id for video in self.videos] + [session.entry_id for session in self.sessions]


PRODUCT = ("Learning", "Learning>Product")
VIDEOS = (
    Video("product-tour", "The product tour", 720, 30, PRODUCT, ("tour", "start here")),
    Video("getting-started", "Getting started in seven minutes", 420, 15, PRODUCT, ("start here",)),
    Video("security-basics", "Security basics for everyone", 900, 8, ("Learning", "Learning>Compliance")),
    Video("customer-story-lumen", "How Lumen & Söhne train 4,000 people", 310, 12, ("Customer stories",), ("story",)),
    Video("spring-release", "What is new this spring", 240.5, 15, ("Releases", "Learning>Product"), ("release",)),
    Video("onboarding-managers", "Onboarding for managers", 1260, 5, ("Learning", "Learning>Onboarding")),
    Video("accessibility-guide", "Guide d'accessibilité", 600, 6, ("Learning", "Learning>Compliance")),
    Video("brand-film", "Front row seats", 95, 13, ("Brand",), ("short",)),
    Video("api-deep-dive", "The API in depth", 1980, 3.5, ("Learning>Product", "Developers"), ("api", "developers")),
    Video("summit-highlights", "Summit highlights", 380, 7, (EVENT_CATEGORY,), ("summit",)),
    Video("ask-the-founders", "Ask the founders", 1500, 3, (EVENT_CATEGORY,), ("summit", "interview")),
    Video("archive-2019", "Company meeting 2019", 3300, 0, ("Archive",)),
    Video("podcast-12", "Podcast 12: learning in public", 1740, 5, ("Podcast",), ("audio",), "audio"),
)

WEBINAR_TOPICS = (
    ("Opening keynote", 15.0, 45),
    ("Teaching with video", 16.0, 45),
    ("Live production for small teams", 9.0, 40),
    ("Measuring what matters", 15.5, 45),
    ("Accessibility in practice", 13.0, 40),
    ("Closing and what comes next", 16.0, 50),
)

WORKSHOP_TOPICS = ("Storyboards", "Sound and light", "Editing clinic")


def programme(plan: DemoPlan) -> Programme:
    """The plan's programme."""
    webinars = _webinars(plan)
    workshops = _workshops(plan)
    recordings = tuple(_recording(session) for session in webinars + workshops if session.recording_id)
    return Programme(VIDEOS + recordings, webinars, workshops)


def _webinars(plan: DemoPlan) -> tuple[Session, ...]:
    days = plan.session_days(WEBINARS)
    return tuple(
        Session(
            session_id=f"webinar-{number + 1}",
            name=topic,
            entry_id=f"webinar-{number + 1}-live",
            day=day,
            starts=plan.at_hour(day, hour),
            minutes=minutes,
            recording_id=f"webinar-{number + 1}-recording",
            event_id=VIRTUAL_EVENT,
        )
        for number, (day, (topic, hour, minutes)) in enumerate(zip(days, WEBINAR_TOPICS, strict=True))
    )


def _workshops(plan: DemoPlan) -> tuple[Session, ...]:
    found: list[Session] = []
    for number, (day, topic) in enumerate(zip(plan.session_days(WORKSHOPS), WORKSHOP_TOPICS, strict=True), 1):
        starts = plan.at_hour(day, 10.0)
        name = f"{ROOM}-{number}"
        recording = f"{name}-recording" if number == 1 else None
        main = Session(name, f"Workshop: {topic}", ROOM, day, starts, 55, recording)
        found += [main, *(_breakout(main, colour) for colour in BREAKOUTS)]
    return tuple(found)


def _breakout(workshop: Session, colour: str) -> Session:
    """A quarter of an hour in the middle of the workshop, in a room of its own."""
    return Session(
        session_id=f"{workshop.session_id}-{colour}",
        name=f"{workshop.name}, group {colour}",
        entry_id=f"{ROOM}-{colour}",
        day=workshop.day,
        starts=workshop.starts + 20 * MINUTE_MS,
        minutes=15,
        parent_id=workshop.session_id,
    )


def _recording(session: Session) -> Video:
    return Video(
        entry_id=str(session.recording_id),
        name=f"{session.name} (recording)",
        seconds=session.minutes * 60.0 - 12.5,
        weight=2.2,
        categories=("Recordings",),
        from_day=session.day + 1,
    )


def event_period(plan: DemoPlan, shown: Programme) -> tuple[int, int]:
    """The virtual event's start and end: from an hour before its first session to an hour after its last."""
    starts = min(session.starts for session in shown.webinars)
    return starts - DAY_MS // 24, max(session.ends for session in shown.webinars) + DAY_MS // 24

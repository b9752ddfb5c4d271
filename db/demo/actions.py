"""What people do in webinars and workshops besides watching: chat, reactions, polls, questions, attachments.

Also what a session offers for it: its polls and attachments, which the catalogue lists.
"""

import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from db.demo.chat import chat
from db.demo.moments import Moments, joined, moments
from db.demo.people import Audience, choose
from db.demo.places import ON_DEMAND_SITES
from db.demo.plan import DAY_MS, DemoPlan, Part
from db.demo.programme import MINUTE_MS, VIRTUAL_EVENT, Programme, Session
from db.demo.viewings import NO_PLAYER, VIEWING, Viewings

Numbers = NDArray[np.int64]

REACTIONS = ("clap", "heart", "think", "wow", "smile", "rocket")
REACTION_WEIGHTS = (40, 25, 8, 10, 14, 3)


@dataclass(frozen=True)
class Poll:
    """A poll of a session; `options` are text and whether it is right (None: there is no right one)."""

    poll_id: str
    question: str
    type: str
    launched: int
    options: tuple[tuple[str, bool | None], ...]

    def option_id(self, number: int) -> str:
        """The id of an option by number."""
        return f"{self.poll_id}-{'abcdefgh'[number]}"


def _open(*texts: str) -> tuple[tuple[str, bool | None], ...]:
    return tuple((text, None) for text in texts)


POLLS = (
    ("How do you feel about video today?", "single", _open("Love it", "It depends", "Not for me")),
    ("What do you use already?", "multiple", _open("Live", "On demand", "Rooms", "Podcasts")),
    ("Which year was the first webcast?", "quiz", (("1993", True), ("1999", False), ("2005", False))),
    ("How useful was this session?", "rating", _open("1", "2", "3", "4", "5")),
    ("Left or right layout?", "crowd", _open("Left", "Right")),
    ("What should we cover next?", "open", ()),
)
ANSWERS = ("More on captions", "Analytics, bitte", "字幕について", "Editing", "Low light & sound")


def polls(session: Session, number: int) -> list[Poll]:
    """Two polls of the session with that number: one early, one late."""
    found = []
    for which, after in enumerate((8, session.minutes - 15)):
        question, kind, options = POLLS[(2 * number + which) % len(POLLS)]
        launched = session.starts + after * MINUTE_MS
        found.append(Poll(f"{session.session_id}-poll-{which + 1}", question, kind, launched, options))
    return found


def attachments(session: Session) -> list[tuple[str, str, str]]:
    """Id, name and file type of what a session hands out; the last is never fetched."""
    at = session.session_id
    return [
        (f"{at}-slides", f"{session.name}, slides.pdf", "pdf"),
        (f"{at}-notes", "Notes & références.docx", "docx"),
        (f"{at}-data", "Raw data.zip", "zip"),
    ]


def actions(plan: DemoPlan, people: Audience, session: Session, number: int, rows: Viewings) -> Moments:
    """What those present in the session with that number did."""
    random = plan.random(Part.ACTIONS, number)
    return joined(
        [
            *_chat(plan, people, number, rows),
            _reactions(random, session, rows),
            *(_answers(random, poll, rows) for poll in polls(session, number)),
            *_questions(random, rows),
            *_downloads(random, session, rows),
        ]
    )


def registrations(
    plan: DemoPlan, people: Audience, shown: Programme, number: int, came: Viewings
) -> tuple[Viewings, Moments]:
    """Who signed up for a webinar: most of those with a login who came, and some who didn't. From its day back."""
    random = plan.random(Part.REGISTRATION, number)
    others = people.distinct(random, len(came) // 3)
    viewers = np.union1d(came["viewer"], others)
    viewers = viewers[(viewers < people.named) & (random.random(len(viewers)) < 0.9)]
    starts = shown.webinars[number].starts
    earliest = max(plan.day_ms(0), starts - 12 * DAY_MS)
    rows = np.zeros(len(viewers), VIEWING)
    rows["viewer"] = viewers
    rows["title"] = len(shown.videos) + number
    rows["site"] = len(ON_DEMAND_SITES)
    rows["outcome"] = NO_PLAYER
    rows["speed"] = 1.0
    rows["start"] = starts - ((starts - earliest) * random.random(len(viewers)) ** 1.6).astype(np.int64) - 1
    text = f',"virtualEventId":"{VIRTUAL_EVENT}"'
    return rows, moments('"registered"', np.arange(len(rows)), rows["start"], text)


def _during(random: np.random.Generator, rows: Viewings, viewing: Numbers) -> Numbers:
    """An instant of each of those viewing sessions, after its first frame."""
    since = 1000 * rows["watched"][viewing] * random.random(len(viewing))
    instants: Numbers = rows["start"][viewing] + rows["lead"][viewing] + since.astype(np.int64)
    return instants


def _some(random: np.random.Generator, rows: Viewings, share: float) -> Numbers:
    return np.flatnonzero(random.random(len(rows)) < share)


def _chat(plan: DemoPlan, people: Audience, number: int, rows: Viewings) -> list[Moments]:
    """The messages of the chat; each writer joins it first."""
    messages = chat(plan, people, number, rows)
    viewing = np.array([message.viewing for message in messages], np.int64)
    sent = np.array([message.sent for message in messages], np.int64)
    first = np.unique(viewing)
    joins = rows["start"][first] + rows["lead"][first]
    return [moments('"chatJoined"', first, joins), moments('"messageSent"', viewing, sent)]


def _reactions(random: np.random.Generator, session: Session, rows: Viewings) -> Moments:
    """A third of the audience reacts, most of them at three moments that everybody liked."""
    some = _some(random, rows, 0.33)
    viewing = np.repeat(some, 1 + (random.random(len(some)) ** 3 * 4).astype(np.int64))
    alone = _during(random, rows, viewing)
    liked = session.starts + (session.minutes * MINUTE_MS * np.array([0.12, 0.47, 0.96])).astype(np.int64)
    together = liked[choose(random, (1, 2, 3), len(viewing))] + (25_000 * random.random(len(viewing))).astype(np.int64)
    leaves = rows["start"][viewing] + (1000 * rows["watched"][viewing]).astype(np.int64)
    there = (together > rows["start"][viewing]) & (together < leaves) & (random.random(len(viewing)) < 0.7)
    texts = [f',"reaction":"{reaction}"' for reaction in REACTIONS]
    drawn = choose(random, REACTION_WEIGHTS, len(viewing)).tolist()
    return moments('"reactionSent"', viewing, np.where(there, together, alone), [texts[which] for which in drawn])


def _answers(random: np.random.Generator, poll: Poll, rows: Viewings) -> Moments:
    """Half of those present answer within two minutes of the launch."""
    leaves = rows["start"] + (1000 * rows["watched"]).astype(np.int64)
    when = poll.launched + (3000 + 117_000 * random.random(len(rows)) ** 2).astype(np.int64)
    present = (rows["start"] + rows["lead"] < when) & (when < leaves)
    viewing = np.flatnonzero(present & (random.random(len(rows)) < 0.5))
    drawn = random.random((len(viewing), 2)).tolist()
    text = f',"pollId":"{poll.poll_id}",'
    return moments('"pollAnswered"', viewing, when[viewing], [text + _choice(poll, *pair) for pair in drawn])


def _choice(poll: Poll, first: float, second: float) -> str:
    """The answer as JSON members: the earlier options are liked best."""
    if not poll.options:
        return f'"answer":{json.dumps(ANSWERS[int(first * len(ANSWERS))])}'
    chosen = {int(first**1.6 * len(poll.options))}
    if poll.type == "multiple" and second < 0.6:
        chosen.add(int(second / 0.6 * len(poll.options)))
    return '"optionIds":[{}]'.format(",".join(f'"{poll.option_id(number)}"' for number in sorted(chosen)))


def _questions(random: np.random.Generator, rows: Viewings) -> list[Moments]:
    """Questions to the moderators, most of which open a thread."""
    found = []
    for share, opens in ((0.05, "true"), (0.02, "false")):
        asked = _some(random, rows, share)
        text = f',"opensThread":{opens}'
        found.append(moments('"questionSent"', asked, _during(random, rows, asked), text))
    return found


def _downloads(random: np.random.Generator, session: Session, rows: Viewings) -> list[Moments]:
    found = []
    for share, (attachment_id, _, _) in zip((0.15, 0.06), attachments(session), strict=False):
        took = _some(random, rows, share)
        text = f',"attachmentId":"{attachment_id}"'
        found.append(moments('"attachmentDownloaded"', took, _during(random, rows, took), text))
    return found

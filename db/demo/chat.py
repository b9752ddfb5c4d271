"""What is said in a session's chat: one list, from which both the catalogue and the events are made."""

from dataclasses import dataclass

import numpy as np

from db.demo.people import Audience
from db.demo.plan import DemoPlan, Part
from db.demo.viewings import Viewings

MOST_MESSAGES = 400
PER_PERSON = 0.7

TEXTS = (
    "Hello from Kraków!",
    "Good morning everyone 👋",
    "Olá a todos!",
    "שלום לכולם",
    "こんにちは、よろしくお願いします。",
    "नमस्ते!",
    "Will there be a recording?",
    "Sound is great today",
    "Could you show that slide again, please?",
    "👏👏👏",
    "100 % agree",
    "We tried this last year & it worked",
    "Où peut-on trouver les diapositives ?",
    "Is this available in the free plan?",
    'The "drop-off" curve surprised me',
    "Thanks, very clear!",
    "Danke, super erklärt",
    "¿Habrá subtítulos?",
    "Which microphone is that?",
    "+1",
)
REPLIES = ("Yes, tomorrow morning.", "Same here!", "You find them under Attachments.", "Thank you 🙏", "Of course")


@dataclass(frozen=True)
class Message:
    """One message; `viewing` numbers the row of who wrote it, `sent` is in epoch milliseconds."""

    viewing: int
    user_id: str
    sent: int
    text: str
    replied_to: int | None
    likes: int
    deleted: bool


def chat(plan: DemoPlan, people: Audience, number: int, rows: Viewings) -> list[Message]:
    """The messages of the session with that number, by time; only people with a login write."""
    random = plan.random(Part.CHAT, number)
    writers = np.flatnonzero(rows["viewer"] < people.named)
    count = min(MOST_MESSAGES, round(len(rows) * PER_PERSON)) if len(writers) else 0
    # A few write a lot.
    viewing = writers[(len(writers) * random.random(count) ** 2.5).astype(np.int64)]
    since = (1000 * rows["watched"][viewing] * random.random(count)).astype(np.int64)
    sent = rows["start"][viewing] + rows["lead"][viewing] + since
    order = np.argsort(sent, kind="stable")
    drawn = random.random((count, 4)).tolist()
    return [
        _message(at, row, people.people[rows["viewer"][row]].user_id or "", when, drawn[at])
        for at, (row, when) in enumerate(zip(viewing[order].tolist(), sent[order].tolist(), strict=True))
    ]


def _message(at: int, viewing: int, user_id: str, sent: int, drawn: list[float]) -> Message:
    replies = at > 3 and drawn[0] < 0.2
    texts = REPLIES if replies else TEXTS
    return Message(
        viewing=viewing,
        user_id=user_id,
        sent=sent,
        text=texts[int(drawn[1] * len(texts))],
        replied_to=at - 1 - int(drawn[2] * 3) if replies else None,
        likes=int(drawn[2] ** 6 * 9),
        deleted=drawn[3] < 0.02,
    )

"""The small numbers that stand for words in stored events: event types, playback types, flags.

Player events keep the number that players send (KAVA); events that have only a name get a negative one.
"""

from typing import Final

IMPRESSION: Final = 1
PLAY_REQUESTED: Final = 2
PLAY: Final = 3
RESUME: Final = 4
REACHED_25: Final = 11
REACHED_50: Final = 12
REACHED_75: Final = 13
REACHED_100: Final = 14
SHARE: Final = 21
DOWNLOAD: Final = 23
PAUSE: Final = 33
REPLAY: Final = 34
SEEK: Final = 35
HEARTBEAT: Final = 99

LIKE: Final = -1
UNLIKE: Final = -2
REGISTERED: Final = -3
ROOM_JOINED: Final = -4
ROOM_VIEW: Final = -5
HAND_RAISED: Final = -6
REACTION_SENT: Final = -7
MESSAGE_SENT: Final = -8
QUESTION_SENT: Final = -9
POLL_ANSWERED: Final = -10
ATTACHMENT_DOWNLOADED: Final = -11
CHAT_JOINED: Final = -12

NAMED_EVENTS: Final[dict[str, int]] = {
    "like": LIKE,
    "unlike": UNLIKE,
    "registered": REGISTERED,
    "roomJoined": ROOM_JOINED,
    "roomView": ROOM_VIEW,
    "handRaised": HAND_RAISED,
    "reactionSent": REACTION_SENT,
    "messageSent": MESSAGE_SENT,
    "questionSent": QUESTION_SENT,
    "pollAnswered": POLL_ANSWERED,
    "attachmentDownloaded": ATTACHMENT_DOWNLOADED,
    "chatJoined": CHAT_JOINED,
}

ROOM_EVENTS: Final = frozenset({ROOM_JOINED, ROOM_VIEW, HAND_RAISED})

INTERACTION_EVENTS: Final = frozenset(
    {REACTION_SENT, MESSAGE_SENT, QUESTION_SENT, POLL_ANSWERED, ATTACHMENT_DOWNLOADED, CHAT_JOINED}
)
"""Those on which `contextId` stands for the entry or the session."""

NEED_NO_ENTRY: Final = INTERACTION_EVENTS | {LIKE, UNLIKE, REGISTERED}
"""All others, player events and room events, must name their entry."""

PLAYBACK_TYPES: Final[dict[str, int]] = {"vod": 1, "live": 2, "dvr": 3, "offline": 4}
"""`playback` of an event: one of these, 0 where it is not told; room heartbeats add ROOM_PLAYBACK to it."""

VOD: Final = PLAYBACK_TYPES["vod"]
ROOM_PLAYBACK: Final = 8

FLAGS: Final[dict[str, int]] = {
    "sound_mode": 1,
    "tab_mode": 2,
    "screen_mode": 4,
    "mic_mode": 8,
    "camera_mode": 16,
    "stage_mode": 32,
}
"""Bits of `flags`: set where the mode is 2 (on)."""

ROOM_ROLES: Final[dict[str, int]] = {"host": 1, "moderator": 2, "participant": 3, "guest": 4}

UNKNOWN: Final = "Unknown"
"""The key of everything that was not told, and of all anonymous people together."""

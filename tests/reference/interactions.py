"""Polls and attachments: what the events say of them, whenever it was."""

from collections import defaultdict
from typing import Any

from .attribution import UNKNOWN, Fact, Tenant
from .documents import Object
from .metrics import Facts, of_kind, ratio, users


def poll_object(tenant: Tenant, key: str) -> Object | None:
    """The poll with its participants, and those of each option."""
    poll = tenant.polls.get(key)
    if poll is None:
        return None
    answers = [fact for fact in of_kind(tenant.facts, "pollAnswered") if fact.event.get("pollId") == key]
    return {
        "__typename": "Poll",
        "pollId": key,
        "question": poll.get("question"),
        "type": poll.get("type", "").upper(),
        "launchedAt": poll.get("launchedAt"),
        "session": {"__typename": "Session", "sessionId": poll.get("sessionId")},
        "participants": users(answers),
        "options": [option_object(option, answers) for option in poll.get("options") or []],
    }


def option_object(option: dict[str, Any], answers: Facts) -> Object:
    chosen = users([fact for fact in answers if option["optionId"] in fact.event.get("optionIds", ())])
    return {"__typename": "PollOption", **option, "participants": chosen, "rate": ratio(chosen, users(answers))}


def attachment_object(tenant: Tenant, key: str, session: str | None = None) -> Object:
    """The attachment with its downloads and those who downloaded it."""
    record = tenant.attachments[key]
    downloads = [
        fact
        for fact in of_kind(tenant.facts, "attachmentDownloaded")
        if fact.event.get("attachmentId") == key and session in (None, fact.session)
    ]
    return {
        "__typename": "Attachment",
        "attachmentId": key,
        "name": record.get("name"),
        "fileType": record.get("fileType"),
        "downloads": len(downloads),
        "users": users(downloads),
    }


def attachment_downloads(tenant: Tenant, user: str) -> Object:
    """What the user downloaded, one for each attachment and session, newest first."""
    found: dict[tuple[str, str | None], list[Fact]] = defaultdict(list)
    for fact in of_kind(tenant.facts, "attachmentDownloaded"):
        if fact.user == user:
            found[fact.event.get("attachmentId", UNKNOWN), fact.session].append(fact)
    newest = sorted(found.items(), key=lambda item: max(fact.time for fact in item[1]), reverse=True)
    return {
        "__typename": "AttachmentDownloadConnection",
        "totalCount": len(newest),
        "nodes": [
            {
                "__typename": "AttachmentDownload",
                "attachmentId": key,
                "attachment": attachment_object(tenant, key) if key in tenant.attachments else None,
                "session": {"__typename": "Session", "sessionId": session} if session in tenant.sessions else None,
                "lastDownloadedAt": max(fact.time for fact in facts).isoformat(),
                "downloads": len(facts),
            }
            for (key, session), facts in newest
        ],
    }

"""A token of one user: that user's numbers, profile, messages, answers and downloads, nobody else's."""

from typing import Any

from graphql import ExecutionResult, graphql

from db.pool import Database
from resolvers.context import Context
from resolvers.errors import NotOfOneUser
from schema import schema
from tests.db.given import Record, at
from tests.differential.product import LIMITS
from tests.schema.test_answers import SEASON, TENANT, data
from tests.schema.watching import SESSION, Told, did, live


async def answer_to(database: Database, user: str, document: str) -> ExecutionResult:
    """The answer to a document that comes with the token of a user."""
    return await graphql(
        schema._schema,
        document,
        context_value=Context.of(TENANT, user, database, LIMITS),
        executor_class=schema.execution_context_class,
    )


async def as_user(database: Database, user: str, document: str) -> Any:
    """The data of an answer without errors."""
    answer = await answer_to(database, user, document)
    assert answer.errors is None, answer.errors
    return answer.data


async def test_the_whole_account_is_the_user(database: Database) -> None:
    asked = f"analytics({SEASON}) {{ metrics {{ plays minutesViewed }} users {{ nodes {{ key }} }} }}"
    own = await as_user(database, "u01", f"{{ {asked} }}")
    of_user = await data(database, f'{{ user(userId: "u01") {{ {asked} }} }}')
    assert own["analytics"] == of_user["user"]["analytics"]
    assert [row["key"] for row in own["analytics"]["users"]["nodes"]] == ["u01"]


async def test_others_are_not_there(database: Database) -> None:
    found = await as_user(
        database,
        "u01",
        '{ own: user(userId: "u01") { name } other: user(userId: "u09") { name } users { totalCount } }',
    )
    assert found["own"]["name"] == "Ada Lovelace"
    assert found["other"] is None
    assert found["users"]["totalCount"] == 1


def member(key: str) -> Record:
    return {"kind": "user", "partnerId": TENANT, "userId": key, "firstName": f"Name of {key}"}


def message(key: str, user: str | None, second: int | None = 0, **more: Any) -> Record:
    sent = None if second is None else at(second)
    told = {"kind": "chatMessage", "partnerId": TENANT, "messageId": key, "sessionId": "talk", "sentAt": sent}
    return {**told, "userId": user, "message": f"said by {user}", **more}


POLLS: list[Record] = [
    {
        **{"kind": "poll", "partnerId": TENANT, "pollId": "choice", "sessionId": "talk", "type": "multiple"},
        "options": [{"optionId": "yes", "text": "Yes"}, {"optionId": "no", "text": "No"}],
    },
    {"kind": "poll", "partnerId": TENANT, "pollId": "stars", "sessionId": "talk", "type": "rating"},
    {"kind": "poll", "partnerId": TENANT, "pollId": "words", "sessionId": "talk", "type": "open"},
]


async def test_chats_show_own_messages_only(own: Database, told: Told) -> None:
    told(
        *(*SESSION, member("a"), member("b")),
        *(message("1", "a", None), message("2", "b"), message("3", None), message("4", "a", 5)),
        *(message("5", "b", 6), message("6", "a", 7, deleted=True)),
    )
    document = (
        '{ session(sessionId: "talk") { all: chatMessages(first: 2) { totalCount pageInfo { hasNextPage }'
        " nodes { messageId user { userId } } } kept: chatMessages(includeDeleted: false) { totalCount"
        " nodes { messageId message } } } }"
    )
    found = (await as_user(own, "a", document))["session"]
    assert found["all"]["totalCount"] == 3
    assert found["all"]["pageInfo"]["hasNextPage"]
    assert found["all"]["nodes"] == [{"messageId": key, "user": {"userId": "a"}} for key in ("1", "4")]
    assert found["kept"]["totalCount"] == 2
    assert found["kept"]["nodes"] == [{"messageId": key, "message": "said by a"} for key in ("1", "4")]
    assert (await data(own, document))["session"]["all"]["totalCount"] == 6
    for stranger in ("nobody", "talk"):
        found = (await as_user(own, stranger, document))["session"]
        assert found["all"] == {"totalCount": 0, "pageInfo": {"hasNextPage": False}, "nodes": []}


async def test_a_cursor_of_the_whole_chat_leads_to_own_messages_only(own: Database, told: Told) -> None:
    told(*SESSION, *(message(str(number), "ab"[number % 2], number) for number in range(6)))
    page = '{ session(sessionId: "talk") { chatMessages(first: 2%s) { pageInfo { endCursor } nodes { messageId } } } }'
    first = (await data(own, page % ""))["session"]["chatMessages"]
    found = await as_user(own, "a", page % f', after: "{first["pageInfo"]["endCursor"]}"')
    assert [node["messageId"] for node in found["session"]["chatMessages"]["nodes"]] == ["2", "4"]


async def test_polls_show_own_answers_only(own: Database, told: Told) -> None:
    told(
        *(*SESSION, *POLLS, member("a"), member("b")),
        did("pollAnswered", "a", pollId="choice", optionIds=["yes"]),
        did("pollAnswered", "b", pollId="choice", optionIds=["no"]),
        did("pollAnswered", None, pollId="choice", optionIds=["yes"]),
        *(did("pollAnswered", user, pollId="stars", answer=stars) for user, stars in (("a", "5"), ("b", "1"))),
        *(did("pollAnswered", user, pollId="words", answer=f"of {user}") for user in ("a", "b", None)),
    )
    document = (
        '{ choice: poll(pollId: "choice") { participants options { optionId participants rate } }'
        ' stars: poll(pollId: "stars") { participants rating { average distribution { value participants } } }'
        ' words: poll(pollId: "words") { participants answers { totalCount nodes { answer user { userId } } } } }'
    )
    found = await as_user(own, "a", document)
    assert found["choice"] == {
        "participants": 1,
        "options": [
            {"optionId": "yes", "participants": 1, "rate": 1},
            {"optionId": "no", "participants": 0, "rate": 0},
        ],
    }
    assert found["stars"] == {
        "participants": 1,
        "rating": {"average": 5, "distribution": [{"value": 5, "participants": 1}]},
    }
    assert found["words"]["participants"] == 1
    assert found["words"]["answers"] == {"totalCount": 1, "nodes": [{"answer": "of a", "user": {"userId": "a"}}]}
    nobody = await as_user(own, "nobody", document)
    assert [nobody[name]["participants"] for name in ("choice", "stars", "words")] == [0, 0, 0]
    assert nobody["choice"]["options"][0]["rate"] is None
    assert (await data(own, document))["choice"]["participants"] == 3


async def test_attachments_show_own_downloads_only(own: Database, told: Told) -> None:
    slides = {"kind": "attachment", "partnerId": TENANT, "attachmentId": "slides", "sessionId": "talk"}
    told(
        *(*SESSION, slides, member("a"), member("b")),
        *(did("attachmentDownloaded", user, attachmentId="slides") for user in ("a", "a", "b", None)),
        did("attachmentDownloaded", "a", attachmentId="slides", contextSessionId="elsewhere"),
    )
    document = (
        '{ session(sessionId: "talk") { attachments { downloads users } }'
        ' user(userId: "a") { attachmentDownloads { totalCount nodes { downloads attachment { downloads users } } } } }'
    )
    found = await as_user(own, "a", document)
    assert found["session"]["attachments"] == [{"downloads": 2, "users": 1}]
    assert found["user"]["attachmentDownloads"]["totalCount"] == 2
    assert [node["attachment"] for node in found["user"]["attachmentDownloads"]["nodes"]] == [
        {"downloads": 3, "users": 1}
    ] * 2
    other = await as_user(own, "b", document)
    assert other == {"session": {"attachments": [{"downloads": 1, "users": 1}]}, "user": None}
    assert (await data(own, document))["session"]["attachments"] == [{"downloads": 4, "users": 3}]


async def test_the_live_part_is_as_long_as_the_user_stayed(own: Database, told: Told) -> None:
    told(*SESSION, *live("a"), *live("b", 7, 3600, contextSessionId="talk"))
    document = '{ session(sessionId: "talk") { analytics { timeline(granularity: MINUTE) { start } } } }'

    def minutes(found: Any) -> int:
        return len(found["session"]["analytics"]["timeline"])

    assert minutes(await data(own, document)) == 62
    assert minutes(await as_user(own, "b", document)) == 62
    assert minutes(await as_user(own, "a", document)) == 60


async def test_moderation_is_refused(own: Database, told: Told) -> None:
    thread = {"kind": "chatThread", "partnerId": TENANT, "threadId": "t", "sessionId": "talk", "userMessages": 3}
    told(*SESSION, thread, member("a"))
    document = '{ session(sessionId: "talk") { chatModeration { userMessages } } }'
    answer = await answer_to(own, "a", document)
    assert answer.data == {"session": None}
    (error,) = answer.errors or []
    assert isinstance(error.original_error, NotOfOneUser)
    assert "'talk'" in error.message
    assert "'a'" in error.message
    assert error.original_error.hint
    assert (await data(own, document))["session"]["chatModeration"] == {"userMessages": 3}

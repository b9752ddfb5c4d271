"""A token of one user: that user's numbers and profile, nobody else's."""

from typing import Any

from graphql import graphql

from db.pool import Database
from resolvers.context import Context
from schema import schema
from tests.schema.test_answers import LIMITS, SEASON, TENANT, data


async def as_user(database: Database, user: str, document: str) -> Any:
    """The answer to a document that comes with the token of a user."""
    answer = await graphql(
        schema._schema,
        document,
        context_value=Context.of(TENANT, user, database, LIMITS),
        executor_class=schema.execution_context_class,
    )
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

"""Which metrics are computed: those selected, however the document says it, and no others."""

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig

from resolvers.context import Context
from resolvers.totals import EMPTY
from schema.fields import field
from schema.info import Info
from schema.metrics import Metrics, as_metrics
from schema.scalars import SCALARS
from schema.selection import metric_arguments, selected_metrics, selects
from tests.differential.product import LIMITS


@strawberry.type
class Row:
    """A row with metrics."""

    metrics: Metrics

    @field("Names a metric.")
    def share(self, of: str = "plays") -> str:
        return of


@strawberry.type
class Page:
    """Rows and their totals."""

    nodes: list[Row]
    totals: Metrics


@strawberry.type
class Query:
    """One field that notes what was selected of it."""

    @field("Rows.")
    def rows(self, info: Info) -> Page:
        info.context.memo["rows"] = selected_metrics(info, ("nodes", "metrics"))
        info.context.memo["totals"] = selected_metrics(info, ("totals",))
        info.context.memo["shares"] = metric_arguments(info, "of", "plays", ("nodes", "share"))
        info.context.memo["needs rows"] = selects(info, ("nodes",))
        return Page(nodes=[Row(metrics=as_metrics(EMPTY))], totals=as_metrics(EMPTY))


SCHEMA = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))


def asked(document: str, **variables: object) -> dict[object, object]:
    """What the field noted."""
    context = Context(1, None, None, LIMITS, None, None)  # type: ignore[arg-type]
    result = SCHEMA.execute_sync(document, variable_values=variables, context_value=context)
    assert result.errors is None, result.errors
    return dict(context.memo)


@pytest.mark.parametrize(
    "document",
    [
        "{ rows { nodes { metrics { plays shares } } } }",
        "{ rows { nodes { metrics { a: plays shares b: plays __typename } } } }",
        "{ rows { nodes { metrics { plays } } nodes { n: metrics { shares } } } }",
        "{ rows { nodes { ...R } } } fragment R on Row { metrics { ...M shares } } fragment M on Metrics { plays }",
        "{ rows { ... on Page { nodes { ... { metrics { plays ... on Metrics { shares } } } } } } }",
        "{ rows { nodes { metrics { plays shares likes @skip(if: true) downloads @include(if: false) } } } }",
        "{ rows { nodes { metrics { plays shares } metrics @skip(if: true) { likes } } } }",
        "{ rows { nodes { metrics { plays shares } ... @include(if: false) { metrics { likes } } } } }",
        "{ rows { nodes { metrics { plays shares @include(if: true) @skip(if: false) } } } }",
        "{ rows { nodes { metrics { plays } } } rows { nodes { metrics { shares } } } }",
    ],
)
def test_finds_what_is_selected(document: str) -> None:
    assert asked(document)["rows"] == {"plays", "shares"}


def test_variables_decide() -> None:
    document = (
        "query($yes: Boolean!) { rows { nodes { metrics { plays @skip(if: $yes) shares @include(if: $yes) } } } }"
    )
    assert asked(document, yes=True)["rows"] == {"shares"}


def test_aliases_of_the_field_are_apart() -> None:
    document = "{ b: rows { nodes { metrics { plays } } } a: rows { nodes { metrics { shares } } totals { likes } } }"
    noted = asked(document)
    assert noted["rows"] == {"shares"}
    assert noted["totals"] == {"likes"}


def test_nothing_selected_is_nothing_asked() -> None:
    noted = asked("{ rows { __typename totals { __typename } } }")
    assert noted["rows"] == noted["totals"] == frozenset()
    assert noted["needs rows"] is False


def test_arguments_name_metrics() -> None:
    document = "query($m: String) { rows { nodes { share of: share(of: $m) } } }"
    assert asked(document, m="likes")["shares"] == {"plays", "likes"}

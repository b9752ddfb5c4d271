"""What a client may get wrong, each with its code, a message that names the value, and the way out.

QuestionError
├── InvalidRange       a range that is none
├── TooManyPoints      a timeline too long
├── PageTooLarge       `first` above the limit
│   └── TooManyIds     more `ids` than a page may hold
├── InvalidPage        `first` below zero
├── InvalidCursor      `after` that no page gave
├── InvalidId          `id` that no object gave
├── SearchTooShort     a search under three letters
├── InvalidGroups      groups by nothing, or by something twice
├── FilterTooDeep      filters inside filters without end
├── NeedsOneUser       the heat map of more than one user
└── NotOfOneUser       what a token of one user can't be told

A time zone that does not exist is db.question.UnknownZone.
"""

from db.errors import QuestionError


class InvalidRange(QuestionError):
    """The range ends before it starts, or lies outside of what a calendar can hold."""

    code = "INVALID_RANGE"


class TooManyPoints(QuestionError):
    """A timeline would hold more points than one answer may."""

    code = "TOO_MANY_POINTS"

    def __init__(self, points: int, limit: int) -> None:
        super().__init__(
            f"the range holds about {points:,} points and a timeline at most {limit:,}",
            hint="ask for a shorter range or a coarser granularity",
        )


class PageTooLarge(QuestionError):
    """A page would hold more than one may."""

    code = "PAGE_TOO_LARGE"

    def __init__(self, first: int, limit: int) -> None:
        super().__init__(
            f"`first` is {first:,} and at most {limit:,}", hint="ask for smaller pages, the next one with `after`"
        )


class TooManyIds(PageTooLarge):
    """More objects are asked for by their ids than a page may hold."""

    def __init__(self, ids: int, limit: int) -> None:
        QuestionError.__init__(
            self, f"`ids` holds {ids:,} ids and may hold {limit:,}", hint="ask for them in several requests"
        )


class InvalidPage(QuestionError):
    """A page of less than nothing."""

    code = "INVALID_PAGE"

    def __init__(self, first: int) -> None:
        super().__init__(f"`first` is {first:,} and must not be below 0", hint="ask for 0 or more")


class InvalidCursor(QuestionError):
    """A cursor that no page of this list, in this order, has given."""

    code = "INVALID_CURSOR"

    def __init__(self, cursor: str) -> None:
        super().__init__(
            f"`after` is no cursor of this list in this order: {cursor[:80]!r}",
            hint="pass pageInfo.endCursor of the page before, with the same orderBy",
        )


class InvalidId(QuestionError):
    """An id that no object has."""

    code = "INVALID_ID"

    def __init__(self, id_: str) -> None:
        super().__init__(
            f"there is no such id: {id_[:80]!r}",
            hint="pass the `id` of an object; keys of your own go into fields such as entry(entryId:)",
        )


class SearchTooShort(QuestionError):
    """A search that would find nearly everyone."""

    code = "SEARCH_TOO_SHORT"

    def __init__(self, search: str, least: int) -> None:
        super().__init__(
            f"`search` is {search!r} and must hold at least {least} letters", hint="type more letters, or leave it out"
        )


class InvalidGroups(QuestionError):
    """Groups by no dimension, or by one twice."""

    code = "INVALID_GROUPS"


class FilterTooDeep(QuestionError):
    """Filters inside filters, further than anyone needs."""

    code = "FILTER_TOO_DEEP"

    def __init__(self, depth: int, limit: int) -> None:
        super().__init__(
            f"`filter` is {depth} deep and may be {limit}",
            hint="`and` and `or` take lists: put conditions side by side",
        )


class NeedsOneUser(QuestionError):
    """A shape that only makes sense for one user."""

    code = "NEEDS_ONE_USER"

    def __init__(self, scope: str) -> None:
        super().__init__(
            f"the engagement heat map is that of one user, and {scope} may hold more",
            hint="ask below user(userId:) or a row of users, or filter: {userId: {in: [one]}}",
        )


class NotOfOneUser(QuestionError):
    """Something that is about everybody, asked with a token of one user."""

    code = "NOT_OF_ONE_USER"

    def __init__(self, what: str, user_id: str) -> None:
        super().__init__(
            f"{what} is about everybody, and this token is that of user {user_id[:80]!r} only",
            hint="leave it out, or ask with a token of the whole account: `frontrow token` without `--user`",
        )

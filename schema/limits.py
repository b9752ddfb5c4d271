"""Limits: what one request may ask for."""

import strawberry


@strawberry.type(description="What one request may ask for at most.")
class Limits:
    """Read from resolvers.context.Limits, field by field."""

    max_depth: int = strawberry.field(description="Fields inside fields in a document.")
    max_aliases: int = strawberry.field(description="Aliases in an operation.")
    max_tokens: int = strawberry.field(description="Lexical tokens in a document.")
    max_cost: int = strawberry.field(description="Objects that an answer could hold.")
    max_page_size: int = strawberry.field(description="`first` of a connection.")
    statement_timeout_seconds: float = strawberry.field(description="How long one statement may run, in seconds.")
    max_timeline_points: int = strawberry.field(description="Spans of a timeline, and minutes of a heat map.")
    max_filter_depth: int = strawberry.field(description="Filters inside filters, the outermost included.")
    max_waiting_reports: int = strawberry.field(description="Reports of an account that wait or are being made.")

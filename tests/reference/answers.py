"""The tenant as objects that a GraphQL document can be put to: scopes, their shapes, rows, a few catalogue fields."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from . import calendar, shapes
from .answer_shapes import (
    metrics_object,
    moment_objects,
    objects,
    range_object,
    real,
    series_object,
    timeline_objects,
)
from .attribution import FOREVER, UNKNOWN, Tenant
from .calendar import Range
from .documents import Object, ask
from .interactions import attachment_downloads, attachment_object, poll_object
from .metrics import Facts
from .shapes import Row, Scope

Args = dict[str, Any]

BREAKDOWNS = {
    "countries": ("Country", "COUNTRY"), "regions": ("Named", "REGION"), "cities": ("Named", "CITY"),
    "devices": ("Device", "DEVICE"), "operatingSystems": ("Named", "OPERATING_SYSTEM"),
    "browsers": ("Named", "BROWSER"), "domains": ("Domain", "DOMAIN"), "urls": ("Named", "URL"),
    "playbackTypes": ("Named", "PLAYBACK_TYPE"), "categories": ("Named", "CATEGORY"),
    "playbackContexts": ("Named", "PLAYBACK_CONTEXT"), "reactionTypes": ("Named", "REACTION"),
    "entries": ("Entry", "ENTRY"), "sessions": ("Session", "SESSION"), "rooms": ("Room", "ROOM"),
    "users": ("User", "USER"), "groups": ("Group", ""),
}  # fmt: skip


def put(tenant: Tenant, document: str, variables: Args | None, now: datetime) -> Args:
    """The data that the product must answer with to the document."""
    return ask(Answers(tenant, now).root(), document, variables)


class Answers:
    """Objects of one tenant, as seen at one moment."""

    def __init__(self, tenant: Tenant, now: datetime) -> None:
        self.tenant, self.now = tenant, now

    def root(self) -> Object:
        return {
            "__typename": "Query",
            "analytics": self.analytics_field("", None),
            "entry": lambda a: self.entry(a["entryId"]),
            "session": lambda a: self.session(a["sessionId"]),
            "room": lambda a: self.room(a["entryId"]),
            "user": lambda a: self.user(a["userId"]),
            "virtualEvent": lambda a: self.virtual_event(a["eventId"]),
            "country": lambda a: self.place("Country", "COUNTRY", a["code"]),
            "device": lambda a: self.place("Device", "DEVICE", a["name"]),
            "domain": lambda a: self.place("Domain", "DOMAIN", a["name"]),
            "poll": lambda a: poll_object(self.tenant, a["pollId"]),
        }

    def analytics_field(self, dimension: str, key: str | None, since: datetime | None = None) -> Any:
        """The `analytics` field of the scope of one key; of the account without a dimension."""
        facts = [fact for fact in self.tenant.facts if not dimension or key in fact.keys[dimension]]

        def field(args: Args) -> Object:
            zone = ZoneInfo(args.get("timeZone") or "UTC")
            default = Range(since, FOREVER, zone) if since else self.span({"preset": "LAST_30_DAYS"}, zone)
            span = self.span(args["range"], zone) if args.get("range") else default
            return self.analytics(Scope(self.tenant, facts, span).filtered(args.get("filter")))

        return field

    def span(self, given: Args, zone: ZoneInfo) -> Range:
        if given.get("preset"):
            return calendar.of_preset(given["preset"], zone, self.now)
        if given.get("days"):
            first, last = (date.fromisoformat(given["days"][end]) for end in ("from", "to"))
            return calendar.of_days(first, last, zone)
        start, end = (datetime.fromisoformat(given["between"][end]) for end in ("from", "to"))
        return Range(start, end, zone)

    def analytics(self, scope: Scope) -> Object:
        """One `Analytics`."""
        return {
            "__typename": "Analytics",
            "range": {**range_object(scope.span), "timeZone": str(scope.span.zone)},
            "freshness": {"__typename": "Freshness", "dataUpTo": self.now.isoformat()},
            "metrics": lambda a: metrics_object(scope.facts),
            "comparison": lambda a: self.comparison(scope, a.get("to") or {"period": "PREVIOUS"}),
            "timeline": lambda a: timeline_objects(scope, a["granularity"]),
            "series": lambda a: series_object(scope, a["granularity"], a["metrics"]),
            "playbackCurve": lambda a: [
                objects("PlaybackPoint", percentile=k, views=views, uniqueViewers=viewers, tier=tier)
                for k, views, viewers, tier in shapes.playback_curve(scope)
            ],
            "funnel": lambda a: [
                objects("FunnelStep", step=step, count=count, rate=rate)
                for step, count, rate in shapes.funnel(scope, a.get("reached") or "FIFTY_PERCENT")
            ],
            "engagementHeatmap": lambda a: [
                objects("EngagementMinute", start=scope.span.shown(start), state=state)
                for start, state in shapes.heat_map(scope)
            ],
            "topMoments": lambda a: moment_objects(scope, a.get("first") or 5),
            **{name: self.breakdown_field(scope, *how) for name, how in BREAKDOWNS.items()},
        }

    def comparison(self, scope: Scope, to: Args) -> Object:
        if to.get("range"):
            other = self.span(to["range"], scope.span.zone)
        else:
            other = {"PREVIOUS": calendar.previous, "YEAR_BEFORE": calendar.year_before}[to["period"]](scope.span)
        return {
            "__typename": "MetricsComparison",
            "range": {**range_object(other), "timeZone": str(other.zone)},
            "previous": lambda a: metrics_object(scope.at(other).facts),
            "change": lambda a: [
                objects("MetricChange", metric=name, current=real(now), previous=real(then), change=by)
                for name, now, then, by in shapes.comparison(scope, other)
            ],
        }

    def breakdown_field(self, scope: Scope, sort: str, dimension: str) -> Any:
        def field(args: Args) -> Object:
            by = [dimension] if dimension else args["by"]
            rows = shapes.breakdown(scope, by)
            if args.get("search"):
                rows = shapes.found(scope, rows, args["search"])
            order = args.get("orderBy") or {}
            rows = shapes.ordered(rows, order.get("metric", "PLAYS"), order.get("direction", "DESC"))
            return self.page(sort, by, rows, args)

        return field

    def page(self, sort: str, by: list[str], rows: list[Row], args: Args) -> Object:
        start = int(args.get("after") or 0)
        end = min(start + (args.get("first") or 25), len(rows))
        everything = shapes.whole(rows)
        nodes = [self.row(sort, by, row, everything) for row in rows[start:end]]
        return {
            "__typename": f"{sort}Breakdown",
            "nodes": nodes,
            "edges": [objects(f"{sort}RowEdge", cursor=str(start + n), node=node) for n, node in enumerate(nodes, 1)],
            "pageInfo": objects(
                "PageInfo",
                hasNextPage=end < len(rows),
                hasPreviousPage=start > 0,
                startCursor=str(start + 1) if nodes else None,
                endCursor=str(end) if nodes else None,
            ),
            "totalCount": len(rows),
            "totals": lambda a: metrics_object(everything),
        }

    def row(self, sort: str, by: list[str], row: Row, everything: Facts) -> Object:
        named = {"Entry": self.entry, "Session": self.session, "Room": self.room, "User": self.user}
        thing = None
        if sort in named:
            thing = named[sort](row.keys[0])
        elif sort in ("Country", "Device", "Domain") and row.keys[0] != UNKNOWN:
            thing = self.place(sort, by[0], row.keys[0])
        return {
            "__typename": f"{sort}Row",
            "key": row.keys[0] if len(row.keys) == 1 else list(row.keys),
            "keys": [objects("DimensionKey", dimension=d, key=key) for d, key in zip(by, row.keys, strict=True)],
            sort.lower(): thing,
            "metrics": lambda a: metrics_object(row.facts),
            "share": lambda a: shapes.share(row, everything, a.get("of") or "PLAYS"),
            "comparison": lambda a: self.comparison(row.scope, a.get("to") or {"period": "PREVIOUS"}),
            "analytics": lambda a: self.analytics(row.scope),
        }

    def entry(self, key: str) -> Object | None:
        it = self.tenant.entries.get(key)
        if it is None:
            return None
        return {
            "__typename": "Entry",
            "entryId": key,
            "name": it.get("name"),
            "mediaType": it.get("mediaType", "").upper() or None,
            "durationSeconds": it.get("durationSeconds"),
            "analytics": lambda a: self.analytics_field("ENTRY", key)(a),
        }

    def session(self, key: str) -> Object | None:
        it = self.tenant.sessions.get(key)
        if it is None:
            return None
        attachments = [name for name, one in self.tenant.attachments.items() if one.get("sessionId") == key]
        return {
            "__typename": "Session",
            "sessionId": key,
            "name": it.get("name"),
            "attachments": lambda a: [attachment_object(self.tenant, name, key) for name in attachments],
            "analytics": lambda a: self.analytics_field("SESSION", key, it["startsAt"])(a),
        }

    def room(self, key: str) -> Object | None:
        it = self.tenant.entries.get(key, {})
        return self.place("Room", "ROOM", key, entryId=key, name=it["name"]) if it.get("mediaType") == "room" else None

    def user(self, key: str) -> Object | None:
        it = self.tenant.users.get(key)
        if it is None:
            return None
        name = f"{it.get('firstName') or ''} {it.get('lastName') or ''}".strip() or key
        downloads = lambda a: attachment_downloads(self.tenant, key)  # noqa: E731
        return self.place("User", "USER", key, userId=key, name=name, attachmentDownloads=downloads)

    def virtual_event(self, key: str) -> Object | None:
        it = self.tenant.virtual_events.get(key)
        since = it.get("startsAt") if it else None
        return self.place("VirtualEvent", "EVENT", key, since, eventId=key, name=it.get("name")) if it else None

    def place(self, sort: str, dimension: str, key: str, since: datetime | None = None, **fields: Any) -> Object:
        named = {"code": key} if sort == "Country" else {"name": key}
        analytics = lambda a: self.analytics_field(dimension, key, since)(a)  # noqa: E731
        return {"__typename": sort, **named, **fields, "analytics": analytics}

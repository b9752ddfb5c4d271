"""Which relations serve a metric."""

from db.metrics import Metric
from db.relations import METRIC_RELATIONS


def served_by(metric: Metric) -> list[str]:
    """The relations that a metric is computed from, coarsest first: every one of them holds all that metrics need."""
    return [relation.name for relation in METRIC_RELATIONS]

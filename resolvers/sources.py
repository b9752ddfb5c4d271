"""Which relations serve a metric."""

from db.metrics import Metric
from db.relations import METRIC_RELATIONS


def served_by(metric: Metric) -> list[str]:
    """The relations that a metric is computed from, coarsest first.

    The same for all metrics: each relation has every measure, only the curve, which is no metric, is kept elsewhere.
    """
    return [relation.name for relation in METRIC_RELATIONS]

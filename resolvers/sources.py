"""Which relations serve a metric."""

from db.formulas import keys_of
from db.metrics import Metric
from db.relations import AUDIENCES, METRIC_RELATIONS


def served_by(metric: Metric) -> list[str]:
    """The relations that a metric is computed from, coarsest first.

    Audiences have the keys of some metrics only; the others have all keys and measures. The curve is no metric.
    """
    needed = keys_of([metric], apart=True)
    audiences = [audience for audience in AUDIENCES if needed <= set(audience.keys)]
    return [relation.name for relation in (*audiences, *METRIC_RELATIONS)]

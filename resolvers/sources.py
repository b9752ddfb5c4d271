"""Which relations serve a metric."""

from datetime import timedelta

from db.formulas import keys_of
from db.metrics import Metric
from db.relations import AUDIENCES, METRIC_RELATIONS


def served_by(metric: Metric) -> list[str]:
    """The relations that a metric is computed from, coarsest first.

    Audiences have the keys of some metrics only; the others have all keys and measures. The curve is no metric.
    """
    # By less than a day all viewings are told apart.
    audiences = [each for each in AUDIENCES if keys_of([metric], apart=not each.of_sessions) <= set(each.keys)]
    serving = sorted((*audiences, *METRIC_RELATIONS), key=lambda relation: relation.grain or timedelta(), reverse=True)
    return [relation.name for relation in serving]

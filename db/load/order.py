"""Events in order of viewing and time. Few are at the same time of one viewing: only those are compared in whole."""

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


def by_viewing(viewing: Ints, time: Ints) -> tuple[Ints, Ints]:
    """The order by viewing and time, and the places in it of events whose viewing has another one at their time."""
    order = np.lexsort((time, viewing))
    same = (viewing[order][1:] == viewing[order][:-1]) & (time[order][1:] == time[order][:-1])
    return order, np.flatnonzero(np.append(same, False) | np.append(False, same)) if len(order) else order


def wholly(viewing: Ints, time: Ints, *rest: Ints) -> Ints:
    """The order by viewing, time and the rest."""
    order, alike = by_viewing(viewing, time)
    places = order[alike]
    order[alike] = places[np.lexsort([values[places] for values in (*reversed(rest), time, viewing)])]
    return order

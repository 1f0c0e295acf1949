"""By how much a small change moves what is drawn: from one run to another of the same graph."""

from collections.abc import Collection

import numpy as np

from engine.trace import Trace
from viewer.scene import Scene

DUST = 1e-12  # a share of the number: so much comes of rounding


def moved(before: Trace, after: Trace, opened: Collection[str] = (), focus: str = "") -> dict[str, float]:
    """By how much the number on each visible card grows from `before` to `after`, where it changes; by card.

    Arrays, and what is not finite, are left out. Empty if the two runs are not the same graph, since a
    change may lead a computation another way. Raises as a Scene does.
    """
    if before.inputs != after.inputs:
        return {}
    found = {}
    for item in Scene(before, frozenset(opened), focus).items.values():
        old, new = before.values[item.node], after.values[item.node]
        if np.shape(old) or np.shape(new) or not (np.isfinite(old) and np.isfinite(new)):
            continue
        change = float(new) - float(old)
        if abs(change) > DUST * max(abs(float(old)), abs(float(new))):
            found[item.id] = change
    return found

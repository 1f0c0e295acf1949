"""Gradients that are 0 but for rounding: terms that should cancel, and leave a last digit behind.

Where a gradient is a sum, floating point leaves about 1e-16 of the size of what was added up, though the true
sum be 0. Such a rest is no gradient. It is told from a small one by what was added: that is known for all
that adds copies, for products of matrices, and where several terms meet. What such a rest is passed on to is
a rest as well.
"""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from engine.trace import Trace

CANCELLED = 1e-10  # of what was added up; what is left is rounding
TINY = 1e-8  # of the gradient that the backward pass starts with: larger ones are not looked at


_known: WeakKeyDictionary[Trace, dict[int, float]] = WeakKeyDictionary()  # shared by all scenes of a trace


class Rounding:
    """Knows which gradients of a trace are 0 up to rounding; found when asked for, once for each trace."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self._scales = _known.setdefault(trace, {})
        self._start = 0.0 if trace.seed is None else largest(trace.seed)

    def only(self, i: int) -> bool:
        """True when the gradient of node `i` is 0 up to rounding, though not 0."""
        return self.scale(i) > 0

    def scale(self, i: int) -> float:
        """The size of what was added up, where only rounding is left of it; else 0."""
        waiting = [i]
        while waiting:  # no recursion: a chain of rests may be long
            j = waiting[-1]
            if j in self._scales or not self._tiny(j):
                self._scales.setdefault(j, 0.0)
                waiting.pop()
                continue
            missing = [n for n, _ in self._senders(j) if n not in self._scales]
            if missing:
                waiting += missing
                continue
            self._scales[j] = self._found(j)
            waiting.pop()
        return self._scales[i]

    def _tiny(self, i: int) -> bool:
        gradient = self.trace.gradients[i]
        return gradient is not None and i != self.trace.root and 0 < largest(gradient) < TINY * self._start

    def _senders(self, i: int) -> list[tuple[int, int]]:
        sent = self.trace.contributions
        return [(n, k) for n, k in self.trace.consumers[i] if sent[n] and sent[n][k] is not None]

    def _found(self, i: int) -> float:
        """From the scales of those that sent the gradient."""
        added, rests = 0.0, 0.0
        for n, k in self._senders(i):
            if self._scales[n]:
                rests = max(rests, self._scales[n])
            else:
                added = max(added, self._added(n, k))
        if largest(self.trace.gradients[i]) <= CANCELLED * added:
            return added
        return rests if added == 0 else 0.0

    def _added(self, n: int, k: int) -> float:
        """The size of what was added up in what node `n` sent to its argument `k`."""
        node, arrays = self.trace.nodes[n], [self.trace.values[j] for j in self.trace.inputs[n]]
        op, g = node._op, self.trace.gradients[n]
        assert op is not None
        rule: Any = op.vjps[0 if op.variadic else k]
        sent = largest(self.trace.contributions[n][k])
        if np.ndim(g) == 0:
            return sent
        if op.elementwise and np.shape(arrays[k]) != node.shape:
            return max(sent, largest(rule(np.array(g), node._data, *arrays, **node._params)))
        if op.name == "matmul":
            sizes = [np.abs(array) for array in arrays]
            return largest(rule(np.abs(g), node._data, *sizes, **node._params))
        return sent


def largest(data: Any) -> float:
    """The size of the largest finite number."""
    sizes = np.abs(np.asarray(data, dtype=float))
    return float(np.max(sizes[np.isfinite(sizes)], initial=0.0))

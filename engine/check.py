"""Checking gradients by small changes: nudge the inputs, and see whether the result moves as predicted.

Source: central differences; Baydin and others, Automatic differentiation in machine learning: a survey, 2018.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.apply import no_grad
from engine.backward import contribution
from engine.tensor import Tensor
from engine.trace import Trace, record


class GradientError(AssertionError):
    """A gradient that disagrees with what small changes show; the text says where."""


@dataclass(frozen=True)
class Settings:
    """How a check is made. `step`: the change, relative to the numbers; then how far both may differ."""

    directions: int = 3
    step: float = 1e-5
    relative: float = 1e-5
    absolute: float = 1e-7
    seed: int = 0


def check_gradients(f: Callable[..., Tensor], inputs: Sequence[Any], **settings: Any) -> None:
    """Compare the gradients of `f(*inputs)` with central differences in random directions.

    `inputs`: tensors, numbers or arrays; those of floats that require a gradient are checked. `f` must
    give the same result for the same inputs. A result of several cells is weighted at random first.
    Raises `GradientError`, which names the op, its argument and the cell that disagree.

    >>> check_gradients(lambda x, y: (x * y).sum(), [[1.0, 2.0], [3.0, 4.0]])
    """
    chosen = Settings(**settings)
    random = np.random.default_rng(chosen.seed)
    leaves = [x if isinstance(x, Tensor) else Tensor(x) for x in inputs]
    out = f(*leaves)
    weights = (
        random.uniform(0.5, 1.5, out.shape) * random.choice([-1.0, 1.0], out.shape) if out.shape else 1.0
    )
    trace = record(out, seed=weights)
    position = {node: i for i, node in enumerate(trace.nodes)}

    def weighted(values: Sequence[Any]) -> float:
        with no_grad():
            return float(np.sum(weights * f(*map(_like, values, leaves)).data))

    values = [leaf.data for leaf in leaves]
    for k, leaf in enumerate(leaves):
        if not leaf.requires_grad:
            continue
        i = position.get(leaf)
        gradient = np.zeros(leaf.shape) if i is None or trace.gradients[i] is None else trace.gradients[i]
        for _ in range(chosen.directions):
            direction = random.standard_normal(leaf.shape)
            predicted = float(np.sum(gradient * direction))
            found, noise = _slope(weighted, values, k, direction, chosen)
            if not np.isfinite(found):
                raise GradientError(
                    f"check_gradients: small changes of input {k + 1}{_called(leaf)} lead to {found}, "
                    f"so its gradient "
                    "cannot be checked here; choose other values"
                )
            if not _agree(predicted, found, chosen, noise):
                _blame(trace, chosen)
                cell, right, wrong = _worst_cell(weighted, values, k, np.asarray(gradient), chosen)
                raise GradientError(
                    f"check_gradients: the gradient of input {k + 1}{_called(leaf)} is {wrong:.8g} at "
                    f"cell {cell}, but "
                    f"small changes show {right:.8g}; every op's own rule agrees, so look at what "
                    f"joins the ops, such "
                    "as detach, or at randomness in f"
                )


def _like(value: Any, leaf: Tensor) -> Tensor:
    return leaf if value is leaf.data else Tensor(value, requires_grad=leaf.requires_grad)


def _called(leaf: Tensor) -> str:
    return f" ({leaf.name})" if leaf.name else ""


def _slope(
    f: Callable[[Sequence[Any]], float], values: Sequence[Any], k: int, direction: Any, settings: Settings
) -> tuple[float, float]:
    """The slope of `f` along a direction of value `k` by central differences, and how far rounding blurs it.

    Two step lengths together: what the curve adds to the one, the other takes away.
    """
    size = float(np.max(np.abs(values[k]), initial=1.0))
    longest = float(np.max(np.abs(direction), initial=0.0)) or 1.0
    step = settings.step * size / longest

    def moved(steps: int) -> float:
        return f([*values[:k], values[k] + steps * step * direction, *values[k + 1 :]])

    near, far = moved(1) - moved(-1), moved(2) - moved(-2)
    noise = 2.0**-50 * (abs(moved(0)) + abs(near) + abs(far)) / step
    return (8.0 * near - far) / (12.0 * step), noise


def _agree(predicted: float, found: float, settings: Settings, noise: float) -> bool:
    allowed = settings.absolute + settings.relative * max(abs(predicted), abs(found)) + noise
    return abs(predicted - found) <= allowed


def _worst_cell(
    f: Callable[[Sequence[Any]], float], values: Sequence[Any], k: int, gradient: Any, settings: Settings
) -> tuple[tuple[int, ...], float, float]:
    """The cell of value `k` that disagrees most: its index, what small changes show, and the gradient."""
    worst: tuple[tuple[int, ...], float, float] = ((), 0.0, 0.0)
    gap = -1.0
    for cell in np.ndindex(gradient.shape):
        direction = np.zeros(gradient.shape)
        direction[cell] = 1.0
        found, _ = _slope(f, values, k, direction, settings)
        if abs(found - gradient[cell]) > gap:
            gap = abs(found - gradient[cell])
            worst = (cell, found, float(gradient[cell]))
    return worst


def _blame(trace: Trace, settings: Settings) -> None:
    """Check every op of the trace by itself, and raise for the first whose rule disagrees."""
    for i, node in enumerate(trace.nodes):
        op = node._op
        if op is None or trace.gradients[i] is None:
            continue
        inputs = node.inputs
        values = [t.data for t in inputs]
        upstream = np.asarray(trace.gradients[i])

        def weighted(
            values: Sequence[Any], op: Any = op, node: Tensor = node, upstream: Any = upstream
        ) -> float:
            with np.errstate(all="ignore"):
                strict = [np.float64(v) if isinstance(v, float) else v for v in values]
                return float(np.sum(upstream * op.forward(*strict, **node._params)))

        for k, t in enumerate(inputs):
            if not t.requires_grad:
                continue
            with np.errstate(all="ignore"):
                gradient = np.asarray(contribution(node, k, trace.gradients[i]))
            cell, right, wrong = _worst_cell(weighted, values, k, gradient, settings)
            _, noise = _slope(weighted, values, k, np.ones(gradient.shape), settings)
            if not _agree(wrong, right, settings, noise):
                raise GradientError(
                    f"check_gradients: {op.name}, made at {trace.names[i]}, sends {wrong:.8g} to cell "
                    f"{cell} of its "
                    f"argument {k + 1} ({trace.names[trace.inputs[i][k]]}), but small changes show "
                    f"{right:.8g}; "
                    f"check vjps[{k}] of the record {op.name!r}"
                )

"""How a part is run: the one way from values to a trace, shared by pages, routes, training and tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import Tensor, Trace, record, watch
from engine.optim import SGD
from lessons.lesson import LEARNING_RATE, Input, Part


def run_part(part: Part, values: Mapping[str, Any] | None = None, experiment: bool = False) -> Trace:
    """The trace of the part at `values`, which override its defaults; or that of its experiment.

    With `experiment`, the experiment's own values come first of all.
    Raises ValueError for a name, option or shape that does not fit.
    """
    values = values or {}
    part.check_values(values, f"part {part.title!r}: this run")
    build, seed, accumulate = part.build, 1.0, True
    used = {**part.defaults, **values}
    if experiment:
        if part.experiment is None:
            raise ValueError(f"part {part.title!r} has no experiment to run")
        used.update(part.experiment.values)
        build = part.experiment.build or build
        seed, accumulate = part.experiment.seed, part.experiment.accumulate
    arguments = {
        given.name: Tensor(used[given.name], requires_grad=given.learns, name=given.name)
        if isinstance(given, Input)
        else used[given.name]
        for given in part.inputs
    }
    with watch(build):
        root = build(**arguments)
    return record(root, seed=seed, accumulate=accumulate)


def learning_rate_of(part: Part, values: Mapping[str, Any] | None = None) -> float | None:
    """The learning rate of the part's update: the one among `values`, else the part's own, else None."""
    if part.learning_rate is None:
        return None
    return float((values or {}).get(LEARNING_RATE, part.learning_rate))


def optimizer_for(part: Part, trace: Trace, values: Mapping[str, Any] | None = None) -> SGD | None:
    """Stochastic gradient descent over the leaves that learn, in the order of the part's inputs."""
    rate = learning_rate_of(part, values)
    if rate is None:
        return None
    leaves = {node.name: node for node in trace.nodes if node.is_leaf and node.requires_grad}
    return SGD([leaves[given.name] for given in part.inputs if given.name in leaves], lr=rate)

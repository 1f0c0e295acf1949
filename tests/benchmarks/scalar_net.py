"""micrograd's demo net, 2-16-16-1 on scalars, one training step on 100 points: here and in micrograd."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from micrograd import nn
from micrograd.engine import Value

from engine import Tensor, record, watch
from tests.benchmarks.table import Row, in_turns, milliseconds

POINTS = 100
STEP = "one step of micrograd's net 2-16-16-1 on scalars, 100 points"


def moons() -> tuple[list[list[float]], list[float]]:
    """Two half circles, one inside the other, with some noise; labels −1 and 1."""
    noise = np.random.default_rng(1337).normal(0.0, 0.1, (POINTS, 2))
    angle = np.linspace(0.0, np.pi, POINTS // 2)
    upper = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    lower = np.stack([1.0 - np.cos(angle), 0.5 - np.sin(angle)], axis=1)
    points = np.concatenate([upper, lower]) + noise
    return points.tolist(), [-1.0] * (POINTS // 2) + [1.0] * (POINTS // 2)


class Neuron:
    """micrograd's neuron, on our tensors."""

    def __init__(self, inputs: int, bent: bool) -> None:
        self.w = [Tensor(random.uniform(-1, 1)) for _ in range(inputs)]
        self.b = Tensor(0.0)
        self.bent = bent

    def __call__(self, x: list[Tensor]) -> Tensor:
        act = sum((wi * xi for wi, xi in zip(self.w, x)), self.b)  # noqa: B905, as in micrograd
        return act.relu() if self.bent else act


class Net:
    """micrograd's MLP, on our tensors."""

    def __init__(self) -> None:
        sizes = [2, 16, 16, 1]
        self.layers = [
            [Neuron(n, k < 2) for _ in range(m)] for k, (n, m) in enumerate(itertools.pairwise(sizes))
        ]
        self.parameters = [p for layer in self.layers for neuron in layer for p in (*neuron.w, neuron.b)]

    def __call__(self, x: list[Tensor]) -> Tensor:
        for layer in self.layers:
            x = [neuron(x) for neuron in layer]
        return x[0]


def loss(model: Callable[[Any], Any], parameters: list[Any], number: type, data: Any) -> Any:
    """The demo's loss: the mean hinge loss and a little weight decay. `number`: `Tensor` or `Value`."""
    points, labels = data
    inputs = [[number(x) for x in point] for point in points]
    scores = [model(x) for x in inputs]
    losses = [(1 + -y * score).relu() for y, score in zip(labels, scores, strict=True)]
    return sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in parameters)


def train(model: Any, parameters: list[Any], number: type, data: Any) -> float:
    """One training step; gives the loss."""
    total = loss(model, parameters, number, data)
    for p in parameters:
        p.grad = 0.0
    total.backward()
    for p in parameters:
        p.data -= 0.05 * p.grad
    return float(total.data)


def steps() -> tuple[Callable[[], float], Callable[[], float]]:
    """A training step of ours and one of micrograd's, from the same weights."""
    data = moons()
    random.seed(1337)
    model = Net()
    random.seed(1337)
    theirs = nn.MLP(2, [16, 16, 1])
    for p, q in zip(model.parameters, theirs.parameters(), strict=True):
        q.data = p.data
    return (
        lambda: train(model, model.parameters, Tensor, data),
        lambda: train(theirs, theirs.parameters(), Value, data),
    )


def rows() -> Iterator[Row]:
    """Speed beside micrograd's, and what recording costs."""
    ours, theirs = steps()
    assert abs(ours() - theirs()) < 1e-9, "the two nets do not compute the same"
    for garbage, rounds, target in ((False, 21, 0.6), (True, 7, None)):
        times = in_turns({"ours": ours, "micrograd": theirs}, rounds, garbage=garbage)
        yield Row(
            f"{STEP}, collector {'on' if garbage else 'off'}",
            milliseconds(times.median("ours")),
            f"micrograd {milliseconds(times.median('micrograd'))}",
            times.ratio("ours", "micrograd"),
            target,
        )
    yield from recording()


def recording() -> Iterator[Row]:
    """Watching the same net and recording every contribution, beside plain forward and backward."""
    model, data = Net(), moons()

    def plain() -> None:
        loss(model, model.parameters, Tensor, data).backward()

    def recorded() -> None:
        with watch(loss):
            root = loss(model, model.parameters, Tensor, data)
        record(root)

    for garbage in (False, True):
        times = in_turns({"plain": plain, "recorded": recorded}, 11, garbage=garbage)
        yield Row(
            f"that net, watched and recorded with contributions, collector {'on' if garbage else 'off'}",
            milliseconds(times.median("recorded")),
            f"plain passes {milliseconds(times.median('plain'))}",
            times.ratio("recorded", "plain"),
            3.0,
        )

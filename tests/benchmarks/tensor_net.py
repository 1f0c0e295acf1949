"""A 784-128-10 net, batch 64, one training step in float64: here, in PyTorch, and in NumPy by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from engine import Tensor, record, watch
from engine import functional as F
from engine.layers import affine
from engine.optim import SGD
from tests.benchmarks.table import Row, in_turns, milliseconds

BATCH, INPUTS, HIDDEN, CLASSES = 64, 784, 128, 10
RATE = 0.1
STEP = "one step of the net 784-128-10, batch 64"


def weights() -> list[Any]:
    """W1, b1, W2, b2, the same for all."""
    random = np.random.default_rng(0)
    return [
        random.normal(0.0, INPUTS**-0.5, (INPUTS, HIDDEN)),
        np.zeros(HIDDEN),
        random.normal(0.0, HIDDEN**-0.5, (HIDDEN, CLASSES)),
        np.zeros(CLASSES),
    ]


def batch() -> tuple[Any, Any]:
    """Pictures of noise and their classes."""
    random = np.random.default_rng(1)
    return random.random((BATCH, INPUTS)), random.integers(0, CLASSES, BATCH)


def loss(parameters: list[Tensor], x: Tensor, y: Tensor) -> Tensor:
    """Forward pass and cross-entropy."""
    w1, b1, w2, b2 = parameters
    hidden = F.relu(affine(x, w1, b1))
    scores = affine(hidden, w2, b2)
    return F.cross_entropy(scores, y)


def ours() -> Callable[[], float]:
    """A step of our engine."""
    parameters = [Tensor(w) for w in weights()]
    x, y = (Tensor(a, requires_grad=False) for a in batch())
    optimizer = SGD(parameters, lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        total = loss(parameters, x, y)
        total.backward()
        optimizer.step()
        return float(total.item())

    return step


def in_torch() -> Callable[[], float]:
    """The same in PyTorch."""
    parameters = [torch.tensor(w, requires_grad=True) for w in weights()]
    w1, b1, w2, b2 = parameters
    x, y = map(torch.tensor, batch())
    optimizer = torch.optim.SGD(parameters, lr=RATE)

    def step() -> float:
        optimizer.zero_grad()
        hidden = torch.relu(torch.addmm(b1, x, w1))
        total = torch.nn.functional.cross_entropy(torch.addmm(b2, hidden, w2), y)
        total.backward()
        optimizer.step()
        return float(total.detach())

    return step


def by_hand() -> Callable[[], float]:
    """The same in NumPy, every gradient written down: the limit of what we can reach."""
    w1, b1, w2, b2 = weights()
    x, y = batch()
    rows = np.arange(BATCH)

    def step() -> float:
        nonlocal w1, b1, w2, b2
        hidden = np.maximum(x @ w1 + b1, 0.0)
        scores = hidden @ w2 + b2
        scores -= scores.max(axis=1, keepdims=True)
        p = np.exp(scores)
        total = p.sum(axis=1, keepdims=True)
        loss = float(np.mean(np.log(total[:, 0]) - scores[rows, y]))
        p /= total
        p[rows, y] -= 1.0
        p /= BATCH
        back = (p @ w2.T) * (hidden > 0.0)
        w2 -= RATE * (hidden.T @ p)
        b2 -= RATE * p.sum(axis=0)
        w1 -= RATE * (x.T @ back)
        b1 -= RATE * back.sum(axis=0)
        return loss

    return step


def rows() -> Iterator[Row]:
    """Speed beside PyTorch's and NumPy's, and what recording costs."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        steps = {"ours": ours(), "torch": in_torch(), "numpy": by_hand()}
        losses = [[step() for _ in range(3)] for step in steps.values()]
        assert np.allclose(losses[0], losses[1]), "ours and PyTorch do not compute the same"
        assert np.allclose(losses[0], losses[2]), "ours and NumPy by hand do not compute the same"
        times = in_turns(steps, rounds=25, repeat=20)
    finally:
        torch.set_num_threads(threads)
    own = milliseconds(times.median("ours"))
    for name, peer, target in (("PyTorch", "torch", 1.2), ("NumPy by hand", "numpy", None)):
        beside = f"{name} {milliseconds(times.median(peer))}"
        yield Row(STEP, own, beside, times.ratio("ours", peer), target)
    yield recording()


def recording() -> Row:
    """Watching the same net and recording every contribution, beside plain forward and backward."""
    parameters = [Tensor(w) for w in weights()]
    x, y = (Tensor(a, requires_grad=False) for a in batch())

    def plain() -> None:
        for parameter in parameters:
            parameter.grad = None
        loss(parameters, x, y).backward()

    def recorded() -> None:
        with watch(loss):
            root = loss(parameters, x, y)
        record(root)

    times = in_turns({"plain": plain, "recorded": recorded}, rounds=25, repeat=20)
    return Row(
        "that net, watched and recorded with contributions",
        milliseconds(times.median("recorded")),
        f"plain passes {milliseconds(times.median('plain'))}",
        times.ratio("recorded", "plain"),
        3.0,
    )

# mypy: allow-untyped-calls
"""Stochastic gradient descent over the training penguins, as lessons 6 and 7 run it."""

from collections.abc import Callable, Iterator

import numpy as np

from engine import Tensor
from engine.optim import SGD
from lessons.data import TRAINING
from lessons.lesson import Snapshot


def one_penguin_a_step(
    build: Callable[..., Tensor],
    w: Tensor,
    b: Tensor,
    learning_rate: float,
    epochs: int,
    seed: int,
    *,
    mean_loss: Callable[[Tensor, Tensor], float],
    remark: Callable[[int, Tensor, Tensor], str],
    verdict: Callable[[Tensor, Tensor, int], str],
) -> Iterator[Snapshot]:
    """Each step moves `w` and `b` against the gradient of one penguin's loss.

    Every epoch takes all training penguins once, in an order by `seed`. `mean_loss` is of all of them,
    `remark` says what a step's penguin shows, and `verdict` what the whole run came to.
    """
    optimizer = SGD([w, b], lr=learning_rate)
    shuffle = np.random.default_rng(int(seed))
    last = train_steps(learning_rate, epochs, seed) - 1
    order = np.concatenate([shuffle.permutation(TRAINING) for _ in range(int(epochs) + 1)])
    for step, example in enumerate(map(int, order[: last + 1])):
        loss = build(example, w, b)
        yield Snapshot(
            step=step,
            loss=mean_loss(w, b),
            values={
                "example": example,
                "w": w.tolist(),
                "b": b.item(),
                "learning_rate": float(learning_rate),
            },
            walked=loss.item(),
            note=verdict(w, b, step) if step == last else remark(example, w, b),
        )
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def train_steps(learning_rate: float, epochs: int, seed: int) -> int:
    """One snapshot a step, and one for where the last step has led."""
    return int(epochs) * TRAINING + 1

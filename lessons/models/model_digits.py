"""Digits: which digit is on a picture of 8 x 8 cells? A small convolutional network on real handwriting."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from engine import Tensor, no_grad
from engine import functional as F
from engine.nn import Conv, FeedForward, MaxPool, Module
from engine.scope import Kind
from lessons.data import FOLDER
from lessons.models.model import (
    Batch,
    Example,
    Goal,
    Model,
    Settings,
    fixed_input,
    shuffled_batch,
)
from lessons.models.record import Array, Figures

HELD_OUT = 359  # a fifth of the 1,797 pictures
SETTINGS = Settings(steps=900, batch=32, learning_rate=0.01)


class DigitNetwork(Module):
    """Conv, ReLU, MaxPool, FeedForward: a score for each of the ten digits. (1, 8, 8) -> (10)."""

    kind = Kind(
        "DigitNetwork",
        formula=r"\text{FeedForward}(\text{MaxPool}(\operatorname{ReLU}(\text{Conv}(<x>))))",
        says="Look for small patterns in <x>, keep the strongest of each corner, and weigh them up.",
        says_backward="The gradient goes back through the winners of each window to the filters.",
    )

    def __init__(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.conv = Conv(1, 8, 3, padding="same", seed=random)
        self.pool = MaxPool(2)
        self.classify = FeedForward(8 * 4 * 4, 10, activation=None, seed=random)

    def forward(self, x: Tensor) -> Tensor:
        """(1, 8, 8) -> (10); a batch in front stays."""
        found = F.relu(self.conv(x))
        strongest = self.pool(found)
        return self.classify(strongest.flatten(-3))  # type: ignore[no-any-return]


@cache
def digits() -> tuple[Array, Array]:
    """The pictures (1797, 1, 8, 8), ink from 0 to 1, and their digits, shuffled once and for all.

    >>> digits()[0].shape, digits()[1][:5].tolist()
    ((1797, 1, 8, 8), [6, 6, 6, 2, 5])
    """
    rows = np.loadtxt(FOLDER / "digits.csv", delimiter=",", dtype=int)
    rows = rows[np.random.default_rng(0).permutation(len(rows))]
    return rows[:, :64].reshape(-1, 1, 8, 8) / 16, rows[:, 64]


def training_digits() -> tuple[Array, Array]:
    """Those to learn from."""
    pictures, labels = digits()
    return pictures[:-HELD_OUT], labels[:-HELD_OUT]


def held_out_digits() -> tuple[Array, Array]:
    """Those that no training sees."""
    pictures, labels = digits()
    return pictures[-HELD_OUT:], labels[-HELD_OUT:]


def batch(step: int) -> Batch:
    """The pictures of a step, in single precision, and their digits."""
    pictures, labels = training_digits()
    own = shuffled_batch(step, len(labels), SETTINGS.batch, SETTINGS.seed)
    return pictures[own].astype(np.float32), labels[own]


def loss(network: DigitNetwork, pictures: Array, labels: Any) -> Tensor:
    """How surprising the right digits are: the mean of −log p."""
    scores = network(fixed_input(pictures, "picture"))
    return F.cross_entropy(scores, fixed_input(labels, "digit"))


def probabilities(network: DigitNetwork, pictures: Array) -> Array:
    """How probable each digit is, by the network: (…, 1, 8, 8) -> (…, 10)."""
    with no_grad():
        return F.softmax(network(Tensor(pictures))).numpy()


def figures(network: DigitNetwork) -> Figures:
    """On the held-out pictures: the share that is read right, and the loss."""
    pictures, labels = held_out_digits()
    p = probabilities(network, pictures)
    return {
        "held-out accuracy": float(np.mean(p.argmax(-1) == labels)),
        "held-out loss": float(-np.mean(np.log(p[np.arange(len(labels)), labels]))),
    }


def shown(network: DigitNetwork) -> dict[str, Any]:
    """The probabilities of the pictures of `examples`, and how often each digit is taken for each."""
    pictures, labels = held_out_digits()
    p = probabilities(network, pictures)
    confusion = np.zeros((10, 10), int)
    np.add.at(confusion, (labels, p.argmax(-1)), 1)
    return {"probabilities": p[first_of_each()].tolist(), "confusion": confusion.tolist()}


def first_of_each() -> list[int]:
    """The place of the first held-out picture of each digit."""
    labels = held_out_digits()[1]
    return [int(np.flatnonzero(labels == digit)[0]) for digit in range(10)]


def nearest_mean() -> Figures:
    """What one gets without a network: the digit whose average training picture is nearest."""
    pictures, labels = training_digits()
    means = np.array([pictures[labels == digit].mean(0).ravel() for digit in range(10)])
    seen, right = held_out_digits()
    flat = seen.reshape(len(seen), -1)
    guess = ((flat[:, None] - means) ** 2).sum(-1).argmin(-1)
    return {"nearest mean, held-out accuracy": float(np.mean(guess == right))}


def examples() -> tuple[Example, ...]:
    """Held-out pictures, one of each digit."""
    pictures, labels = held_out_digits()
    return tuple(Example(f"a {labels[i]}", (pictures[i], np.asarray(labels[i]))) for i in first_of_each())


MODELS = (
    Model(
        name="digits",
        title="Digits",
        about="A convolutional network reads handwritten digits of 8 x 8 cells.",
        settings=SETTINGS,
        goal=Goal("held-out accuracy", "at least", 0.97),
        build=DigitNetwork,
        batch=batch,
        loss=loss,
        figures=figures,
        shown=shown,
        examples=examples,
        baselines=nearest_mean,
    ),
)

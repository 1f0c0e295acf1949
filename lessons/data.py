"""The data sets that lessons learn from, ready to use. Sources and licences: assets/data/README.md."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from engine import Tensor

Array = np.ndarray[Any, Any]

FOLDER = Path(__file__).parent.parent / "assets" / "data"
FEATURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm")
TRAINING = 256  # of the 342 measured penguins; the other 86 are held out


@dataclass(frozen=True)
class Penguins:
    """Penguins, one a row: three lengths, and the body mass that a regression predicts from them.

    `x` is standardised: from each length the mean is taken away, and the rest divided by the standard
    deviation, both of the training penguins alone. The first `TRAINING` rows are for training.
    """

    millimetres: Array  # (penguins, 3): bill length, bill depth, flipper length
    x: Array  # (penguins, 3), without unit
    y: Array  # (penguins,): body mass in kg
    labels: tuple[str, ...]
    species: tuple[str, ...]

    @property
    def training(self) -> tuple[Array, Array]:
        """x and y of the penguins to learn from."""
        return self.x[:TRAINING], self.y[:TRAINING]

    @property
    def held_out(self) -> tuple[Array, Array]:
        """x and y of the penguins that no training sees."""
        return self.x[TRAINING:], self.y[TRAINING:]


@cache
def penguins() -> Penguins:
    """The Palmer penguins that were measured in full, in an order shuffled once and for all.

    >>> len(penguins().y), penguins().labels[0]
    (342, 'Gentoo, Biscoe, 5.40 kg')
    """
    with open(FOLDER / "penguins.csv", newline="", encoding="utf-8") as file:
        rows = [
            row for row in csv.DictReader(file) if "NA" not in (*map(row.get, FEATURES), row["body_mass_g"])
        ]
    rows = [rows[i] for i in np.random.default_rng(0).permutation(len(rows))]
    millimetres = np.array([[float(row[name]) for name in FEATURES] for row in rows])
    seen = millimetres[:TRAINING]
    y = np.array([float(row["body_mass_g"]) for row in rows]) / 1000
    return Penguins(
        millimetres=millimetres,
        x=(millimetres - seen.mean(0)) / seen.std(0),
        y=y,
        species=tuple(row["species"] for row in rows),
        labels=tuple(
            f"{row['species']}, {row['island']}, {kg:.2f} kg" for row, kg in zip(rows, y, strict=True)
        ),
    )


def penguin(example: int) -> tuple[Tensor, Tensor]:
    """One penguin as fixed data: its standardised lengths phi, shape (3,), and its mass y in kg."""
    return _fixed(penguins().x[example], "phi"), _fixed(penguins().y[example], "y")


def penguin_in_millimetres(example: int) -> tuple[Tensor, Tensor]:
    """The same penguin, its lengths left in millimetres."""
    return _fixed(penguins().millimetres[example], "phi"), _fixed(penguins().y[example], "y")


KIND = "Gentoo"
TWO = (1, 2)  # bill depth and flipper length tell this kind from the others


def penguin_and_kind(example: int) -> tuple[Tensor, Tensor]:
    """One penguin as fixed data: two standardised lengths phi, and y, 1 for a Gentoo and −1 for another."""
    kinds = kinds_of_penguins()
    return _fixed(penguins().x[example, TWO], "phi"), _fixed(kinds[example], "y")


@cache
def kinds_of_penguins() -> Array:
    """For every penguin 1 if it is a Gentoo, else −1."""
    return np.array([1.0 if species == KIND else -1.0 for species in penguins().species])


def margins(w: Array, b: float, held_out: bool = False) -> Array:
    """The margin of every training penguin, or of those held out, told as Gentoo by w · phi + b."""
    rows = slice(TRAINING, None) if held_out else slice(TRAINING)
    scores: Array = penguins().x[rows][:, TWO] @ w + b
    return scores * kinds_of_penguins()[rows]


def mean_loss(w: Array, b: float) -> float:
    """The mean squared error over the training penguins, in kg²."""
    x, y = penguins().training
    return float(np.mean((x @ w + b - y) ** 2))


def held_out_error(w: Array, b: float) -> float:
    """By how many grams a prediction for a held-out penguin is off, on average."""
    x, y = penguins().held_out
    return float(np.mean(np.abs(x @ w + b - y))) * 1000


@cache
def best_weights() -> tuple[Array, float]:
    """The weights and the bias with the lowest mean loss, found at once by least squares."""
    x, y = penguins().training
    solution = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0]
    return solution[:3], float(solution[3])


def _fixed(data: Any, name: str) -> Tensor:
    return Tensor(data, requires_grad=False, name=name)

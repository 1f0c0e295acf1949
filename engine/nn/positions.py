"""Positions: attention sees a set, not a sequence, so each vector is told where it stands."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.nn.entry import Entry, Given, Size
from engine.nn.initial import Seed, generator, normal
from engine.nn.module import Module, fixed
from engine.scope import Kind
from engine.tensor import Tensor


def _kind(name: str) -> Kind:
    return Kind(
        name,
        formula="<x> + P",
        says="Add to each vector of <x> the row of P for its place.",
        says_backward=(
            "A sum hands its gradient on unchanged: to <x>, and to the rows of P where these are learned."
        ),
    )


class LearnedPositions(Module):
    """x + P, where P has a learned row for each of `max_len` places, as in BERT. (L, d) -> (L, d)."""

    kind = _kind("LearnedPositions")

    def __init__(self, max_len: int, d_model: int, seed: Seed = None) -> None:
        self.P = normal(generator(seed), max_len, d_model)

    def forward(self, x: Tensor) -> Tensor:
        """(…, L, d) -> (…, L, d), L at most max_len."""
        most, size = self.P.shape
        self.check_sequence(x, size)
        if x.shape[-2] > most:
            raise self.error(
                f"the sequence has {x.shape[-2]} places, but only {most} were learned; "
                "take more places (max_len) or a shorter sequence"
            )
        rows = self.P[: x.shape[-2]]
        return x + rows


class SinusoidalPositions(Module):
    """x + P, where the columns of P are waves of growing length: sine and cosine in turn. (L, d) -> (L, d).

    P[t, 2k] = sin(t / 10000^(2k/d)), P[t, 2k + 1] = cos of the same. There is nothing to learn and no last
    place.
    Source: Vaswani and others, Attention is all you need, 2017.
    """

    kind = _kind("SinusoidalPositions")

    def __init__(self, d_model: int) -> None:
        self.d_model = d_model

    def forward(self, x: Tensor) -> Tensor:
        """(…, L, d) -> (…, L, d)."""
        self.check_sequence(x, self.d_model)
        return x + fixed("P", waves(x.shape[-2], self.d_model).astype(x.dtype))


def waves(length: int, d_model: int) -> np.ndarray:
    """The table P for `length` places: (length, d_model).

    >>> waves(2, 2).round(3).tolist()
    [[0.0, 1.0], [0.841, 0.54]]
    """
    column = np.arange(d_model)
    angle = np.arange(length)[:, None] / 10000.0 ** ((column - column % 2) / d_model)
    return np.where(column % 2 == 0, np.sin(angle), np.cos(angle))


def use_learned_positions(x: Tensor, tokens: int, places: int, d: int) -> Any:
    """What the gallery walks."""
    positions = LearnedPositions(places, d, seed=0)
    result = positions(x)
    return result.sum()


def use_sinusoidal_positions(x: Tensor, tokens: int, d: int) -> Any:
    """What the gallery walks."""
    positions = SinusoidalPositions(d)
    result = positions(x)
    return result.sum()


VECTORS = Given("x", "the vectors, as rows", lambda tokens, d: (tokens, d))
TOKENS = Size("tokens", 3, 1, 8, "tokens", "L")
NUMBERS = Size("d", 4, 1, 8, "numbers in each", "d")

Entry(
    block=LearnedPositions,
    group="Sequences",
    place=2,
    signature="x (L, d) → (L, d)",
    about="Tell each vector where it stands, by a learned vector for each place. BERT does it so.",
    symbols={
        "x": "the vectors, one for each token, as rows",
        "P": "the table, a learned row for each place; the first L are used",
    },
    build=use_learned_positions,
    result="The sum of all vectors: the gradient of x and of each place in use is 1.",
    inputs=(VECTORS,),
    sizes=(TOKENS, Size("places", 5, 1, 8, "places learned"), NUMBERS),
)
Entry(
    block=SinusoidalPositions,
    group="Sequences",
    place=3,
    signature="x (L, d) → (L, d)",
    about="Tell each vector where it stands, by waves of growing length: nothing to learn, no last place.",
    symbols={
        "x": "the vectors, one for each token, as rows",
        "P": "at place t, columns 2k and 2k + 1: sine and cosine of $t / 10000^{2k/d}$",
    },
    build=use_sinusoidal_positions,
    result="The sum of all vectors, so the gradient of each number is 1.",
    inputs=(VECTORS,),
    sizes=(TOKENS, NUMBERS),
)

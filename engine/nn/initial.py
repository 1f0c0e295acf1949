"""First values of weights: random, and yet repeatable, since all randomness comes from seeds."""

from __future__ import annotations

import math

import numpy as np

from engine.tensor import Tensor

Random = np.random.Generator
Seed = int | Random | None  # None: from the generator that all blocks share

_shared = np.random.default_rng(0)


def manual_seed(seed: int) -> None:
    """Start anew the generator that all blocks share which are built without a seed of their own."""
    global _shared
    _shared = np.random.default_rng(seed)


def generator(seed: Seed) -> Random:
    """Where a block gets its random numbers from. Parts of a block are passed the generator of the whole."""
    if seed is None:
        return _shared
    return seed if isinstance(seed, Random) else np.random.default_rng(seed)


def uniform(random: Random, inputs: int, *shape: int) -> Tensor:
    """Weights for `inputs` numbers that are added up: even between ±1/√inputs, as in PyTorch's layers."""
    bound = 1.0 / math.sqrt(inputs)
    return Tensor(random.uniform(-bound, bound, shape))


def glorot(random: Random, rows: int, columns: int) -> Tensor:
    """Weights that neither swell nor shrink values or gradients: even between ±√(6 / (rows + columns)).

    Source: Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks,
    2010.
    """
    bound = math.sqrt(6.0 / (rows + columns))
    return Tensor(random.uniform(-bound, bound, (rows, columns)))


def normal(random: Random, *shape: int) -> Tensor:
    """Weights of mean 0 and variance 1."""
    return Tensor(random.standard_normal(shape))


def constant(value: float, *shape: int) -> Tensor:
    """Weights that all start at `value`."""
    return Tensor(np.full(shape, value))

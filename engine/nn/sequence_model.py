"""What a model of sequences is: vectors in, as many vectors out, each aware of others."""

from __future__ import annotations

from typing import Any, NamedTuple

from engine.nn.module import Module
from engine.tensor import Tensor


class Memory(NamedTuple):
    """What was read: a vector for each place, and of a recurrent net the state after the last one."""

    vectors: Tensor
    state: Any  # a tuple of tensors, or None where nothing is carried along


def vector_at(x: Tensor, place: int) -> Tensor:
    """The vector at a place of a sequence (L, d), or of each sequence of a batch."""
    return x[place] if x.ndim == 2 else x[..., place, :]


class SequenceModel(Module):
    """(L, d) -> (L, h), with a batch in front or not. `causal`: no place looks at later ones."""

    causal: bool = False

    def remember(self, x: Tensor) -> Memory:
        """The vectors, and the last state where there is one."""
        return Memory(self(x), None)

"""PyTorch under the engine's names, so that a lesson's own code runs with it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

State = tuple[torch.Tensor, ...]


def torch_tensor(value: Any, requires_grad: bool = True, name: str = "") -> torch.Tensor:
    """A PyTorch tensor, made the way ours are."""
    return torch.tensor(np.asarray(value, dtype=float), requires_grad=requires_grad)


class FeedForward:
    """One layer, its weights set from outside."""

    W: torch.Tensor
    b: torch.Tensor

    def __init__(self, in_features: int, out_features: int, activation: str | None = "relu") -> None:
        self.bend = torch.relu if activation else torch.nn.Identity()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self.bend(torch.nn.functional.linear(x, self.W.T, self.b))  # type: ignore[no-any-return]


class EmbedToken:
    """A row of a table, set from outside, for each word."""

    E: torch.Tensor

    def __init__(self, words: Sequence[str], embedding_dim: int) -> None:
        self.words = list(words)

    def __call__(self, sentence: str) -> torch.Tensor:
        places = torch.tensor([self.words.index(word) for word in sentence.split()])
        return torch.nn.functional.embedding(places, self.E)


class Collapse:
    """One vector for a sequence."""

    def __init__(self, how: str) -> None:
        self.how = how

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(0) if self.how == "average" else x[0 if self.how == "first" else -1]


class AddNorm:
    """LayerNorm(x + f(x)), with gamma 1 and beta 0."""

    def __init__(self, f: Callable[[torch.Tensor], torch.Tensor], normalized_shape: int) -> None:
        self.f = f
        self.shape = (normalized_shape,)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.layer_norm(x + self.f(x), self.shape)


class SimpleRNN:
    """PyTorch's own cell, its weights set from outside."""

    U: torch.Tensor
    V: torch.Tensor

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        assert not bias
        self.initial = (torch.zeros(1, hidden_size, dtype=torch.double),)

    def __call__(self, state: State, x: torch.Tensor) -> State:
        return (torch.rnn_tanh_cell(x, state[0], self.V.T, self.U.T),)


class SequenceRNN:
    """A cell, folded over a sequence."""

    def __init__(self, cell: Any) -> None:
        self.cell = cell

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        state, outputs = self.cell.initial, []
        for each in x.split(1):
            state = self.cell(state, each)
            outputs.append(state[0])
        return torch.cat(outputs)


PEERS: dict[str, Any] = {
    "Tensor": torch_tensor,
    "FeedForward": FeedForward,
    "EmbedToken": EmbedToken,
    "Collapse": Collapse,
    "AddNorm": AddNorm,
    "SimpleRNN": SimpleRNN,
    "SequenceRNN": SequenceRNN,
    "cat": torch.cat,
}

"""PyTorch under the engine's names, so that a lesson's own code runs with it."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch


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
    """One step: tanh(h U + x V + b)."""

    U: torch.Tensor
    V: torch.Tensor
    b: torch.Tensor

    def __init__(self, input_size: int, hidden_size: int) -> None:
        self.hidden_size = hidden_size

    def __call__(self, h: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(h @ self.U + x @ self.V + self.b)


class SequenceRNN:
    """A fold of a cell over a sequence."""

    def __init__(self, cell: SimpleRNN) -> None:
        self.cell = cell

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        states = [torch.zeros(self.cell.hidden_size, dtype=x.dtype)]
        for vector in x:
            states.append(self.cell(states[-1], vector))
        return torch.stack(states[1:])


class Attention:
    """softmax(x Wq (x Wk)ᵀ / √d) (x Wv) Wo."""

    W_q: torch.Tensor
    W_k: torch.Tensor
    W_v: torch.Tensor
    W_o: torch.Tensor

    def __init__(self, embed_dim: int, is_causal: bool = False) -> None:
        self.is_causal = is_causal

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        q, k, v = x @ self.W_q, x @ self.W_k, x @ self.W_v
        mixed = torch.nn.functional.scaled_dot_product_attention(
            q[None], k[None], v[None], is_causal=self.is_causal
        )
        return mixed[0] @ self.W_o


PEERS: dict[str, Any] = {
    "Tensor": torch_tensor,
    "FeedForward": FeedForward,
    "EmbedToken": EmbedToken,
    "Collapse": Collapse,
    "AddNorm": AddNorm,
    "Attention": Attention,
    "softmax": lambda scores: torch.softmax(scores, -1),
    "SimpleRNN": SimpleRNN,
    "SequenceRNN": SequenceRNN,
}

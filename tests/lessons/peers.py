"""PyTorch under the engine's names, so that a lesson's own code runs with it."""

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


PEERS: dict[str, Any] = {"Tensor": torch_tensor, "FeedForward": FeedForward}

"""PyTorch under the engine's names, so that a lesson's own code runs with it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from lessons.models.model_digits import MODELS
from tests.lessons.twins import TWINS


def torch_tensor(value: Any, requires_grad: bool = True, name: str = "") -> torch.Tensor:
    """A PyTorch tensor, made the way ours are."""
    return torch.tensor(np.asarray(value, dtype=float), requires_grad=requires_grad)


class Conv:
    """PyTorch's own convolution, its filters set from outside."""

    W: torch.Tensor

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, bias: bool) -> None:
        assert not bias

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x, self.W)


def trained() -> SimpleNamespace:
    """The digit network with its shipped weights, made of PyTorch's functions."""
    weights = {name: torch.tensor(one) for name, one in MODELS[0].load().state_dict().items()}
    return SimpleNamespace(
        conv=lambda x: functional.conv2d(x, weights["conv.W"], weights["conv.b"], padding="same"),
        pool=lambda x: functional.max_pool2d(x, 2),
        classify=lambda x: x @ weights["classify.W"] + weights["classify.b"],
    )


class MaxPool:
    """PyTorch's own pooling, of a picture without channels."""

    def __init__(self, kernel_size: int, stride: int) -> None:
        self.sizes = kernel_size, stride

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return functional.max_pool2d(x.unsqueeze(0), *self.sizes)[0]  # type: ignore[no-any-return]


PEERS: dict[str, Any] = {
    "Tensor": torch_tensor,
    "cat": torch.cat,
    "Conv": Conv,
    "trained": trained,
    "MaxPool": MaxPool,
    "AvgPool": torch.nn.AvgPool2d,
    "cross_entropy": lambda scores, right: functional.cross_entropy(scores, torch.tensor(right)),
    **TWINS,
}

"""PyTorch under the engine's names, so that a lesson's own code runs with it."""

from typing import Any

import numpy as np
import torch

from tests.lessons.twins import TWINS


def torch_tensor(value: Any, requires_grad: bool = True, name: str = "") -> torch.Tensor:
    """A PyTorch tensor, made the way ours are."""
    return torch.tensor(np.asarray(value, dtype=float), requires_grad=requires_grad)


PEERS: dict[str, Any] = {"Tensor": torch_tensor, "cat": torch.cat, **TWINS}

"""Functions of tensors: every op by its name, and functions made of several ops, which open into their parts.

The names are those of `torch.nn.functional`. `functional.exp`, `functional.matmul` and so on are the op
records themselves.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.layers import avg_pool1d as avg_pool1d
from engine.layers import avg_pool2d as avg_pool2d
from engine.layers import conv1d as conv1d
from engine.layers import conv2d as conv2d
from engine.layers import layer_norm as layer_norm
from engine.layers import max_pool1d as max_pool1d
from engine.layers import max_pool2d as max_pool2d
from engine.losses import binary_cross_entropy_with_logits as binary_cross_entropy_with_logits
from engine.losses import cross_entropy as cross_entropy
from engine.losses import hinge_loss as hinge_loss
from engine.losses import logistic_loss as logistic_loss
from engine.losses import mse_loss as mse_loss
from engine.losses import nll_loss as nll_loss
from engine.op import OPS
from engine.rules import check_dim
from engine.scope import Kind, composite
from engine.softmax import log_softmax as log_softmax
from engine.softmax import logsumexp as logsumexp
from engine.softmax import softmax as softmax
from engine.tensor import Tensor, constant


def __getattr__(name: str) -> Any:
    if name in OPS:
        return OPS[name]
    near = difflib.get_close_matches(name, [*OPS, *globals()], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise AttributeError(f"engine.functional has no {name}{hint}")


@composite(
    Kind(
        "linear",
        formula=r"<x> \, <y>^{\top} + <z>",
        says="Multiply <x> by the weights <y> and add the bias <z>.",
        says_backward=(
            "The gradient goes through the weights back to the input, and to weights and bias themselves."
        ),
    )
)
def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x Wᵀ + b. `x`: (…, inputs); `weight`: (outputs, inputs), as in PyTorch; `bias`: (outputs)."""
    product: Tensor = x @ weight.T
    return product if bias is None else product + bias


def std(x: Tensor, dim: Any = None, keepdim: bool = False, *, correction: float = 1) -> Tensor:
    """The standard deviation: the square root of `var`."""
    return OPS["sqrt"](OPS["var"](x, dim, keepdim=keepdim, correction=correction))  # type: ignore[no-any-return]


def split(x: Tensor, size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """The tensor cut along `dim` into pieces of length `size` (the last may be shorter), or of those listed.

    >>> [piece.tolist() for piece in split(Tensor([1.0, 2.0, 3.0]), 2)]
    [[1.0, 2.0], [3.0]]
    """
    axis = check_dim("split", dim, x.ndim)
    length = x.shape[axis]
    if isinstance(size, int):
        if size < 1:
            raise ValueError(f"split: pieces of length {size} cannot be cut; the length must be 1 or more")
        starts = range(0, max(length, 1), size)
        sizes: Sequence[int] = [min(size, length - start) for start in starts]
    else:
        sizes = size
        if sum(sizes) != length:
            raise ValueError(
                f"split: the lengths {list(sizes)} add up to {sum(sizes)}, but dim {axis} has length {length}"
            )
    pieces = []
    start = 0
    for n in sizes:
        pieces.append(x[(slice(None),) * axis + (slice(start, start + n),)])
        start += n
    return tuple(pieces)


def one_hot(classes: Any, count: int) -> Tensor:
    """A row of length `count` for every class, 1 at its place and 0 elsewhere, as fixed data."""
    places = np.asarray(constant(classes).data, dtype=int)
    if places.size and not 0 <= places.min() <= places.max() < count:
        raise ValueError(
            f"one_hot: classes go from 0 to {count - 1}, but {places.min()} to {places.max()} came"
        )
    return Tensor(np.eye(count)[places], requires_grad=False)

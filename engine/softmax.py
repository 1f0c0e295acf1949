"""Softmax and its relatives, made of ops: in a drawing they open into their parts."""

from __future__ import annotations

import numpy as np

from engine.op import OPS
from engine.scope import Kind, composite
from engine.tensor import Tensor


def largest_of(x: Tensor, dim: int) -> Tensor:
    """The largest entry along `dim`, as fixed data: subtracting it keeps exp() from overflowing.

    Where it is infinite 0 is taken, so that −∞ − (−∞) does not spoil the rest.
    """
    top = OPS["amax"](x, dim, True)
    largest = OPS["detach"](top)
    if not np.all(np.isfinite(largest.data)):
        return Tensor(np.where(np.isfinite(largest.data), largest.data, 0.0), requires_grad=False)
    return largest  # type: ignore[no-any-return]


@composite(
    Kind(
        "softmax",
        formula=r"\frac{e^{<x>}}{\sum e^{<x>}}",
        says="Turn the scores <x> into positive shares that add up to 1.",
        says_backward=(
            "The shares depend on each other: each score gets its share times how far its own "
            "gradient lies above "
            "the average gradient."
        ),
        backward=r"<out> \cdot \left( <g> - \textstyle\sum <g> \cdot <out> \right)",
    ),
    joint="softmax",
)
def softmax(x: Tensor, dim: int = -1) -> Tensor:
    """Positive shares that add up to 1 along `dim`: exp(x) / sum(exp(x)). The shape stays.

    >>> softmax(Tensor([0.0, 0.0])).tolist()
    [0.5, 0.5]
    """
    largest = largest_of(x, dim)
    shifted = x - largest
    e = OPS["exp"](shifted)
    total = e.sum(dim, keepdim=True)
    return e / total  # type: ignore[no-any-return]


@composite(
    Kind(
        "log_softmax",
        formula=r"<x> - \ln \sum e^{<x>}",
        says="Take the logarithms of the softmax shares of <x>.",
        says_backward="Each score gets its own gradient, less its share of all the gradients together.",
        backward=r"<g> - e^{<out>} \textstyle\sum <g>",
    ),
    joint="log_softmax",
)
def log_softmax(x: Tensor, dim: int = -1) -> Tensor:
    """The logarithm of softmax, computed without taking the logarithm of a tiny share. The shape stays."""
    shifted = x - largest_of(x, dim)
    total = OPS["exp"](shifted).sum(dim, keepdim=True)
    return shifted - OPS["log"](total)  # type: ignore[no-any-return]


@composite(
    Kind(
        "logsumexp",
        formula=r"\ln \sum e^{<x>}",
        says="Take a smooth version of the maximum of <x>.",
        says_backward="Each entry gets its softmax share of the gradient.",
        backward=r"<g> \cdot \operatorname{softmax}(<x>)",
    )
)
def logsumexp(x: Tensor, dim: int = -1, keepdim: bool = False) -> Tensor:
    """log(sum(exp(x))) along `dim`, without overflow.

    >>> round(logsumexp(Tensor([1000.0, 1000.0])).item(), 3)
    1000.693
    """
    largest = largest_of(x, dim)
    total = OPS["exp"](x - largest).sum(dim, keepdim=True)
    out: Tensor = OPS["log"](total) + largest
    return out if keepdim else out.squeeze(dim)

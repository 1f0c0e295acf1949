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
from engine.op import OPS
from engine.rules import check_dim
from engine.scope import Kind, composite
from engine.tensor import Tensor, constant


def __getattr__(name: str) -> Any:
    if name in OPS:
        return OPS[name]
    near = difflib.get_close_matches(name, [*OPS, *globals()], n=1)
    hint = f"; did you mean {near[0]}?" if near else ""
    raise AttributeError(f"engine.functional has no {name}{hint}")


def largest_of(x: Tensor, dim: int) -> Tensor:
    """The largest entry along `dim`, as fixed data: subtracting it keeps exp() from overflowing.

    Where it is infinite 0 is taken, so that −∞ − (−∞) does not spoil the rest.
    """
    largest = OPS["detach"](OPS["amax"](x, dim, True))
    if not np.all(np.isfinite(largest.data)):
        return Tensor(np.where(np.isfinite(largest.data), largest.data, 0.0), requires_grad=False)
    return largest  # type: ignore[no-any-return]


@composite(
    Kind(
        "softmax",
        formula=r"\frac{e^{<x>}}{\sum e^{<x>}}",
        says="Turn the scores <x> into positive shares that add up to 1.",
        says_backward=(
            "The shares depend on each other: each score gets its share times how far its own gradient lies above "
            "the average gradient."
        ),
        backward=r"<out> \cdot \left( <g> - \textstyle\sum <g> \cdot <out> \right)",
    ),
    joint="softmax",
)
def softmax(x: Tensor, dim: int = -1) -> Tensor:
    """Positive shares that add up to 1 along `dim`: exp(x) / sum(exp(x)). The shape stays.

    >>> softmax(Tensor([0.0, np.log(3.0)])).tolist()
    [0.25, 0.75]
    """
    largest = largest_of(x, dim)
    e = OPS["exp"](x - largest)
    total = e.sum(dim, keepdim=True)
    return e / total  # type: ignore[no-any-return]


@composite(
    Kind(
        "log_softmax",
        formula=r"<x> - \ln \sum e^{<x>}",
        says="Take the logarithms of the softmax shares of <x>.",
        says_backward="Each score gets its own gradient, less its share of all the gradients together.",
        backward=r"<g> - e^{<out>} \textstyle\sum <g>",
    )
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
    return out if keepdim or x.ndim == 0 else OPS["squeeze"](out, dim)  # type: ignore[no-any-return]


def reduced(name: str, losses: Tensor, reduction: str) -> Tensor:
    """The losses averaged ("mean"), added up ("sum"), or as they are ("none")."""
    if reduction == "none":
        return losses
    if reduction not in ("mean", "sum"):
        raise ValueError(f"{name}: reduction is {reduction!r}, but it must be 'mean', 'sum' or 'none'")
    return OPS[reduction](losses)  # type: ignore[no-any-return]


def _same_shape(name: str, x: Tensor, target: Any) -> Tensor:
    """The target as a tensor of the shape of `x`: a broadcast here would be a mistake that fits silently."""
    y = constant(target)
    if x.shape != y.shape:
        raise ValueError(
            f"{name}: the predictions have shape {x.shape} but the targets have shape {y.shape}; "
            "reshape one of them, or every prediction would be compared with every target"
        )
    return y


@composite(
    Kind(
        "mse_loss",
        formula=r"\tfrac{1}{n} \sum (<x> - <y>)^2",
        says="Take the mean of the squared distances between <x> and <y>.",
        says_backward="The gradient is proportional to the residual, <x> minus <y>: far-off predictions pull harder.",
        backward=r"<g> \cdot \tfrac{2}{n} (<x> - <y>)",
    )
)
def mse_loss(x: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """Squared error of predictions against targets of the same shape.

    >>> mse_loss(Tensor([1.0, 1.0]), [0.0, 3.0], reduction="sum").item()
    5.0
    """
    residual = x - _same_shape("mse_loss", x, target)
    return reduced("mse_loss", OPS["square"](residual), reduction)


@composite(
    Kind(
        "hinge_loss",
        formula=r"\max(1 - <x> \cdot <y>, 0)",
        says="Ask for a margin of 1: the loss is what the margin, <x> times <y>, lacks of it.",
        says_backward="While the margin is below 1, the score is pushed towards its label; above 1 no gradient passes.",
        backward=r"<g> \cdot (-<y>) \, [<x> \cdot <y> < 1]",
    )
)
def hinge_loss(score: Tensor, label: Any, reduction: str = "mean") -> Tensor:
    """max(1 − score·label, 0) for labels −1 and 1, in the shape of the scores.

    >>> hinge_loss(Tensor(4.0), -1.0).item()
    5.0
    """
    margin = score * _same_shape("hinge_loss", score, label)
    return reduced("hinge_loss", OPS["relu"](1.0 - margin), reduction)


@composite(
    Kind(
        "logistic_loss",
        formula=r"\ln(1 + e^{-<x> \cdot <y>})",
        says="Take a smooth version of the hinge loss of the margin, <x> times <y>.",
        says_backward="The score is pushed towards its label, the harder the more wrong it is, and never quite stops.",
        backward=r"<g> \cdot (-<y>) \, \sigma(-<x> \cdot <y>)",
    )
)
def logistic_loss(score: Tensor, label: Any, reduction: str = "mean") -> Tensor:
    """log(1 + exp(−score·label)) for labels −1 and 1, in the shape of the scores."""
    margin = score * _same_shape("logistic_loss", score, label)
    return reduced("logistic_loss", OPS["softplus"](-margin), reduction)


def _classes(name: str, x: Tensor, target: Any) -> tuple[int, Tensor]:
    """The dim of the classes, and the right class of every example as whole numbers."""
    y = constant(target)
    dim = 0 if x.ndim == 1 else 1
    if x.ndim == 0 or y.shape != x.shape[:dim] + x.shape[dim + 1 :]:
        raise ValueError(
            f"{name}: the scores have shape {x.shape}, so the targets need shape {x.shape[:dim] + x.shape[dim + 1 :]}, "
            f"one class for each example, but they have shape {y.shape}"
        )
    places = np.asarray(y.data)
    if places.dtype.kind == "f" and np.all(places == np.floor(places)):
        places = places.astype(int)
    if places.dtype.kind not in "iu":
        raise ValueError(
            f"{name}: the targets must be classes 0, 1, 2, …, but they are of type {places.dtype}"
        )
    wrong = places[(places < 0) | (places >= x.shape[dim])]
    if wrong.size:
        raise ValueError(
            f"{name}: class {wrong[0]} does not exist; the scores are for classes 0 to {x.shape[dim] - 1}"
        )
    return dim, y if places is y.data else Tensor(places, name=y.name)


@composite(
    Kind(
        "nll_loss",
        formula=r"-<x>[<y>]",
        says="Pick the log-probability of the right class <y>, and turn its sign.",
        says_backward="Only the right class is in the loss, so only it gets a gradient.",
        backward=r"-<g> \text{ at } <y>, \; 0 \text{ elsewhere}",
    )
)
def nll_loss(log_p: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """Negative log-likelihood: −log_p[right class]. `log_p`: (classes) or (examples, classes, …)."""
    dim, right = _classes("nll_loss", log_p, target)
    picked = OPS["gather"](log_p, dim, Tensor(np.expand_dims(right.data, dim), name=right.name))
    return reduced("nll_loss", -OPS["squeeze"](picked, dim), reduction)


@composite(
    Kind(
        "cross_entropy",
        formula=r"-\ln \operatorname{softmax}(<x>)[<y>]",
        says="Take minus the logarithm of the softmax share that <x> gives to the right class <y>.",
        says_backward="The gradient is the softmax share, less 1 at the right class: the parts add up to 0.",
        backward=r"<g> \cdot \left( \operatorname{softmax}(<x>) - \operatorname{onehot}(<y>) \right)",
    )
)
def cross_entropy(scores: Tensor, target: Any, reduction: str = "mean") -> Tensor:
    """−log softmax(scores)[right class]. `scores`: (classes) or (examples, classes, …); `target`: classes.

    A target of floats in the shape of the scores is taken as probabilities of the classes.

    >>> round(cross_entropy(Tensor([[0.0, 0.0]]), [1]).item(), 4)
    0.6931
    """
    if constant(target).shape == scores.shape and scores.ndim > 0:
        dim = 0 if scores.ndim == 1 else 1
        losses = -(log_softmax(scores, dim) * target).sum(dim)
        return reduced("cross_entropy", losses, reduction)
    dim, right = _classes("cross_entropy", scores, target)
    return nll_loss(log_softmax(scores, dim), right, reduction)


@composite(
    Kind(
        "binary_cross_entropy_with_logits",
        formula=r"-<y> \ln \sigma(<x>) - (1 - <y>) \ln (1 - \sigma(<x>))",
        says="Compare the probability σ(<x>) with the label <y>, which is 0 or 1.",
        says_backward="The gradient is the probability minus the label.",
        backward=r"<g> \cdot (\sigma(<x>) - <y>)",
    )
)
def binary_cross_entropy_with_logits(score: Tensor, label: Any, reduction: str = "mean") -> Tensor:
    """Cross-entropy of σ(score) against labels 0 and 1 of the same shape, computed without overflow."""
    y = _same_shape("binary_cross_entropy_with_logits", score, label)
    losses = OPS["softplus"](score) - score * y
    return reduced("binary_cross_entropy_with_logits", losses, reduction)


@composite(
    Kind(
        "linear",
        formula=r"<x> \, <y>^{\top} + <z>",
        says="Multiply <x> by the weights <y> and add the bias <z>.",
        says_backward="The gradient goes through the weights back to the input, and to weights and bias themselves.",
    )
)
def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """x Wᵀ + b. `x`: (…, inputs); `weight`: (outputs, inputs), as in PyTorch; `bias`: (outputs)."""
    product = x @ weight.T
    return product if bias is None else product + bias


def std(x: Tensor, dim: Any = None, keepdim: bool = False, *, correction: float = 1) -> Tensor:
    """The standard deviation: the square root of `var`."""
    return OPS["sqrt"](OPS["var"](x, dim, keepdim=keepdim, correction=correction))  # type: ignore[no-any-return]


def split(x: Tensor, size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """The tensor cut along `dim` into pieces of length `size`, or of the lengths listed; the last may be shorter.

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
    """A row for every class, 1 at its place and 0 elsewhere, as fixed data; `count` is the length of a row."""
    places = np.asarray(constant(classes).data, dtype=int)
    if places.size and not 0 <= places.min() <= places.max() < count:
        raise ValueError(
            f"one_hot: classes go from 0 to {count - 1}, but {places.min()} to {places.max()} came"
        )
    return Tensor(np.eye(count)[places], requires_grad=False)

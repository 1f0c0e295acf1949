"""Losses, made of ops: how far predictions are from targets, as one number or one for each example.

The names are those of `torch.nn.functional`; they are also found in `engine.functional`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.apply import mode
from engine.op import OPS
from engine.ops.cross_entropy import class_dim, whole
from engine.scope import Kind, composite
from engine.softmax import log_softmax
from engine.tensor import Tensor, constant


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
        says_backward=(
            "The gradient is proportional to the residual, <x> minus <y>: far-off predictions pull harder."
        ),
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
        says_backward=(
            "While the margin is below 1, the score is pushed towards its label; above 1 no gradient passes."
        ),
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
        says_backward=(
            "The score is pushed towards its label, the harder the more wrong it is, and never quite stops."
        ),
        backward=r"<g> \cdot (-<y>) \, \sigma(-<x> \cdot <y>)",
    )
)
def logistic_loss(score: Tensor, label: Any, reduction: str = "mean") -> Tensor:
    """log(1 + exp(−score·label)) for labels −1 and 1, in the shape of the scores."""
    margin = score * _same_shape("logistic_loss", score, label)
    return reduced("logistic_loss", OPS["softplus"](-margin), reduction)


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
    right = whole(target)
    dim = class_dim("nll_loss", log_p.data, right.data)
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
    if not mode.watching:
        return OPS["cross_entropy"](scores, target, reduction)  # type: ignore[no-any-return]
    right = whole(target)
    dim = class_dim("cross_entropy", scores.data, right.data)
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

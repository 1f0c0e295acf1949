"""The bends between layers, by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.op import OPS
from engine.tensor import Tensor


@dataclass(frozen=True)
class Activation:
    """A function that is applied to each number, and how to write it."""

    apply: Callable[[Tensor], Tensor]
    tex: str  # around its argument: r"\\tanh(%s)"
    says: str


ACTIVATIONS = {
    "relu": Activation(OPS["relu"], r"\operatorname{ReLU}(%s)", "keep what is positive"),
    "sigmoid": Activation(OPS["sigmoid"], r"\sigma(%s)", "squash between 0 and 1"),
    "tanh": Activation(OPS["tanh"], r"\tanh(%s)", "squash between −1 and 1"),
    "gelu": Activation(OPS["gelu"], r"\operatorname{GELU}(%s)", "keep what is positive, with a smooth bend"),
    None: Activation(lambda x: x, "%s", ""),
}
Name = str | None  # None: no bend, the layer stays linear


def activation(block: str, name: Name) -> Activation:
    """The activation of this name."""
    if name not in ACTIVATIONS:
        known = ", ".join(repr(one) for one in ACTIVATIONS)
        raise ValueError(f"{block}: activation {name!r} is not known; choose one of {known}")
    return ACTIVATIONS[name]

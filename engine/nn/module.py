"""`Module`: a block of a net, with its weights and the blocks that it is made of.

A block is a function with weights: calling it applies it, and inside `watch()` the call opens a scope, so
that the drawing shows it as a box. What is made of what follows from the attributes: tensors are weights,
modules (and lists of modules) are parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np

from engine.apply import mode
from engine.scope import Kind, open_scope
from engine.tensor import Tensor


class Module:
    """A block. A subclass sets its weights and parts in `__init__`, and says in `forward` what it computes.

    A tensor without a name that becomes an attribute is the block's own: it takes the attribute's name, and a
    drawing shows it inside the block's box. A tensor with a name of its own is used as a weight all the same,
    but stays outside of the box, as the learner's input that it is.

    >>> class Scale(Module):
    ...     kind = Kind("Scale", formula="<x> s", says="Scale <x>.", says_backward="Scale the gradient.")
    ...     def __init__(self) -> None:
    ...         self.s = Tensor([2.0, 3.0])
    ...     def forward(self, x: Tensor) -> Tensor:
    ...         return x * self.s
    >>> scale = Scale()
    >>> scale(Tensor([1.0, 1.0])).tolist(), list(scale.state_dict())
    ([2.0, 3.0], ['s'])
    """

    kind: Kind  # what the closed box says
    label: str | None = None  # the box's own name, such as "block 3"; else that of its kind
    training: bool = True  # dropout asks for it
    forward: Callable[..., Any]

    def __call__(self, *inputs: Any, **options: Any) -> Any:
        return self.run(self.forward, self.label, *inputs, **options)

    def called(self, label: str, *inputs: Any, **options: Any) -> Any:
        """Call the block with a name for this call alone, such as "step 2"."""
        return self.run(self.forward, label, *inputs, **options)

    def run(
        self,
        function: Callable[..., Any],
        label: str | None,
        *inputs: Any,
        kind: Kind | None = None,
        **options: Any,
    ) -> Any:
        """Apply `function`, which is `forward` or another way through the block, inside the block's box."""
        if not mode.watching:
            return function(*inputs, **options)
        kind = kind or self.describe(*inputs)
        with open_scope(kind, label, self.size(), self.arguments(*inputs), self):
            return function(*inputs, **options)

    def describe(self, *inputs: Any) -> Kind:
        """What the closed box says about a call with these inputs."""
        return self.kind

    def arguments(self, *inputs: Any) -> tuple[Tensor, ...]:
        """What stands for `<x>`, `<y>` and `<z>` in the words of the box; nothing if not all are tensors."""
        given = tuple(one for one in inputs if one is not None)
        return given if all(isinstance(one, Tensor) for one in given) else ()

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor) and value.is_leaf and value.name is None:
            mark_as_own(value, name)
        object.__setattr__(self, name, value)

    def children(self) -> Iterator[tuple[str, Module]]:
        """The blocks that this one is made of, by name."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, list | tuple):
                for i, part in enumerate(value):
                    if isinstance(part, Module):
                        yield f"{name}.{i}", part

    def named_tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every weight by its name, such as `attention.f.W_q`; one that has two names comes twice."""
        for name, value in vars(self).items():
            if isinstance(value, Tensor):
                yield name, value
        for name, part in self.children():
            for inner, tensor in part.named_tensors():
                yield f"{name}.{inner}", tensor

    def named_parameters(self) -> Iterator[tuple[str, Tensor]]:
        """The weights that learn, each once, under its first name."""
        seen: set[Tensor] = set()
        for name, tensor in self.named_tensors():
            if tensor.requires_grad and tensor not in seen:
                seen.add(tensor)
                yield name, tensor

    def parameters(self) -> list[Tensor]:
        """The weights that learn, each once: what an optimizer wants."""
        return [tensor for _, tensor in self.named_parameters()]

    def size(self) -> int:
        """How many numbers there are to learn."""
        found: dict[Tensor, int] = {}
        waiting: list[Module] = [self]
        for block in waiting:  # grows while it runs
            for value in vars(block).values():
                if isinstance(value, Tensor):
                    found[value] = math.prod(value.shape) if value.requires_grad else 0
                elif isinstance(value, Module):
                    waiting.append(value)
                elif isinstance(value, list | tuple):
                    waiting += [part for part in value if isinstance(part, Module)]
        return sum(found.values())

    def zero_grad(self) -> None:
        """Forget the gradients of all weights."""
        for parameter in self.parameters():
            parameter.grad = None

    def train(self, training: bool = True) -> Module:
        """Set the block and its parts to training, where dropout drops; `train(False)` is `eval()`."""
        self.training = training
        for _, part in self.children():
            part.train(training)
        return self

    def eval(self) -> Module:
        """Set the block and its parts to use, where nothing is random."""
        return self.train(False)

    def state_dict(self) -> dict[str, Any]:
        """A copy of every weight, by name."""
        return {name: tensor.numpy() for name, tensor in self.named_tensors()}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take the weights of a `state_dict()` of a block that is built alike; if one misfits, take none."""
        own = dict(self.named_tensors())
        missing = [name for name in own if name not in state]
        strange = [name for name in state if name not in own]
        if missing or strange:
            parts = (f"{', '.join(missing)} is missing" if missing else "", _unknown(strange))
            raise self.error(
                f"the weights are of another block: {'; '.join(filter(None, parts))}. Build the block with "
                f"the same "
                "arguments as the one that was saved"
            )
        for name, tensor in own.items():
            if np.shape(state[name]) != tensor.shape:
                raise self.error(
                    f"{name} has shape {tensor.shape}, but shape {np.shape(state[name])} came; "
                    "build the block with the same sizes as the one that was saved"
                )
        for name, tensor in own.items():
            value = np.array(state[name], dtype=tensor.dtype)
            tensor.replace(value.item() if value.ndim == 0 else value)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the weights to a file, usually named `….npz`."""
        with open(path, "wb") as file:
            np.savez(file, **self.state_dict())

    def load(self, path: str | PathLike[str]) -> None:
        """Take the weights that `save` wrote."""
        with np.load(path, allow_pickle=False) as state:
            self.load_state_dict(state)

    def error(self, text: str) -> ValueError:
        """An error that names the block."""
        return ValueError(f"{type(self).__name__}: {text}")

    def check_features(self, x: Tensor, size: int, what: str = "x") -> None:
        """Raise unless the last dim of `x` has length `size`."""
        if x.shape[-1:] != (size,):
            raise self.error(
                f"{what} has shape {x.shape}, but it was built for {size} features, so the last dim must be "
                f"{size}"
            )

    def check_sequence(self, x: Tensor, size: int, what: str = "x") -> None:
        """Raise unless `x` is a sequence of vectors: (length, size), or (batch, length, size)."""
        if x.ndim not in (2, 3):
            raise self.error(
                f"{what} has shape {x.shape}, but a sequence of vectors came expected: "
                f"(length, {size}), or (batch, length, {size})"
            )
        self.check_features(x, size, what)
        if x.shape[-2] == 0:
            raise self.error(f"{what} of shape {x.shape} is an empty sequence; give it at least one element")


def _unknown(names: list[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} not known here" if names else ""


def mark_as_own(tensor: Tensor, name: str) -> None:
    """Name a leaf and have drawings show it inside the box of the block that reads it."""
    tensor.name = name
    assert tensor._note is not None
    tensor._note.parameter = True


def fixed(name: str, value: Any) -> Tensor:
    """A table or mask that a block brings with it, and that does not learn."""
    tensor = Tensor(value, requires_grad=False)
    mark_as_own(tensor, name)
    return tensor


def named(tensor: Tensor, name: str) -> Tensor:
    """The tensor; where it is drawn, under this name."""
    if mode.watching:
        tensor.name = name
    return tensor


def through(blocks: Sequence[Module], x: Tensor, *others: Any, **options: Any) -> Tensor:
    """`x` through one block after the other; what is between two blocks is named x1, x2, …"""
    passed = [x]
    for number, block in enumerate(blocks):
        if number > 0:
            named(passed[-1], f"x{number}")
        passed.append(block(passed[-1], *others, **options))
    return passed[-1]

"""What an op is: one record that holds everything the project knows about it.

A record says how to compute a value (`forward`), how to send a gradient back to each argument
(`vjps`, one vector-Jacobian product per argument), how to write both down (`formula`, `backward`),
how to say both in words (`says`, `says_backward`), how one cell of the result is made of scalars
(`cell`) and on which arrays to try it (`examples`, `draw`). A record with a missing part fails at import.

Placeholders in formulas and sentences stand in angle brackets: `<x>`, `<y>`, `<z>` are the arguments,
`<out>` the result, `<g>` the upstream gradient, and `<dim>` and the like the parameters. An op of any
number of arguments writes them all as `<args>`; in its backward parts `<x>` is the one in question.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

Array = Any  # a Python float for a scalar, a NumPy array otherwise
Params = dict[str, Any]
ARGUMENTS = ("x", "y", "z")


@dataclass(frozen=True)
class Example:
    """Inputs on which an op is tried: by the tests, and by anyone who wants to see it work."""

    inputs: tuple[Any, ...]
    params: Params = field(default_factory=dict)


def example(*inputs: Any, **params: Any) -> Example:
    """An `Example`, from nested lists, numbers or arrays; keywords are the op's parameters.

    Python numbers become floats; NumPy arrays and booleans keep their type.
    """
    return Example(tuple(_example_array(x) for x in inputs), params)


def _example_array(x: Any) -> Any:
    array = np.asarray(x)
    return array.astype(float) if array.dtype.kind in "iu" and not isinstance(x, np.ndarray) else array


class Draw(Protocol):
    """Where an op's `draw` gets random choices from; the tests implement it."""

    def integer(self, low: int, high: int) -> int:
        """A whole number, both ends included."""

    def choice(self, *options: Any) -> Any:
        """One of `options`."""

    def shape(self, least: int = 0, most: int = 3, empty: bool = True) -> tuple[int, ...]:
        """A shape of `least` to `most` axes, of length 0 only if `empty`."""

    def shapes(self, count: int) -> list[tuple[int, ...]]:
        """Shapes that broadcast against each other."""

    def array(self, shape: tuple[int, ...], low: float | None = None, high: float | None = None) -> Array:
        """Floats from `low` to `high`, by default from the op's domain; ties among them."""

    def indices(self, shape: tuple[int, ...], below: int) -> Array:
        """Whole numbers from 0 up to `below`, that excluded."""


class Cells:
    """An array seen as scalar tensors: `cells[1, 2]` is the scalar tensor of that place.

    `make` makes the tensor of a place when it is first asked for; `made` are those that were.
    """

    __slots__ = ("_make", "made", "shape")

    def __init__(self, shape: tuple[int, ...], make: Callable[[tuple[int, ...]], Any]) -> None:
        self.shape = shape
        self.made: dict[tuple[int, ...], Any] = {}
        self._make = make

    def __getitem__(self, index: Any) -> Any:
        place = index if type(index) is tuple else (index,)
        try:
            return self.made[place]
        except KeyError:
            self.made[place] = scalar = self._make(place)
            return scalar

    def indices(self) -> Iterator[tuple[int, ...]]:
        """All indices, in reading order."""
        return np.ndindex(*self.shape)

    def flat(self, position: int) -> Any:
        """The scalar at a position counted in reading order."""
        return self[tuple(map(int, np.unravel_index(position, self.shape)))]

    def broadcast(self, index: tuple[int, ...]) -> Any:
        """The scalar that broadcasting puts at `index` of a result of more or larger dimensions."""
        own = index[len(index) - len(self.shape) :]
        return self[tuple(0 if size == 1 else i for i, size in zip(own, self.shape, strict=True))]


# Three rules that the backward pass knows by heart: they are most of a scalar net, and a call takes its time.


def unchanged(g: Array, out: Array, *arrays: Array, **params: Any) -> Array:
    """The rule of an argument that gets the upstream gradient as it is."""
    return g


def times_second(g: Array, out: Array, x: Array, y: Array) -> Array:
    """The rule of the first factor of a product."""
    return g * y


def times_first(g: Array, out: Array, x: Array, y: Array) -> Array:
    """The rule of the second factor of a product."""
    return g * x


@dataclass(frozen=True, kw_only=True, eq=False)
class Op:
    """One operation. Calling it applies it to tensors: `mul(x, y)`, `sum(x, dim=0)`.

    `forward(*arrays, **params)` returns an array; `vjps[k](g, out, *arrays, **params)` returns the
    gradient for argument k, in the argument's shape or in a shape that broadcasts to or from it:
    stretching, and summing over stretched axes, happen in one place, after the rule. An op of any
    number of arguments (`variadic`) has one rule, called as `vjp(k, g, out, *arrays, **params)`.
    """

    name: str
    symbol: str  # on the card: "×"
    expression: str  # on the card, plain text: "<x>·<y>"
    forward: Callable[..., Array]
    vjps: tuple[Callable[..., Array] | None, ...]  # None: this argument takes no gradient
    formula: str  # TeX: r"<x> \cdot <y>"
    backward: tuple[str, ...]  # TeX, per argument: r"<g> \cdot <y>"
    says: str  # "Multiply <x> by <y>."
    says_backward: tuple[str, ...]  # per argument
    cell: Callable[..., Any]  # cell(index, *Cells, **params) -> scalar Tensor
    examples: tuple[Example, ...]
    says_of_vectors: str = ""  # forward, where all arguments are vectors and that has a name of its own
    elementwise: bool = False  # broadcasts its arguments and works cell by cell
    variadic: bool = False
    bind: Callable[..., tuple[Sequence[Any], Params]] | None = (
        None  # a call's arguments -> inputs, parameters
    )
    prepare: Callable[..., Params] | None = (
        None  # checks shapes, fills in parameters: prepare(*arrays, **params)
    )
    scalar: Callable[..., float] | None = None  # forward on Python floats, where `forward` is slow on them
    draw: Callable[[Draw], Example] | None = None  # a random example; elementwise ops have one by themselves
    domain: tuple[float, float] = (-10.0, 10.0)  # where random tests may put its inputs
    peer: str | Callable[..., Any] = ""  # the tests compare with it: PyTorch's name, "torch.mul" by default
    method: str = ""  # name on Tensor; the op's own name by default, "-" for none
    note: Callable[..., str] | None = None  # note(*arrays, **params): what deserves a remark, such as a tie
    differentiable: bool = field(init=False)  # at least one argument takes a gradient

    def sentence(self, *arrays: Any) -> str:
        """What the op says of what it does with these arrays."""
        vectors = self.says_of_vectors and all(np.ndim(one) == 1 for one in arrays)
        return self.says_of_vectors if vectors else self.says

    def __post_init__(self) -> None:
        object.__setattr__(self, "differentiable", any(rule is not None for rule in self.vjps))
        for part in ("name", "symbol", "expression", "formula", "says"):
            if not getattr(self, part):
                raise ValueError(f"op {self.name or '?'}: the record has no {part}; fill it in")
        if not self.examples:
            raise ValueError(f"op {self.name}: the record has no examples; give at least one")
        if self.draw is None and not self.elementwise:
            raise ValueError(f"op {self.name}: the record has no draw; say how to make a random example")
        for part in ("backward", "says_backward"):
            if len(getattr(self, part)) != len(self.vjps):
                raise ValueError(
                    f"op {self.name}: {len(self.vjps)} arguments but {len(getattr(self, part))} entries in "
                    f"{part}; give one for each argument"
                )
            for k, text in enumerate(getattr(self, part)):
                if not text and self.vjps[k] is not None:
                    raise ValueError(f"op {self.name}: {part} is empty for argument {k + 1}; fill it in")
        register(self)

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        if self.bind is not None:
            inputs, params = self.bind(*args, **keywords)
            return apply(self, inputs, params)
        if len(args) != len(self.vjps) and not self.variadic:
            raise ValueError(
                f"{self.name}: it takes {_count(len(self.vjps), 'argument')}, but {len(args)} came; "
                f"write {self.name}({', '.join(ARGUMENTS[: len(self.vjps)])})"
            )
        return apply(self, args, keywords)

    def __repr__(self) -> str:
        return f"<op {self.name}>"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


OPS: dict[str, Op] = {}
_hooks: list[Callable[[Op], None]] = []
_appliers: list[Callable[[Op, Sequence[Any], Params], Any]] = []


def register(op: Op) -> None:
    """Enter `op` in the registry; two ops of one name are a mistake."""
    if op.name in OPS:
        raise ValueError(f"op {op.name}: a record of this name exists already; choose another name")
    OPS[op.name] = op
    for hook in _hooks:
        hook(op)


def on_register(hook: Callable[[Op], None]) -> None:
    """Call `hook` with every op, those that are registered already included."""
    _hooks.append(hook)
    for op in list(OPS.values()):
        hook(op)


def apply(op: Op, inputs: Sequence[Any], params: Params) -> Any:
    """Apply `op` to tensors, as `engine.apply` does it, which knows what a tensor is."""
    return _appliers[-1](op, inputs, params)


def apply_with(function: Callable[[Op, Sequence[Any], Params], Any]) -> None:
    """Let `function` apply ops to tensors."""
    _appliers.append(function)


def cellwise(op_name: str) -> Callable[..., Any]:
    """The `cell` of an elementwise op: the op itself, on the scalars that broadcasting brings together."""

    def cell(index: tuple[int, ...], *inputs: Cells, **params: Any) -> Any:
        return apply(OPS[op_name], [x.broadcast(index) for x in inputs], params)

    return cell


def elementwise(*, name: str, **parts: Any) -> Op:
    """An `Op` that works cell by cell, its arguments broadcast against each other."""
    return Op(name=name, elementwise=True, cell=cellwise(name), **parts)

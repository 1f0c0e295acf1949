"""The methods of `Tensor`: one for each op, put there by its record, and those made of several ops."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from engine import functional
from engine.apply import apply, binary, operand, reflected, unary
from engine.op import OPS, Op, on_register
from engine.tensor import Tensor


def _attach(op: Op) -> None:
    """Put the op's method on Tensor; `__mul__` brings `__rmul__` and `mul` with it."""
    name = op.method or op.name
    if name == "-":
        return
    method = _method(op, name)
    method.__name__ = name
    method.__doc__ = op.says
    setattr(Tensor, name, method)
    if name.startswith("__") and name != "__getitem__":
        setattr(Tensor, op.name, method)  # x.mul(y) beside x * y
        if len(op.vjps) == 2 and op.differentiable:
            setattr(Tensor, "__r" + name[2:], reflected(op))


def _method(op: Op, name: str) -> Callable[..., Any]:
    if op.bind is None and len(op.vjps) == 1 and op.differentiable:
        return unary(op)
    if op.bind is None and len(op.vjps) == 2 and name.startswith("__"):
        return binary(op) if op.differentiable else _comparison(op)

    def method(self: Tensor, *args: Any, **keywords: Any) -> Any:
        return op(self, *args, **keywords)

    return method


def _comparison(op: Op) -> Callable[..., Any]:
    def method(self: Tensor, other: Any) -> Any:
        right = other if isinstance(other, Tensor) else operand(other, self)
        return NotImplemented if right is None else apply(op, (self, right), {})

    return method


on_register(_attach)


class Extreme(NamedTuple):
    """What `x.max(dim)` gives: the values, and the places where they stand."""

    values: Tensor
    indices: Tensor


def _extreme(self: Tensor, name: str, dim: Any, keepdim: bool) -> Any:
    if isinstance(dim, Tensor):
        return apply(OPS["maximum" if name == "max" else "minimum"], (self, dim), {})
    values = OPS["a" + name](self, dim, keepdim)
    return values if dim is None else Extreme(values, OPS["arg" + name](self, dim, keepdim))


def _max(self: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest cell; with `dim`, (values, indices); with a tensor, the larger of the two cell by cell.

    Values that tie share the gradient equally. PyTorch does so in `x.max()`, but gives all of it to one
    of them in `x.max(dim)`.

    >>> Tensor([[1.0, 5.0], [7.0, 3.0]]).max(dim=1).indices.tolist()
    [1, 0]
    """
    return _extreme(self, "max", dim, keepdim)


def _min(self: Tensor, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest cell; with `dim`, (values, indices); with a tensor, the smaller of both cell by cell."""
    return _extreme(self, "min", dim, keepdim)


def _view(self: Tensor, *shape: Any) -> Any:
    """The same as `reshape`."""
    return OPS["reshape"](self, *shape)


def _turned(self: Tensor) -> Any:
    """The matrix with rows and columns swapped; a vector or a number stays as it is."""
    if self.ndim > 2:
        raise ValueError(
            f"T: the tensor has {self.ndim} dims; say which two to swap with transpose(dim0, dim1)"
        )
    return OPS["transpose"](self, 0, 1) if self.ndim == 2 else self


def _turned_last(self: Tensor) -> Any:
    """The last two dims swapped, batch dims left alone."""
    return OPS["transpose"](self, -2, -1)


def _attach_composed() -> None:
    for name, function in {"max": _max, "min": _min, "view": _view}.items():
        setattr(Tensor, name, function)
    for name in ("softmax", "log_softmax", "logsumexp", "split"):
        setattr(Tensor, name, getattr(functional, name))
    for name, getter in {"T": _turned, "mT": _turned_last}.items():
        setattr(Tensor, name, property(getter))


_attach_composed()

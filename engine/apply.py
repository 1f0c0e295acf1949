"""Applying an op: the value, and the tensor that remembers how it came about.

Scalars take a short way past everything that only arrays, parameters and `watch()` need.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import Context, copy_context
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np

from engine.backward import ARITHMETIC_ERRORS, FIXED
from engine.collector import paused_collector
from engine.op import Array, Op, apply_with
from engine.origin import Watch, origin
from engine.tensor import Tensor, as_data, constant, is_floating, next_number

_new = partial(object.__new__, Tensor)  # a tensor with nothing in it yet
_frame = sys._getframe
_NUMBERS = (int, float, list, tuple, Tensor)  # and what NumPy can make an array of


@dataclass(slots=True)
class Mode:
    """What a thread does besides computing."""

    recording: bool = True  # False inside no_grad()
    watch: Watch | None = None  # inside watch()
    scope: Any = None  # the innermost open Scope
    names: dict[str, int] = field(default_factory=dict)  # of the scopes so far that lie in no other


def _quiet_context() -> Context:
    """Where NumPy computes infinities without a warning: entering it costs less than `np.errstate`."""
    context = copy_context()
    context.run(np.seterr, all="ignore")
    return context


class _Here(threading.local):
    current = Mode()

    def __init__(self) -> None:
        self.quiet = _quiet_context()

    @property
    def watching(self) -> bool:
        """True inside watch()."""
        return self.current.watch is not None


mode = _Here()  # each thread has its own
_special = 0  # how many threads are inside no_grad() or watch(): 0 lets scalars take the short way
_special_lock = threading.Lock()


@contextmanager
def _special_mode(**settings: Any) -> Iterator[None]:
    global _special
    before = mode.current
    with _special_lock:
        _special += 1
    mode.current = replace(before, **settings)
    try:
        yield
    finally:
        mode.current = before
        with _special_lock:
            _special -= 1


def no_grad() -> Any:
    """Inside `with no_grad():` results are plain values: nothing is recorded, no gradient flows."""
    return _special_mode(recording=False)


@contextmanager
def watch(function: Callable[..., Any] | None = None) -> Iterator[None]:
    """Inside `with watch():` every result remembers its scope and the line of code that made it.

    With `function`, lines are those of this function, even where it calls others.
    """
    target = getattr(function, "__code__", None)
    with paused_collector(), _special_mode(watch=Watch(target), scope=None, names={}):
        yield


def apply(op: Op, inputs: Sequence[Any], params: dict[str, Any]) -> Tensor:
    """Apply `op` and record it: the long way, for arrays, parameters and every mode."""
    tensors = tuple([t if type(t) is Tensor else constant(t) for t in inputs])
    arrays = [t._data for t in tensors]
    if op.prepare is not None:
        params = op.prepare(*arrays, **params)
    data = _forward(op, arrays, params)
    out: Tensor = _new()
    out._data = data
    out.grad = None
    out._number = next_number()
    out._note = None
    now = mode.current
    needed = False
    if now.recording and op.differentiable:
        for t in tensors:
            if t._pass is not FIXED:
                needed = is_floating(data)
                break
    out._pass = None if needed else FIXED
    if needed or (now.watch is not None and now.recording):
        out._op, out._first, out._second = op, tensors, params
    else:
        out._op, out._first, out._second = None, (), None
    if now.watch is not None:
        out._note = origin(_frame(1), now.watch, now.scope)
    return out


def _forward(op: Op, arrays: list[Array], params: dict[str, Any]) -> Array:
    """The op's value: floats by its scalar rule where it has one, anything else by its array rule."""
    if not params and _floats(arrays):
        try:
            result = (op.scalar or op.forward)(*arrays)
            return result if type(result) is float else np.asarray(result).item()
        except (*ARITHMETIC_ERRORS, TypeError):
            arrays = [np.float64(a) for a in arrays]  # NumPy answers with inf or nan where Python stops
    try:
        data = mode.quiet.run(op.forward, *arrays, **params)
    except (ValueError, TypeError) as error:
        raise ValueError(_mismatch(op, arrays, error)) from None
    if not isinstance(data, np.ndarray) or data.ndim == 0:
        return np.asarray(data).item()
    for a in arrays:
        if data is a:
            data = data.view()  # a flag of its own
    data.flags.writeable = False
    return data


def _floats(arrays: list[Array]) -> bool:
    for a in arrays:  # noqa: SIM110, a generator would take as long as the op
        if type(a) is not float:
            return False
    return True


def _mismatch(op: Op, arrays: Sequence[Array], error: Exception) -> str:
    text = str(error)
    if text.startswith(op.name + ":"):
        return text
    shapes = [np.shape(a) for a in arrays]
    if op.elementwise and len(shapes) > 1:
        try:
            np.broadcast_shapes(*shapes)
        except ValueError:
            listed = ", ".join(f"{x} has shape {shape}" for x, shape in zip("xyz", shapes, strict=False))
            return (
                f"{op.name}: {listed}; these do not broadcast. Counted from the right, lengths must "
                f"be equal or 1"
            )
    return f"{op.name}: shapes {' and '.join(map(str, shapes))} do not fit together ({text}); check the sizes"


def unary(op: Op) -> Callable[..., Tensor]:
    """The method of an op of one argument: `self.exp()`."""
    scalar = op.scalar or op.forward

    def method(self: Tensor, *args: Any, **params: Any) -> Tensor:
        x = self._data
        if type(x) is not float or params or args:
            return op(self, *args, **params)  # type: ignore[no-any-return]
        try:
            data = scalar(x)
        except (OverflowError, ZeroDivisionError, ValueError, TypeError):
            return apply(op, (self,), params)
        if _special or self._pass is FIXED:
            return _with_mode(op, data, self, None)
        out: Tensor = _new()
        out._data = data
        out.grad = out._pass = out._note = out._second = None
        out._number = next_number()
        out._op = op
        out._first = self
        return out

    return method


def binary(op: Op) -> Callable[..., Any]:
    """The operator of an op of two arguments: `self + other`."""
    scalar = op.scalar or op.forward

    def method(self: Tensor, other: Any) -> Any:
        if type(other) is not Tensor:
            other = operand(other, self)
            if other is None:
                return NotImplemented
        x = self._data
        y = other._data
        if type(x) is not float or type(y) is not float:
            return apply(op, (self, other), {})
        try:
            data = scalar(x, y)
        except (OverflowError, ZeroDivisionError, ValueError, TypeError):
            return apply(op, (self, other), {})
        if _special or (self._pass is FIXED and other._pass is FIXED):
            return _with_mode(op, data, self, other)
        out: Tensor = _new()
        out._data = data
        out.grad = out._pass = out._note = None
        out._number = next_number()
        out._op = op
        out._first = self
        out._second = other
        return out

    return method


def _with_mode(op: Op, data: float, first: Tensor, second: Tensor | None) -> Tensor:
    """A scalar made the short way where gradients may not be wanted, or origins are."""
    now = mode.current
    out: Tensor = _new()
    out._data = data
    out.grad = out._note = None
    out._number = next_number()
    needed = now.recording and (
        first._pass is not FIXED or (second is not None and second._pass is not FIXED)
    )
    out._pass = None if needed else FIXED
    if needed or (now.watch is not None and now.recording):
        out._op, out._first, out._second = op, first, second
    else:
        out._op, out._first, out._second = None, (), None
    if now.watch is not None:
        out._note = origin(_frame(2), now.watch, now.scope)
    return out


def reflected(op: Op) -> Callable[..., Any]:
    """The operator with the tensor on the right: `2 + self`."""
    straight = binary(op)

    def method(self: Tensor, other: Any) -> Any:
        left = operand(other, self)
        return NotImplemented if left is None else straight(left, self)

    return method


def operand(value: Any, partner: Tensor) -> Tensor | None:
    """The other side of an operator as a tensor without a gradient, or None if it is nothing like numbers.

    Beside whole numbers a whole number stays one, as in PyTorch.
    """
    if type(value) is not float:
        if not isinstance(value, _NUMBERS) and not hasattr(value, "__array__"):
            return None
        if type(value) is int and not is_floating(partner._data):
            value = np.asarray(value)
        value = as_data(value, None)
    out: Tensor = _new()
    out._data = value
    out.grad = out._note = out._second = out._op = None
    out._pass = FIXED
    out._first = ()
    out._number = next_number()
    return out


apply_with(apply)

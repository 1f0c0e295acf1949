"""`Tensor`: a value that remembers how it was computed, and so can compute its gradient.

The names and the semantics are PyTorch's, with two differences. A tensor of floats asks for its
gradient unless told otherwise, and every tensor keeps its gradient, not only the leaves.

What is left out: in-place operations, views that share memory with what they came from, devices.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.op import Op, on_register
from engine.origin import Note, find_origin

_numbers = itertools.count()
_next_number = _numbers.__next__
_new = object.__new__
_get_number = attrgetter("_number")
_ZERO: Any = float("0")  # one float of its own: the gradient of a tensor that the pass has seen but not reached
_NO_PARAMS: dict[str, Any] = {}
_FAST: dict[str, Any] = {}  # the parameters of a scalar made the short way, told apart by identity
_CHANGED: dict[str, Any] = {}  # the parameters of a leaf whose data was set after it was made


class _Mode(threading.local):
    """What this thread does besides computing: remember origins, or not record at all."""

    recording = True  # False inside no_grad()
    watching = False  # True inside watch()
    target: Any = None  # the code object whose lines are shown
    scope: Any = None  # the innermost open Scope
    names: Any = None  # how often each scope name was opened outside any scope


mode = _Mode()
_special = 0  # how many threads are inside no_grad() or watch(): 0 lets scalars take the short way
_special_lock = threading.Lock()


@contextmanager
def _special_mode(**settings: Any) -> Iterator[None]:
    global _special
    before = {name: getattr(mode, name) for name in settings}
    with _special_lock:
        _special += 1
    for name, setting in settings.items():
        setattr(mode, name, setting)
    try:
        yield
    finally:
        for name, setting in before.items():
            setattr(mode, name, setting)
        with _special_lock:
            _special -= 1


def no_grad() -> Any:
    """Inside `with no_grad():` results are plain values: nothing is recorded, no gradient flows."""
    return _special_mode(recording=False)


def watch(function: Callable[..., Any] | None = None) -> Any:
    """Inside `with watch():` every result remembers its scope and the line of code that made it.

    With `function`, lines are those of this function, even where it calls others.
    """
    return _special_mode(watching=True, target=getattr(function, "__code__", None), scope=None, names={})


class Tensor:
    """A scalar (shape `()`, a Python float inside) or an array, with its gradient.

    `data`: a number, nested lists, a NumPy array or a tensor. Python numbers become floats; NumPy
    arrays of integers or booleans keep their type and take no gradient. `dtype` asks for another
    type than float64.

    >>> a, b, c = Tensor(1.0, name="a"), Tensor(2.0, name="b"), Tensor(3.0, name="c")
    >>> out = 2 * a + b * c
    >>> out.backward()
    >>> out.data, a.grad, b.grad, c.grad
    (8.0, 2.0, 3.0, 2.0)
    """

    __slots__ = ("_data", "grad", "requires_grad", "_op", "_first", "_second", "_params", "_number", "_note", "_pass")
    __array_ufunc__ = None  # NumPy arrays on the left leave the operation to us

    _data: Any
    grad: Any
    requires_grad: bool
    _op: Op | None
    _first: Any  # the inputs, as a tuple; of a scalar made the short way, the first of them
    _second: Tensor | None  # of a scalar made the short way, the second
    _params: dict[str, Any]
    _number: int
    _note: Note | None
    _pass: Any

    def __init__(
        self,
        data: Any,
        requires_grad: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        value = _as_data(data, dtype)
        floating = type(value) is float or (isinstance(value, np.ndarray) and value.dtype.kind == "f")
        if requires_grad and not floating:
            raise ValueError("Tensor: only floats can require a gradient; convert the data to float first")
        self._data = value
        self.grad = None
        self.requires_grad = floating if requires_grad is None else requires_grad
        self._op = None
        self._first = ()
        self._second = None
        self._params = _NO_PARAMS
        self._number = _next_number()
        self._note = Note(name=name) if name is not None else None
        self._pass = None

    @property
    def data(self) -> Any:
        """The value: a float for a scalar, else an array; arrays of computed tensors are read-only."""
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        if self._op is not None:
            raise ValueError(
                f"{self._title()} was computed by {self._op.name}; changing it in place would make its gradient "
                "wrong. Compute a new tensor, or change the leaf it came from"
            )
        value = _as_data(value, None)
        if np.shape(value) != self.shape:
            raise ValueError(
                f"{self._title()} has shape {self.shape} but the new data has shape {np.shape(value)}; "
                "make a new Tensor for another shape"
            )
        self._data = value
        self._params = _CHANGED
        self._number = _next_number()  # younger than what was computed from the old value: see backward()

    @property
    def name(self) -> str | None:
        """The name it was given, or None."""
        return self._note.name if self._note is not None else None

    @name.setter
    def name(self, name: str) -> None:
        if self._note is None:
            self._note = Note(name=name)
        else:
            self._note.name = name

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis; `()` for a scalar."""
        return () if type(self._data) is float else np.shape(self._data)

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> Any:
        """The NumPy type of the cells."""
        return np.asarray(self._data).dtype

    @property
    def is_leaf(self) -> bool:
        """True when no operation made it."""
        return self._op is None

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one axis."""
        return self.shape if dim is None else self.shape[dim]

    def dim(self) -> int:
        """The number of axes."""
        return self.ndim

    def numel(self) -> int:
        """The number of cells."""
        return int(np.prod(self.shape, dtype=int))

    def item(self) -> Any:
        """The only cell as a Python number."""
        if self.numel() != 1:
            raise ValueError(f"item: the tensor has {self.numel()} cells; item() needs exactly one")
        return np.asarray(self._data).item()

    def numpy(self) -> np.ndarray[Any, Any]:
        """The value as a new NumPy array."""
        return np.array(self._data)

    def tolist(self) -> Any:
        """The value as nested lists of Python numbers."""
        return np.asarray(self._data).tolist()

    def detach(self) -> Tensor:
        """The same value, cut off from what computed it: no gradient flows through."""
        return Tensor(self._data, requires_grad=False)

    def zero_grad(self) -> None:
        """Forget the gradient, so that the next `backward()` does not add to it."""
        self.grad = None

    def backward(self, gradient: Any = None) -> None:
        """Add d self / d t to `t.grad` for every tensor t that `self` was computed from.

        `gradient`: the upstream gradient, in this tensor's shape; 1 for a scalar. A second call adds
        again, as in PyTorch: see `zero_grad`.

        Source: reverse-mode differentiation, Linnainmaa 1970; Speelpenning 1980.
        """
        start = _seed(self, gradient)
        order = backward_order(self)
        self._pass = start
        for node in order:
            g = node._pass
            node._pass = None
            node.grad = g if node.grad is None else node.grad + g
            if node._params is _FAST:  # a scalar made the short way: floats all round, one or two arguments
                rules = node._op.vjps  # type: ignore[union-attr]
                first = node._first
                second = node._second
                if second is None:
                    first._pass += rules[0](g, node._data, first._data)  # type: ignore[misc]
                else:
                    x = first._data
                    y = second._data
                    if first.requires_grad:
                        first._pass += rules[0](g, node._data, x, y)  # type: ignore[misc]
                    if second.requires_grad:
                        second._pass += rules[1](g, node._data, x, y)  # type: ignore[misc]
            else:
                for k, t in enumerate(node._first):
                    if t.requires_grad:
                        send = contribution(node, k, g)
                        t._pass = send if t._pass is _ZERO else t._pass + send

    def __hash__(self) -> int:
        return id(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len: a scalar has no length; it holds one number")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise ValueError(f"bool: the tensor has {self.numel()} cells, so it is neither true nor false; use where()")
        return bool(self._data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __setitem__(self, index: Any, value: Any) -> None:
        raise ValueError(
            f"{self._title()} is recorded, so it cannot be changed in place: gradients computed from it would be "
            "wrong. Build a new tensor with where() or cat(), or set .data of a leaf as a whole"
        )

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        made = f", op={self._op.name}" if self._op is not None else ""
        return f"Tensor({np.array2string(np.asarray(self._data), separator=', ')}{name}{made})"

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The tensors that the op was applied to; none for a leaf."""
        if self._params is not _FAST:
            return self._first  # type: ignore[no-any-return]
        return (self._first,) if self._second is None else (self._first, self._second)

    def _title(self) -> str:
        return f"tensor {self.name!r}" if self.name else "this tensor"

    if TYPE_CHECKING:  # every op's record puts its method here, see _attach below

        def __getattr__(self, name: str) -> Any: ...
        def __add__(self, other: Any) -> Tensor: ...
        def __radd__(self, other: Any) -> Tensor: ...
        def __sub__(self, other: Any) -> Tensor: ...
        def __rsub__(self, other: Any) -> Tensor: ...
        def __mul__(self, other: Any) -> Tensor: ...
        def __rmul__(self, other: Any) -> Tensor: ...
        def __truediv__(self, other: Any) -> Tensor: ...
        def __rtruediv__(self, other: Any) -> Tensor: ...
        def __pow__(self, other: Any) -> Tensor: ...
        def __rpow__(self, other: Any) -> Tensor: ...
        def __matmul__(self, other: Any) -> Tensor: ...
        def __rmatmul__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __abs__(self) -> Tensor: ...
        def __getitem__(self, index: Any) -> Tensor: ...
        def __lt__(self, other: Any) -> Tensor: ...
        def __le__(self, other: Any) -> Tensor: ...
        def __gt__(self, other: Any) -> Tensor: ...
        def __ge__(self, other: Any) -> Tensor: ...


def _as_data(data: Any, dtype: Any) -> Any:
    """A float for anything of shape (), else an array that nobody else holds."""
    if type(data) is float and dtype is None:
        return data
    if isinstance(data, Tensor):
        data = data._data
    given = isinstance(data, np.ndarray | np.generic)
    try:
        array = np.array(data, dtype=dtype)
    except (ValueError, TypeError) as error:
        raise ValueError(f"Tensor: the data is no rectangular block of numbers ({error}); check its rows") from None
    if array.dtype.kind not in "fiub":
        raise ValueError(f"Tensor: the data is of type {array.dtype}, not numbers; give numbers or lists of numbers")
    if dtype is None and array.dtype.kind in "iu" and not given:
        array = array.astype(float)
    return array.item() if array.ndim == 0 else array


def _seed(root: Tensor, gradient: Any) -> Any:
    """The gradient that a backward pass starts with at `root`."""
    if gradient is None:
        if root.numel() != 1:
            raise ValueError(
                f"backward: the tensor has shape {root.shape}; only a single number has a default gradient of 1. "
                "Reduce it with sum() or mean(), or pass a gradient of this shape"
            )
        return 1.0 if type(root._data) is float else np.ones(root.shape, root._data.dtype)
    value = gradient._data if isinstance(gradient, Tensor) else gradient
    if np.shape(value) != root.shape:
        raise ValueError(f"backward: the gradient has shape {np.shape(value)} but the tensor has shape {root.shape}")
    return float(value) if root.shape == () else np.array(value, dtype=float)


def backward_order(root: Tensor) -> list[Tensor]:
    """Everything that `root` needs a gradient for, youngest first: consumers before what they consume.

    Each is marked as seen by this pass. Tensors are numbered as they are made, so sorting by number is
    a topological order: no recursion, whatever the depth.
    """
    if not root.requires_grad:
        raise ValueError(
            "backward: nothing here asks for a gradient; every input is fixed data (requires_grad=False), an "
            "integer, or was made inside no_grad()"
        )
    root._pass = _ZERO
    order = [root]
    append = order.append
    changed = None
    oldest = root._number
    for node in order:  # grows while it runs
        if node._op is None:
            if node._params is _CHANGED:
                changed = node if changed is None or node._number > changed._number else changed
            continue
        if node._number < oldest:
            oldest = node._number
        if node._params is _FAST:
            t = node._first
            if t._pass is None and t.requires_grad:
                t._pass = _ZERO
                append(t)
            t = node._second
            if t is not None and t._pass is None and t.requires_grad:
                t._pass = _ZERO
                append(t)
            continue
        for t in node._first:
            if t._pass is None and t.requires_grad:
                t._pass = _ZERO
                append(t)
    if changed is not None and changed._number > oldest:
        _refuse_changed_leaves(order)
    order.sort(key=_get_number, reverse=True)
    return order


def _refuse_changed_leaves(order: list[Tensor]) -> None:
    """Raise if a leaf's data was set after an op had used it: the leaf is then younger than the op."""
    for node in order:
        for t in node.inputs:
            if t._number > node._number and t.requires_grad:
                for seen in order:
                    seen._pass = None
                raise ValueError(
                    f"backward: {t._title()} was changed after {node._op.name if node._op else 'an op'} had used it, "
                    "so the recorded values no longer fit together. Run the forward pass again"
                )


def contribution(node: Tensor, k: int, g: Any) -> Any:
    """What `node` sends back to its argument `k`: upstream `g` through the op's rule, in the argument's shape."""
    op = node._op
    assert op is not None
    inputs = node.inputs
    t = inputs[k]
    with np.errstate(all="ignore"):
        send = op.vjp(k, g, node._data, tuple(i._data for i in inputs), node._params)
    return fit(send, t._data)


def fit(gradient: Any, data: Any) -> Any:
    """`gradient` summed over the axes along which `data` was stretched; as a float where `data` is one."""
    if type(data) is float:
        return gradient if type(gradient) is float else float(np.sum(gradient))
    shape = data.shape
    if np.shape(gradient) == shape:
        return gradient
    gradient = np.asarray(gradient)
    extra = gradient.ndim - len(shape)
    if extra > 0:
        gradient = gradient.sum(axis=tuple(range(extra)))
    stretched = tuple(i for i, n in enumerate(shape) if n == 1 and gradient.ndim > i and gradient.shape[i] != 1)
    if stretched:
        gradient = gradient.sum(axis=stretched, keepdims=True)
    return gradient if gradient.shape == shape else np.broadcast_to(gradient, shape)


def constant(value: Any) -> Tensor:
    """`value` as a tensor that takes no gradient."""
    return value if isinstance(value, Tensor) else Tensor(value, requires_grad=False)


def apply(op: Op, inputs: Sequence[Any], params: dict[str, Any]) -> Tensor:
    """Apply `op` and record it: the long way, for arrays, parameters and every mode."""
    tensors = tuple(t if type(t) is Tensor else constant(t) for t in inputs)
    data = _forward(op, tensors, params)
    out: Tensor = _new(Tensor)
    out._data = data
    out.grad = None
    out._number = _next_number()
    out._note = None
    out._pass = None
    floating = type(data) is float or (isinstance(data, np.ndarray) and data.dtype.kind == "f")
    out.requires_grad = mode.recording and floating and any(t.requires_grad for t in tensors)
    if out.requires_grad or (mode.watching and mode.recording):
        out._op, out._first, out._params = op, tensors, params
    else:
        out._op, out._first, out._params = None, (), _NO_PARAMS
    out._second = None
    if mode.watching:
        out._note = find_origin(mode.target, mode.scope)
    return out


def _forward(op: Op, tensors: tuple[Tensor, ...], params: dict[str, Any]) -> Any:
    """The op's value: floats by its scalar rule where it has one, anything else by its array rule."""
    arrays = [t._data for t in tensors]
    if not params and all(type(a) is float for a in arrays):
        try:
            return float((op.scalar or op.forward)(*arrays))
        except (OverflowError, ZeroDivisionError, ValueError, TypeError):
            arrays = [np.float64(a) for a in arrays]  # NumPy answers with inf or nan where Python stops
    try:
        with np.errstate(all="ignore"):
            data = op.forward(*arrays, **params)
    except ValueError as error:
        raise ValueError(_mismatch(op, arrays, error)) from None
    if not isinstance(data, np.ndarray) or data.ndim == 0:
        return np.asarray(data).item()
    data.flags.writeable = False
    return data


def _mismatch(op: Op, arrays: Sequence[Any], error: ValueError) -> str:
    text = str(error)
    if text.startswith(op.name + ":"):
        return text
    shapes = " and ".join(str(np.shape(a)) for a in arrays)
    return f"{op.name}: shapes {shapes} do not fit together ({text}); check the sizes"


def _attach(op: Op) -> None:
    """Put the op's method on Tensor; `__mul__` brings `__rmul__` with it."""
    name = op.method or op.name
    if name == "-":
        return
    if len(op.vjps) == 1 and not op.variadic:
        method = _unary(op)
    elif len(op.vjps) == 2 and name.startswith("__"):
        method = _binary(op)
        setattr(Tensor, "__r" + name[2:], _reflected(op))
    else:

        def method(self: Tensor, *others: Any, **params: Any) -> Tensor:
            return apply(op, (self, *others), params)

    method.__name__ = name
    method.__doc__ = op.says
    setattr(Tensor, name, method)


def _unary(op: Op) -> Callable[..., Tensor]:
    scalar = op.scalar or op.forward

    def method(self: Tensor, **params: Any) -> Tensor:
        x = self._data
        if type(x) is not float or params or _special:
            return apply(op, (self,), params)
        try:
            data = scalar(x)
        except (OverflowError, ZeroDivisionError, ValueError, TypeError):
            return apply(op, (self,), params)
        out: Tensor = _new(Tensor)
        out._data = data
        out.grad = out._pass = out._note = None
        out._number = _next_number()
        if self.requires_grad:
            out.requires_grad = True
            out._op = op
            out._first = self
            out._second = None
            out._params = _FAST
        else:
            out.requires_grad = False
            out._op = None
            out._first = ()
            out._second = None
            out._params = _NO_PARAMS
        return out

    return method


def _binary(op: Op) -> Callable[..., Tensor]:
    scalar = op.scalar or op.forward

    def method(self: Tensor, other: Any) -> Tensor:
        if type(other) is not Tensor:
            try:
                other = constant(other)
            except ValueError:
                return NotImplemented
        x = self._data
        y = other._data
        if _special or type(x) is not float or type(y) is not float:
            return apply(op, (self, other), _NO_PARAMS)
        try:
            data = scalar(x, y)
        except (OverflowError, ZeroDivisionError, ValueError):
            return apply(op, (self, other), _NO_PARAMS)
        out: Tensor = _new(Tensor)
        out._data = data
        out.grad = out._pass = out._note = None
        out._number = _next_number()
        if self.requires_grad or other.requires_grad:
            out.requires_grad = True
            out._op = op
            out._first = self
            out._second = other
            out._params = _FAST
        else:
            out.requires_grad = False
            out._op = None
            out._first = ()
            out._second = None
            out._params = _NO_PARAMS
        return out

    return method


def _reflected(op: Op) -> Callable[..., Tensor]:
    straight = _binary(op)

    def method(self: Tensor, other: Any) -> Tensor:
        try:
            return straight(constant(other), self)
        except ValueError:
            if isinstance(other, str | None):
                return NotImplemented
            raise

    return method


on_register(_attach)

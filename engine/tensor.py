"""`Tensor`: a value that remembers how it was computed, and so can compute its gradient.

The names and the semantics are PyTorch's, with two differences. A tensor of floats asks for its
gradient unless told otherwise, and every tensor keeps its gradient, not only the leaves.

What is left out: in-place operations and devices. The methods that apply ops are in `engine.methods`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.backward import CHANGED, FIXED, backward
from engine.op import Op
from engine.origin import Note, note_of

next_number = itertools.count().__next__  # tensors are numbered as they are made
NOT_FLOATS = "Tensor: only floats can require a gradient; convert the data to float first"


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

    __slots__ = ("_data", "_first", "_note", "_number", "_op", "_pass", "_second", "grad")
    __array_ufunc__ = None  # NumPy arrays on the left leave the operation to us

    _data: Any
    grad: Any
    _op: Op | None
    _first: Any  # the inputs, as a tuple; of a scalar made the short way, the first of them
    _second: Any  # the op's parameters; of a scalar made the short way, the second input or None
    _number: int
    _note: Any  # a Note, or what one is made of when somebody asks: see engine.origin
    _pass: Any  # the gradient so far, while a backward pass runs; FIXED if the tensor takes none

    def __init__(
        self,
        data: Any,
        requires_grad: bool | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        value = as_data(data, dtype)
        floating = is_floating(value)
        if requires_grad and not floating:
            raise ValueError(NOT_FLOATS)
        self._data = value
        self.grad = None
        self._op = None
        self._first = ()
        self._second = None
        self._number = next_number()
        self._note = Note(name=name) if name is not None else None
        self._pass = None if (floating if requires_grad is None else requires_grad) else FIXED

    @property
    def data(self) -> Any:
        """The value: a float for a scalar, else an array; arrays of computed tensors are read-only."""
        return self._data

    @data.setter
    def data(self, value: Any) -> None:
        if self._op is not None:
            raise ValueError(
                f"{self.title} was computed by {self._op.name}; changing it in place would make its gradient "
                "wrong. Compute a new tensor, or change the leaf it came from"
            )
        if value is not self._data:  # as after `w.data -= step`, which changed the array itself
            value = as_data(value, None)
        if np.shape(value) != self.shape:
            raise ValueError(
                f"{self.title} has shape {self.shape} but the new data has shape {np.shape(value)}; "
                "make a new Tensor for another shape"
            )
        self.replace(value)

    def replace(self, value: Any) -> None:
        """Set a leaf's data to what is known to fit: a float, or an array that nobody else holds."""
        self._data = value
        self._second = CHANGED
        self._number = next_number()  # younger than what was computed from the old value: see engine.backward

    @property
    def requires_grad(self) -> bool:
        """True when backward() is to find its gradient. May be set on leaves of floats."""
        return self._pass is not FIXED

    @requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if self._op is not None:
            raise ValueError(
                f"{self.title} was computed by {self._op.name}; use detach() to stop its gradient"
            )
        if wanted and not is_floating(self._data):
            raise ValueError(NOT_FLOATS)
        self._pass = None if wanted else FIXED

    @property
    def note(self) -> Note | None:
        """Its name, scope and place in the code, if it remembers any."""
        if type(self._note) is tuple:
            self._note = note_of(self._note)
        return self._note  # type: ignore[no-any-return]

    @property
    def scope(self) -> Any:
        """The innermost `engine.scope.Scope` that it was made in, or None."""
        note = self._note
        return note if note is None else note[0] if type(note) is tuple else note.scope

    @property
    def name(self) -> str | None:
        """The name it was given, or None."""
        note = self.note
        return note.name if note is not None else None

    @name.setter
    def name(self, name: str) -> None:
        note = self.note
        if note is None:
            self._note = Note(name=name)
        else:
            note.name = name

    @property
    def title(self) -> str:
        """How a sentence calls it: by its name, if it has one."""
        return f"tensor {self.name!r}" if self.name else "this tensor"

    @property
    def inputs(self) -> tuple[Tensor, ...]:
        """The tensors that the op was applied to; none for a leaf."""
        if type(self._first) is tuple:
            return self._first
        return (self._first,) if self._second is None else (self._first, self._second)

    @property
    def _params(self) -> dict[str, Any]:
        """The parameters that the op was applied with."""
        return self._second if self._op is not None and type(self._first) is tuple else {}

    @property
    def shape(self) -> tuple[int, ...]:
        """The length of each axis; `()` for a scalar."""
        data = self._data
        return data.shape if type(data) is np.ndarray else ()

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

    def zero_grad(self) -> None:
        """Forget the gradient, so that the next `backward()` does not add to it."""
        self.grad = None

    def backward(self, gradient: Any = None) -> None:
        """Add d self / d t to `t.grad` for every tensor t that `self` was computed from.

        `gradient`: the upstream gradient, in this tensor's shape; 1 for a scalar. A second call adds
        again, as in PyTorch: see `zero_grad`.

        >>> x = Tensor(3.0)
        >>> (x * x + x).backward()
        >>> x.grad
        7.0
        """
        backward(self, gradient)

    def __reduce__(self) -> Any:
        if self._op is not None:
            raise ValueError(
                f"{self.title} was computed by {self._op.name}, and copying or saving it would lose what "
                "it came from; use detach() first"
            )
        return Tensor, (self._data, self.requires_grad, self.name)

    __hash__ = object.__hash__  # by identity, although == compares cell by cell

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len: a scalar has no length; it holds one number")
        return self.shape[0]

    def __iter__(self) -> Iterator[Tensor]:
        return (self[i] for i in range(len(self)))

    def __bool__(self) -> bool:
        if self.numel() != 1:
            raise ValueError(
                f"bool: the tensor has {self.numel()} cells, so it is neither true nor false; use where()"
            )
        return bool(self._data)

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __index__(self) -> int:
        value = self.item()
        if not isinstance(value, int):
            raise TypeError("index: only a whole number can be a place; this tensor holds a float")
        return value

    def __setitem__(self, index: Any, value: Any) -> None:
        raise ValueError(
            f"{self.title} is recorded, so it cannot be changed in place: gradients computed from it "
            f"would be "
            "wrong. Build a new tensor with where() or cat(), or set .data of a leaf as a whole"
        )

    def __repr__(self) -> str:
        name = f", name={self.name!r}" if self.name else ""
        made = f", op={self._op.name}" if self._op is not None else ""
        return f"Tensor({np.array2string(np.asarray(self._data), separator=', ')}{name}{made})"

    if TYPE_CHECKING:  # every op's record puts its method here: see engine.methods

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
        def __eq__(self, other: Any) -> Tensor: ...  # type: ignore[override]
        def __ne__(self, other: Any) -> Tensor: ...  # type: ignore[override]


def is_floating(value: Any) -> bool:
    """True for a float or an array of floats: what can have a gradient."""
    return type(value) is float or (isinstance(value, np.ndarray) and value.dtype.kind == "f")


def as_data(data: Any, dtype: Any) -> Any:
    """A float for anything of shape (), else an array that nobody else holds."""
    if type(data) is float and dtype is None:
        return data
    if isinstance(data, Tensor):
        data = data._data
    given = isinstance(data, np.ndarray | np.generic)
    try:
        array = np.array(data, dtype=dtype)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"Tensor: the data is no rectangular block of numbers ({error}); check its rows"
        ) from None
    if array.dtype.kind not in "fiub":
        raise ValueError(
            f"Tensor: the data is of type {array.dtype}, not numbers; give numbers or lists of numbers"
        )
    if dtype is None and array.dtype.kind in "iu" and not given:
        array = array.astype(float)
    return array.item() if array.ndim == 0 else array


def constant(value: Any) -> Tensor:
    """`value` as a tensor that takes no gradient."""
    return value if isinstance(value, Tensor) else Tensor(value, requires_grad=False)

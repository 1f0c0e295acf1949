"""The backward pass: gradients from a root to everything that it was computed from.

Tensors are numbered as they are made, so going through them from the youngest to the oldest meets every
consumer before what it consumes: no recursion, whatever the depth.

Source: reverse-mode differentiation, Linnainmaa 1970; Speelpenning 1980.
"""

from __future__ import annotations

import threading
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from engine.op import times_first, times_second, unchanged

if TYPE_CHECKING:
    from engine.tensor import Tensor

CHANGED: dict[str, Any] = {}  # the parameters of a leaf whose data was set after it was made
ARITHMETIC_ERRORS = (
    ZeroDivisionError,
    OverflowError,
    ValueError,
)  # where Python stops, NumPy goes on with inf or nan

FIXED: Any = object()  # stands where gradients are summed up, in a tensor that takes none
_SEEN: Any = float("0")  # one float of its own: the gradient of what the pass has seen but not reached
_one_at_a_time = threading.Lock()  # threads may share leaves, and the pass keeps its sums on the tensors
get_number = attrgetter("_number")


def backward(root: Tensor, gradient: Any = None) -> None:
    """Add d root / d t to `t.grad` for every tensor t that `root` was computed from."""
    if root._pass is FIXED:
        raise ValueError(
            "backward: nothing here asks for a gradient; every input is fixed data (requires_grad=False), an "
            "integer, or was made inside no_grad()"
        )
    start = seed(root, gradient)
    with _one_at_a_time:
        order: list[Tensor] = []
        try:
            _sort_backward(root, order)
            with np.errstate(all="ignore"):
                _run(root, start, order)
        except BaseException:  # a mark left behind would spoil the next pass
            for node in order:
                node._pass = None
            raise


def _run(root: Tensor, start: Any, order: list[Tensor]) -> None:
    root._pass = start
    sums = set()  # the tensors whose gradient so far is a new array, which nobody else holds
    for node in order:
        g = node._pass
        node._pass = None
        node.grad = g if node.grad is None else node.grad + g
        first = node._first
        if type(first) is not tuple:  # made the short way: floats all round, one or two arguments
            rules = node._op.vjps  # type: ignore[union-attr]
            second = node._second
            if second is None:
                try:
                    first._pass += rules[0](g, node._data, first._data)  # type: ignore[misc]
                except ARITHMETIC_ERRORS:
                    first._pass += contribution(node, 0, g)
                continue
            if first._pass is not FIXED:
                rule = rules[0]
                if rule is unchanged:
                    first._pass += g
                elif rule is times_second:
                    first._pass += g * second._data
                else:
                    try:
                        first._pass += rule(g, node._data, first._data, second._data)  # type: ignore[misc]
                    except ARITHMETIC_ERRORS:
                        first._pass += contribution(node, 0, g)
            if second._pass is not FIXED:
                rule = rules[1]
                if rule is unchanged:
                    second._pass += g
                elif rule is times_first:
                    second._pass += g * first._data
                else:
                    try:
                        second._pass += rule(g, node._data, first._data, second._data)  # type: ignore[misc]
                    except ARITHMETIC_ERRORS:
                        second._pass += contribution(node, 1, g)
        else:
            for k, t in enumerate(first):
                if t._pass is not FIXED:
                    send = contribution(node, k, g)
                    if t in sums:
                        t._pass += send
                    elif t._pass is not _SEEN:
                        t._pass = t._pass + send
                        sums.add(t)
                    elif t._op is None and type(send) is not float and (send is g or send.base is not None):
                        t._pass = send.copy()  # a leaf shares its gradient with nobody: it may be changed
                    else:
                        t._pass = send


def seed(root: Tensor, gradient: Any) -> Any:
    """The gradient that a backward pass starts with at `root`."""
    if gradient is None:
        if root.numel() != 1:
            raise ValueError(
                f"backward: the tensor has shape {root.shape}; only a single number has a default "
                f"gradient of 1. "
                "Reduce it with sum() or mean(), or pass a gradient of this shape"
            )
        return 1.0 if type(root._data) is float else np.ones(root.shape, root._data.dtype)
    value = getattr(gradient, "_data", gradient)  # of a tensor
    if np.shape(value) != root.shape:
        raise ValueError(
            f"backward: the gradient has shape {np.shape(value)} but the tensor has shape {root.shape}"
        )
    return float(value) if root.shape == () else np.array(value, dtype=root._data.dtype)


def _sort_backward(root: Tensor, order: list[Tensor]) -> None:
    """Put everything that `root` needs a gradient for into `order`, each marked as seen.

    Results come first, from the youngest to the oldest; leaves come last, in any order.
    """
    leaves: list[Tensor] = []
    waiting = [root]
    add, push, pop, add_leaf = order.append, waiting.append, waiting.pop, leaves.append
    root._pass = _SEEN
    try:
        while waiting:  # the last one first: the order comes out nearly sorted
            node = pop()
            inputs = node._first
            if type(inputs) is not tuple:  # made the short way
                add(node)
                t = inputs
                if t._pass is None:
                    t._pass = _SEEN
                    push(t) if t._op is not None else add_leaf(t)
                t = node._second
                if t is not None and t._pass is None:
                    t._pass = _SEEN
                    push(t) if t._op is not None else add_leaf(t)
            elif node._op is not None:
                add(node)
                for t in inputs:
                    if t._pass is None:
                        t._pass = _SEEN
                        push(t)
            else:
                add_leaf(node)
        order.sort(key=get_number, reverse=True)
        oldest = order[-1]._number if order else root._number
        if any(leaf._second is CHANGED and leaf._number > oldest for leaf in leaves):
            _refuse_changed_leaves(order)
    finally:
        order += leaves + waiting


def _refuse_changed_leaves(order: list[Tensor]) -> None:
    """Raise if a leaf's data was set after an op had used it: the leaf is then younger than the op."""
    for node in order:
        for t in node.inputs:
            if t._number > node._number and t._pass is not FIXED:
                op: Any = node._op
                raise ValueError(
                    f"backward: {t.title} was changed after {op.name} had used it, so the recorded values no "
                    "longer fit together. Run the forward pass again"
                )


def contribution(node: Tensor, k: int, g: Any) -> Any:
    """What `node` sends back to argument `k`: upstream `g` through the op's rule, in the argument's shape.

    NumPy's warnings about infinities are the caller's to silence.
    """
    op: Any = node._op
    inputs = node._first
    params = node._second
    if type(inputs) is not tuple:  # made the short way
        inputs, params = node.inputs, {}
    arrays = [t._data for t in inputs]
    rule = op.vjps[k] if not op.variadic else partial(op.vjps[0], k)
    if rule is None:
        raise ValueError(f"{op.name}: argument {k + 1} takes no gradient; detach it or pass it as fixed data")
    try:
        send = rule(g, node._data, *arrays, **params)
    except ARITHMETIC_ERRORS:
        send = rule(_strict(g), _strict(node._data), *map(_strict, arrays), **params)
    return fit(send, arrays[k])


def _strict(a: Any) -> Any:
    return np.float64(a) if type(a) is float else a


def fit(gradient: Any, data: Any) -> Any:
    """`gradient` summed over the axes along which `data` was stretched; as a float where `data` is one."""
    if type(data) is float:
        return gradient if type(gradient) is float else float(np.sum(gradient))
    shape = data.shape
    if type(gradient) is not np.ndarray:
        gradient = np.asarray(gradient)
    if gradient.shape != shape:
        extra = gradient.ndim - len(shape)
        if extra > 0:
            gradient = gradient.sum(axis=tuple(range(extra)))
        stretched = tuple(
            i for i, n in enumerate(shape) if n == 1 and gradient.ndim > i and gradient.shape[i] != 1
        )
        if stretched:
            gradient = gradient.sum(axis=stretched, keepdims=True)
        if gradient.shape != shape:
            gradient = np.broadcast_to(gradient, shape)
    return gradient if gradient.dtype == data.dtype else gradient.astype(data.dtype)

"""PyTorch as the oracle: the same op on the same numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from engine.op import Example, Op
from engine.op import apply as apply_op
from engine.tensor import Tensor


def prepared(op: Op, example: Example) -> dict[str, Any]:
    """The example's parameters as the op's rules get them."""
    return op.prepare(*example.inputs, **example.params) if op.prepare is not None else example.params


def peer(op: Op, tensors: Sequence[torch.Tensor], params: dict[str, Any]) -> torch.Tensor:
    """PyTorch's result for the op."""
    if callable(op.peer):
        return op.peer(torch, *tensors, **params)
    function: Any = torch
    for name in (op.peer or f"torch.{op.name}").split(".")[1:]:
        function = getattr(function, name)
    return function(*tensors, **params)


def run_ours(op: Op, example: Example, upstream: Any) -> tuple[Any, list[Any]]:
    """The value, and the gradient of each argument (None where it takes none)."""
    inputs = [Tensor(x) for x in example.inputs]
    out = apply_op(op, inputs, example.params)
    if not out.requires_grad:
        return out.data, [None] * len(inputs)
    out.backward(upstream)
    return out.data, [
        x.grad if x.grad is not None or not x.requires_grad else np.zeros(x.shape) for x in inputs
    ]


def run_torch(op: Op, example: Example, upstream: Any) -> tuple[Any, list[Any]]:
    """The same from PyTorch."""
    tensors = [torch.tensor(x) for x in example.inputs]
    for tensor in tensors:
        tensor.requires_grad_(tensor.is_floating_point())
    out = peer(op, tensors, prepared(op, example))
    if not out.requires_grad:
        return out.numpy(), [None] * len(tensors)
    wanted = [t for t in tensors if t.requires_grad]
    found = torch.autograd.grad(out, wanted, torch.tensor(np.asarray(upstream)), allow_unused=True)
    grads = {
        id(t): g.numpy() if g is not None else np.zeros(t.shape) for t, g in zip(wanted, found, strict=True)
    }
    return out.detach().numpy(), [grads.get(id(t)) for t in tensors]


def assert_close(ours: Any, theirs: Any, what: str, exact: float = 1e-11) -> None:
    """Equal up to rounding, relative to the largest number; shapes, infinities and NaN included."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, f"{what}: shape {ours.shape}, PyTorch's {theirs.shape}"
    if theirs.dtype.kind != "f":
        np.testing.assert_array_equal(ours, theirs, err_msg=what)
        return
    finite = np.abs(theirs[np.isfinite(theirs)])
    scale = float(np.max(finite, initial=0.0))
    np.testing.assert_allclose(ours, theirs, rtol=exact, atol=exact * scale + 1e-15, err_msg=what)

"""The scalar level: every cell of a result, made of scalars by the op's own `cell`, agrees with the op."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.op import OPS, Cells, Example, Op
from engine.op import apply as apply_op
from engine.tensor import Tensor, constant
from tests.engine.drawing import draw_example
from tests.engine.peers import assert_close, prepared, run_ours

by_name = pytest.mark.parametrize("op", list(OPS.values()), ids=lambda op: op.name)


def as_cells(array: Any) -> Any:
    """An object array of scalar tensors."""
    cells = np.empty(array.shape, dtype=object)
    for place in np.ndindex(array.shape):
        cells[place] = Tensor(array[place])
    return cells


def compare(op: Op, example: Example) -> None:
    """The values of all cells, then the gradients of a weighted sum of them."""
    value = np.asarray(apply_op(op, [Tensor(x) for x in example.inputs], example.params).data)
    upstream = np.random.default_rng(0).uniform(-2.0, 2.0, value.shape)
    _, gradients = run_ours(op, example, upstream)
    inputs = [as_cells(x) for x in example.inputs]
    params = prepared(op, example)
    made = np.empty(value.shape, dtype=object)
    for place in np.ndindex(value.shape):
        seen = [Cells(cells.shape, cells.__getitem__) for cells in inputs]
        made[place] = constant(op.cell(place, *seen, **params))
    values = np.array([made[place].data for place in np.ndindex(value.shape)], dtype=value.dtype)
    assert_close(values.reshape(value.shape), value, f"{op.name}: value", exact=1e-12)
    if not op.differentiable:
        return
    for place in np.ndindex(value.shape):
        if made[place].requires_grad:
            made[place].backward(upstream[place])
    for k, (cells, gradient) in enumerate(zip(inputs, gradients, strict=True)):
        if gradient is not None:
            found = np.array([cells[place].grad or 0.0 for place in np.ndindex(cells.shape)]).reshape(
                cells.shape
            )
            assert_close(found, gradient, f"{op.name}: gradient of argument {k + 1}", exact=1e-12)


@by_name
def test_cells_made_of_scalars_agree_with_the_examples(op: Op) -> None:
    for example in op.examples:
        compare(op, example)


@by_name
@settings(max_examples=10)
@given(data=st.data())
def test_cells_made_of_scalars_agree_with_random_arrays(op: Op, data: Any) -> None:
    compare(op, draw_example(data, op))

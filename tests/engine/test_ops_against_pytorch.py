"""Every op of the registry has PyTorch's values and PyTorch's gradients."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.check import check_gradients
from engine.op import OPS, Example, Op
from engine.op import apply as apply_op
from engine.tensor import Tensor
from tests.engine.drawing import draw_example
from tests.engine.peers import assert_close, prepared, run_ours, run_torch

ALL = list(OPS.values())
DIFFERENTIABLE = [op for op in ALL if op.differentiable]
ELEMENTWISE = [op for op in ALL if op.elementwise and op.name != "where"]
EXAMPLES = int(os.environ.get("EXAMPLES", "25"))  # more of them find more
WILD = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    1e-300,
    -1e-300,
    1e300,
    -1e300,
    1e-5,
    700.0,
    -700.0,
    np.inf,
    -np.inf,
    np.nan,
]

by_name = pytest.mark.parametrize("op", ALL, ids=lambda op: op.name)


def compare(op: Op, example: Example, seed: int = 0) -> None:
    """Values, then gradients for a random upstream gradient."""
    with np.errstate(all="ignore"):
        shape = np.shape(op.forward(*example.inputs, **prepared(op, example)))
    upstream = np.random.default_rng(seed).uniform(-2.0, 2.0, shape)
    value, gradients = run_ours(op, example, upstream)
    expected, expected_gradients = run_torch(op, example, upstream)
    assert_close(value, expected, f"{op.name}: value")
    for k, (ours, theirs) in enumerate(zip(gradients, expected_gradients, strict=True)):
        assert (ours is None) == (theirs is None), (
            f"{op.name}: argument {k + 1} takes a gradient on one side only"
        )
        if theirs is not None:
            assert_close(ours, theirs, f"{op.name}: gradient of argument {k + 1}")


@by_name
def test_the_examples_of_the_record_agree_with_pytorch(op: Op) -> None:
    for example in op.examples:
        compare(op, example)


@pytest.mark.filterwarnings("ignore:var().:UserWarning")
@by_name
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_random_shapes_and_values_agree_with_pytorch(op: Op, data: Any) -> None:
    compare(op, draw_example(data, op), seed=data.draw(st.integers(0, 99)))


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_wild_values_agree_with_pytorch(op: Op) -> None:
    grid = np.meshgrid(*[WILD] * len(op.vjps))
    compare(op, Example(tuple(grid), op.examples[-1].params))


@pytest.mark.parametrize("op", ELEMENTWISE, ids=lambda op: op.name)
def test_a_scalar_gives_what_an_array_of_one_cell_gives(op: Op) -> None:
    cells = [[*WILD, 2.0, 3.5]] * len(op.vjps)
    for place in np.ndindex(*map(len, cells)):
        numbers = [column[i] for column, i in zip(cells, place, strict=True)]
        params = op.examples[-1].params
        scalar = run_ours(op, Example(tuple(np.asarray(x) for x in numbers), params), 1.0)
        array = run_ours(op, Example(tuple(np.asarray([x]) for x in numbers), params), [1.0])
        assert_close(np.reshape(scalar[0], 1), array[0], f"{op.name} at {numbers}: value", exact=1e-14)
        if op.differentiable:
            assert_close(
                np.reshape(scalar[1], (-1, 1)), array[1], f"{op.name} at {numbers}: gradient", exact=1e-14
            )


@pytest.mark.parametrize("op", DIFFERENTIABLE, ids=lambda op: op.name)
@settings(max_examples=EXAMPLES)
@given(data=st.data())
def test_small_changes_agree_with_the_gradients(op: Op, data: Any) -> None:
    example = draw_example(data, op, smooth=True)
    if any(np.size(x) == 0 for x in example.inputs):
        return
    with np.errstate(all="ignore"):
        value = op.forward(*example.inputs, **prepared(op, example))
    if np.all(np.isfinite(value)):
        check_gradients(lambda *inputs: apply_op(op, inputs, example.params), example.inputs, directions=2)


@by_name
def test_parameters_prepared_twice_stay_as_they_are(op: Op) -> None:
    for example in op.examples:
        once = prepared(op, example)
        twice = prepared(op, Example(example.inputs, once))
        assert str(once) == str(twice)


def test_float32_stays_float32_in_values_and_gradients() -> None:
    for op in DIFFERENTIABLE:
        for example in op.examples:
            inputs = [x.astype(np.float32) if x.dtype.kind == "f" else x for x in example.inputs]
            if any(x.dtype.kind == "f" and x.ndim == 0 for x in inputs):
                continue  # a scalar is a Python float
            tensors = [Tensor(x) for x in inputs]
            out = apply_op(op, tensors, example.params)
            out.sum().backward()
            assert out.ndim == 0 or out.dtype == np.float32, op.name
            assert all(x.grad.dtype == np.float32 for x in tensors if x.grad is not None), op.name

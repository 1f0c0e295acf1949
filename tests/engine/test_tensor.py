"""Tensors: what they hold, what they are made of, and how they mix with numbers and NumPy arrays."""

from __future__ import annotations

import copy
import operator
import pickle
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from engine import Tensor, no_grad
from engine import functional as F
from engine.op import OPS

OPERATORS = [operator.add, operator.sub, operator.mul, operator.truediv, operator.pow]
MATRIX = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


def test_a_scalar_is_a_float_inside_and_an_array_is_float64() -> None:
    assert type(Tensor(2).data) is float
    assert type(Tensor(np.float32(2.0)).data) is float
    assert type(Tensor(np.array(2.0)).data) is float
    assert Tensor([1, 2]).dtype == np.float64
    assert Tensor([1.0], dtype=np.float32).dtype == np.float32


def test_floats_take_a_gradient_and_whole_numbers_of_numpy_do_not() -> None:
    assert Tensor(1.0).requires_grad
    assert Tensor([1, 2]).requires_grad, "Python's numbers are meant as numbers to compute with"
    assert not Tensor(np.array([1, 2])).requires_grad
    assert not Tensor(np.array([True])).requires_grad
    assert not Tensor(1.0, requires_grad=False).requires_grad
    with pytest.raises(
        ValueError, match="only floats can require a gradient; convert the data to float first"
    ):
        Tensor(np.array([1, 2]), requires_grad=True)


def test_requires_grad_may_be_set_on_leaves_only() -> None:
    x = Tensor(2.0, name="x")
    x.requires_grad = False
    assert not (x * x).requires_grad
    x.requires_grad = True
    y = x * x
    assert y.requires_grad
    with pytest.raises(
        ValueError, match=r"this tensor was computed by mul; use detach\(\) to stop its gradient"
    ):
        y.requires_grad = False
    with pytest.raises(ValueError, match="only floats can require a gradient"):
        Tensor(np.array([1])).requires_grad = True


def test_a_tensor_holds_a_copy_of_its_own() -> None:
    data = np.array([1.0, 2.0])
    x = Tensor(data)
    data[0] = 7.0
    assert x.tolist() == [1.0, 2.0]
    copy = x.numpy()
    copy[0] = 7.0
    assert x.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("operate", OPERATORS, ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    "other", [2, 2.5, np.float64(1.5), np.int64(2), np.array([1.0, 2.0, 3.0]), np.array(2.0)]
)
@pytest.mark.parametrize("data", [2.0, [1.0, 2.0, 3.0]])
def test_numbers_and_arrays_may_stand_on_either_side(operate: Any, other: Any, data: Any) -> None:
    left, right = Tensor(data), Tensor(data)
    for x, out in ((left, operate(left, other)), (right, operate(other, right))):
        assert isinstance(out, Tensor)
        out.sum().backward()
        assert np.shape(x.grad) == x.shape
    plain = np.array(data)
    np.testing.assert_allclose(operate(left, other).data, operate(plain, other))
    np.testing.assert_allclose(operate(other, right).data, operate(other, plain))


def test_a_matrix_product_with_an_array_on_either_side() -> None:
    x = Tensor(MATRIX)
    other = np.arange(6.0).reshape(3, 2)
    assert (x @ other).tolist() == (np.array(MATRIX) @ other).tolist()
    assert (other @ x).tolist() == (other @ np.array(MATRIX)).tolist()


def test_what_is_no_number_is_left_to_python() -> None:
    x = Tensor(1.0)
    for other in ("a", None, object(), {}):
        with pytest.raises((TypeError, ValueError)):
            x + other
        with pytest.raises((TypeError, ValueError)):
            other * x
        assert x != other
        assert not x == other  # noqa: SIM201, both are asked on purpose


def test_whole_numbers_stay_whole_beside_whole_numbers() -> None:
    tokens = Tensor(np.array([1, 2, 3]))
    assert (tokens + 1).dtype.kind == "i"
    assert (1 - tokens).tolist() == [0, -1, -2]
    assert (tokens * 0.5).tolist() == [0.5, 1.0, 1.5]
    assert (tokens / 2).tolist() == [0.5, 1.0, 1.5]


def test_comparisons_are_true_or_false_and_take_no_gradient() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    for operate in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne):
        for other in (2.0, np.array([2.0, 2.0, 2.0]), Tensor([2.0, 2.0, 2.0])):
            out = operate(x, other)
            assert out.tolist() == operate(np.array([1.0, 2.0, 3.0]), 2.0).tolist()
            assert out.dtype == bool
            assert not out.requires_grad
        assert operate(2, x).tolist() == operate(2, np.array([1.0, 2.0, 3.0])).tolist()
    assert bool(Tensor(1.0) < Tensor(2.0)) is True


def test_equality_compares_cells_but_tensors_are_told_apart_by_identity() -> None:
    a, b = Tensor([1.0]), Tensor([1.0])
    assert (a == b).tolist() == [True]
    assert len({a, b}) == 2
    assert {a: "a"}[a] == "a"


def test_a_tensor_of_several_cells_is_neither_true_nor_false() -> None:
    with pytest.raises(
        ValueError, match=r"the tensor has 2 cells, so it is neither true nor false; use where\(\)"
    ):
        bool(Tensor([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"item: the tensor has 2 cells; item\(\) needs exactly one"):
        Tensor([1.0, 2.0]).item()


def test_a_tensor_turns_into_pythons_numbers() -> None:
    assert float(Tensor([[2.5]])) == 2.5
    assert int(Tensor(2.5)) == 2
    assert ["a", "b"][Tensor(np.array(1))] == "b"
    assert [row.tolist() for row in Tensor([[1.0], [2.0]])] == [[1.0], [2.0]]
    assert len(Tensor([1.0, 2.0])) == 2
    with pytest.raises(TypeError, match="a scalar has no length"):
        len(Tensor(1.0))
    with pytest.raises(TypeError, match="only a whole number can be a place; this tensor holds a float"):
        _ = ["a", "b"][Tensor(1.0)]


def test_shapes_are_pytorchs() -> None:
    x, y = Tensor(np.zeros((2, 3, 4))), torch.zeros(2, 3, 4)
    assert x.shape == tuple(y.shape)
    assert (x.ndim, x.dim(), x.numel(), x.size(), x.size(-1)) == (3, 3, 24, (2, 3, 4), 4)
    assert x.view(6, 4).shape == tuple(y.view(6, 4).shape)
    assert x.view(-1).shape == (24,)
    assert x.reshape((4, -1)).shape == (4, 6)
    assert x.mT.shape == tuple(y.mT.shape)
    assert x[0].T.shape == tuple(y[0].T.shape)
    assert x.permute(2, 0, 1).shape == tuple(y.permute(2, 0, 1).shape)
    assert [p.shape for p in x.split(2, dim=1)] == [tuple(p.shape) for p in y.split(2, dim=1)]
    assert [p.shape for p in x.split([1, 3], dim=2)] == [tuple(p.shape) for p in y.split([1, 3], dim=2)]
    assert x.flatten(1).shape == tuple(y.flatten(1).shape)
    assert x.expand(5, 2, 3, 4).shape == (5, 2, 3, 4)
    assert Tensor(2.0).T.shape == ()
    assert Tensor([1.0]).T.shape == (1,)


def test_max_with_a_dim_gives_values_and_indices_as_pytorch() -> None:
    data = np.random.default_rng(0).normal(size=(3, 4))
    x, y = Tensor(data), torch.tensor(data)
    for name in ("max", "min"):
        ours, theirs = getattr(x, name)(dim=1, keepdim=True), getattr(y, name)(dim=1, keepdim=True)
        assert ours.values.tolist() == theirs.values.tolist()
        assert ours.indices.tolist() == theirs.indices.tolist()
        values, indices = getattr(x, name)(0)
        assert values.shape == indices.shape == (4,)
        assert getattr(x, name)().item() == getattr(y, name)().item()
        assert getattr(x, name)(Tensor(0.0)).tolist() == getattr(y, name)(torch.tensor(0.0)).tolist()


def test_ties_in_max_share_the_gradient_equally() -> None:
    x = Tensor([[2.0, 2.0, 1.0, 2.0]])
    x.max(1).values.sum().backward()
    np.testing.assert_allclose(x.grad, [[1 / 3, 1 / 3, 0.0, 1 / 3]])
    a, b = Tensor(3.0), Tensor(3.0)
    F.maximum(a, b).backward()
    assert (a.grad, b.grad) == (0.5, 0.5)


def test_dtypes_follow_pytorchs_rules_for_python_numbers() -> None:
    x = Tensor([1.0, 2.0], dtype=np.float32)
    assert (x * 2.0 + 1).dtype == np.float32
    assert x.mean(0, keepdim=True).dtype == np.float32
    assert x.var(0, keepdim=True).dtype == np.float32


def test_the_text_of_a_tensor_says_value_name_and_op() -> None:
    assert repr(Tensor(2.0, name="w")) == "Tensor(2., name='w')"
    assert repr(Tensor([1.0, 2.0]) * 2) == "Tensor([2., 4.], op=mul)"


def test_bad_data_gets_a_sentence() -> None:
    with pytest.raises(ValueError, match=r"the data is no rectangular block of numbers .*; check its rows"):
        Tensor([[1.0, 2.0], [3.0]])
    with pytest.raises(
        ValueError, match="the data is of type <U1, not numbers; give numbers or lists of numbers"
    ):
        Tensor("a")
    with pytest.raises(ValueError, match="not numbers"):
        Tensor([1j])


def test_scalars_keep_to_pythons_floats() -> None:
    for op in OPS.values():
        if op.elementwise and op.differentiable and op.name != "where":
            out = op(*[Tensor(0.5)] * len(op.vjps), **op.examples[-1].params)
            assert type(out.data) is float, op.name
            if len(op.vjps) == 1 and hasattr(Tensor, op.name):
                assert type(getattr(Tensor(0.5), op.name)(**op.examples[-1].params).data) is float, op.name


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_scalar_arithmetic_answers_where_python_stops(x: float, y: float) -> None:
    with np.errstate(all="ignore"):
        for operate in OPERATORS:
            ours = operate(Tensor(x), Tensor(y))
            np.testing.assert_allclose(ours.data, operate(np.float64(x), np.float64(y)), rtol=1e-15)
            ours.backward()


def test_one_hot_marks_the_class() -> None:
    assert F.one_hot([1, 0], 3).tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    assert not F.one_hot([1], 3).requires_grad
    with pytest.raises(ValueError, match="one_hot: classes go from 0 to 2, but 1 to 3 came"):
        F.one_hot([1, 3], 3)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_leaves_can_be_copied_and_saved(copied: Any) -> None:
    for x in (
        Tensor([1.0, 2.0], name="x"),
        Tensor(2.0),
        Tensor(2.0, requires_grad=False),
        Tensor(np.array([1, 2])),
    ):
        y = copied(x)
        assert (y.tolist(), y.name, y.requires_grad) == (x.tolist(), x.name, x.requires_grad)
        assert y is not x
    with pytest.raises(
        ValueError, match=r"was computed by mul, and copying or saving it would lose .*; use detach\(\)"
    ):
        copied(Tensor(2.0) * 3.0)


def test_inside_no_grad_results_are_leaves() -> None:
    x = Tensor(2.0)
    with no_grad():
        y = x * x
        z = Tensor([1.0]) * x
    assert y.is_leaf
    assert not y.requires_grad
    assert not z.requires_grad
    assert (x * x).requires_grad

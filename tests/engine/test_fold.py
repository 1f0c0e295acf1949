"""Whole sequences in one op: wrong shapes get a sentence, and what is kept belongs to its arrays."""

import numpy as np
import pytest

from engine import Tensor
from engine import functional as F


def given(length: int = 3, gates: int = 4, parts: int = 2) -> tuple[Tensor, Tensor, Tensor]:
    random = np.random.default_rng(0)
    shapes = ((2, length, 3), (3 + 2 + 1, gates * 2), (2, parts * 2))
    x, weights, state = (Tensor(random.standard_normal(shape)) for shape in shapes)
    return x, weights, state


def test_weights_that_do_not_fit_are_refused() -> None:
    x, weights, state = given()
    with pytest.raises(
        ValueError,
        match=r"^fold_lstm: for x of shape \(2, 3, 3\) and 2 features of the state, the weights need shape "
        r"\(6, 8\), but have \(5, 8\), and the state \(2, 4\), but has \(2, 4\)$",
    ):
        F.fold_lstm(x, weights[1:], state)
    with pytest.raises(ValueError, match=r"and the state \(2, 2\), but has \(2, 4\)$"):
        F.fold_rnn(x, weights[:, :2], state, "tanh")


def test_an_empty_sequence_is_refused() -> None:
    x, weights, state = given(length=0)
    with pytest.raises(ValueError, match=r"they need \(…, L, d\), L at least 1, and \(d \+ h \+ 1, 4 h\)$"):
        F.fold_lstm(x, weights, state)


def test_two_passes_back_through_one_fold_add_up() -> None:
    inputs = given()
    out = F.fold_lstm(*inputs)
    out.sum().backward()
    once = [one.grad.copy() for one in inputs]
    (out * out).sum().backward()
    again = given()
    other = F.fold_lstm(*again)
    (other.sum() + (other * other).sum()).backward()
    for mine, wanted, first in zip(inputs, again, once, strict=True):
        np.testing.assert_allclose(mine.grad, wanted.grad, rtol=1e-12)
        assert not np.allclose(mine.grad, first)


def test_two_folds_with_the_same_weights_do_not_mix_up_what_they_keep() -> None:
    x, weights, state = given(gates=1, parts=1)
    other = Tensor(-x.data)
    first, second = F.fold_rnn(x, weights, state, "tanh"), F.fold_rnn(other, weights, state, "tanh")
    (first.sum() + 2.0 * second.sum()).backward()
    mixed = weights.grad
    parts = []
    for one, factor in ((x, 1.0), (other, 2.0)):
        own = Tensor(weights.data)
        (factor * F.fold_rnn(Tensor(one.data), own, Tensor(state.data), "tanh").sum()).backward()
        parts.append(own.grad)
    np.testing.assert_allclose(mixed, parts[0] + parts[1], rtol=1e-12)

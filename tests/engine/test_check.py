"""The check of gradients finds what is broken, and says where."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from engine import Tensor
from engine import functional as F
from engine.check import GradientError, check_gradients
from engine.op import OPS, unchanged

LEFT, RIGHT = np.array([[1.0, -2.0, 0.5], [0.3, 2.0, 1.5]]), np.array([[0.7, 1.2, -1.0]])


def break_rule(monkeypatch: pytest.MonkeyPatch, name: str, k: int, rule: Any) -> None:
    """Put a wrong rule into a record for the time of a test."""
    op = OPS[name]
    vjps = tuple(rule if i == k else own for i, own in enumerate(op.vjps))
    assert dataclasses.is_dataclass(op)
    monkeypatch.setitem(op.__dict__, "vjps", vjps)


def net(x: Any, y: Any) -> Any:
    return F.sigmoid(x * y + 1.0).sum(0) @ F.exp(y[0])


def test_right_gradients_pass() -> None:
    check_gradients(net, [LEFT, RIGHT])
    check_gradients(lambda x: x * x * x, [2.0])
    check_gradients(lambda x, y: x * y, [Tensor(2.0), Tensor(3.0, requires_grad=False)])
    check_gradients(lambda x, unused: x * 2.0, [2.0, 3.0])


@pytest.mark.parametrize(
    ("name", "k", "rule"),
    [
        ("mul", 1, lambda g, out, x, y: g * y),
        ("mul", 0, lambda g, out, x, y: -g * y),
        ("add", 0, lambda g, out, x, y: 1.001 * g),
        ("sigmoid", 0, lambda g, out, x: g * out),
        ("exp", 0, unchanged),
        ("matmul", 0, lambda g, out, x, y: g * y * 2.0),
    ],
)
def test_a_wrong_rule_is_named_with_its_argument(
    name: str, k: int, rule: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_rule(monkeypatch, name, k, rule)
    with pytest.raises(GradientError) as caught:
        check_gradients(net, [LEFT, RIGHT])
    assert f"check_gradients: {name}, made at " in str(caught.value)
    assert f"argument {k + 1} " in str(caught.value)
    assert f"check vjps[{k}] of the record '{name}'" in str(caught.value)


def test_the_cell_that_disagrees_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(g: Any, out: Any, x: Any, y: Any) -> Any:
        sent = g * y
        sent[1, 2] += 1.0
        return sent

    break_rule(monkeypatch, "mul", 0, wrong)
    with pytest.raises(
        GradientError, match=r"to cell \(1, 2\) of its argument 1 \(a\), but small changes show"
    ):
        check_gradients(net, [Tensor(LEFT, name="a"), RIGHT])


def test_a_forgotten_broadcast_sum_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    break_rule(monkeypatch, "sum", 0, lambda g, out, x, dim, keepdim: np.broadcast_to(g / 2.0, x.shape))
    with pytest.raises(GradientError, match="check_gradients: sum, made at out"):
        check_gradients(lambda x: x.sum(), [LEFT])


def test_what_joins_the_ops_is_named_where_every_rule_is_right() -> None:
    with pytest.raises(
        GradientError, match=r"the gradient of input 1 \(a\) is 2 at cell \(\), but small changes show 4"
    ):
        check_gradients(lambda x: x * x.detach(), [Tensor(2.0, name="a")])


def test_a_result_that_is_not_a_number_cannot_be_checked() -> None:
    with pytest.raises(
        GradientError, match="small changes of input 1 lead to nan, so its gradient cannot be checked"
    ):
        check_gradients(lambda x: F.log(x), [-1.0])


def test_a_kink_between_the_changes_is_noticed() -> None:
    with pytest.raises(GradientError):
        check_gradients(lambda x: F.relu(x), [0.0])

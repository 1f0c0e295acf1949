"""Functions made of ops: PyTorch's values and gradients, with their parts shown and in one step."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import pytest
import torch

from engine import Tensor, record, watch
from engine import functional as F
from engine.check import check_gradients
from engine.scope import Kind
from tests.engine.peers import assert_close

T = torch.nn.functional
SCORES = np.random.default_rng(0).normal(0.0, 2.0, (5, 4))
OTHERS = np.random.default_rng(1).normal(0.0, 2.0, (5, 4))
CLASSES = np.array([3, 0, 1, 1, 2])
LABELS = np.where(OTHERS > 0.0, 1.0, -1.0)
MASK = np.sort(SCORES, axis=1)[:, 1:2] < SCORES

CASES: dict[str, tuple[Callable[..., Any], Callable[..., Any], list[Any]]] = {
    "softmax": (lambda x: F.softmax(x, 1), lambda x: torch.softmax(x, 1), [SCORES]),
    "softmax of columns": (lambda x: F.softmax(x, 0), lambda x: torch.softmax(x, 0), [SCORES]),
    "softmax as a method": (lambda x: x.softmax(dim=-1), lambda x: torch.softmax(x, -1), [SCORES]),
    "softmax of large scores": (lambda x: F.softmax(x, 1), lambda x: torch.softmax(x, 1), [SCORES * 500]),
    "softmax with a mask": (
        lambda x: F.softmax(F.where(MASK, x, -np.inf), 1),
        lambda x: torch.softmax(torch.where(torch.tensor(MASK), x, -torch.inf), 1),
        [SCORES],
    ),
    "log_softmax": (lambda x: F.log_softmax(x, 1), lambda x: torch.log_softmax(x, 1), [SCORES]),
    "log_softmax of large scores": (
        lambda x: F.log_softmax(x, 1),
        lambda x: torch.log_softmax(x, 1),
        [SCORES * 500],
    ),
    "logsumexp": (lambda x: F.logsumexp(x, 1), lambda x: torch.logsumexp(x, 1), [SCORES]),
    "logsumexp kept": (
        lambda x: F.logsumexp(x, 0, True),
        lambda x: torch.logsumexp(x, 0, True),
        [SCORES * 500],
    ),
    "logsumexp of nothing likely": (
        lambda x: F.logsumexp(x - np.inf, 1),
        lambda x: torch.logsumexp(x - torch.inf, 1),
        [SCORES],
    ),
    "mse_loss": (F.mse_loss, T.mse_loss, [SCORES, OTHERS]),
    "mse_loss summed": (
        lambda x, y: F.mse_loss(x, y, reduction="sum"),
        lambda x, y: T.mse_loss(x, y, reduction="sum"),
        [SCORES, OTHERS],
    ),
    "mse_loss one by one": (
        lambda x, y: F.mse_loss(x, y, reduction="none"),
        lambda x, y: T.mse_loss(x, y, reduction="none"),
        [SCORES, OTHERS],
    ),
    "hinge_loss": (
        lambda x: F.hinge_loss(x, LABELS),
        lambda x: torch.relu(1 - x * torch.tensor(LABELS)).mean(),
        [SCORES],
    ),
    "logistic_loss": (
        lambda x: F.logistic_loss(x, LABELS),
        lambda x: T.soft_margin_loss(x, torch.tensor(LABELS)),
        [SCORES],
    ),
    "cross_entropy": (
        lambda x: F.cross_entropy(x, CLASSES),
        lambda x: T.cross_entropy(x, torch.tensor(CLASSES)),
        [SCORES],
    ),
    "cross_entropy of large scores": (
        lambda x: F.cross_entropy(x, CLASSES, reduction="sum"),
        lambda x: T.cross_entropy(x, torch.tensor(CLASSES), reduction="sum"),
        [SCORES * 500],
    ),
    "cross_entropy of one example": (
        lambda x: F.cross_entropy(x[0], 2),
        lambda x: T.cross_entropy(x[0], torch.tensor(2)),
        [SCORES],
    ),
    "cross_entropy of many places": (
        lambda x: F.cross_entropy(x.reshape(1, 4, 5), [[3, 0, 1, 1, 2]], reduction="none"),
        lambda x: T.cross_entropy(x.reshape(1, 4, 5), torch.tensor([[3, 0, 1, 1, 2]]), reduction="none"),
        [SCORES],
    ),
    "cross_entropy with probabilities": (
        lambda x: F.cross_entropy(x, np.full((5, 4), 0.25)),
        lambda x: T.cross_entropy(x, torch.full((5, 4), 0.25, dtype=torch.double)),
        [SCORES],
    ),
    "nll_loss": (
        lambda x: F.nll_loss(F.log_softmax(x, 1), CLASSES),
        lambda x: T.nll_loss(torch.log_softmax(x, 1), torch.tensor(CLASSES)),
        [SCORES],
    ),
    "binary cross-entropy": (
        lambda x: F.binary_cross_entropy_with_logits(x, LABELS > 0),
        lambda x: T.binary_cross_entropy_with_logits(x, torch.tensor(LABELS > 0, dtype=torch.double)),
        [SCORES * 50],
    ),
    "linear": (F.linear, T.linear, [SCORES, OTHERS[:3], OTHERS[:3, 0]]),
    "linear without bias": (F.linear, T.linear, [SCORES, OTHERS[:3]]),
    "std": (lambda x: F.std(x, 1), lambda x: torch.std(x, 1), [SCORES]),
    "split": (
        lambda x: F.split(x, 2)[1] * F.split(x, [1, 2, 2])[2],
        lambda x: torch.split(x, 2)[1] * torch.split(x, [1, 2, 2])[2],
        [SCORES],
    ),
}


@pytest.mark.parametrize("watched", [False, True], ids=["in one step", "with its parts"])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_pytorchs(name: str, watched: bool) -> None:
    ours, theirs, arrays = CASES[name]
    inputs = [Tensor(a) for a in arrays]
    with watch() if watched else nullcontext():
        out = ours(*inputs)
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    expected = theirs(*tensors)
    assert_close(out.data, expected.detach().numpy(), name, exact=1e-10)
    upstream = np.random.default_rng(2).normal(size=out.shape)
    out.backward(upstream)
    expected.backward(torch.tensor(upstream))
    for x, y in zip(inputs, tensors, strict=True):
        assert_close(x.grad, y.grad.numpy(), name, exact=1e-10)


@pytest.mark.parametrize("name", [name for name in CASES if "large" not in name and "nothing" not in name])
def test_small_changes_agree(name: str) -> None:
    ours, _, arrays = CASES[name]
    check_gradients(ours, arrays)


@pytest.mark.parametrize("name", ["softmax", "log_softmax", "cross_entropy", "mse_loss"])
def test_watched_they_open_into_their_parts(name: str) -> None:
    ours, _, arrays = CASES[name]
    with watch():
        out = ours(*[Tensor(a) for a in arrays]).sum()
    paths = {around.path for scope in record(out).scopes if scope is not None for around in scope.ancestors}
    assert name in paths
    if name == "cross_entropy":
        assert {"cross_entropy/log_softmax", "cross_entropy/nll_loss"} <= paths


def test_every_box_says_what_it_does_in_both_directions() -> None:
    kinds = [value.kind for value in vars(F).values() if hasattr(value, "kind")]
    assert len(kinds) >= 10
    for kind in kinds:
        assert isinstance(kind, Kind)
        assert kind.formula
        assert kind.says.endswith(".")
        assert kind.says_backward.endswith(".")


def test_softmax_gradients_of_the_scores_add_up_to_zero() -> None:
    x = Tensor(SCORES)
    F.cross_entropy(x, CLASSES).backward()
    np.testing.assert_allclose(x.grad.sum(axis=1), 0.0, atol=1e-15)


def test_masked_scores_get_no_share_and_no_gradient() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    p = F.softmax(F.where(np.array([True, True, False]), x, -np.inf))
    p[0].backward()
    np.testing.assert_allclose(p.data, [0.2689414213699951, 0.7310585786300049, 0.0])
    assert x.grad[2] == 0.0

"""Optimizers take PyTorch's steps, and can say a step before they take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from engine import Tensor, record, watch
from engine.optim import SGD, Adam, AdamW, Optimizer

SETTINGS: list[tuple[type[Optimizer], dict[str, Any]]] = [
    (SGD, {"lr": 0.05}),
    (SGD, {"lr": 0.05, "momentum": 0.9}),
    (SGD, {"lr": 0.05, "weight_decay": 0.1}),
    (SGD, {"lr": 0.05, "momentum": 0.8, "weight_decay": 0.1, "nesterov": True}),
    (Adam, {}),
    (Adam, {"lr": 0.05, "betas": (0.8, 0.99), "eps": 1e-6}),
    (Adam, {"lr": 0.05, "weight_decay": 0.1}),
    (AdamW, {"lr": 0.05}),
    (AdamW, {"lr": 0.05, "weight_decay": 0.2}),
]
START = np.random.default_rng(0).normal(size=(3, 2))


def bowl(w: Any, b: Any) -> Any:
    """Something to go down, not the same in every direction."""
    return ((w * w).sum() - 2.0 * w[0, 0] * b + b * b * b * b) * 0.5


@pytest.mark.parametrize(
    ("make", "settings"), SETTINGS, ids=lambda part: getattr(part, "__name__", str(part))
)
def test_sixty_steps_are_pytorchs(make: Callable[..., Optimizer], settings: dict[str, Any]) -> None:
    w, b = Tensor(START), Tensor(1.5)
    tw, tb = (torch.tensor(p.data, requires_grad=True, dtype=torch.double) for p in (w, b))
    ours = make([w, b], **settings)
    theirs = getattr(torch.optim, make.__name__)([tw, tb], **{"lr": 1e-3} | settings)
    for _ in range(60):
        ours.zero_grad()
        bowl(w, b).backward()
        ours.step()
        theirs.zero_grad()
        bowl(tw, tb).backward()
        theirs.step()
        np.testing.assert_allclose(w.data, tw.detach().numpy(), rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(b.data, tb.item(), rtol=1e-12, atol=1e-13)
    assert type(b.data) is float


@pytest.mark.parametrize(
    ("make", "settings"), SETTINGS, ids=lambda part: getattr(part, "__name__", str(part))
)
def test_a_proposed_step_is_the_step_and_changes_nothing(
    make: Callable[..., Optimizer], settings: dict[str, Any]
) -> None:
    w, b = Tensor(START, name="w"), Tensor(1.5, name="b")
    optimizer = make([w, b], **settings)
    for _ in range(3):
        optimizer.zero_grad()
        with watch():
            loss = bowl(w, b)
        trace = record(loss)
        before = w.data.copy()
        updates = {trace.names[u.node]: u for u in trace.updates(optimizer)}
        again = trace.updates(optimizer)
        np.testing.assert_array_equal(w.data, before)
        loss.backward()
        np.testing.assert_array_equal(updates["w"].gradient, w.grad)
        np.testing.assert_array_equal(updates["w"].before, before)
        optimizer.step()
        np.testing.assert_array_equal(updates["w"].after, w.data)
        np.testing.assert_array_equal(again[0].after, updates["w"].after)
        assert updates["b"].after == b.data


def test_parameters_without_a_gradient_stay() -> None:
    w, b = Tensor(START), Tensor(1.5)
    optimizer = Adam([w, b], lr=0.1)
    (b * b).backward()
    optimizer.step()
    assert w.tolist() == START.tolist()
    assert b.item() != 1.5


def test_a_step_leaves_the_gradient_and_recorded_values_alone() -> None:
    w = Tensor([1.0, 2.0], name="w")
    with watch():
        loss = (w * w).sum()
    trace = record(loss)
    loss.backward()
    gradient = w.grad.copy()
    SGD([w], lr=0.5).step()
    np.testing.assert_array_equal(w.grad, gradient)
    assert trace.value("w").tolist() == [1.0, 2.0]


def test_zero_grad_forgets() -> None:
    w = Tensor(2.0)
    (w * w).backward()
    SGD([w], lr=0.1).zero_grad()
    assert w.grad is None


@pytest.mark.parametrize(
    "optimizer", [SGD([Tensor(1.0)], lr=0.25), SGD([Tensor(1.0)], 0.25, 0.9), Adam([Tensor(1.0)])]
)
def test_a_step_is_said_in_tex_and_in_words(optimizer: Optimizer) -> None:
    assert "<x>" in optimizer.formula
    assert optimizer.formula.count("{") == optimizer.formula.count("}")
    assert "<x>" in optimizer.says
    assert optimizer.says.endswith(".")
    assert "0.25" in optimizer.says + optimizer.formula or isinstance(optimizer, Adam)


def test_wrong_settings_get_a_sentence() -> None:
    w = Tensor(1.0, name="w")
    with pytest.raises(ValueError, match="SGD: there are no parameters; pass the tensors that it may change"):
        SGD([])
    with pytest.raises(ValueError, match="SGD: a parameter is listed twice"):
        SGD([w, w])
    with pytest.raises(ValueError, match="SGD: the learning rate is -1; it must be a number from 0 up"):
        SGD([w], lr=-1)
    with pytest.raises(ValueError, match="Adam: the learning rate is nan"):
        Adam([w], lr=float("nan"))
    with pytest.raises(ValueError, match="SGD: this tensor cannot be learned; parameters are leaves"):
        SGD([w * 2.0])
    with pytest.raises(ValueError, match="AdamW: tensor 'x' cannot be learned"):
        AdamW([Tensor(1.0, requires_grad=False, name="x")])
    with pytest.raises(ValueError, match=r"Adam: beta 2 is 1\.0; it must lie from 0 up to, but below, 1"):
        Adam([w], betas=(0.9, 1.0))
    with pytest.raises(ValueError, match=r"SGD: momentum is -0\.1; it must be a number from 0 up"):
        SGD([w], momentum=-0.1)
    with pytest.raises(ValueError, match="SGD: nesterov looks ahead along the momentum"):
        SGD([w], nesterov=True)


def test_an_optimizer_goes_on_from_the_state_of_another() -> None:
    def steps(w: Tensor, optimizer: Adam, count: int) -> None:
        for _ in range(count):
            optimizer.zero_grad()
            (w * w).backward()
            optimizer.step()

    w = Tensor(3.0)
    whole = Adam([w], lr=0.1)
    steps(w, whole, 3)
    other = Tensor(w.data)
    later = Adam([other], lr=0.1)
    later.load_state_dict(whole.state_dict())
    steps(w, whole, 3)
    steps(other, later, 3)
    assert other.item() == w.item()


def test_the_state_of_another_network_is_refused() -> None:
    two = Adam([Tensor(1.0), Tensor(2.0)])
    with pytest.raises(ValueError, match=r"^Adam: the state is of 2 parameters, but there are 1; give the "):
        Adam([Tensor(1.0)]).load_state_dict(two.state_dict())

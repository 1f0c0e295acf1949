"""The worked numbers of the lessons, computed by the engine."""

from __future__ import annotations

import numpy as np
import pytest

from engine import Tensor, record
from engine import functional as F
from engine.optim import SGD


def close(ours: object, expected: object, places: float = 5e-4) -> None:
    """Equal as far as the lessons write numbers down."""
    np.testing.assert_allclose(
        np.asarray(ours, dtype=float), np.asarray(expected, dtype=float), rtol=places, atol=places
    )


def test_boxes() -> None:
    a, b, c = Tensor(1.0), Tensor(2.0), Tensor(3.0)
    out = 2 * a + b * c
    out.backward()
    assert (out.item(), a.grad, b.grad, c.grad) == (8.0, 2.0, 3.0, 2.0)
    nudged = 2 * a + (b + 0.01) * c
    assert nudged.item() - out.item() == pytest.approx(0.03)
    silent = Tensor(2.0)
    (2 * a + silent * Tensor(0.0)).backward()
    assert silent.grad == 0.0, "with c = 0, b goes silent"


def test_chain() -> None:
    a = Tensor(2.0)
    out = (a**2) ** 2
    out.backward()
    assert (out.item(), a.grad) == (16.0, 32.0)
    a = Tensor(0.0)
    ((a**2) ** 2).backward()
    assert a.grad == 0.0


def test_two_passes() -> None:
    x1, x2 = Tensor(2.0), Tensor(3.0)
    total = x1 + x2
    out = total**2
    trace = record(out)
    out.backward()
    assert (out.item(), out.grad, total.grad, x1.grad, x2.grad) == (25.0, 1.0, 10.0, 10.0, 10.0)
    assert trace.gradients[-1] == 1.0


def test_fan_out() -> None:
    a = Tensor(3.0)
    out = a * a + a
    out.backward()
    assert (out.item(), a.grad) == (12.0, 7.0)


def test_regression() -> None:
    x, y, w = (
        Tensor([[1, 2, 0], [0, -1, 1]], requires_grad=False),
        np.array([0.0, 3.0]),
        Tensor([1.0, 0.0, 1.0]),
    )

    def loss() -> tuple[Tensor, Tensor, Tensor]:
        predictions = x @ w
        residuals = predictions - y
        return predictions, residuals, (residuals**2).sum()

    predictions, residuals, total = loss()
    total.backward()
    assert predictions.tolist() == [1.0, 1.0]
    assert residuals.tolist() == [1.0, -2.0]
    assert total.item() == 5.0
    assert w.grad.tolist() == [2.0, 8.0, -4.0]
    SGD([w], lr=0.1).step()
    assert loss()[2].item() == pytest.approx(1.28)


def test_one_example() -> None:
    w, phi = Tensor([3.0, 1.0]), np.array([1.0, 2.0])
    score = w @ phi
    residual = score - 2.0
    loss = residual**2
    loss.backward()
    assert (score.item(), residual.item(), loss.item()) == (5.0, 3.0, 9.0)
    assert w.grad.tolist() == [6.0, 12.0]


def test_hinge() -> None:
    w, phi, y = Tensor([2.0, -1.0]), np.array([2.0, 0.0]), -1.0
    score = w @ phi
    margin = score * y
    loss = F.maximum(1.0 - margin, 0.0)
    loss.backward()
    assert (score.item(), margin.item(), loss.item()) == (4.0, -4.0, 5.0)
    assert w.grad.tolist() == [2.0, 0.0]
    v = Tensor([-2.0, -1.0])
    F.hinge_loss(v @ phi, y).backward()
    assert v.grad.tolist() == [0.0, 0.0], "no gradient once the margin exceeds 1"


def test_two_layers() -> None:
    phi = np.array([1.0, 1.0, 3.0])
    v1, v2, w = Tensor([-1.0, 1.0, -1.0]), Tensor([-1.0, -1.0, 1.0]), Tensor([1.0, 1.0])
    h = F.sigmoid(F.stack([v1 @ phi, v2 @ phi]))
    score = w @ h
    loss = (score - 1.0) ** 2
    loss.backward()
    close(h.data, [0.047, 0.731], 6e-4)
    close([score.item(), loss.item()], [0.778, 0.0491])
    close(w.grad[1], -0.324)


@pytest.mark.parametrize(("weight", "gradient"), [(0.5, 3.8e-5), (2.0, 1.05e7)])
def test_depth(weight: float, gradient: float) -> None:
    w = Tensor(weight)
    x = Tensor(1.0)
    for _ in range(20):
        x = w * x
    x.backward()
    assert w.grad == pytest.approx(gradient, rel=5e-3)


def test_feedforward() -> None:
    weights, b, x = np.array([[1.0, -1.0], [2.0, 1.0]]), np.array([0.0, -1.0]), Tensor([1.0, 2.0])
    z = F.linear(x, Tensor(weights), Tensor(b))
    out = F.relu(z)
    out.backward([1.0, 1.0])
    assert z.tolist() == [-1.0, 3.0]
    assert out.tolist() == [0.0, 3.0]
    assert x.grad.tolist() == [2.0, 1.0]
    dead = Tensor([1.0, 2.0])
    F.relu(F.linear(dead, Tensor(weights), Tensor([-5.0, -5.0]))).backward([1.0, 1.0])
    assert dead.grad.tolist() == [0.0, 0.0]


def test_a_recurrent_net_through_time() -> None:
    u = Tensor(0.5)
    h: Tensor = Tensor(0.0, requires_grad=False)
    hidden = []
    for x in (1.0, 0.0, 0.0):
        h = F.tanh(u * h + x)
        hidden.append(h.item())
    trace = record(h)
    h.backward()
    close(hidden, [0.762, 0.363, 0.180], 6e-4)
    close(u.grad, 0.6715)
    i = next(k for k, node in enumerate(trace.nodes) if node is u)
    terms = [trace.contributions[c][k] for c, k in trace.consumers[i]]
    close(sorted(terms), [0.0, 0.3198, 0.3517])


def test_an_lstm_cell() -> None:
    i, f, o = (F.sigmoid(Tensor(v)) for v in (2.0, 1.0, 0.0))
    g = F.tanh(Tensor(0.5))
    before = Tensor(2.0)
    c = f * before + i * g
    h = o * F.tanh(c)
    close([i.item(), f.item(), o.item(), g.item()], [0.881, 0.731, 0.5, 0.462])
    close([c.item(), h.item()], [1.869, 0.477], 6e-4)
    c.backward()
    close(before.grad, 0.731)
    for bias, kept in ((0.0, 9.5e-7), (1.0, 0.0019), (5.0, 0.874)):
        assert F.sigmoid(bias).item() ** 20 == pytest.approx(kept, rel=6e-3)


def test_attention() -> None:
    x, y = Tensor(np.eye(2)), Tensor([[2.0, 0.0]])
    scores = y @ x.T / np.sqrt(2.0)
    weights = F.softmax(scores)
    out = weights @ x
    out[0, 0].backward()
    close(scores.data, [[1.414, 0.0]])
    close(weights.data, [[0.804, 0.196]])
    close(scores.grad, [[0.157, -0.157]], 6e-4)


def test_scale() -> None:
    for divisor, slope in ((1.0, 1.1e-7), (8.0, 0.105)):
        scores = Tensor([16.0, 0.0])
        F.softmax(scores / divisor)[0].backward()
        assert abs(scores.grad[0]) * divisor == pytest.approx(slope, rel=3e-2)


def test_add_and_norm() -> None:
    x = Tensor([1.0, 2.0, 3.0])
    centred = x - x.mean()
    out = centred / (F.square(centred).mean() + 1e-5).sqrt()
    out.backward([1.0, 1.0, 1.0])
    close(out.data, [-1.225, 0.0, 1.225])
    np.testing.assert_allclose(x.grad, 0.0, atol=1e-12)


@pytest.mark.parametrize(("residual", "gradient"), [(True, 2.58), (False, 4.4e-8)])
def test_residuals(residual: bool, gradient: float) -> None:
    start = Tensor(1.0)
    x = start
    for _ in range(24):
        x = x + F.tanh(0.5 * x) if residual else F.tanh(0.5 * x)
    x.backward()
    assert start.grad == pytest.approx(gradient, rel=1e-2)


def test_generate() -> None:
    embedding, x, target = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]), Tensor([0.5, 2.0]), 2
    logits = embedding @ x
    p = F.softmax(logits)
    close(p.data, [0.078, 0.348, 0.574], 1e-3)
    F.cross_entropy(logits, target).backward()
    close(logits.grad[target], -0.426)
    assert logits.grad.sum() == pytest.approx(0.0, abs=1e-12)


def test_sequence_to_sequence() -> None:
    keys = 2.0 * np.eye(3)
    query = Tensor([0.0, 0.0, 2.0])
    close(F.softmax(keys @ query / np.sqrt(3.0)).data[2], 0.834)


def test_mask() -> None:
    scores, last = Tensor([1.0, 2.0, 3.0]), np.array([False, False, True])
    close(F.softmax(F.where(last, -np.inf, scores)).data, [0.269, 0.731, 0.0])
    close(F.softmax(F.where(last, 0.0, scores)).data[2], 0.09, 5e-3)


def test_ten_saturated_layers_pass_a_millionth_at_most() -> None:
    start = Tensor(0.0)
    x = start
    for _ in range(10):
        x = F.sigmoid(x) - 0.5
    x.backward()
    assert start.grad == pytest.approx(0.25**10)
    assert start.grad < 1e-6

"""The backward pass: every path counts once, gradients add up, and what would be wrong is refused."""

from __future__ import annotations

import gc
import random
import threading
import weakref
from collections.abc import Callable

import numpy as np
import pytest
import torch

from engine import Tensor, no_grad, record, watch
from engine import functional as F
from engine.op import OPS


def test_both_edges_of_x_times_x_count() -> None:
    x = Tensor(3.0)
    (x * x).backward()
    assert x.grad == 6.0
    v = Tensor([3.0, 4.0])
    (v * v).sum().backward()
    assert v.grad.tolist() == [6.0, 8.0]
    m = Tensor([[1.0, 2.0], [3.0, 4.0]])
    (m @ m).sum().backward()
    w = torch.tensor(m.data, requires_grad=True)
    (w @ w).sum().backward()
    np.testing.assert_allclose(m.grad, w.grad)


def test_a_diamond_counts_both_ways() -> None:
    x = Tensor(2.0)
    left, right = x * 3.0, x + 1.0
    (left * right).backward()
    assert x.grad == 3.0 * (2.0 + 1.0) + 3.0 * 2.0


def test_twenty_diamonds_in_a_row_count_a_million_paths() -> None:
    x = Tensor(1.0)
    y = x
    for _ in range(20):
        y = y + y
    y.backward()
    assert x.grad == 2.0**20


def test_random_graphs_agree_with_pytorch() -> None:
    for seed in range(30):
        choose = random.Random(seed)
        starts = [choose.uniform(0.5, 1.5) for _ in range(4)]
        ours, theirs = (
            [Tensor(v) for v in starts],
            [torch.tensor(v, dtype=torch.double, requires_grad=True) for v in starts],
        )
        left, right = list(ours), list(theirs)
        for _ in range(40):
            i, j = choose.randrange(len(left)), choose.randrange(len(left))
            operate: Callable[..., object] = choose.choice(
                [
                    lambda a, b: a + b,
                    lambda a, b: (a * b).tanh(),
                    lambda a, b: a - b,
                    lambda a, b: a / (b * b + 1.0),
                ]
            )
            left.append(operate(left[i], left[j]))  # type: ignore[arg-type]
            right.append(operate(right[i], right[j]))  # type: ignore[arg-type]
        sum(left[1:], left[0]).backward()
        sum(right[1:], right[0]).backward()
        for x, y in zip(ours, theirs, strict=True):
            np.testing.assert_allclose(x.grad, y.grad.item(), rtol=1e-12)


def test_every_tensor_keeps_its_gradient_not_only_leaves() -> None:
    x = Tensor(2.0)
    y = x * x
    z = y * 3.0
    z.backward()
    assert (z.grad, y.grad, x.grad) == (1.0, 3.0, 12.0)


def test_a_second_backward_adds() -> None:
    x = Tensor([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    y.backward()
    assert x.grad.tolist() == [4.0, 8.0]
    x.zero_grad()
    assert x.grad is None
    y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_the_upstream_gradient_may_be_given() -> None:
    x = Tensor([1.0, 2.0])
    (x * 3.0).backward([1.0, 10.0])
    assert x.grad.tolist() == [3.0, 30.0]
    y = Tensor(2.0)
    (y * y).backward(5)
    assert y.grad == 20.0
    z = Tensor(2.0)
    (z * z).backward(Tensor(5.0))
    assert z.grad == 20.0


def test_a_root_of_several_cells_needs_a_gradient() -> None:
    with pytest.raises(
        ValueError, match=r"the tensor has shape \(2,\); only a single number has a default gradient"
    ):
        (Tensor([1.0, 2.0]) * 2).backward()
    with pytest.raises(ValueError, match=r"the gradient has shape \(3,\) but the tensor has shape \(2,\)"):
        (Tensor([1.0, 2.0]) * 2).backward([1.0, 1.0, 1.0])


def test_backward_without_anything_to_learn_says_why() -> None:
    fixed = Tensor(2.0, requires_grad=False)
    with no_grad():
        hidden = Tensor(2.0) * 3.0
    for root in (fixed * 2.0, hidden, Tensor(np.array(3)), Tensor(2.0) > 1.0):
        with pytest.raises(ValueError, match="backward: nothing here asks for a gradient"):
            root.backward()


def test_fixed_data_gets_no_gradient() -> None:
    x, data = Tensor([1.0, 2.0]), Tensor([3.0, 4.0], requires_grad=False)
    (x * data).sum().backward()
    assert x.grad.tolist() == [3.0, 4.0]
    assert data.grad is None
    a, b = Tensor(2.0), Tensor(3.0, requires_grad=False)
    (a * b).backward()
    assert (a.grad, b.grad) == (3.0, None)


def test_detach_stops_the_gradient() -> None:
    x = Tensor(3.0)
    (x * x.detach()).backward()
    assert x.grad == 3.0
    assert not x.detach().requires_grad
    v = Tensor([1.0, 2.0])
    held = v.detach()
    v.data = [5.0, 6.0]
    assert held.tolist() == [1.0, 2.0]


def test_no_grad_ends_with_its_block_even_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert (Tensor(1.0) * 2.0).requires_grad
    with no_grad(), no_grad():
        pass
    assert (Tensor(1.0) * 2.0).requires_grad


def test_a_cell_of_a_tensor_cannot_be_set() -> None:
    x = Tensor([1.0, 2.0], name="x")
    with pytest.raises(ValueError, match="tensor 'x' is recorded, so it cannot be changed in place"):
        x[0] = 5.0


def test_a_computed_value_cannot_be_changed() -> None:
    y = Tensor([1.0, 2.0]) * 2
    with pytest.raises(
        ValueError,
        match="this tensor was computed by mul; changing it in place would make its gradient wrong",
    ):
        y.data = [1.0, 2.0]
    with pytest.raises(ValueError, match="read-only"):
        y.data[0] = 1.0


def test_every_ops_result_is_read_only() -> None:
    for op in OPS.values():
        for example in op.examples:
            inputs = [Tensor(x) for x in example.inputs]
            from engine.op import apply as apply_op

            data = apply_op(op, inputs, example.params).data
            if isinstance(data, np.ndarray) and data.size:
                with pytest.raises(ValueError, match="read-only"):
                    data[...] = 0
            for x in inputs:
                assert not isinstance(x.data, np.ndarray) or x.data.flags.writeable, (
                    f"{op.name} locks its input"
                )


def test_a_leaf_changed_after_use_is_refused() -> None:
    for start, later in ((2.0, 3.0), ([2.0, 2.0], [3.0, 3.0])):
        w = Tensor(start, name="w")
        loss = (w * w).sum()
        w.data = later
        with pytest.raises(
            ValueError,
            match=(
                "tensor 'w' was changed after mul had used it, so the recorded values no longer fit together"
            ),
        ):
            loss.backward()
        with pytest.raises(ValueError, match="tensor 'w' was changed after it had been used"):
            record(loss)
        assert w.grad is None
        (w * w).sum().backward()  # a new forward pass is fine
        np.testing.assert_allclose(w.grad, 2 * np.array(later))


def test_the_idiom_of_gradient_descent_works_on_leaves() -> None:
    w, b = Tensor([1.0, 2.0]), Tensor(1.0)
    for _ in range(3):
        loss = (w * w).sum() + b * b
        w.grad = b.grad = None
        loss.backward()
        w.data -= 0.1 * w.grad
        b.data -= 0.1 * b.grad
    np.testing.assert_allclose(w.data, np.array([1.0, 2.0]) * 0.8**3)
    np.testing.assert_allclose(b.data, 0.8**3)


def test_new_data_must_have_the_shape_of_the_old() -> None:
    with pytest.raises(ValueError, match=r"tensor 'w' has shape \(2,\) but the new data has shape \(3,\)"):
        Tensor([1.0, 2.0], name="w").data = [1.0, 2.0, 3.0]


def test_the_gradient_of_a_leaf_may_be_changed_in_place() -> None:
    x, y = Tensor([1.0, 2.0]), Tensor([3.0, 4.0])
    out = (x + y).sum()
    out.backward()
    x.grad *= 0.0
    assert y.grad.tolist() == [1.0, 1.0]


def test_a_failing_rule_leaves_no_marks_behind() -> None:
    x = Tensor([1.0, 2.0])
    y = x * 2.0
    z = y.sum()
    y._first = (x, Tensor([1.0, 2.0, 3.0]))  # the rule of mul now gets shapes that do not fit
    with pytest.raises(ValueError, match="could not be broadcast"):
        z.backward()
    (x * 3.0).sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]


def test_infinities_on_the_way_back_follow_numpy() -> None:
    x = Tensor(0.0)
    x.log().backward()
    assert x.grad == np.inf
    y = Tensor(0.0)
    y.sqrt().backward()
    assert y.grad == np.inf
    z = Tensor(1e-200)
    (1.0 / z).backward()
    assert z.grad == -np.inf
    a = Tensor(1000.0)
    a.exp().backward()
    assert a.grad == np.inf


LENGTH = 100_000


@pytest.mark.parametrize("watched", [False, True])
def test_a_chain_of_100_000_nodes_goes_forward_and_backward(watched: bool) -> None:
    x = Tensor(1.0)
    y = x
    if watched:
        with watch():
            for _ in range(LENGTH):
                y = y * 1.00001
        trace = record(y)
        assert len(trace) == 2 * LENGTH + 1
        np.testing.assert_allclose(trace.gradients[0], 1.00001**LENGTH, rtol=1e-9)
        assert x.grad is None
    else:
        for _ in range(LENGTH):
            y = y * 1.00001
        y.backward()
        np.testing.assert_allclose(x.grad, 1.00001**LENGTH, rtol=1e-9)
    del y


def test_a_long_chain_of_arrays_goes_forward_and_backward() -> None:
    x = Tensor([1.0, 2.0])
    y = x
    for _ in range(20_000):
        y = y + 0.001
    y.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]


def test_a_graph_is_freed_without_the_cyclic_collector() -> None:
    class Marked(Tensor):
        __slots__ = ("__weakref__",)

    gc.collect()
    gc.disable()
    try:
        x = Marked([1.0, 2.0])
        gone = weakref.ref(x)
        with watch():
            y = F.softmax(x * 2.0).sum()
        y.backward()
        trace = record(y)
        assert trace.names
        del x, y, trace
        assert gone() is None
    finally:
        gc.enable()


def test_no_grad_and_watch_belong_to_one_thread() -> None:
    inside, done = threading.Event(), threading.Event()
    seen: dict[str, bool] = {}

    def other() -> None:
        inside.wait()
        y = Tensor(2.0) * 3.0
        seen["requires_grad"] = y.requires_grad
        seen["watched"] = y.note is not None
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with no_grad(), watch():
        inside.set()
        done.wait()
        assert not (Tensor(2.0) * 3.0).requires_grad
    thread.join()
    assert seen == {"requires_grad": True, "watched": False}


def test_two_threads_may_share_leaves() -> None:
    w = Tensor(np.ones((20, 20)) * 0.01)
    s = Tensor(0.5)
    rounds = 60
    failures: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(rounds):
                x = w
                for _ in range(5):
                    x = x @ w
                y = s
                for _ in range(200):
                    y = y * 1.0
                (x.sum() + y).backward()
        except BaseException as error:  # noqa: BLE001, handed over to the test
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    np.testing.assert_allclose(s.grad, 2 * rounds)


def test_a_sum_of_many_terms_spoils_no_gradient_that_shares_memory_with_one_of_them() -> None:
    x = Tensor(np.ones(3))
    p = x * 2.0
    q = x * 3.0
    first = p + q  # hands its gradient on as it is: to p, to q, and all three are one array
    out = p * 5.0 + p * 1.0 + first + p  # p gets first what out has
    out.backward(np.full(3, 1.0))
    assert first.grad.tolist() == q.grad.tolist() == out.grad.tolist() == [1.0] * 3
    assert p.grad.tolist() == [8.0] * 3
    assert x.grad.tolist() == [19.0] * 3

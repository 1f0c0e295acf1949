"""The record of a computation: names and places from the code, scopes, contributions, steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Tensor, no_grad, record, watch
from engine import functional as F
from engine.nn import TransformerBlock
from engine.op import OPS
from engine.optim import SGD
from engine.scope import Kind, composite, open_scope
from engine.trace import Step, Trace


def boxes(a: Any, b: Any, c: Any) -> Any:
    s = b * c
    return 2 * a + s


def trace_of(build: Any, *values: Any, **settings: Any) -> Trace:
    """The trace of `build` on leaves called a, b, c, …"""
    with watch(build):
        root = build(*[Tensor(value, name=name) for name, value in zip("abcdefg", values, strict=False)])
    return record(root, **settings)


def text_at(trace: Trace, i: int) -> str:
    """The piece of this file that the node's span covers."""
    span = trace.span(i)
    assert span is not None
    assert span.line == span.end_line
    with open(__file__, encoding="utf-8") as file:
        return file.read().split("\n")[span.line - 1][span.column : span.end_column]


def test_names_come_from_the_leaves_the_code_and_the_numbers() -> None:
    trace = trace_of(boxes, 1.0, 2.0, 3.0)
    assert sorted(trace.names) == ["2", "a", "b", "c", "out", "s", "v1"]
    assert trace.value("s") == 6.0
    assert trace.value("out") == 8.0
    assert [trace.gradient(name) for name in "abc"] == [2.0, 3.0, 2.0]


def test_every_result_knows_the_piece_of_code_that_made_it() -> None:
    trace = trace_of(boxes, 1.0, 2.0, 3.0)
    assert text_at(trace, trace.find("s")) == "b * c"
    assert text_at(trace, trace.find("v1")) == "2 * a"
    assert text_at(trace, trace.find("out")) == "2 * a + s"
    assert trace.span(trace.find("a")) is None


def test_code_in_helpers_is_shown_at_the_call_in_the_shown_function() -> None:
    def helper(x: Any) -> Any:
        y = x * 2.0
        return y + 1.0

    def build(a: Any) -> Any:
        first = helper(a)
        second = sum((x * a for x in (first, first)), a)
        return [second * x for x in (a,)][0]  # noqa: RUF015

    trace = trace_of(build, 3.0)
    places = {text_at(trace, i) for i, sources in enumerate(trace.inputs) if sources}
    assert places == {
        "helper(a)",
        "sum((x * a for x in (first, first)), a)",
        "[second * x for x in (a,)]",
    }


def test_a_function_shown_again_and_from_elsewhere_keeps_its_places() -> None:
    def inner(x: Any) -> Any:
        return x * x

    with watch(inner):
        x = Tensor(2.0)
        before = x + 1.0
        first = inner(before)
        between = first * 3.0
        root = inner(between)
    trace = record(root)
    shown = [text_at(trace, i) for i, sources in enumerate(trace.inputs) if sources and trace.span(i)]
    assert shown == ["x * x", "x * x"]


def test_repeated_names_are_numbered() -> None:
    def build(a: Any) -> Any:
        y = a
        for _ in range(3):
            y = y * a
        return y

    trace = trace_of(build, 2.0)
    assert trace.names == ["a", "y", "y_2", "y_3"]


def test_names_of_a_long_loop_come_quickly() -> None:
    def build(a: Any) -> Any:
        y = a
        for _ in range(50_000):
            y = y * a
        return y

    assert trace_of(build, 1.0).names[-1] == "y_50000"


def test_an_unknown_name_gets_the_known_ones() -> None:
    with pytest.raises(ValueError, match="no node is named 'z'; the names are a, b, c, s, v1, out"):
        trace_of(boxes, 1.0, 2.0, 3.0).find("z")


def test_of_several_nodes_of_a_name_the_one_that_leaves_the_most_boxes_is_found() -> None:
    block = TransformerBlock(4, 1, 8, seed=0)
    trace = trace_of(lambda x: block(x)[0, 0], np.eye(3, 4).tolist())
    heard, mixed = (i for i, name in enumerate(trace.names) if name == "mixed")
    assert trace.level(heard) == 3, "what attention hears is seen inside attention alone"
    assert trace.level(mixed) == 1, "what leaves the AddNorm is seen beside it"
    assert trace.find("mixed") == mixed
    assert trace.find("TransformerBlock/AddNorm/Attention/mixed") == heard


def test_scopes_form_a_tree_and_repeated_calls_are_told_apart() -> None:
    def build(a: Any) -> Any:
        p = F.softmax(a)
        q = F.softmax(p)
        return (p * q).sum()

    trace = trace_of(build, [1.0, 2.0, 3.0])
    paths = {scope.path for scope in trace.scopes if scope is not None}
    assert paths == {"softmax", "softmax 2"}
    assert trace.nodes[trace.find("p")]._op is OPS["div"]
    assert trace.scopes[trace.find("q")].path == "softmax 2"
    assert trace.find("softmax/e") != trace.find("softmax 2/e")


def test_scopes_nest() -> None:
    kind = Kind("outer", "f(<x>)", "Do it.", "Undo it.")

    @composite(kind)
    def outer(x: Any) -> Any:
        with open_scope(Kind("part", "g(<x>)", "Do.", "Undo."), name="head 1"):
            y = x * 2.0
        return y + x

    trace = trace_of(lambda a: outer(a) * 1.0, 3.0)
    paths = [scope.path if scope else None for scope in trace.scopes]
    assert {"outer/head 1", "outer", None} == set(paths)
    deepest = next(s for s in trace.scopes if s is not None and s.path == "outer/head 1")
    assert [s.path for s in deepest.ancestors] == ["outer", "outer/head 1"]


def test_outside_watch_scopes_cost_nothing_and_leave_nothing() -> None:
    out = F.softmax(Tensor([1.0, 2.0])).sum()
    assert record(out).scopes == [None] * len(record(out))
    with open_scope(Kind("part", "g(<x>)", "Do.", "Undo.")) as scope:
        assert scope is None


def test_contributions_add_up_to_the_gradients() -> None:
    random = np.random.default_rng(0)

    def build(a: Any, b: Any, c: Any) -> Any:
        h = F.tanh(a @ b + c)
        return F.cross_entropy(h @ b.T + a, [0, 2]) + (h * h).mean()

    trace = trace_of(build, random.normal(size=(2, 3)), random.normal(size=(3, 3)), random.normal(size=3))
    for j in range(len(trace)):
        terms = [trace.contributions[i][k] for i, k in trace.consumers[j] if trace.contributions[i]]
        terms = [term for term in terms if term is not None]
        if trace.gradients[j] is None:
            assert not terms
        elif j != trace.root:
            assert all(np.shape(term) == trace.nodes[j].shape for term in terms)
            np.testing.assert_allclose(sum(terms), trace.gradients[j], rtol=1e-13, atol=1e-15)


def test_gradients_of_the_trace_and_of_backward_are_the_same_to_the_last_digit() -> None:
    random = np.random.default_rng(1)
    leaves = [Tensor(random.normal(size=(3, 3))), Tensor(0.3), Tensor(random.normal(size=3))]
    with watch():
        x, s, v = leaves
        y = F.softmax(x @ x * s + v)
        t = (s * s + s).tanh() * s
        root = (y * x).sum() * t + (v * v).mean()
    trace = record(root)
    assert all(leaf.grad is None for leaf in leaves)
    root.backward()
    for node, gradient in zip(trace.nodes, trace.gradients, strict=True):
        np.testing.assert_array_equal(np.asarray(node.grad, dtype=float), np.asarray(gradient, dtype=float))


def test_recording_leaves_gradients_alone_and_may_be_repeated() -> None:
    x = Tensor(3.0)
    y = x * x
    y.backward()
    first, second = record(y), record(y, seed=2.0)
    assert x.grad == 6.0
    assert (first.gradients[0], second.gradients[0]) == (6.0, 12.0)


def test_a_trace_keeps_its_values_when_a_leaf_changes_later() -> None:
    w = Tensor(2.0, name="w")
    trace = record(w * w)
    w.data = 5.0
    assert trace.value("w") == 2.0


def test_steps_go_forward_then_backward_each_edge_once() -> None:
    trace = trace_of(boxes, 1.0, 2.0, 3.0)
    names = trace.names
    steps = trace.steps()
    assert [(s.phase, names[s.node]) for s in steps[:4]] == [
        ("forward", "s"),
        ("forward", "v1"),
        ("forward", "out"),
        ("seed", "out"),
    ]
    backward = [(names[s.node], s.argument) for s in steps[4:]]
    assert backward == [("out", 0), ("out", 1), ("v1", 1), ("s", 0), ("s", 1)]
    assert steps[3] == Step("seed", trace.root)


def test_a_node_is_left_only_after_all_its_consumers_have_spoken() -> None:
    def build(a: Any, b: Any) -> Any:
        s = a * b
        t = s * a
        return (s + t) * s

    trace = trace_of(build, 2.0, 3.0)
    waiting = {
        i: sum(trace.gradients[c] is not None for c, _ in trace.consumers[i]) for i in range(len(trace))
    }
    for step in trace.steps():
        if step.phase == "backward":
            assert waiting[step.node] == 0, "its gradient was not complete"
            assert step.argument is not None
            waiting[trace.inputs[step.node][step.argument]] -= 1
    assert all(count == 0 for count in waiting.values())


def test_a_trace_of_fixed_data_has_no_backward_pass() -> None:
    with watch():
        root = Tensor(2.0, requires_grad=False, name="x") * 3.0
    trace = record(root)
    assert trace.seed is None
    assert [step.phase for step in trace.steps()] == ["forward"]


def test_fixed_data_gets_no_step_backward() -> None:
    with watch():
        root = Tensor(2.0, name="w") * Tensor(3.0, requires_grad=False, name="x")
    steps = record(root).steps()
    assert [(s.phase, s.argument) for s in steps] == [("forward", None), ("seed", None), ("backward", 0)]


def test_the_seed_may_be_another_and_overwriting_shows_what_goes_wrong() -> None:
    def fan_out(a: Any) -> Any:
        return a * a + a

    assert trace_of(fan_out, 3.0).gradient("a") == 7.0
    assert trace_of(fan_out, 3.0, seed=2.0).gradient("a") == 14.0
    assert trace_of(fan_out, 3.0, accumulate=False).gradient("a") in (1.0, 3.0)


def test_updates_say_what_an_optimizer_would_do() -> None:
    w, b = Tensor([1.0, 2.0], name="w"), Tensor(3.0, name="b")
    with watch():
        root = (w * w).sum() + b * 2.0
    trace = record(root)
    updates = {trace.names[u.node]: u for u in trace.updates(SGD([b, w], lr=0.1))}
    assert updates["w"].after.tolist() == pytest.approx([0.8, 1.6])
    assert updates["b"].after == pytest.approx(2.8)
    assert w.tolist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("build", "value", "name"),
    [
        (lambda a: (a - 1.0).log() * 2.0, 1.0, "v2"),
        (lambda a: (a * 1e200) * 1e200, 1.0, "out"),
        (lambda a: (a.log() - a.log()) * 1.0, 0.0, "v1"),
        (lambda a: a * 2.0, 1.0, None),
        (lambda a: F.softmax(F.where(np.array([True, False]), a, -np.inf))[0], [1.0, 2.0], None),
    ],
)
def test_the_first_infinity_or_nan_is_found_where_it_arises(build: Any, value: Any, name: str | None) -> None:
    trace = trace_of(build, value)
    found = trace.first_non_finite
    assert (None if found is None else trace.names[found]) == name


def test_a_detached_value_shows_where_it_came_from_but_nothing_flows() -> None:
    def build(a: Any) -> Any:
        m = a.detach()
        return a * m

    trace = trace_of(build, 3.0)
    m = trace.find("m")
    assert trace.nodes[m]._op is OPS["detach"]
    assert trace.names[trace.inputs[m][0]] == "a"
    assert trace.gradient("m") is None
    assert trace.gradient("a") == 3.0


def test_no_grad_inside_watch_cuts_the_record() -> None:
    with watch():
        x = Tensor(2.0)
        with no_grad():
            y = x * 3.0
        z = x * y
    trace = record(z)
    assert len(trace) == 3
    assert trace.gradients[0] == 6.0

"""Expressions: names, values, places, notices, lines and their scopes, and the ready examples."""

import ast
import math
import time
from pathlib import Path

import numpy as np
import pytest

import engine.expression
from engine import Tensor, Trace, record
from engine.expression import EXAMPLES, ExpressionError, parse
from engine.expression.functions import FUNCTIONS, METHODS, OPERATORS


def trace_of(source: str, **values: object) -> Trace:
    """The record of a run."""
    return record(parse(source).run(values))


def value_of(source: str, **values: object) -> float:
    """The number at the end."""
    number = parse(source).run(values).data
    assert isinstance(number, float)
    return number


def places(trace: Trace, source: str) -> dict[str, str]:
    """The text at the place of every node, by the node's name."""
    found = {}
    for i, name in enumerate(trace.names):
        span = trace.span(i)
        assert span is not None, f"{name} has no place"
        lines = source.split("\n")[span.line - 1 : span.end_line]
        lines[-1] = lines[-1][: span.end_column]
        lines[0] = lines[0][span.column :]
        found[name] = "\n".join(lines)
    return found


def test_free_names_are_the_leaves_in_order_of_appearance() -> None:
    assert parse("c*a + sigmoid(b + a) - pi").names == ("c", "a", "b")
    assert parse("s = w*x\nh = tanh(s)\nh*v + s").names == ("w", "x", "v")


def test_the_worked_numbers_of_the_lessons() -> None:
    boxes = trace_of("2*a + b*c", a=1, b=2, c=3)
    assert boxes.value("out") == 8.0
    assert [boxes.gradient(name) for name in "abc"] == [2.0, 3.0, 2.0]
    square = trace_of("(x1 + x2)**2", x1=2, x2=3)
    assert square.value("out") == 25.0
    assert [square.gradient(name) for name in ("x1", "x2")] == [10.0, 10.0]
    assert trace_of("a*a + a", a=3).gradient("a") == 7.0
    hinge = trace_of("max(1 - y*(w1*x1 + w2*x2), 0)", y=-1, w1=2, x1=2, w2=-1, x2=0)
    assert hinge.value("out") == 5.0
    assert [hinge.gradient(name) for name in ("w1", "w2")] == [2.0, 0.0]
    chain = trace_of("x1 = w*x\n" + "\n".join(f"x{k + 1} = w*x{k}" for k in range(1, 20)), w=0.5, x=1)
    assert chain.gradient("w") == pytest.approx(3.8e-5, rel=0.01)
    attention = trace_of("p = softmax(X @ y / sqrt(2))\np[0]", X=[[1, 0], [0, 1]], y=[2, 0])
    np.testing.assert_allclose(attention.value("p"), [0.804, 0.196], atol=5e-4)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1_000 + 1e-3 + .5 + 2.", 1002.501),
        ("-2**2", -4.0),
        ("2**3**2", 512.0),
        ("2 - 3 - 4", -5.0),
        ("8 / 2 / 2", 2.0),
        ("+3 - -2", 5.0),
        ("cos(pi) + log(e) + ln(e**2)", 2.0),
        ("max(1, 5, 3) + min(4, 2)", 7.0),
        ("max([1, 5, 3]) + [4, 2].min()", 7.0),
        ("where(2 > 1, 3, 4) + where(2 == 1, 30, 40)", 43.0),
        ("sum([1, 2, 3]) + mean([[1, 3], [5, 7]])", 10.0),
        ("[[1, 2], [3, 4]].sum(dim=0)[1]", 6.0),
        ("sum([[1, 2], [3, 4]], 1)[0]", 3.0),
        ("sum([[1, 2], [3, 4]], dim=(0, 1), keepdim=True)[0, 0]", 10.0),
        ("[1, 2, 3][-1] + [1, 2, 3][0:2].sum()", 6.0),
        ("[[1, 2], [3, 4]].T[0, 1]", 3.0),
        ("reshape([1, 2, 3, 4], 2, 2)[1, 0] + [1, 2, 3, 4].reshape((2, -1))[1, 1]", 7.0),
        ("dot([1, 2], [3, 4]) + matmul([[1, 2]], [3, 4])[0]", 22.0),
        ("clamp(5, 0, 1) + clamp(-5, min=-2)", -1.0),
        ("leaky_relu(-1, 0.5)", -0.5),
        ("[[1, 2], [3, 5]].max(0)[1] + [1, 5].amax()", 10.0),
        ("logistic(0) + abs(-2) + square(3) + sqrt(16)", 15.5),
        ("[[1, 3], [2, 1]].max(dim=1).sum()", 5.0),
        ("cross_entropy([0, 0], 1)", math.log(2)),
        ("exp(-inf)", 0.0),
        ("pow(2, 3)", 8.0),
    ],
)
def test_what_stands_for_a_number(source: str, expected: float) -> None:
    assert value_of(source) == pytest.approx(expected)


def test_a_list_may_hold_computed_values() -> None:
    trace = trace_of("softmax([a, b])[0]", a=1, b=1)
    assert trace.value("out") == 0.5
    assert trace.gradient("a") == 0.25
    assert value_of("[[a, 1], [2, b]].sum()", a=3, b=4) == 10.0


def test_the_last_line_may_be_an_assignment() -> None:
    assert value_of("s = a*b\nt = s + 1", a=2, b=3) == 7.0
    assert value_of("a = b", b=3) == 3.0
    assert value_of("s = a\ns += 2*b\ns *= 2", a=1, b=3) == 14.0


def test_a_line_that_gives_a_name_a_number_makes_a_leaf() -> None:
    program = parse("w = 2\nX = [[1, -2], [3, 4]]\nsum(w*X)")
    assert program.names == ("w", "X")
    assert program.defaults() == {"w": 2.0, "X": [[1.0, -2.0], [3.0, 4.0]]}
    trace = record(program.run())
    assert trace.value("out") == 12.0
    assert trace.gradient("w") == 6.0
    assert program.run({"w": 3}).data == 18.0


def test_a_name_that_is_set_twice_is_no_leaf() -> None:
    program = parse("s = 0\ns = s + a\ns = s + a")
    assert program.names == ("a",)
    assert program.run({"a": 2}).data == 4.0


def test_a_name_that_is_used_before_it_is_set_is_a_leaf_of_its_own() -> None:
    program = parse("s = 3*w\nw = 2\nw*s")
    assert program.names == ("w",)
    assert not program.given
    assert program.run({"w": 5}).data == 30.0


def test_every_node_knows_its_place_in_the_text() -> None:
    source = "s = w*x  # a score, with a note\n  h = (sigmoid(s)\n     + b)\n\nα*h"
    found = places(trace_of(source), source)
    assert found["s"] == "w*x"
    assert found["v1"] == "sigmoid(s)"
    assert found["h"] == "sigmoid(s)\n     + b"
    assert found["out"] == "α*h"
    assert found["α"] == "α"


def test_places_count_characters_not_bytes() -> None:
    source = "α*β + θ"
    found = places(trace_of(source), source)
    assert found["v1"] == "α*β"
    assert found["θ"] == "θ"


def test_all_nodes_of_a_composite_function_have_the_place_of_its_call() -> None:
    source = "a + sum(softmax([1, 2] * a) * [1, 0])"
    trace = trace_of(source)
    inside = {i: scope for i, scope in enumerate(trace.scopes) if scope is not None}
    assert {scope.path for scope in inside.values()} == {"softmax"}
    assert len(inside) > 3
    spans = {trace.span(i) for i in inside}
    assert len(spans) == 1
    span = spans.pop()
    assert span is not None
    assert source[span.column : span.end_column] == "softmax([1, 2] * a)"


def test_names_come_from_the_text_and_never_from_the_caller() -> None:
    surprise = parse("p = softmax(a * [1, 2])\nsigmoid(p)").run()
    names = record(surprise).names
    assert "surprise" not in names
    assert "p" in names
    softmax = record(parse("softmax(a * [1, 2])[0]").run())
    inside = [i for i, scope in enumerate(softmax.scopes) if scope is not None]
    assert softmax.names[inside[-1]].startswith("v")
    assert softmax.find("softmax/e") in inside


def test_an_array_at_the_end_is_added_up_and_said_so() -> None:
    result = parse("relu(W @ x + b)").evaluate({"W": [[1, -1], [2, 1]], "x": [1, 2], "b": [0, -1]})
    assert result.root.data == 3.0
    assert result.notices == (
        "The result had 2 numbers; the walk adds them up, since a gradient needs one number at the end.",
    )
    trace = record(result.root)
    op = trace.nodes[trace.root]._op
    assert op is not None
    assert op.name == "sum"
    assert trace.names[trace.root] == "out"
    np.testing.assert_array_equal(trace.gradient("x"), [2.0, 1.0])


def test_an_array_of_one_number_needs_no_notice() -> None:
    result = parse("[a]").evaluate({"a": 2})
    assert result.root.shape == ()
    assert result.notices == ()


def test_notices_say_what_a_learner_may_not_expect() -> None:
    assert "no gradient flows back" in parse("2 + 3").evaluate().notices[0]
    assert "no gradient flows back" in parse("2*a").evaluate(fixed=["a"]).notices[0]
    assert parse("e**x").evaluate().notices == (
        "e is Euler's number 2.718 here; for an input of your own choose another name.",
    )
    assert parse("s = a*b\na + 1").evaluate().notices == (
        "b is not used by the result, so it is not in the graph.",
        "s is not used by the result, so it is not in the graph.",
    )
    assert parse("2*a").evaluate().notices == ()


def test_fixed_names_take_no_gradient() -> None:
    result = parse("w*x").evaluate({"w": 2, "x": 3}, fixed=["x"])
    trace = record(result.root)
    assert trace.gradient("w") == 3.0
    assert trace.gradient("x") is None
    assert result.leaves["x"].requires_grad is False


def test_constants_give_way_to_assignment() -> None:
    assert value_of("e = 2\ne*a", a=3) == 6.0
    assert parse("e = a + 1\ne").names == ("a",)


def test_a_function_name_may_name_a_value_where_nothing_calls_it() -> None:
    assert value_of("mean = (a + b)/2\n(a - mean)**2", a=1, b=3) == 1.0


@pytest.mark.parametrize(
    ("source", "shapes"),
    [
        ("a + b*c", [(), (), ()]),
        ("sigmoid(w @ x + b)", [(3,), (3,), ()]),
        ("W @ x + b", [(2, 3), (3,), (2,)]),
        ("sum((X @ w - y)**2)", [(2, 3), (3,), (2,)]),
        ("W2 @ relu(W1 @ x + b1) + b2", [(2, 2), (2, 3), (3,), (2,), (2,)]),
        ("softmax(Q @ K.T / sqrt(d)) @ V", [(2, 3), (2, 3), (), (2, 3)]),
        ("x.T @ A @ x", [(2,), (2, 2)]),
        ("softmax(x / t)", [(3,), ()]),
        ("x[5]", [(6,)]),
        ("M[1, 2] + u[2]", [(2, 3), (3,)]),
        ("sum(a*x)", [(3,), ()]),
        ("softmax([1, 2, 3] * a)", [()]),
        ("cross_entropy(scores, y)", [(3,), ()]),
        ("mse_loss(W @ x, y)", [(3, 3), (3,), (3,)]),
        ("h = tanh(W @ x + b)\nscore = v @ h\n(score - y)**2", [(3, 3), (3,), (3,), (3,), ()]),
        ("max(1 - y*(w @ x), 0)", [(), (3,), (3,)]),
    ],
)
def test_defaults_have_shapes_that_fit(source: str, shapes: list[tuple[int, ...]]) -> None:
    program = parse(source)
    defaults = program.defaults()
    assert list(defaults) == list(program.names)
    assert [np.shape(value) for value in defaults.values()] == shapes
    assert math.isfinite(program.run(defaults).data)


def test_shapes_are_found_however_many_plain_numbers_stand_beside() -> None:
    program = parse("W @ x + " + "+".join(f"n{k}" for k in range(200)))
    assert np.shape(program.defaults()["W"]) == (2, 3)


def test_where_no_shapes_fit_the_names_become_numbers_soon() -> None:
    program = parse("@".join(f"n{k}" for k in range(100)) + "@ 3")
    start = time.perf_counter()
    assert set(map(np.shape, program.defaults().values())) == {()}
    assert time.perf_counter() - start < 1.0


def test_default_numbers_count_from_one() -> None:
    assert parse("2*a + b*c").defaults() == {"a": 1.0, "b": 2.0, "c": 3.0}
    assert parse("2*a + b*c").defaults({"b": 7, "unknown": 3}) == {"a": 1.0, "b": 7.0, "c": 3.0}


def test_defaults_fit_the_values_that_are_given() -> None:
    defaults = parse("sum((X @ w - y)**2)").defaults({"X": np.ones((5, 4))})
    assert np.shape(defaults["w"]) in [(4,), ()] or np.shape(defaults["w"])[0] == 4
    assert parse("w @ x").defaults({"x": [1, 2]})["w"] == [1.0, 2.0]


def test_defaults_avoid_nan_where_positive_numbers_do() -> None:
    assert math.isfinite(parse("sum(log(x))").run().data)


def test_overflow_and_nan_are_computed_and_found_in_the_trace() -> None:
    trace = trace_of("s = exp(a)\ns - s", a=1000)
    first = trace.first_non_finite
    assert first is not None
    assert trace.names[first] == "s"
    assert math.isnan(trace.value("out"))
    assert value_of("x**9**9", x=9.0) == math.inf
    assert value_of("a / b", a=1, b=0) == math.inf


def test_a_long_sum_is_not_deep() -> None:
    assert value_of("+".join(["x"] * 400), x=1) == 400.0


def test_lines_become_boxes_when_there_is_too_much_for_one_picture() -> None:
    few = trace_of("a = softmax(x)\nb = softmax(a)\nsum(b*y)")
    assert {scope.path for scope in few.scopes if scope} == {"softmax", "softmax 2"}
    source = "s = softmax(x)\n" + "s = softmax(s)\n" * 99 + "sum(s*y)"
    trace = trace_of(source, x=[1, 2, 3], y=[1, 0, 0])
    scopes = [scope for scope in trace.scopes if scope]
    assert len(scopes) > 500
    outer = {scope.ancestors[0].path for scope in scopes}
    assert outer == {"s", *(f"s {k}" for k in range(2, 101)), "line 101"}
    kind = scopes[0].ancestors[0].kind
    assert kind.says == "Work out `s = softmax(x)`."
    assert kind.formula == r"\text{s = softmax(x)}"


def test_values_may_be_arrays_lists_numbers_and_tensors() -> None:
    program = parse("sum(a*b*c)")
    result = program.run({"a": np.array([1.0, 2.0]), "b": [3, 4], "c": Tensor(2.0)})
    assert result.data == 22.0
    assert program.run({"a": np.float64(2), "b": np.int64(3), "c": 1}).data == 6.0


def test_running_leaves_the_given_arrays_alone() -> None:
    given = np.array([1.0, 2.0])
    leaf = parse("sum(a)").evaluate({"a": given}).leaves["a"]
    given[0] = 9.0
    np.testing.assert_array_equal(leaf.data, [1.0, 2.0])


def test_a_program_is_known_by_its_text() -> None:
    assert parse("a + b") == parse("a + b")
    assert hash(parse("a + b")) == hash(parse("a + b"))
    assert parse("a + b") != parse("a+b")


@pytest.mark.parametrize(("title", "source", "values"), EXAMPLES, ids=[title for title, _, _ in EXAMPLES])
def test_an_example_has_a_value_for_every_name_and_a_gradient_for_each(
    title: str, source: str, values: dict[str, object]
) -> None:
    program = parse(source)
    assert set(values) == set(program.names), title
    trace = record(program.run(values))
    assert np.all(np.isfinite(trace.value(trace.names[trace.root])))
    for name in program.names:
        assert np.all(np.isfinite(trace.gradient(name)))


def test_two_layers_and_regression_give_the_numbers_of_their_lessons() -> None:
    by_title = {title: record(parse(source).run(values)) for title, source, values in EXAMPLES}
    layers = by_title["Two layers"]
    assert layers.value("h1") == pytest.approx(0.047, abs=5e-4)
    assert layers.value("h2") == pytest.approx(0.731, abs=5e-4)
    assert layers.value("out") == pytest.approx(0.0491, abs=5e-5)
    assert layers.gradient("w2") == pytest.approx(-0.324, abs=5e-4)
    regression = by_title["Regression"]
    assert regression.value("out") == 5.0
    np.testing.assert_array_equal(regression.gradient("w"), [2.0, 8.0, -4.0])
    tie = by_title["A tie in max"]
    assert [tie.gradient(name) for name in "ab"] == [1.5, 0.5]
    attention = by_title["Attention"]
    np.testing.assert_allclose(attention.value("weights"), [0.804, 0.196], atol=5e-4)


def test_every_function_says_how_it_is_written_and_its_example_runs() -> None:
    for function in FUNCTIONS.values():
        try:
            parse(function.example).run()
        except ExpressionError as error:
            pytest.fail(f"{function.name}: its example {function.example} fails: {error}")


def test_nothing_in_the_package_runs_python_or_opens_files() -> None:
    forbidden = {
        "eval",
        "exec",
        "compile",
        "__import__",
        "open",
        "globals",
        "locals",
        "vars",
        "setattr",
        "delattr",
    }
    files = sorted(Path(engine.expression.__file__).parent.glob("*.py"))
    assert len(files) > 5
    for file in files:
        tree = ast.parse(file.read_text())
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not used & forbidden, f"{file.name} uses {sorted(used & forbidden)}"


def test_the_table_of_functions_is_the_whole_allow_list() -> None:
    assert set(METHODS) <= set(FUNCTIONS)
    for function in [*FUNCTIONS.values(), *METHODS.values(), *OPERATORS.values()]:
        module = getattr(function.call, "__module__", None) or type(function.call).__module__
        assert module.startswith("engine."), f"{function.name} comes from {module}"

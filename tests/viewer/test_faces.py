"""Formulas, sentences and code places of steps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Tensor, record, watch
from engine import functional as F
from engine.apply import apply
from engine.op import OPS
from tests.viewer.graphs import boxed, boxes, fan_out, traced
from viewer.faces import Code, code_of
from viewer.payload import graph_payload
from viewer.words import fill, placeholders, symbol


def steps(payload: dict[str, Any]) -> dict[str, Any]:
    """The steps by name, with their arrays in place."""
    arrays = payload["tensors"]
    return {
        step["name"]: step | {"total": arrays[step["total"]] if step["total"] is not None else None}
        for step in payload["steps"]
    }


def boxes_payload() -> dict[str, Any]:
    return graph_payload(traced(boxes, a=1.0, b=2.0, c=3.0), code=code_of(boxes))


def test_a_forward_formula_shows_symbols_and_then_the_same_with_numbers() -> None:
    formula = steps(boxes_payload())["forward s"]["formula"]
    assert formula["symbols"] == r"\val{s} = \val{b} \cdot \val{c}"
    assert formula["numbers"] == r"\val{6} = \val{2} \cdot \val{3}"


def test_a_backward_formula_is_upstream_times_local() -> None:
    formula = steps(boxes_payload())["backward s b"]["formula"]
    left, upstream = (
        r"\grd{\dfrac{\partial \text{out}}{\partial b}}",
        r"\grd{\dfrac{\partial \text{out}}{\partial s}}",
    )
    assert formula["symbols"] == rf"{left} = {upstream} \cdot \val{{c}}"
    assert formula["numbers"] == r"\grd{3} = \grd{1} \cdot \val{3}"


def test_a_term_among_several_is_added_and_said_so() -> None:
    found = steps(graph_payload(traced(fan_out, a=3.0)))
    assert r"\mathrel{+}=" in found["backward v1 a"]["formula"]["symbols"]
    assert "term 2 of 3" in found["backward v1 a"]["sentence"]
    assert found["backward v1 a 2"]["sentence"].endswith("**a** has 7.")
    assert found["backward v1 a 2"]["terms"] == ["1", "3", "3"]


def test_a_mistaken_pass_says_that_it_overwrites() -> None:
    found = steps(graph_payload(traced(fan_out, accumulate=False, a=3.0)))
    assert "Written over what was there" in found["backward v1 a 2"]["sentence"]
    assert r"\mathrel{+}=" not in found["backward v1 a 2"]["formula"]["symbols"]


def test_an_array_of_one_cell_says_its_number_and_its_sign() -> None:
    def build(U: Tensor) -> Tensor:
        return (U * 2 + U * -3.0).sum()

    found = steps(graph_payload(traced(build, U=[[1.5]])))
    assert found["forward v1"]["sentence"].endswith("**v1** is 3.")
    assert found["forward v1"]["flow"][0][1] == "1.5"
    last = found["backward v1 U"]
    assert "That is 2, term 2 of 2. The terms add: **U** has −1." in last["sentence"]
    assert last["terms"] == ["−3", "2"]


def test_small_arrays_show_their_cells_and_large_ones_add_cell_by_cell() -> None:
    def build(x: Tensor) -> Tensor:
        return (x * 2 + x * -3.0).sum()

    small = steps(graph_payload(traced(build, x=np.eye(2))))
    assert small["forward v1"]["sentence"].endswith("**v1** is [[2, 0], [0, 2]].")
    large = steps(graph_payload(traced(build, x=np.ones((4, 4)))))
    assert (
        "4 rows of 4 numbers, norm 8, term 2 of 2. They add cell by cell: the gradient of **x** has norm 4."
        in large["backward v1 x"]["sentence"]
    )


def test_every_step_points_at_its_piece_of_code() -> None:
    payload = boxes_payload()
    lines = payload["code"]["text"].splitlines()
    for name, piece in [("forward s", "b * c"), ("forward v1", "2 * a"), ("backward out s", "2 * a + s")]:
        line, column, end_line, end_column = steps(payload)[name]["span"]
        assert line == end_line
        assert lines[line - 1][column:end_column] == piece


def test_code_that_is_not_shown_is_not_pointed_at() -> None:
    assert code_of(boxes).place(None) is None
    elsewhere = Code("x = 1", first_line=1000)
    assert elsewhere.place(traced(boxes, a=1.0, b=1.0, c=1.0).span(3)) is None


def test_a_stretched_argument_gets_the_sum_over_its_copies() -> None:
    def build(x: Tensor, b: Tensor) -> Tensor:
        return x * b

    found = steps(graph_payload(traced(build, seed=np.ones(3), x=[1.0, 2.0, 3.0], b=2.0)))
    assert r"\sum_{\text{copies}}" in found["backward out b"]["formula"]["numbers"]
    assert "gradients of its copies are added" in found["backward out b"]["sentence"]
    assert found["backward out b"]["total"]["cells"] == [6.0]
    assert r"\sum" not in found["backward out x"]["formula"]["numbers"]


def test_a_closed_box_speaks_for_itself() -> None:
    found = steps(graph_payload(traced(boxed, a=2.0, b=3.0)))
    assert found["forward first"]["sentence"] == "Square **a** and add **b**. **first** is 7."
    assert found["forward first"]["formula"]["symbols"] == r"\val{\text{first}} = \val{a}^2 + \val{b}"
    assert "through to **a**" in found["backward first a"]["sentence"]


def test_a_closed_box_names_the_numbers_it_was_called_with() -> None:
    def build(scores: Tensor) -> Tensor:
        return F.cross_entropy(scores, 2)

    found = steps(graph_payload(traced(build, scores=[1.0, 2.0, 3.0])))
    for step in found.values():
        assert not placeholders(step["sentence"]), step["sentence"]
    assert "2" in found["forward out"]["sentence"]


def test_the_start_names_the_inputs() -> None:
    sentence = boxes_payload()["steps"][0]["sentence"]
    assert sentence.startswith("The inputs are given: **a** is 1, **b** is 2, **c** is 3.")


def test_a_start_of_two_is_said() -> None:
    found = steps(graph_payload(traced(boxes, seed=2.0, a=1.0, b=2.0, c=3.0)))
    assert "with gradient 2 instead of 1" in found["seed"]["sentence"]
    assert found["backward s b"]["total"]["cells"] == [6.0]


def test_large_arrays_stand_in_formulas_as_their_symbol_and_shape() -> None:
    def build(x: Tensor) -> Tensor:
        y = x * x
        return y + x

    found = steps(graph_payload(traced(build, seed=np.ones((20, 30)), x=np.ones((20, 30)))))
    assert found["forward y"]["formula"]["numbers"] == (
        r"\val{\underset{(20, 30)}{y}} = \val{\underset{(20, 30)}{x}} \cdot \val{\underset{(20, 30)}{x}}"
    )


def test_a_second_line_never_repeats_the_first_one() -> None:
    for shape in ((), (2,), (5, 5)):
        x = np.full(shape, 0.5)
        for seed in (np.ones(shape), 2 * np.ones(shape)):
            payload = graph_payload(traced(lambda a, b: boxed(a, b) - a, seed=seed, a=x, b=-x))
            for step in payload["steps"]:
                symbols, numbers = step["formula"]["symbols"], step["formula"]["numbers"]
                assert symbols != numbers or not symbols
                left, _, right = numbers.partition(" = ")
                assert left != right or not left, step


def test_what_is_too_large_to_be_written_out_is_told_by_its_norm() -> None:
    trace = traced(boxed, seed=np.ones((4, 4)), a=np.full((4, 4), 2.0), b=np.full((4, 4), 3.0))
    found = steps(graph_payload(trace))
    assert found["forward first"]["formula"]["numbers"] == (
        r"\left\lVert \val{\text{first}}  \right\rVert = \val{28}"
    )
    assert found["backward first a"]["formula"]["numbers"].startswith(r"\text{norm of this term} = \grd{")
    assert "norm 28." in found["forward first"]["sentence"]


def test_matrices_too_wide_to_stand_beside_each_other_are_told_by_their_shapes() -> None:
    def build(x: Tensor, W: Tensor) -> Tensor:
        z = x @ W
        return z.sum()

    wide = steps(graph_payload(traced(build, x=np.ones((2, 4)), W=np.ones((4, 3)))))["forward z"]["formula"]
    assert wide["numbers"].endswith(r"= \val{\underset{(2, 4)}{x}} \, \val{\underset{(4, 3)}{W}}")
    small = steps(graph_payload(traced(build, x=np.ones((2, 2)), W=np.ones((2, 3)))))["forward z"]["formula"]
    assert small["numbers"].count("bmatrix") == 6


def test_no_placeholder_is_left_in_any_text() -> None:
    for trace in (traced(boxes, a=1.0, b=2.0, c=3.0), traced(boxed, a=1.0, b=2.0)):
        for opened in ([], ["pair", "nest", "nest/pair"]):
            for step in graph_payload(trace, opened=opened)["steps"]:
                for text in (step["sentence"], *step["formula"].values()):
                    assert "<" not in text
                    assert ">" not in text


def test_unknown_placeholders_stay_visible() -> None:
    assert fill("<x> and <nothing>", {"x": "1"}) == "1 and <nothing>"


def test_names_become_symbols() -> None:
    assert [symbol(name) for name in ("W1", "theta", "x_2_3", "a b", "%", "0.5")] == [
        "W_{1}",
        r"\theta",
        "x_{2,3}",
        r"\text{a b}",
        "%",
        "0.5",
    ]


def test_a_short_array_in_the_code_is_called_by_its_numbers() -> None:
    def build(x: Tensor) -> Tensor:
        return x * np.array([1.0, -2.0])

    found = steps(graph_payload(traced(build, seed=np.ones(2), x=3.0)))
    assert found["forward out"]["sentence"].startswith("Multiply **x** by [1, -2].")
    assert found["forward out"]["formula"]["symbols"] == r"\val{\text{out}} = \val{x} \cdot \val{[1, -2]}"


def test_infinity_is_marked_where_it_first_arises() -> None:
    big = Tensor(1e200, name="big")
    with watch():
        square = big * big
        out = square + 1.0
    payload = graph_payload(record(out))
    marked = [node["name"] for node in payload["nodes"] if node["warning"]]
    assert marked == ["square"]
    assert payload["notices"][0].startswith("The first ∞ arises at square.")


def test_what_concerns_one_card_is_no_notice_over_the_whole_graph() -> None:
    x = Tensor([[[1.0, 1.0], [0.0, 0.0]]], name="x")
    with watch():
        out = F.max_pool2d(x, 2).sum()
    payload = graph_payload(record(out))
    assert [node["warning"][:13] for node in payload["nodes"] if node["warning"]] == ["In one window"]
    assert payload["notices"] == []


def test_a_wide_array_is_shown_at_one_cell_when_the_op_works_cell_by_cell() -> None:
    def build(x: Tensor) -> Tensor:
        return x.sigmoid()

    formula = steps(graph_payload(traced(build, seed=np.ones(5), x=[0.0, 1.0, 2.0, 3.0, 4.0])))["forward out"]
    assert formula["formula"]["numbers"] == (
        r"\val{0.5} = \sigma(\val{0}) = \frac{1}{1 + e^{-\val{0}}}\quad \text{at [0]}"
    )


@pytest.mark.parametrize("name", OPS)
def test_every_op_is_written_and_said_without_a_placeholder_left(name: str) -> None:
    op = OPS[name]
    for example in op.examples:
        with watch():
            out = apply(
                op, [Tensor(x, name=n) for x, n in zip(example.inputs, "xyz", strict=False)], example.params
            )
        payload = graph_payload(record(out, seed=np.ones(out.shape) if out.requires_grad else None))
        for step in payload["steps"]:
            for text in (step["sentence"], *step["formula"].values()):
                assert not placeholders(text), text
        assert all(not placeholders(node["expression"]) for node in payload["nodes"])
        assert payload["steps"][-1]["sentence"]


def test_shown_code_has_plain_arguments_and_no_docstring() -> None:
    def build(
        first: Tensor,
        second: Tensor,
    ) -> Tensor:
        """Not for the learner."""
        product = first * second
        return product + 1

    code = code_of(build)
    assert code.text.splitlines() == [
        "def build(first, second):",
        "    product = first * second",
        "    return product + 1",
    ]
    payload = graph_payload(traced(build, first=2.0, second=3.0), code=code)
    assert steps(payload)["forward product"]["span"] == [2, 14, 2, 28]

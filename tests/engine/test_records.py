"""Records are complete, and their texts speak of what is there."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import numpy as np
import pytest

from engine import functional
from engine.backward import contribution
from engine.op import ARGUMENTS, OPS, Op, elementwise, example
from engine.tensor import Tensor
from tests.engine.peers import prepared

by_name = pytest.mark.parametrize("op", list(OPS.values()), ids=lambda op: op.name)
PLACEHOLDER = re.compile(r"<([a-z_0-9]+)>")


def parts(**changes: Any) -> dict[str, Any]:
    """What a record needs."""
    return {
        "name": "twice",
        "symbol": "2×",
        "expression": "2<x>",
        "forward": lambda x: x + x,
        "vjps": (lambda g, out, x: g + g,),
        "formula": "2 <x>",
        "backward": ("2 <g>",),
        "says": "Double <x>.",
        "says_backward": ("Twice the gradient.",),
        "examples": (example(1.0),),
    } | changes


@by_name
def test_every_placeholder_stands_for_an_argument_or_a_parameter(op: Op) -> None:
    arguments = {"args", "x", "out", "g"} if op.variadic else {*ARGUMENTS[: len(op.vjps)], "out", "g"}
    for given in op.examples:
        known = arguments | set(prepared(op, given))
        for text in (op.expression, op.formula, op.says, *op.backward, *op.says_backward):
            assert set(PLACEHOLDER.findall(text)) <= known, text


@by_name
def test_a_number_in_the_place_of_a_symbol_does_not_run_into_the_one_before_it(op: Op) -> None:
    for text in (op.formula, *op.backward):
        assert not re.search(r"\d\s*<", text), f"2 <x> with 3 in the place of x would read 23: {text}"


@by_name
def test_sentences_are_sentences(op: Op) -> None:
    for text in (op.says, *(says for says in op.says_backward if says)):
        assert text.endswith("."), text
        assert text[0].isupper() or text[0] == "<", text


@by_name
def test_the_backward_formula_speaks_of_the_upstream_gradient(op: Op) -> None:
    for rule, formula, says in zip(op.vjps, op.backward, op.says_backward, strict=True):
        assert bool(rule) == bool(formula) == bool(says)
        assert not rule or "<g>" in formula, formula


@by_name
def test_braces_in_formulas_are_balanced(op: Op) -> None:
    for text in (op.formula, *op.backward):
        assert text.count("{") == text.count("}"), text
        assert text.count(r"\left") == text.count(r"\right"), text
        assert text.count(r"\begin") == text.count(r"\end"), text


@by_name
def test_notes_are_sentences_or_nothing(op: Op) -> None:
    if op.note is not None:
        for given in op.examples:
            text = op.note(*given.inputs, **prepared(op, given))
            assert text == "" or text.endswith("."), text


@pytest.mark.parametrize("part", ["name", "symbol", "expression", "formula", "says"])
def test_a_record_without_a_text_fails_at_once(part: str) -> None:
    with pytest.raises(ValueError, match=f"the record has no {part}; fill it in"):
        elementwise(**parts(**{part: ""}))
    assert "twice" not in OPS


def test_a_record_without_examples_fails_at_once() -> None:
    with pytest.raises(ValueError, match="op twice: the record has no examples; give at least one"):
        elementwise(**parts(examples=()))


def test_a_record_that_lacks_a_rule_for_an_argument_fails_at_once() -> None:
    with pytest.raises(
        ValueError, match="op twice: 1 arguments but 2 entries in backward; give one for each"
    ):
        elementwise(**parts(backward=("2 <g>", "")))
    with pytest.raises(ValueError, match="op twice: says_backward is empty for argument 1; fill it in"):
        elementwise(**parts(says_backward=("",)))


def test_an_op_that_does_not_work_cell_by_cell_says_how_to_draw_an_example() -> None:
    with pytest.raises(
        ValueError, match="op twice: the record has no draw; say how to make a random example"
    ):
        Op(**parts(), cell=lambda index, x: x[index])


def test_two_ops_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="op add: a record of this name exists already; choose another name"):
        elementwise(**parts(name="add"))


def test_a_new_record_is_an_op_a_method_and_a_function_at_once() -> None:
    twice = elementwise(**parts())
    try:
        x = Tensor([1.0, 2.0])
        x.twice().sum().backward()
        assert x.grad.tolist() == [2.0, 2.0]
        assert functional.twice is twice
        assert twice(3.0).item() == 6.0
    finally:
        del OPS["twice"]
        del Tensor.twice


def test_a_record_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        OPS["add"].name = "plus"  # type: ignore[misc]


def test_functional_knows_every_op_and_suggests_near_names() -> None:
    for name in OPS:
        assert getattr(functional, name) is not None
    with pytest.raises(AttributeError, match=r"engine.functional has no sigmod; did you mean sigmoid\?"):
        _ = functional.sigmod


def test_a_call_with_too_few_arguments_says_how_to_write_it() -> None:
    with pytest.raises(ValueError, match=r"maximum: it takes 2 arguments, but 1 came; write maximum\(x, y\)"):
        functional.maximum(1.0)


def test_an_argument_without_a_gradient_says_so() -> None:
    x = Tensor(np.array([True, False]))
    out = functional.where(x, Tensor(1.0), 2.0)
    with pytest.raises(
        ValueError, match="where: argument 1 takes no gradient; detach it or pass it as fixed data"
    ):
        contribution(out, 0, np.ones(2))

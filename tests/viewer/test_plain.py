"""Formulas as one line of plain text: nothing of TeX is left in any of them."""

from __future__ import annotations

import re

import pytest

from engine.nn.entry import Entry, all_entries
from engine.op import OPS, Op
from engine.scope import Kind
from viewer.plain import plain_formula
from viewer.words import argument_words, fill, parameter_words

FUNCTIONS = {"ln", "max", "min", "sin", "cos", "tanh"}  # these are called so
WORDS = argument_words(["u", "v", "w"]) | {"g": "g", "out": "out", "dx": "d"}


def assert_plain(tex: str) -> None:
    text = plain_formula(tex)
    assert not set("\\{}&") & set(text), text
    commands = set(re.findall(r"\\([A-Za-z]+)", tex)) - FUNCTIONS
    assert not commands & set(re.findall("[A-Za-z]+", text)), f"{tex} became {text}"


@pytest.mark.parametrize("op", list(OPS.values()), ids=lambda op: op.name)
def test_no_word_of_tex_is_left_of_an_ops_formulas(op: Op) -> None:
    words = WORDS | parameter_words(op.examples[0].params)
    for tex in (op.formula, *op.backward):
        assert_plain(fill(tex, words))


@pytest.mark.parametrize("entry", all_entries(), ids=lambda entry: entry.name)
def test_no_word_of_tex_is_left_of_the_formulas_of_a_block_and_all_boxes_inside(entry: Entry) -> None:
    kinds: set[Kind] = {one.kind for own in entry.run().scopes if own is not None for one in own.ancestors}
    assert kinds
    for kind in kinds:
        for tex in (kind.formula, kind.backward):
            assert_plain(fill(tex, WORDS))


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        (r"x + \cdots", "x + …"),
        (r"x_L", "x_L"),
        (r"W \, x^{\top} + b", "W xᵀ + b"),
        (r"\begin{cases} y & \text{if } x \\ z & \text{else} \end{cases}", "y, if x; z, else"),
    ],
)
def test_a_formula_in_plain_text(tex: str, text: str) -> None:
    assert plain_formula(tex) == text

"""Indices and dims in sentences and formulas: as a person says them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Tensor
from engine.functional import cat, stack
from tests.viewer.graphs import traced
from viewer.nodes import InputInfo
from viewer.payload import graph_payload

MATRIX = np.arange(12.0).reshape(3, 4)
NAMED = InputInfo(labels=(("the", "river", "bank"), ()))


def step(build: Any, name: str, phase: str = "forward", **inputs: Any) -> dict[str, Any]:
    payload = graph_payload(traced(build, x=MATRIX), inputs=inputs)
    return next(one for one in payload["steps"] if one["name"] == f"{phase} {name}")


PICKS = [
    (lambda x: x[1], "Take row 1 of **x**.", r"\val{x}[\text{row 1}]"),
    (lambda x: x[-1], "Take the last row of **x**.", r"\val{x}[\text{the last row}]"),
    (lambda x: x[..., 0:2], "Take columns 0 and 1 of **x**.", r"\val{x}[\text{columns 0 and 1}]"),
    (lambda x: x[:, 1:4], "Take columns 1 to 3 of **x**.", r"\val{x}[\text{columns 1 to 3}]"),
    (lambda x: x[-1, 0], "Take the number in the last row, column 0 of **x**.", r"\val{x}[\text{2, 0}]"),
    (lambda x: x[[2, 0]], "Take rows 2 and 0 of **x**.", r"\val{x}[\text{rows 2 and 0}]"),
    (
        lambda x: x[[0, 1, 2], [3, 0, 1]],
        "Take the numbers in columns 3, 0 and 1, one from each row, of **x**.",
        r"\val{x}[\text{the numbers in columns 3, 0 and 1, one from each row,}]",
    ),
    (lambda x: x[None, 0], "Take the cells [None, 0] of **x**.", r"\val{x}[\text{the cells [None, 0]}]"),
]


@pytest.mark.parametrize(("build", "sentence", "formula"), PICKS, ids=[sentence for _, sentence, _ in PICKS])
def test_what_an_index_takes_is_said_in_words(build: Any, sentence: str, formula: str) -> None:
    found = step(lambda x: build(x).sum(), "v1")
    assert found["sentence"].startswith(sentence)
    assert found["formula"]["symbols"].endswith(formula)


def test_a_place_with_a_word_is_called_by_it_too() -> None:
    def one(x: Tensor) -> Tensor:
        return x[2, 0]

    found = step(one, "out", x=NAMED)
    assert found["sentence"].startswith("Take the number in row 2 (*bank*), column 0 of **x**.")
    assert found["formula"]["symbols"].endswith(r"\val{x}[\text{bank, 0}]")
    assert r"\text{ at } [\text{bank, 0}]" in step(one, "out x", "backward", x=NAMED)["formula"]["symbols"]


def test_a_formula_of_one_cell_says_which_by_its_words() -> None:
    found = step(lambda x: (x * 2.0).sum(), "v1", x=NAMED)["formula"]["numbers"]
    assert found.endswith(r"\quad \text{at [the, 0]}")


DIMS = [
    (lambda x: x.sum(1), "Add up **x** over each row."),
    (lambda x: x.sum(0), "Add up **x** over each column."),
    (lambda x: x.sum(), "Add up **x** over all cells."),
    (lambda x: x.T, "Swap rows and columns of **x**."),
    (lambda x: cat([x, x], 0), "Join **x**, **x** one below the other."),
    (lambda x: cat([x, x], 1), "Join **x**, **x** side by side."),
    (lambda x: stack([x, x], 0), "Stack **x**, **x** along dim 0."),
]


@pytest.mark.parametrize(("build", "sentence"), DIMS, ids=[sentence for _, sentence in DIMS])
def test_a_dim_is_called_by_rows_and_columns(build: Any, sentence: str) -> None:
    assert step(lambda x: (build(x) * 2.0).sum(), "v1")["sentence"].startswith(sentence)


def test_a_number_of_the_code_is_written_short() -> None:
    assert step(lambda x: (x / 2**0.5).sum(), "v1")["sentence"].startswith("Divide **x** by 1.41.")

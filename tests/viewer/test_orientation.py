"""Vectors in formulas with numbers: rows, and columns where a product needs them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from engine import Tensor
from tests.viewer.graphs import traced
from viewer.payload import graph_payload

X, W = np.array([[1.0, 2.0], [3.0, 5.0], [0.0, 1.0]]), np.array([[1.0, -1.0, 2.0], [0.0, 4.0, 1.0]])
ROW, COLUMN = np.array([2.0, 1.0]), np.array([3.0, -2.0])


def product(x: Tensor, y: Tensor) -> Tensor:
    z = x @ y
    return (z * z).sum()


def matrices(tex: str) -> list[Any]:
    """Every matrix and single number of a formula, in order, each turned over where a ᵀ follows."""
    found = []
    number = r"\\(?:val|grd)\{(-?[\d.]+)\}"
    for match in re.finditer(
        rf"\\begin\{{bmatrix\}}(.*?)\\end\{{bmatrix\}}\}}(\^\{{\\top\}})?|{number}", tex
    ):
        body, turned, alone = match.groups()
        rows = [[float(cell) for cell in row.split("&")] for row in (body or alone).split(r"\\")]
        found.append(np.array(rows).T if turned else np.array(rows))
    return found


@pytest.mark.parametrize(
    ("x", "y"), [(ROW, W), (X, COLUMN), (ROW, COLUMN), (X, W)], ids=["xW", "Wx", "xx", "XW"]
)
def test_every_product_in_a_formula_can_be_multiplied_as_it_is_written(x: Any, y: Any) -> None:
    steps = {one["name"]: one for one in graph_payload(traced(product, x=x, y=y))["steps"]}
    for name in ("forward z", "backward z x", "backward z y"):
        tex = steps[name]["formula"]["numbers"]
        left, *right = matrices(tex.replace(r"{z}", "z"))
        assert len(right) == 2, tex
        if 1 in (right[0].size, right[1].size) and right[0].shape[1] != right[1].shape[0]:
            np.testing.assert_allclose(left, right[0] * right[1])  # a gradient that is one number
        else:
            np.testing.assert_allclose(left, right[0] @ right[1])


def test_a_vector_that_is_in_no_product_is_a_row_as_on_its_card() -> None:
    steps = {
        one["name"]: one
        for one in graph_payload(traced(lambda x, y: (x + y).sum(), x=ROW, y=COLUMN))["steps"]
    }
    assert all(matrix.shape == (1, 2) for matrix in matrices(steps["forward v1"]["formula"]["numbers"]))


def test_a_tall_array_is_not_written_out() -> None:
    steps = {one["name"]: one for one in graph_payload(traced(product, x=np.ones((7, 2)), y=COLUMN))["steps"]}
    assert "(7,)" in steps["forward z"]["formula"]["numbers"]

"""Values from a browser: good ones pass unchanged, bad ones get a sentence."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.errors import BadRequest
from ui.values import checked_array, plain, shape_in_words, shape_of


@pytest.mark.parametrize("value", [1, -2.5, [1, 2], [[1, 2], [3, 4]], [[1]]])
def test_numbers_vectors_and_matrices_pass(value: Any) -> None:
    assert checked_array("w", value) == value


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("two", "w should be a number, but 'two' was sent"),
        (None, "w should be a number, but null was sent"),
        (True, "w should be a number, but true was sent"),
        ({}, "w should be a number, but an object was sent"),
        ([1, "x"], "w should be a number, but 'x' was sent"),
        (math.inf, "w should be a finite number"),
        (math.nan, "w should be a finite number"),
        (10**400, "w should be a finite number"),
        ([], "w is an empty list"),
        ([[]], "rows of equal length"),
        ([[1, 2], [3]], "its rows have 1 and 2 numbers"),
        ([[1, 2], 3], "rows of equal length"),
        ([[[1]]], "w should be a number, but a list was sent"),
        ([0.0] * 5000, "w has 5000 numbers; at most 4096"),
    ],
)
def test_what_is_no_array_of_numbers_is_told(value: Any, sentence: str) -> None:
    with pytest.raises(BadRequest) as wrong:
        checked_array("w", value)
    assert sentence in str(wrong.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


@given(json_values)
def test_any_json_value_becomes_an_array_or_a_sentence(value: Any) -> None:
    try:
        array = np.asarray(checked_array("w", value))
    except BadRequest as wrong:
        assert str(wrong).startswith("w ")
    else:
        assert array.dtype == float
        assert np.isfinite(array).all()
        assert array.ndim <= 2


def test_shapes_in_words() -> None:
    assert shape_in_words(shape_of([[1, 2, 3], [4, 5, 6]])) == "a matrix of 2 × 3"


def test_numpy_becomes_plain() -> None:
    assert plain(np.float64(2)) == 2.0
    assert plain(np.array([[1, 2]])) == [[1, 2]]
    assert plain("tanh") == "tanh"

"""Numbers as people read them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.numbers import plain, short, tex

CASES = json.loads((Path(__file__).parents[1] / "numbers.json").read_text())


@pytest.mark.parametrize(("number", "text"), CASES)
def test_the_cases_shared_with_the_player(number: float | str, text: str) -> None:
    assert short(float(number)) == text


@given(st.floats(-1e307, 1e307))
def test_a_short_number_is_within_half_a_percent_and_has_at_most_ten_characters(number: float) -> None:
    text = short(number)
    assert math.isclose(float(text.replace("−", "-")), number, rel_tol=0.005)
    assert len(text) <= 10


@given(st.floats(min_value=1e-300, max_value=1e300))
def test_the_sign_is_a_true_minus_in_front(number: float) -> None:
    assert short(-number) == "−" + short(number)


@given(st.floats())
def test_any_number_survives_the_way_through_json(number: float) -> None:
    back = float(json.loads(json.dumps(plain(number), allow_nan=False)))
    assert back == number or (math.isnan(back) and math.isnan(number))


def test_negative_numbers_get_brackets_in_formulas_only_where_asked() -> None:
    assert (tex(-2.0), tex(-2.0, brackets=True), tex(math.inf)) == ("-2", "(-2)", r"\infty")

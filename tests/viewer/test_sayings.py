"""What cards, formulas and sentences call things: true as it is written."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from engine import Tensor, nn
from tests.viewer.graphs import traced
from viewer.payload import graph_payload


def _titles(payload: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {node["name"]: (node["expression"], node["subtitle"]) for node in payload["nodes"]}


def _step(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return next(step for step in payload["steps"] if step["name"] == name)


def _looked_up(E: Tensor) -> Tensor:
    embed = nn.EmbedToken(["the", "blue", "house"], 2, seed=0)
    embed.E = E
    x = embed(["the", "house"])
    return x.sum()


def _read(x: Tensor) -> Tensor:
    return nn.SequenceRNN(nn.SimpleRNN(1, 1, seed=1))(x)[-1, 0]


def test_a_box_that_was_called_with_words_is_written_with_what_flows_into_it() -> None:
    payload = graph_payload(traced(_looked_up, E=np.ones((3, 2))))
    assert _titles(payload)["x"][1] == "E[tokens]"
    opened = graph_payload(traced(_looked_up, E=np.ones((3, 2))), opened=["EmbedToken"])
    assert [frame["plain"] for frame in opened["frames"]] == ["E[tokens]"]


def test_a_stack_names_the_inputs_of_its_first_and_its_last_box_and_then_the_last_result() -> None:
    payload = graph_payload(traced(_read, x=np.ones((4, 1))), opened=["SequenceRNN"])
    sentence = _step(payload, "forward SequenceRNN/h4")["sentence"]
    assert "In each: mix the next vector **x1** … **x4** with the state so far, **h0** … **h3**" in sentence
    assert "After the last one **h4** is" in sentence
    for step in payload["steps"]:
        assert not re.search(r"In each: [A-Z]", step["sentence"])


def test_a_gradient_comes_back_through_those_boxes_of_a_stack_that_lie_behind_its_source() -> None:
    cell = nn.SimpleRNN(1, 1, seed=1)

    def read(p: Tensor, q: Tensor) -> Tensor:
        h = Tensor(np.zeros(1))
        for k, x in enumerate((p, p, p, q, q)):
            h = cell.called(f"step {k + 1}", h, x)
        return h.sum()

    payload = graph_payload(traced(read, p=np.ones(1), q=np.ones(1)))
    said = {s["name"].split()[-1]: s["sentence"] for s in payload["steps"] if s["phase"] == "backward"}
    assert said["p"].startswith("Back through 5 boxes. In each: the gradient")
    assert said["q"].startswith("Back through 2 boxes. In each: the gradient")


@pytest.mark.parametrize("argument", ["h0", "c0"])
def test_a_box_says_of_its_other_inputs_how_their_gradient_comes_back(argument: str) -> None:
    cell = nn.LSTM(2, 2, seed=1)

    def one_step(x: Tensor, h0: Tensor, c0: Tensor) -> Tensor:
        h, c = cell((h0, c0), x)
        return (h + c).sum()

    payload = graph_payload(traced(one_step, x=np.ones(2), h0=np.ones(2), c0=np.ones(2)))
    said = [
        s["sentence"]
        for s in payload["steps"]
        if s["name"].startswith(f"backward LSTM {argument}")
        or (s["phase"] == "backward" and s["name"].endswith(f" {argument}"))
    ]
    assert said
    assert not any("goes into LSTM, too" in sentence for sentence in said)


def test_a_walk_that_starts_with_2_is_written_as_that_of_twice_the_result() -> None:
    payload = graph_payload(traced(lambda a: a * a, seed=2.0, a=3.0))
    seed = _step(payload, "seed")["formula"]
    assert "2" in seed["symbols"]
    assert "instead of" in seed["symbols"]
    assert seed["numbers"] == r"\grd{\dfrac{\partial (2 \, \text{out})}{\partial \text{out}}} = \grd{2}"
    usual = graph_payload(traced(lambda a: a * a, a=3.0))
    assert "(" not in _step(usual, "seed")["formula"]["symbols"]


@pytest.mark.parametrize(("a", "b", "share"), [(2.0, 2.0, 0.5), (3.0, 2.0, 1.0), (1.0, 2.0, 0.0)])
@pytest.mark.parametrize("name", ["maximum", "minimum"])
def test_the_rule_of_max_is_true_as_it_is_written_at_a_tie_too(
    a: float, b: float, share: float, name: str
) -> None:
    if name == "minimum":
        share = 1 - share
    payload = graph_payload(traced(lambda a, b: getattr(a, name)(b), a=a, b=b))
    numbers = re.sub(r"\\(val|grd)\{([^}]*)\}", r"\2", _step(payload, "backward out a")["formula"]["numbers"])
    left, right = numbers.split(" = ", 1)
    right = right.replace(r"\left", "").replace(r"\right", "").replace(r"\tfrac{1}{2} ", "0.5 * ")
    right = right.replace(r"\cdot", "*").replace("[", "(").replace("]", ")").replace(" = ", " == ")
    assert float(left) == eval(right) == share  # noqa: S307


def test_a_card_writes_numbers_of_the_code_with_three_digits_and_places_as_the_formulas_do() -> None:
    def scaled(k: Tensor) -> Tensor:
        part = k[..., 0:2]
        scores = part / 1.41421356
        return scores.sum()

    titles = _titles(graph_payload(traced(scaled, k=np.ones((3, 4)))))
    assert titles["part"][0] == "k[columns 0 and 1]"
    assert titles["scores"][0] == "part / 1.41"
    assert "1.41" in titles


def test_two_vectors_have_a_dot_product_and_a_matrix_has_rows() -> None:
    def product(x: Tensor, y: Tensor) -> Tensor:
        return (x @ y).sum()

    vectors = graph_payload(traced(product, x=np.ones(2), y=np.ones(2)))
    matrices = graph_payload(traced(product, x=np.ones((2, 2)), y=np.ones((2, 2))))
    assert any("dot product of **x** and **y**" in step["sentence"] for step in vectors["steps"])
    assert not any("every row" in step["sentence"] for step in vectors["steps"])
    assert any("every row of **x** meets every column" in step["sentence"] for step in matrices["steps"])


def test_over_the_graph_stands_where_the_numbers_end_and_no_remark_on_a_tie() -> None:
    tie = graph_payload(traced(lambda x: x.amax(), x=[2.0, 2.0, 1.0]))
    assert any("first one" in (node["warning"] or "") for node in tie["nodes"])
    assert tie["notices"] == []
    endless = graph_payload(traced(lambda x: x / 0.0, x=1.0))
    assert [notice[:12] for notice in endless["notices"]] == ["The first ∞ "]

"""Where things stand: nothing overlaps, frames hold their cards, numbers move nothing."""

from __future__ import annotations

import re
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from engine import Tensor, nn
from tests.viewer.graphs import boxed, boxes, traced
from viewer.payload import graph_payload


def rectangle(thing: dict[str, Any]) -> tuple[float, float, float, float]:
    return thing["x"], thing["y"], thing["x"] + thing["w"], thing["y"] + thing["h"]


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    a, b = rectangle(one), rectangle(other)
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


@pytest.mark.parametrize("opened", [[], ["pair"], ["nest"], ["pair", "nest", "nest/pair", "nest/pair 2"]])
def test_cards_never_overlap_and_frames_hold_their_own(opened: list[str]) -> None:
    payload = graph_payload(traced(boxed, a=2.0, b=3.0), opened=opened)
    for one, other in combinations(payload["nodes"], 2):
        assert not overlap(one, other)
    for frame in payload["frames"]:
        left, top, right, bottom = rectangle(frame)
        inside = [
            n
            for n in payload["nodes"]
            if left <= n["x"] and n["x"] + n["w"] <= right and top <= n["y"] <= bottom
        ]
        assert inside
        for node in payload["nodes"]:
            assert node in inside or not overlap(node, frame)
    assert sorted(payload["open"]) == sorted(opened)


@pytest.mark.parametrize(
    ("shape", "numbers"),
    [
        ((10,), True),
        ((1, 10), True),
        ((10, 1), True),
        ((11,), False),
        ((11, 1), False),
        ((2, 6), True),
        ((2, 7), False),
        ((8, 4), True),
        ((9, 4), False),
    ],
)
def test_small_arrays_stand_on_their_cards_in_numbers(shape: tuple[int, ...], numbers: bool) -> None:
    payload = graph_payload(traced(lambda x: (x * 2).sum(), x=np.ones(shape)))
    assert [node["slots"]["value"]["numbers"] for node in payload["nodes"] if node["name"] == "x"] == [
        numbers
    ]


def test_changing_numbers_moves_nothing() -> None:
    one = graph_payload(traced(boxes, a=1.0, b=2.0, c=3.0))
    other = graph_payload(traced(boxes, a=-123.456, b=2e-9, c=1e9))
    assert one["structure"] == other["structure"]
    assert [rectangle(n) for n in one["nodes"]] == [rectangle(n) for n in other["nodes"]]
    assert [e["path"] for e in one["edges"]] == [e["path"] for e in other["edges"]]


def test_opening_a_box_changes_the_structure() -> None:
    trace = traced(boxed, a=2.0, b=3.0)
    assert graph_payload(trace)["structure"] != graph_payload(trace, opened=["pair"])["structure"]


def test_the_graph_runs_from_left_to_right() -> None:
    payload = graph_payload(traced(boxes, a=1.0, b=2.0, c=3.0))
    x = {node["id"]: node["x"] for node in payload["nodes"]}
    assert all(x[edge["from"]] < x[edge["to"]] for edge in payload["edges"])


@pytest.mark.parametrize("tokens", [4, 6, 8])
def test_the_steps_of_an_unrolled_rnn_stand_in_one_row(tokens: int) -> None:
    rnn = nn.SequenceRNN(nn.SimpleRNN(1, 1, seed=1))

    def last(x: Tensor, U: Tensor, V: Tensor, b: Tensor) -> Tensor:
        rnn.cell.U, rnn.cell.V, rnn.cell.b = U, V, b
        out: Tensor = rnn(x)[-1].sum()
        return out

    one = np.ones((1, 1))
    trace = traced(last, x=np.ones((tokens, 1)), U=one, V=one, b=np.ones(1))
    nodes = graph_payload(trace, opened=["SequenceRNN", "SequenceRNN/*"])["nodes"]
    middles = {node["y"] + node["h"] / 2 for node in nodes if node["box"]}
    assert len([node for node in nodes if node["box"]]) == tokens
    assert max(middles) - min(middles) < 1


def test_arrows_start_and_end_at_their_cards() -> None:
    payload = graph_payload(traced(boxed, a=2.0, b=3.0), opened=["nest"])
    nodes = {node["id"]: node for node in payload["nodes"]}
    for edge in payload["edges"]:
        numbers = [float(v) for v in re.findall(r"-?[\d.]+", edge["path"])]
        for (x, y), own in ((numbers[:2], edge["from"]), (numbers[-2:], edge["to"])):
            left, top, right, bottom = rectangle(nodes[own])
            assert left - 8 <= x <= right + 8
            assert top - 8 <= y <= bottom + 8


def test_arrows_between_the_same_two_cards_can_be_counted() -> None:
    def build(a: Tensor) -> Tensor:
        return a * a + a

    payload = graph_payload(traced(build, a=3.0))
    names = {node["id"]: node["name"] for node in payload["nodes"]}
    numbers = [[float(x) for x in re.findall(r"[\d.]+", edge["path"])] for edge in payload["edges"]]
    starts = [
        path[1] for edge, path in zip(payload["edges"], numbers, strict=True) if names[edge["from"]] == "a"
    ]
    twins = [path for edge, path in zip(payload["edges"], numbers, strict=True) if edge["to"] == "n1"]
    assert len(starts) == 3
    assert all(abs(one - other) >= 12 for one, other in combinations(starts, 2))
    upper, lower = twins
    assert all(12 <= below - above <= 20 for above, below in zip(upper[1::2], lower[1::2], strict=True))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (3, 2), (2, 3), (40, 3), (3, 40), (2, 3, 4)])
def test_slots_fit_inside_their_cards_whatever_the_shape(shape: tuple[int, ...]) -> None:
    trace = traced(lambda x: x * x + x, seed=np.ones(shape) if shape else None, x=np.ones(shape))
    for node in graph_payload(trace)["nodes"]:
        value, gradient = node["slots"]["value"], node["slots"]["gradient"]
        for slot in (value, gradient):
            assert slot["x"] >= 0
            assert slot["x"] + slot["w"] <= node["w"]
            assert slot["y"] + slot["h"] <= node["h"]
        assert not overlap(value, gradient)


def test_the_same_layout_with_other_names_is_another_structure() -> None:
    one = graph_payload(traced(lambda a: a * a, a=1.0))
    other = graph_payload(traced(lambda b: b * b, b=1.0))
    assert [rectangle(n) for n in one["nodes"]] == [rectangle(n) for n in other["nodes"]]
    assert one["structure"] != other["structure"]

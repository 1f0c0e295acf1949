"""Stacks: which boxes are alike, what folds with them, and that no number changes by it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Tensor, Trace, nn, record, watch
from engine.scope import Kind, open_scope
from viewer.folds import FOLD_FROM, siblings
from viewer.payload import graph_payload
from viewer.scene import Scene

STEP = Kind("step", formula="<x>", says="Step <x>.", says_backward="Back to <x>.")


def bert(blocks: int = 6, heads: int = 2) -> Trace:
    with watch():
        loss = nn.BERT(8, 8, heads, blocks, seed=0)([1, 2, 3]).square().sum()
    return record(loss)


def recurrent(cell: Callable[..., Any] = nn.SimpleRNN, steps: int = 6) -> Trace:
    x = Tensor(np.linspace(-1, 1, 2 * steps).reshape(steps, 2), name="x")
    with watch():
        loss = nn.SequenceRNN(cell(2, 3, seed=0))(x).square().sum()
    return record(loss)


def chain(read_between: bool) -> Trace:
    """Five steps; a function beside them reads the second and may feed the fourth."""
    with watch():
        x = aside = Tensor(1.5, name="x")
        for number in range(1, 6):
            with open_scope(STEP, f"step {number}"):
                x = (x * aside if read_between and number == 4 else x * 2.0).tanh()
            if number == 2:
                aside = (x * 3.0).exp()
        loss = x + aside
    return record(loss)


def cards(trace: Trace, *opened: str, focus: str = "") -> list[str]:
    return list(Scene(trace, frozenset(opened), focus).items)


def test_alike_boxes_are_one_card() -> None:
    assert "BERT/block 1..6" in cards(bert(), "BERT")
    assert not any(card.startswith("BERT/block 1/") for card in cards(bert(), "BERT"))


def test_few_boxes_stand_side_by_side() -> None:
    found = cards(bert(FOLD_FROM - 1), "BERT")
    assert [card for card in found if "block" in card] == ["BERT/block 1", "BERT/block 2", "BERT/block 3"]


def test_an_opened_box_leaves_its_stack_in_two() -> None:
    found = cards(bert(), "BERT", "BERT/block 3")
    assert [card for card in found if "block" in card] == [
        "BERT/block 1..2",
        "BERT/block 3/AddNorm",
        "BERT/block 3/AddNorm 2",
        "BERT/block 4..6",
    ]


def test_a_lone_box_beside_an_opened_one_is_no_stack() -> None:
    assert "BERT/block 1" in cards(bert(), "BERT", "BERT/block 2")


def test_alike_boxes_stand_apart_if_asked() -> None:
    found = cards(bert(), "BERT", "BERT/*")
    assert [card for card in found if "block" in card] == [f"BERT/block {k}" for k in range(1, 7)]
    assert Scene(bert(), frozenset({"BERT", "BERT/*", "gone/*"})).kept_open == ["BERT", "BERT/*"]


def test_few_boxes_fold_too_if_asked() -> None:
    trace = recurrent(steps=3)
    found = cards(trace, "SequenceRNN", "SequenceRNN/+")
    assert "SequenceRNN/step 1..3" in found
    assert not _names(trace, "SequenceRNN", "SequenceRNN/+") & {"x1", "x2", "x3"}
    assert "SequenceRNN/step 2..3" in cards(trace, "SequenceRNN", "SequenceRNN/+", "SequenceRNN/step 1")
    assert cards(recurrent(), "SequenceRNN", "SequenceRNN/+") == cards(recurrent(), "SequenceRNN")
    assert Scene(trace, frozenset({"SequenceRNN", "SequenceRNN/+", "gone/+"})).kept_open == [
        "SequenceRNN",
        "SequenceRNN/+",
    ]


def frame_of(trace: Trace, *opened: str) -> dict[str, Any]:
    frames = graph_payload(trace, opened=opened)["frames"]
    return next(frame for frame in frames if frame["id"] == opened[0])


def test_the_frame_says_how_what_stands_apart_in_it_folds() -> None:
    few, many = recurrent(steps=2), recurrent()
    roll = frame_of(few, "SequenceRNN")["roll"]
    assert (roll["label"], roll["shared"], roll["folded"]) == ("step 1 to 2", True, "SequenceRNN/+")
    assert frame_of(few, "SequenceRNN", roll["folded"])["roll"] is None
    assert frame_of(many, "SequenceRNN")["roll"] is None
    assert frame_of(many, "SequenceRNN", "SequenceRNN/*")["roll"]["folded"] == ""
    assert not frame_of(bert(2), "BERT")["roll"]["shared"]
    assert frame_of(recurrent(steps=1), "SequenceRNN")["roll"] is None
    assert graph_payload(few, opened=["SequenceRNN"], focus="SequenceRNN")["roll"] == roll


def test_a_stack_says_how_it_unfolds() -> None:
    for trace, token, apart in ((recurrent(steps=3), "+", ""), (recurrent(), "", "SequenceRNN/*")):
        payload = graph_payload(trace, opened=["SequenceRNN", f"SequenceRNN/{token}"])
        (box,) = (node["box"] for node in payload["nodes"] if node["box"] and "members" in node["box"])
        assert box["apart"] == apart


def test_the_vectors_that_steps_pick_fold_with_them() -> None:
    trace = recurrent()
    assert not _names(trace, "SequenceRNN") & {"x1", "x2", "x6"}
    assert {"x3"} == _names(trace, "SequenceRNN", "SequenceRNN/step 3") & {f"x{k}" for k in range(1, 7)}


def _names(trace: Trace, *opened: str) -> set[str]:
    scene = Scene(trace, frozenset(opened))
    return {scene.name(own) for own in scene.items}


def test_shared_weights_are_told_from_own_ones() -> None:
    (steps,) = {
        item.run.group for item in Scene(recurrent(), frozenset({"SequenceRNN"})).items.values() if item.run
    }
    (blocks,) = {item.run.group for item in Scene(bert(), frozenset({"BERT"})).items.values() if item.run}
    assert (steps.shared, steps.chained, blocks.shared, blocks.chained) == (True, True, False, True)
    opened = frozenset({"BERT", "BERT/block 1", "BERT/block 1/AddNorm", "BERT/block 1/AddNorm/Attention"})
    heads = next(item.run.group for item in Scene(bert(heads=4), opened).items.values() if item.run)
    assert (heads.base, heads.shared, heads.chained) == ("head", False, False)


def test_steps_share_weights_that_a_learner_gave_as_inputs_too() -> None:
    x = Tensor(np.ones((5, 1)), name="x")
    cell = nn.SimpleRNN(1, 1, seed=0)
    cell.U = Tensor([[0.5]], name="U")
    with watch():
        loss = nn.SequenceRNN(cell)(x).sum()
    items = Scene(record(loss), frozenset({"SequenceRNN"})).items.values()
    assert [item.run.group.shared for item in items if item.run] == [True]


def test_what_comes_after_one_box_and_before_another_forbids_a_stack() -> None:
    assert "step 1..5" in cards(chain(read_between=False))
    found = cards(chain(read_between=True))
    assert "step 1..5" not in found
    assert "step 4" in found


@pytest.mark.parametrize("cell", [nn.SimpleRNN, nn.LSTM, nn.GRU])
@pytest.mark.parametrize("opened", [(), ("step 1",), ("step 3",), ("step 2", "step 5"), ("*",)])
def test_folding_changes_no_gradient_and_no_card_comes_before_what_it_reads(
    cell: Callable[..., Any], opened: tuple[str, ...]
) -> None:
    trace = recurrent(cell)
    scene = Scene(trace, frozenset({"SequenceRNN", *(f"SequenceRNN/{one}" for one in opened)}))
    place = {own: k for k, own in enumerate(scene.items)}
    assert all(place[link.start] < place[link.end] for link in scene.links)
    last: dict[int, Any] = {}
    sums: dict[int, Any] = {}
    for step in scene.steps():
        if step.link is not None:
            j = step.link.source
            last[j] = step.total
            sums[j] = step.contribution if j not in sums else sums[j] + step.contribution
    assert last
    inside = {j for j in last if any(scene.owner(c) == scene.owner(j) for c, _ in trace.consumers[j])}
    for j, total in last.items():
        np.testing.assert_allclose(total, sums[j], rtol=1e-12, atol=1e-15)
        if j not in inside:  # what a closed box reads of its own is not seen to come back
            np.testing.assert_array_equal(total, trace.gradients[j])
    assert "*" not in opened or cell is nn.LSTM or not inside


@pytest.mark.parametrize("steps", [2, 3])
@pytest.mark.parametrize("cell", [nn.SimpleRNN, nn.LSTM])
def test_a_few_folded_steps_end_with_the_gradients_of_the_whole(cell: Callable[..., Any], steps: int) -> None:
    trace = recurrent(cell, steps)
    scene = Scene(trace, frozenset({"SequenceRNN", "SequenceRNN/+"}))
    assert f"SequenceRNN/step 1..{steps}" in scene.items
    place = {own: k for k, own in enumerate(scene.items)}
    assert all(place[link.start] < place[link.end] for link in scene.links)
    for item in scene.items.values():
        if trace.is_parameter(item.node):
            np.testing.assert_array_equal(scene.gradient(item), trace.gradients[item.node])


def test_a_stack_tells_the_norms_of_all_its_boxes() -> None:
    trace = bert()
    payload = graph_payload(trace, opened=["BERT"])
    box = next(node["box"] for node in payload["nodes"] if node["id"] == "BERT/block 1..6")
    assert [member["label"] for member in box["members"]] == [f"block {k}" for k in range(1, 7)]
    third = trace.tree.by_path["BERT/block 3"].leaving[-1]
    assert box["members"][2]["value"] == pytest.approx(np.linalg.norm(trace.values[third]), rel=1e-12)
    assert box["members"][2]["gradient"] == pytest.approx(np.linalg.norm(trace.gradients[third]), rel=1e-12)
    count = nn.TransformerBlock(8, 2, attention_bias=True).size()
    assert f"{6 * count:,} parameters" in box["footer"]


def test_steps_of_shared_weights_count_them_once() -> None:
    payload = graph_payload(recurrent(), opened=["SequenceRNN"])
    box = next(node["box"] for node in payload["nodes"] if node["id"] == "SequenceRNN/step 1..6")
    assert f" {nn.SimpleRNN(2, 3).size()} parameters" in box["footer"]


def test_a_gradient_of_another_output_is_not_taken_for_the_one_on_the_card() -> None:
    payload = graph_payload(recurrent(nn.LSTM, 3), opened=["SequenceRNN"])
    asides = [step for step in payload["steps"] if step["aside"]]
    assert {step["focus"] for step in asides} == {
        "SequenceRNN/step 1",
        "SequenceRNN/step 2",
    }  # of c, beside h


def test_siblings_are_those_that_fold_together() -> None:
    trace = bert()
    assert [one.path for one in siblings(trace, trace.tree.by_path["BERT/block 2"])][:2] == [
        "BERT/block 1",
        "BERT/block 2",
    ]
    assert siblings(trace, trace.tree.by_path["BERT/EmbedToken"]) == ()

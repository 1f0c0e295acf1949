"""One box looked into: its inside alone, with ports for what comes from outside and what is read there."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Tensor, Trace, nn, record, watch
from tests.viewer.graphs import boxed, traced
from viewer.cell import NothingBehindError, cell_json
from viewer.payload import graph_payload
from viewer.scene import Scene


def bert() -> Trace:
    with watch():
        loss = nn.BERT(8, 4, 2, 6, seed=0)([1, 2, 3]).square().sum()
    return record(loss)


def ports(scene: Scene, way: str) -> list[str]:
    return [scene.name(own) for own, item in scene.items.items() if item.port == way]


def test_only_the_inside_is_seen_between_ports() -> None:
    scene = Scene(bert(), focus="BERT/block 3")
    assert ports(scene, "in") == ["x2"]
    assert ports(scene, "out") == ["x3"]
    assert [own for own, item in scene.items.items() if not item.port] == [
        "BERT/block 3/AddNorm",
        "BERT/block 3/AddNorm 2",
    ]
    assert [scope.name for scope in scene.trail] == ["BERT", "block 3"]


@pytest.mark.parametrize("path", ["nest", "nest/pair", "nest/pair 2", "pair"])
def test_the_inside_gets_the_gradients_that_the_whole_gave_it(path: str) -> None:
    trace = traced(boxed, a=2.0, b=3.0)
    whole = trace.tree.by_path[path]
    scene = Scene(trace, frozenset(trace.tree.by_path), path)
    last: dict[str, Any] = {}
    for step in scene.steps():
        if step.link is not None:
            last[step.item or ""] = step.total
    for own, item in scene.items.items():
        if item.port == "in":
            inside = [trace.contributions[i][k] for i, k in whole.entering if trace.inputs[i][k] == item.node]
            assert scene.gradient(item) == pytest.approx(sum(inside), rel=1e-15)
        elif not item.port and trace.gradients[item.node] is not None:
            assert last[own] == trace.gradients[item.node]


def test_what_outside_sends_back_comes_first() -> None:
    scene = Scene(bert(), focus="BERT/block 3")
    first = next(step for step in scene.steps() if step.phase == "backward")
    assert first.address == "backward outside x3"
    np.testing.assert_array_equal(first.total, scene.trace.gradient("BERT/block 3/AddNorm 2/LayerNorm/x3"))


@pytest.mark.parametrize("opened", [(), ("BERT/block 3/AddNorm 2",)])
def test_what_goes_outside_is_known_once_the_card_inside_has_it(opened: tuple[str, ...]) -> None:
    payload = graph_payload(bert(), opened=opened, focus="BERT/block 3")
    (out,) = (node for node in payload["nodes"] if node["op"] == "to outside")
    (came,) = (node for node in payload["nodes"] if node["op"] == "from outside")
    last = max(k for k, step in enumerate(payload["steps"]) if step["phase"] == "forward")
    assert out["steps"]["forward"] == last
    assert payload["steps"][last]["name"].endswith("/x3")
    assert came["steps"]["forward"] is None


def test_a_box_that_holds_the_result_starts_with_the_seed() -> None:
    def build(x: Tensor) -> Tensor:
        return nn.FeedForward(2, 1, seed=1)(x)

    trace = traced(build, seed=np.ones(1), x=[1.0, 2.0])
    phases = [step.phase for step in Scene(trace, focus="FeedForward").steps()]
    assert "seed" in phases


def test_steps_are_called_the_same_inside_as_in_the_whole() -> None:
    trace = bert()
    opened = frozenset({"BERT", "BERT/block 3"})
    whole = {step.address for step in Scene(trace, opened).steps()}
    inside = [step.address for step in Scene(trace, opened, "BERT/block 3").steps()]
    assert {address for address in inside if "outside" not in address} <= whole


def test_the_payload_names_the_way_back_and_keeps_the_boxes_that_are_open_around() -> None:
    payload = graph_payload(bert(), opened=["BERT", "BERT/block 3", "BERT/block 9"], focus="BERT/block 3")
    assert payload["focus"] == "BERT/block 3"
    assert payload["trail"] == [
        {"id": "BERT", "label": "BERT"},
        {"id": "BERT/block 3", "label": "block 3"},
    ]
    assert payload["open"] == ["BERT", "BERT/block 3"]
    assert payload["frames"] == []


def test_sentences_speak_of_the_inside_and_of_the_outside() -> None:
    payload = graph_payload(bert(), focus="BERT/block 3")
    said = [step["sentence"] for step in payload["steps"]]
    assert said[0].startswith("You are inside block 3. From outside: **x2** (3 rows of 4 numbers)")
    assert any(
        "**x3** leaves this box. All that reads it outside sends its gradient back." in one for one in said
    )


def test_a_value_that_is_read_outside_too_shows_and_says_its_share_of_the_gradient() -> None:
    trace = traced(boxed, a=2.0, b=3.0)
    payload = graph_payload(trace, focus="nest")
    assert {node["name"]: node["share"] for node in payload["nodes"] if node["kind"] == "port"} == {
        "first": True,
        "a": True,
        "both": False,
    }
    last = [step for step in payload["steps"] if step["name"] == "backward nest/first first"][-1]
    assert last["sentence"].endswith(" from this box.")
    assert r"\mathrel{+}=" in last["formula"]["symbols"]
    assert not any(node["share"] for node in graph_payload(trace, opened=["nest"])["nodes"])
    assert not any(node["share"] for node in graph_payload(bert(), focus="BERT/block 3")["nodes"])


def test_a_box_that_is_not_there_is_told() -> None:
    with pytest.raises(ValueError, match="There is no box 'BERT/block 9' here to look into"):
        Scene(bert(), focus="BERT/block 9")


def test_a_gradient_of_which_only_a_part_is_seen_is_not_told_as_a_whole() -> None:
    trace = traced(boxed, a=2.0, b=3.0)
    inside = Scene(trace, frozenset(), "nest")
    with pytest.raises(NothingBehindError, match="Only a part of the gradient of first is seen here"):
        cell_json(inside, f"n{trace.find('first')}", "gradient", ())
    assert (
        cell_json(Scene(bert(), focus="BERT/block 3"), "BERT/block 3/AddNorm", "gradient", (0, 0))["terms"]
        > 0
    )


def test_a_closed_box_that_nothing_learns_before_takes_its_gradient_in_a_step_of_its_own() -> None:
    last = graph_payload(bert())["steps"][-1]
    assert "ends in this box" in last["sentence"]
    assert (last["phase"], last["focus"]) == ("backward", "BERT")
    opened = [step["sentence"] for step in graph_payload(bert(), opened=["BERT"])["steps"]]
    assert sum("ends in this box" in one for one in opened) == 1  # EmbedToken's


def test_what_a_box_sends_to_a_weight_is_not_told_as_what_it_sends_to_its_input() -> None:
    x = Tensor(np.ones((3, 2)), name="x")
    layer = nn.FeedForward(2, 2, seed=0)
    layer.W = Tensor(np.ones((2, 2)), name="W")
    with watch():
        loss = layer(x).sum()
    said = {step["name"]: step["sentence"] for step in graph_payload(record(loss))["steps"]}
    assert next(text for name, text in said.items() if name.endswith(" W")).startswith(
        "**W** is a weight of FeedForward"
    )
    assert "it goes on to **x**" in next(text for name, text in said.items() if name.endswith(" x"))

"""What is visible when some boxes are open, and in which order it happens."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Tensor, record, watch
from tests.viewer.graphs import boxed, boxes, fan_out, pair, traced
from viewer import scene as scene_module
from viewer.scene import Scene, TooManyCardsError

BOXES = ["pair", "nest", "nest/pair", "nest/pair 2"]


def boxed_scene(opened: Any = ()) -> Scene:
    return Scene(traced(boxed, a=2.0, b=3.0), frozenset(opened))


def test_a_closed_box_is_one_card_and_its_inside_is_not_there() -> None:
    scene = boxed_scene()
    assert [scene.name(own) for own in scene.items] == ["a", "b", "first", "both", "out"]
    assert scene.frames == []


def test_an_open_box_is_a_frame_around_its_cards() -> None:
    scene = boxed_scene(["nest"])
    assert [frame.path for frame in scene.frames] == ["nest"]
    inside = [own for own, item in scene.items.items() if item.frame is not None]
    assert inside[:2] == ["nest/pair", "nest/pair 2"]


def test_a_constant_lives_in_the_box_that_reads_it() -> None:
    scene = boxed_scene(["nest"])
    two = next(item for own, item in scene.items.items() if scene.name(own) == "2")
    assert two.frame is not None
    assert two.frame.path == "nest"


def test_a_box_shows_the_value_that_leaves_it() -> None:
    scene = boxed_scene()
    assert scene.trace.nodes[scene.items["pair"].node].data == 2.0**2 + 3.0


def test_the_product_of_a_tensor_with_itself_has_two_arrows_and_two_steps() -> None:
    scene = Scene(traced(fan_out, a=3.0))
    into_product = [link for link in scene.links if scene.name(link.end) == "v1"]
    assert len(into_product) == 2
    addresses = [step.address for step in scene.steps()]
    assert addresses[-3:] == ["backward out a", "backward v1 a", "backward v1 a 2"]


def test_terms_add_up_one_by_one() -> None:
    scene = Scene(traced(fan_out, a=3.0))
    arriving = [step for step in scene.steps() if step.phase == "backward" and step.item == "n0"]
    assert [(step.contribution, step.total, step.term, step.of) for step in arriving] == [
        (1.0, 1.0, 1, 3),
        (3.0, 4.0, 2, 3),
        (3.0, 7.0, 3, 3),
    ]


def test_overwriting_instead_of_adding_keeps_only_the_last_term() -> None:
    scene = Scene(traced(fan_out, accumulate=False, a=3.0))
    assert [step.total for step in scene.steps() if step.item == "n0" and step.phase == "backward"] == [
        1,
        3,
        3,
    ]


def test_fixed_data_gets_no_backward_step() -> None:
    x = Tensor(2.0, requires_grad=False, name="x")
    w = Tensor(3.0, name="w")
    with watch():
        out = w * x
    steps = Scene(record(out)).steps()
    assert [step.address for step in steps] == ["start", "forward out", "seed", "backward out w"]


@given(opened=st.sets(st.sampled_from(BOXES)), a=st.floats(-3, 3), b=st.floats(-3, 3))
def test_whatever_is_open_the_gradients_are_the_same_and_every_step_has_what_it_needs(
    opened: set[str], a: float, b: float
) -> None:
    trace = traced(boxed, a=a, b=b)
    scene = Scene(trace, frozenset(opened))
    known = {own for own, item in scene.items.items() if not scene.links_into[own]}
    received: dict[int, Any] = {}
    ready: set[str] = set()
    for step in scene.steps():
        if step.phase == "forward":
            assert {link.start for link in scene.links_into[step.item or ""]} <= known
            known.add(step.item or "")
        elif step.phase == "seed":
            ready.add(step.item or "")
        elif step.link is not None:
            received[step.link.source] = step.total
            consumer = scene.items[step.link.end].node
            assert consumer == trace.root or consumer in received
    assert known == set(scene.items)
    for node, total in received.items():
        assert total == trace.gradients[node]


@given(opened=st.sets(st.sampled_from(BOXES)))
def test_addresses_are_unique_whatever_is_open(opened: set[str]) -> None:
    addresses = [step.address for step in boxed_scene(opened).steps()]
    assert len(set(addresses)) == len(addresses)


def test_a_closed_boxes_contribution_is_the_sum_of_the_paths_inside() -> None:
    closed, opened = boxed_scene(), boxed_scene(BOXES)
    link = next(link for link in closed.links if link.start == "n0" and link.end == "pair")
    inside = [k for k in opened.links if k.source == link.source and k.edges[0] in link.edges]
    assert len(inside) == 2
    assert closed.contribution(link) == sum(opened.contribution(k) for k in inside)


def test_more_cards_than_can_be_read_are_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scene_module, "MOST_VISIBLE", 3)
    with pytest.raises(TooManyCardsError, match="would draw more than 3 cards, the most that"):
        Scene(traced(boxes, a=1.0, b=2.0, c=3.0)).steps()


def test_the_cost_of_a_closed_box_does_not_grow_with_its_inside() -> None:
    def deep(a: Tensor) -> Tensor:
        for _ in range(50):
            a = pair(a, a) * 0.1
        return a

    scene = Scene(traced(deep, a=0.5))
    assert len(scene.items) == 1 + 50 * 3  # the leaf; per round a box, a product and its constant


def test_arrays_keep_their_contributions_apart() -> None:
    def build(x: Tensor, y: Tensor) -> Tensor:
        return x * y + x

    trace = traced(build, seed=np.ones(2), x=[1.0, 2.0], y=[3.0, 4.0])
    terms = [step.contribution.tolist() for step in Scene(trace).steps() if step.item == "n0" and step.link]
    assert terms == [[1.0, 1.0], [3.0, 4.0]]

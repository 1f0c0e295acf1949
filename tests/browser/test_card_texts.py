"""The texts on a card: each has room, whatever the numbers, the shapes and the names are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page

from engine import Tensor, record
from tests.browser.conftest import OpenPage
from tests.browser.driving import button, mount, node
from tests.viewer.graphs import boxed, traced
from viewer.payload import graph_payload

pytestmark = pytest.mark.usefixtures("no_errors")

# Of every pair of texts that overlap and of every text that leaves its card: what they say.
CROWDED = """player => [...player.querySelectorAll(".gw-node")].flatMap((card) => {
    const edge = card.querySelector(".gw-card:not(.gw-pile)").getBoundingClientRect();
    const texts = [...card.querySelectorAll(":scope > text")].filter((one) => one.textContent);
    const boxes = texts.map((one) => [one.textContent, one.getBoundingClientRect()]);
    const meet = (a, b) => Math.min(a.right, b.right) > Math.max(a.left, b.left) + 0.5
        && Math.min(a.bottom, b.bottom) > Math.max(a.top, b.top) + 3;
    const out = boxes.filter(([, at]) => at.left < edge.left || at.right > edge.right).map(([text]) => text);
    return out.concat(boxes.flatMap(([one, a], k) =>
        boxes.slice(k + 1).filter(([, b]) => meet(a, b)).map(([other]) => `${one} | ${other}`)));
})"""


def drawn(page: Page, root: Tensor) -> Locator:
    """The player on the graph of `root`, at its last step."""
    seed = np.ones(root.shape) if root.shape else None
    payload: dict[str, Any] = graph_payload(record(root, seed))
    player = mount(page, {**payload, "source": {}, "values": {}, "defaults": {}, "around": None})
    button(player, "Last step").click()
    return player


@pytest.mark.parametrize("number", [-1.22e-22, -9.99e-5, -123.0, 8.88e-100, float("-inf"), float("nan")])
def test_a_number_of_any_length_keeps_away_from_the_word_beside_it(
    open_page: OpenPage, static_site: str, number: float
) -> None:
    with np.errstate(all="ignore"):
        root = Tensor(number, name="x") * Tensor(number, name="w")
        player = drawn(open_page(static_site), root)
    assert player.evaluate(CROWDED) == []
    sizes = player.locator(".gw-number").evaluate_all(
        "all => all.map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert min(sizes) >= 7.5


@pytest.mark.parametrize("shape", [(20, 1), (2, 2, 2), (8, 3, 3), (128, 10), (1, 1, 30), (13,)])
def test_the_shape_over_a_narrow_grid_stays_on_its_card(
    open_page: OpenPage, static_site: str, shape: tuple[int, ...]
) -> None:
    x, fixed = Tensor(np.ones(shape), name="x"), Tensor(np.ones(shape), requires_grad=False, name="fixed")
    assert drawn(open_page(static_site), x * fixed).evaluate(CROWDED) == []


def test_what_a_short_name_leaves_is_there_for_the_word_at_its_right(
    open_page: OpenPage, static_site: str
) -> None:
    trace = traced(boxed, seed=np.ones(1), a=np.ones(1), b=np.ones(1))
    data = {**graph_payload(trace, focus="pair"), "source": {}, "values": {}, "defaults": {}, "around": None}
    player = mount(open_page(static_site), data)
    notes = player.locator(".gw-kind-port .gw-op").all_text_contents()
    assert set(notes) == {"from outside", "to outside"}
    assert player.evaluate(CROWDED) == []


def _named(name: str) -> Callable[[Tensor, Tensor], Tensor]:
    def build(x: Tensor, w: Tensor) -> Tensor:
        out = x @ w
        out.name = name
        return out

    return build


@pytest.mark.parametrize("name", ["product", "weighted", "MWMWMW", "two", "a", "last", "strifes"])
def test_a_title_is_cut_only_on_a_card_of_the_largest_width(
    open_page: OpenPage, static_site: str, name: str
) -> None:
    x, w = Tensor(np.ones(2), name="h"), Tensor(np.ones((2, 1)), name="W2")
    player = drawn(open_page(static_site), _named(name)(x, w))
    assert node(player, name).locator(".gw-title").text_content() == f"{name} = h·W2"
    assert player.evaluate(CROWDED) == []

"""What of a graph is in the window: zoom, scrolling, and what says where one is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from lessons import find_lesson
from tests.browser.conftest import OpenPage
from tests.browser.driving import button, mount, node, payload, step
from ui.requests import payload_of
from ui.subject import subject_of_part

pytestmark = pytest.mark.usefixtures("no_errors")


def test_a_card_outside_the_window_comes_into_it_when_the_tab_key_reaches_it(
    open_page: OpenPage, static_site: str
) -> None:
    player = mount(open_page(static_site, size="phone"), payload("wide"))
    for _ in range(25):
        player.page.keyboard.press("Tab")
    player.page.wait_for_timeout(500)
    window = player.locator(".gw-graph").bounding_box()  # the browser may have scrolled the page, too
    assert window
    card = player.page.evaluate_handle("document.activeElement").as_element().bounding_box()
    assert card["x"] >= window["x"]
    assert card["y"] >= window["y"]
    assert card["x"] + card["width"] <= window["x"] + window["width"] + 1
    assert card["y"] + card["height"] <= window["y"] + window["height"] + 1


def test_a_box_opens_under_the_pointer_and_closes_again(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("choice"))
    player.evaluate("player => player.goTo('forward shares')")
    sign = button(player, "Open softmax")
    sign.wait_for()
    before = sign.bounding_box()
    sign.click()
    closing = button(player, "Close softmax")
    expect(closing).to_be_visible()
    player.page.wait_for_timeout(500)
    after = closing.bounding_box()
    assert before
    assert after
    centre = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    frame = player.locator(".gw-frame-box").bounding_box()
    assert frame
    assert frame["x"] <= centre[0] <= frame["x"] + frame["width"]
    assert frame["y"] <= centre[1] <= frame["y"] + frame["height"]
    assert player.evaluate(
        "player => player.walk.known(player.walk.nodes.get("
        "player.payload.steps[player.step].focus), player.step).value !== null"
    )
    player.evaluate("player => player.goTo('forward shares')")
    closing.click()
    expect(button(player, "Open softmax")).to_be_visible()
    assert step(player) == "forward shares"


def test_presenting_shows_all_larger(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site, size="projector"), payload("regression"))
    scale = "player => player.graph.view.transform.k"
    before = player.evaluate(scale)
    button(player, "Present").click()
    player.page.wait_for_function(f"({scale})(document.querySelector('gradwalk-player')) > {1.3 * before}")


def test_presenting_cuts_no_card_where_the_whole_is_larger_than_before(
    open_page: OpenPage, static_site: str
) -> None:
    page = open_page(static_site, size="projector")
    # The room that a lesson leaves.
    page.add_style_tag(content="body { max-width: 960px; --gw-height: 412px }")
    player = mount(page, payload_of(subject_of_part(find_lesson("two-layers"), 0)))
    view = "player => [player.graph.view.mode, player.graph.view.transform.k]"
    mode, before = player.evaluate(view)
    assert mode == "follow"
    button(player, "Present").click()
    expect(player.locator(".gw-overview")).to_be_hidden()
    mode, after = player.evaluate(view)
    assert (mode, after > before) == ("fit", True)


OVERLAPS = """player => {
  const inside = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  const over = [...player.querySelectorAll(".gw-notice, .gw-toolbar, .gw-legend")];
  return [...player.querySelectorAll(".gw-card")].filter((card) =>
    over.some((one) => inside(one.getBoundingClientRect(), card.getBoundingClientRect()))).length;
}"""


def test_a_tall_graph_opens_at_its_top_and_no_card_of_the_whole_lies_under_notice_tools_or_legend(
    open_page: OpenPage, static_site: str
) -> None:
    notice = "A sentence that is so long that it takes two lines. " * 2
    player = mount(open_page(static_site), payload("wide") | {"notices": [notice]})
    told = player.locator(".gw-notice").bounding_box()
    assert told
    cards = player.locator(".gw-card").evaluate_all("all => all.map((c) => c.getBoundingClientRect().top)")
    assert told["y"] + told["height"] <= min(cards) <= told["y"] + told["height"] + 60
    button(player, "Fit").click()
    player.page.wait_for_timeout(400)
    assert player.evaluate(OVERLAPS) == 0


def test_a_shade_says_on_which_sides_the_graph_goes_on(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site, size="projector"), payload("wide"))
    sides = player.locator(".gw-beyond.is-on")
    on = "all => all.map((one) => one.dataset.side)"
    assert sides.evaluate_all(on) == ["right", "bottom"]
    button(player, "Last step").click()
    expect(sides).not_to_have_count(2)
    assert "left" in sides.evaluate_all(on) or "top" in sides.evaluate_all(on)
    button(player, "Fit").click()
    expect(sides).to_have_count(0)


def test_the_page_scrolls_under_the_wheel_until_the_graph_is_taken(player: Locator) -> None:
    page = player.page
    scale = "player => player.graph.view.transform.k"
    before = player.evaluate(scale)
    box = player.locator(".gw-graph").bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 400)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(100)
    assert player.evaluate(scale) == before
    page.mouse.click(box["x"] + 40, box["y"] + 400)
    page.mouse.wheel(0, -200)
    page.wait_for_timeout(100)
    assert player.evaluate(scale) > before


WHOLE_IN = """player => {
  const { left, right } = player.querySelector(".gw-graph").getBoundingClientRect();
  return [...player.querySelectorAll(".gw-card")].filter((card) => {
    const box = card.getBoundingClientRect();
    return box.left < right && box.right > right || box.left < left && box.right > left;
  }).length;
}"""


def test_the_first_view_cuts_no_card_where_a_readable_scale_avoids_it(
    open_page: OpenPage, static_site: str
) -> None:
    for name in ("regression", "recurrent"):
        player = mount(open_page(static_site, size="projector"), payload(name))
        assert player.evaluate(WHOLE_IN) == 0
        assert player.evaluate("player => player.graph.view.transform.k") >= 0.72


def test_an_overview_shows_where_one_is_in_a_graph_that_does_not_fit(
    open_page: OpenPage, static_site: str
) -> None:
    player = mount(open_page(static_site, size="projector"), payload("wide"))
    overview = player.locator(".gw-overview")
    expect(overview).to_be_visible()
    expect(overview.locator(".gw-overview-card")).to_have_count(player.locator(".gw-node").count())
    known = overview.locator(".is-known")
    leaves = known.count()
    player.evaluate("player => player.go(9)")
    expect(known).to_have_count(leaves + 9)
    expect(overview.locator(".is-focus")).to_have_count(1)
    player.evaluate("player => player.go(2)")
    expect(known).to_have_count(leaves + 2)
    frame, whole = overview.locator(".gw-overview-frame").bounding_box(), overview.bounding_box()
    assert frame
    assert whole
    assert frame["width"] < whole["width"] / 2
    button(player, "Fit").click()
    expect(overview).to_be_hidden()


def test_a_press_on_the_overview_leads_there(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site, size="projector"), payload("wide"))
    middle = "player => { const s = player.graph.view.seen; return [s.x + s.w / 2, s.y + s.h / 2] }"
    overview = player.locator(".gw-overview").bounding_box()
    size = player.evaluate("player => player.payload.size")
    assert overview
    player.page.mouse.move(overview["x"] + overview["width"] / 4, overview["y"] + overview["height"] / 2)
    player.page.mouse.down()
    player.page.mouse.move(overview["x"] + overview["width"] / 2, overview["y"] + overview["height"] / 2)
    player.page.mouse.up()
    player.page.wait_for_timeout(350)
    assert player.evaluate(middle) == pytest.approx([size["width"] / 2, size["height"] / 2], abs=30)


def test_a_step_brings_what_comes_next_into_the_window(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site, size="phone"), payload("fan-out"))
    player.evaluate("player => player.goTo('forward s')")
    player.page.wait_for_timeout(350)
    graph, coming = player.locator(".gw-graph").bounding_box(), node(player, "out").bounding_box()
    assert graph
    assert coming
    assert coming["x"] + coming["width"] <= graph["x"] + graph["width"]


CUT = """player => {
  const window = player.querySelector(".gw-svg").getBoundingClientRect();
  return [...player.querySelectorAll(".gw-pill:not([visibility]) rect, .gw-sum-tag:not([visibility]) rect")]
    .map((one) => one.getBoundingClientRect())
    .filter((at) => at.right > window.left && at.left < window.right)
    .filter((at) => at.left < window.left || at.right > window.right).length;
}"""


@pytest.mark.parametrize(("name", "size"), [("wide", "projector"), ("layer", "phone")])
def test_no_number_that_flows_is_cut_by_the_edge_of_the_window(
    open_page: OpenPage, static_site: str, name: str, size: str
) -> None:
    player = mount(open_page(static_site, size, reduced_motion="reduce"), payload(name))
    button(player, "Last step").click()
    seen = 0
    for _ in range(30):
        assert player.evaluate(CUT) == 0, step(player)
        seen += player.locator(".gw-pill:not([visibility])").count()
        if not button(player, "Previous step").is_enabled():
            break
        button(player, "Previous step").click()
    assert seen

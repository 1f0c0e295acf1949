"""The player alone in a real Chromium: what a person sees, does, hears and never suffers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import graphs
from tests.browser.conftest import SIZES, OpenPage

NUMBERS = Path(__file__).parents[1] / "numbers.json"


def payload(name: str, **body: Any) -> dict[str, Any]:
    return graphs.trace_reply({"lesson": name, **body})


def mount(page: Page, data: dict[str, Any], api: str | None = "/") -> Locator:
    """Mount the player (again) on the site's page, and wait until it is drawn."""
    page.wait_for_function("window.ready")
    page.evaluate("data => { window.mounted = show(data) }", {**data, "api": api})
    page.wait_for_function("(mounted.player ?? mounted).classList.contains('is-styled')")
    player = page.get_by_role("region", name="Computation graph player")
    expect(player).to_be_visible()
    return player


@pytest.fixture(autouse=True)
def no_errors(open_page: OpenPage) -> Iterator[None]:
    """Whatever a test does, no page reports an error or a warning."""
    yield
    assert open_page.problems == []  # type: ignore[attr-defined]


@pytest.fixture
def player(open_page: OpenPage, static_site: str) -> Locator:
    """The player on (2a + bc) a at a, b, c = 1, 2, 3."""
    return mount(open_page(static_site), payload("fan-out"))


def button(player: Locator, name: str) -> Locator:
    return player.get_by_role("button", name=name, exact=True)


def node(player: Locator, name: str) -> Locator:
    return player.get_by_role("button", name=re.compile(rf"^{re.escape(name)}, (.*, )?value"))


def sentence(player: Locator) -> Locator:
    return player.locator(".gw-sentence[role=status]")


def step(player: Locator) -> str:
    return str(player.evaluate("player => player.stepName"))


def test_numbers_are_written_as_python_writes_them(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site)
    cases = json.loads(NUMBERS.read_text(encoding="utf-8"))
    written = page.evaluate(
        """async cases => {
            const { shortNumber } = await import("/assets/player/numbers.js");
            return cases.map(([number]) => shortNumber(number === "-0.0" ? -0 : number));
        }""",
        cases,
    )
    assert written == [text for _, text in cases]


def test_the_buttons_walk_forward_and_back_and_the_sentence_says_so(player: Locator) -> None:
    expect(sentence(player)).to_contain_text("The inputs are given")
    expect(player.get_by_role("slider", name="Step")).to_have_value("0")
    button(player, "Next step").click()
    expect(sentence(player)).to_contain_text("p is 2")
    expect(node(player, "p")).to_have_accessible_name("p, value 2, gradient not yet known")
    button(player, "Last step").click()
    expect(player.get_by_role("slider", name="Step")).to_have_value("12")
    expect(node(player, "a")).to_have_accessible_name("a, value 1, gradient 10")
    button(player, "Previous step").click()
    expect(node(player, "a")).to_have_accessible_name("a, value 1, gradient 8")
    button(player, "First step").click()
    expect(node(player, "p")).to_have_accessible_name("p, value not yet known, gradient not yet known")


def test_the_gradient_of_a_node_with_two_consumers_grows_term_by_term(player: Locator) -> None:
    player.evaluate("player => player.goTo('backward out a')")
    expect(player.locator(".gw-sum")).to_have_text(re.compile(r"8 \+ ….*term 1 of 2"))
    player.evaluate("player => player.goTo('backward p a')")
    expect(player.locator(".gw-sum")).to_have_text(re.compile(r"8 \+ 2 = 10.*term 2 of 2"))
    expect(player.locator(".gw-sum-tag text")).to_have_text("8 + 2 = 10")


def test_the_four_faces_show_the_same_step(player: Locator) -> None:
    player.evaluate("player => player.goTo('forward s')")
    expect(player.locator(".is-focus .gw-name")).to_have_text("s")
    expect(sentence(player)).to_contain_text("Add p and q")
    expect(player.locator(".gw-numbers .katex-mathml annotation")).to_contain_text("8")
    expect(player.locator(".gw-line.is-lit")).to_have_text("    s = p + q")
    expect(player.locator(".gw-span")).to_have_text("p + q")
    expect(player.locator(".gw-edge.is-forward")).to_have_count(2)
    assert sorted(player.locator(".gw-pill:not([visibility=hidden]) text").all_text_contents()) == ["2", "6"]


def test_no_line_of_the_code_is_cut_at_a_side(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("bert"))
    button(player, "Next step").click()
    assert player.locator(".gw-code").evaluate("code => code.scrollWidth <= code.clientWidth")


def test_backward_the_number_flows_from_the_consumer_and_the_arrow_turns(player: Locator) -> None:
    player.evaluate("player => player.goTo('backward q b')")
    edge = player.locator(".gw-edge.is-backward")
    expect(edge).to_have_count(1)
    turned = "e => [getComputedStyle(e).markerStart !== 'none', getComputedStyle(e).markerEnd]"
    assert edge.evaluate(turned) == [True, "none"]


def test_the_keyboard_alone_walks(player: Locator, browser: Any) -> None:
    page = player.page
    button(player, "Next step").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert step(player) == "forward q"
    page.keyboard.press("ArrowLeft")
    assert step(player) == "forward p"
    page.keyboard.press("End")
    assert step(player) == "backward p a"
    page.keyboard.press("Home")
    assert step(player) == "start"
    node(player, "s").focus()
    page.keyboard.press("Enter")
    assert step(player) == "forward s"
    page.keyboard.press("Enter")
    assert step(player) == "backward out s"
    page.keyboard.press("Space")
    expect(button(player, "Pause")).to_be_visible()
    page.keyboard.press("Space")
    expect(button(player, "Play")).to_be_visible()


def test_the_tab_key_reaches_every_node_and_handle_and_nothing_without_a_name(player: Locator) -> None:
    page = player.page
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        if stops[-1] == "Speed":
            break
    nodes = [
        "a, value 1",
        "b, value 2",
        "c, value 3",
        "2, value 2",
        "p, value",
        "q, value",
        "s, value",
        "out, value",
    ]
    for name in nodes:
        assert any(stop and stop.startswith(name) for stop in stops), f"Tab does not reach {name}: {stops}"
    assert sorted(stop for stop in stops if stop and stop.startswith("Edit")) == [
        "Edit a",
        "Edit b",
        "Edit c",
    ]
    assert "Graph" not in stops
    assert stops[-1] == "Speed"


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


def test_hovering_shows_the_full_number(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("choice"))
    button(player, "Last step").click()
    tip = player.get_by_role("tooltip")
    node(player, "out").locator(".gw-text-value.gw-number").hover()
    expect(tip).to_have_text(re.compile(r"^1\.6[0-9]{10,}$"))
    player.locator(".gw-map-gradient [data-cell='1']").last.hover()
    expect(tip).to_contain_text("parts[1]: gradient 1")


def test_arrows_step_even_when_nothing_has_the_focus(player: Locator) -> None:
    player.page.keyboard.press("ArrowRight")
    assert step(player) == "forward p"


def test_a_click_on_a_node_goes_to_its_step(player: Locator) -> None:
    node(player, "q").click()
    assert step(player) == "forward q"
    node(player, "q").click()
    assert step(player) == "backward s q"
    node(player, "a").click(position={"x": 20, "y": 15})
    assert step(player) == "backward p a"


def test_play_runs_to_the_end_at_the_chosen_speed(player: Locator) -> None:
    player.get_by_role("combobox", name="Speed").select_option("4")
    button(player, "Play").click()
    expect(player.get_by_role("slider", name="Step")).to_have_value("12", timeout=8000)
    expect(button(player, "Play")).to_be_visible()


def test_a_value_can_be_dragged_and_the_step_stays(player: Locator) -> None:
    player.evaluate("player => player.goTo('backward p a')")
    handle = player.get_by_role("spinbutton", name="Edit b")
    box = handle.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = player.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 26, y, steps=5)
    mouse.up()
    expect(node(player, "b")).to_have_accessible_name("b, value 2.5, gradient 3")
    expect(node(player, "a")).to_have_accessible_name("a, value 1, gradient 11.5")
    assert step(player) == "backward p a"
    button(player, "Reset values").click()
    expect(node(player, "b")).to_have_accessible_name("b, value 2, gradient 3")
    expect(button(player, "Reset values")).to_be_hidden()


def test_a_value_can_be_typed_and_nonsense_leaves_the_old_one(player: Locator) -> None:
    page = player.page
    player.get_by_role("spinbutton", name="Edit c").focus()
    page.keyboard.press("ArrowUp")
    expect(node(player, "c")).to_have_accessible_name("c, value 3.1, gradient not yet known")
    player.get_by_role("spinbutton", name="Edit c").click()
    field = player.get_by_role("textbox", name="Value of c")
    field.fill("seven")
    field.press("Enter")
    expect(player.get_by_role("alert").filter(has_text="not a number")).to_be_visible()
    field.fill("99")
    field.press("Enter")
    expect(player.get_by_role("alert").filter(has_text="c goes up to 5")).to_be_visible()
    field.fill("−1.5")
    field.press("Enter")
    expect(node(player, "c")).to_have_accessible_name("c, value −1.5, gradient not yet known")
    expect(field).to_have_count(0)


@pytest.mark.parametrize("size", SIZES)
def test_the_sentence_about_a_wrong_value_is_never_cut(
    open_page: OpenPage, static_site: str, size: str
) -> None:
    page = open_page(static_site, size=size)
    player = mount(page, payload("fan-out"))
    area = page.locator(".gw-graph").bounding_box()
    assert area is not None
    for name in ("a", "b", "c"):
        player.get_by_role("spinbutton", name=f"Edit {name}").press("Enter")
        field = player.get_by_role("textbox", name=f"Value of {name}")
        field.fill("a text that is no number at all")
        field.press("Enter")
        box = page.locator(".gw-field-wrong").bounding_box()
        assert box is not None
        assert area["y"] <= box["y"]
        assert box["y"] + box["height"] <= area["y"] + area["height"]
        assert area["x"] <= box["x"]
        assert box["x"] + box["width"] <= area["x"] + area["width"]
        field.press("Escape")


def test_what_the_server_refuses_is_said_and_the_picture_stays(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site)
    player = mount(page, payload("fan-out"))
    player.evaluate("player => player.setValues({ a: 4 })")
    expect(player.get_by_role("alert")).to_contain_text("a cannot be 4 in this test")
    expect(node(player, "a")).to_have_accessible_name("a, value 1, gradient not yet known")
    button(player, "Dismiss").click()
    expect(player.get_by_role("alert")).to_be_hidden()
    open_page.problems.clear()  # type: ignore[attr-defined]


def test_a_sum_of_arrays_is_told_by_its_norm_and_not_by_shapes(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("layer"))
    player.evaluate("player => player.goTo('backward v1 h')")
    expect(player.locator(".gw-sum")).to_have_text(re.compile(r"^norm so far [\d.]+term 1 of 2$"))
    player.evaluate("player => player.goTo('backward v1 h 2')")
    expect(player.locator(".gw-sum")).to_have_text(re.compile(r"^norm [\d.]+term 2 of 2$"))
    expect(player.locator(".gw-sum-tag")).to_be_hidden()


def test_the_newest_of_many_fast_edits_wins(player: Locator) -> None:
    player.evaluate("async player => { for (let i = 0; i <= 20; i++) player.setValues({ b: i / 10 }) }")
    expect(node(player, "b")).to_have_accessible_name("b, value 2, gradient not yet known")
    player.evaluate("async player => { for (let i = 0; i <= 21; i++) player.setValues({ b: i / 10 }) }")
    expect(node(player, "b")).to_have_accessible_name("b, value 2.1, gradient not yet known")


def test_a_cell_of_an_array_can_be_typed(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("regression"))
    player.locator("[data-edit-cell='1']").nth(1).click(force=True)
    field = player.get_by_role("textbox", name="Value of w[1]")
    field.fill("0.5")
    field.press("Enter")
    expect(node(player, "w")).to_have_accessible_name(re.compile(r"w, value array of shape 3: 1, 0.5, 1,"))


def test_negative_cells_are_striped_along_the_edge_where_they_carry_numbers(
    open_page: OpenPage, static_site: str
) -> None:
    player = mount(open_page(static_site), payload("regression"))
    edges = node(player, "X").locator(".gw-map-value .gw-cell-edge")
    assert [edges.nth(i).is_visible() for i in range(edges.count())] == [*[False] * 4, True, False]
    assert "hatch" in edges.nth(4).evaluate("edge => getComputedStyle(edge).fill")
    fill = node(player, "X").locator(".gw-map-value .gw-cell").nth(4)
    assert "hatch" not in fill.evaluate("cell => getComputedStyle(cell).fill")


@pytest.mark.parametrize(
    "number", [-0.485, -0.562, 2.81e-06, -3.14e-05, -2.81e-10, -1234.5, 0.0123, -3.21e-123]
)
def test_a_number_keeps_away_from_the_sides_of_its_cell(
    open_page: OpenPage, static_site: str, number: float
) -> None:
    player = mount(open_page(static_site), payload("regression", values={"w": [number, 1.0, number]}))
    widths = node(player, "w").evaluate(
        """card => [...card.querySelectorAll(".gw-map-value .gw-cell-text")].map((text) => {
            const cell = text.parentNode.querySelector(".gw-cell").width.baseVal.value;
            return [text.textContent, text.getComputedTextLength(), cell];
        })"""
    )
    for text, width, cell in widths:
        assert float(text.replace("−", "-")) == pytest.approx(number if text != "1" else 1.0, rel=0.2)
        assert width <= cell - 4, text


def test_the_nudge_compares_what_happens_with_what_was_foretold(player: Locator) -> None:
    player.get_by_role("combobox", name="Leaf to nudge").select_option(label="b")
    result = player.locator(".gw-nudge-result")
    expect(result).to_have_text(
        re.compile(r"out really changes by \+0.03; the gradient foretold \+0.03\. Equal")
    )
    player.get_by_role("combobox", name="Leaf to nudge").select_option(label="a")
    expect(result).to_contain_text("+0.1002")
    expect(result).to_contain_text("foretold +0.1")


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
    player = mount(open_page(static_site, size="projector"), payload("choice"))
    scale = "player => player.graph.view.transform.k"
    before = player.evaluate(scale)
    button(player, "Present").click()
    player.page.wait_for_function(f"({scale})(document.querySelector('gradwalk-player')) > {1.3 * before}")


def test_changing_a_number_moves_nothing(player: Locator) -> None:
    where = (
        "player => [...player.querySelectorAll('.gw-item, .gw-world')].map(e => e.getAttribute('transform'))"
    )
    before = player.evaluate(where)
    elements = player.evaluate_handle("player => [...player.querySelectorAll('.gw-node')]")
    player.evaluate("player => player.setValues({ a: -2.5, c: 0.125 })")
    expect(node(player, "c")).to_have_accessible_name("c, value 0.125, gradient not yet known")
    assert player.evaluate(where) == before
    assert elements.evaluate("old => old.every(e => e.isConnected)")


def test_no_control_moves_while_stepping(player: Locator) -> None:
    places = """player => [...player.querySelectorAll('.gw-timeline button, .gw-range, .gw-nudge select')]
        .map(e => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width] })"""
    before = player.evaluate(places)
    for _ in range(12):
        button(player, "Next step").click()
        assert player.evaluate(places) == before


def test_mounting_the_same_data_again_changes_nothing(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site)
    data = payload("fan-out")
    player = mount(page, data)
    player.evaluate("player => { player.go(5); window.before = player }")
    mount(page, data)
    assert page.evaluate("mounted === window.before && mounted.step") == 5
    mount(page, payload("fan-out", values={"b": 3.0}))
    assert page.evaluate("mounted === window.before && mounted.step") == 5
    expect(node(player, "b")).to_have_accessible_name("b, value 3, gradient not yet known")


def test_without_a_server_nothing_pretends_to_be_editable(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("choice"), api=None)
    expect(player.get_by_role("spinbutton")).to_have_count(0)
    expect(player.locator(".gw-edit")).to_have_count(0)
    expect(player.locator(".gw-sign")).to_have_count(0)
    expect(player.get_by_role("group", name="Nudge")).to_be_hidden()
    expect(button(player, "Open one level")).to_be_hidden()
    button(player, "Next step").click()
    assert step(player) == "forward shares"


def test_events_tell_the_page_what_happened(player: Locator) -> None:
    page = player.page
    page.evaluate(
        """() => { window.told = [];
        for (const name of ["gw-step", "gw-change"])
            document.addEventListener(name, event => told.push([name, event.detail])); }"""
    )
    button(player, "Next step").click()
    player.evaluate("player => player.setValues({ a: 2 })")
    expect(node(player, "a")).to_have_accessible_name("a, value 2, gradient not yet known")
    assert page.evaluate("told") == [
        ["gw-step", {"index": 1, "name": "forward p"}],
        ["gw-change", {"values": {"a": 2}, "open": [], "focus": ""}],
    ]


def test_the_address_follows_and_leads_back(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site)
    player = mount(page, {**payload("fan-out"), "address": True})
    player.evaluate("player => player.setValues({ a: 2 })")
    expect(node(player, "a")).to_have_accessible_name("a, value 2, gradient not yet known")
    player.evaluate("player => player.goTo('backward out a')")
    page.wait_for_function("location.search.includes('values=a:2')")
    assert "step=backward+out+a" in page.url
    again = open_page(page.url)
    assert step(mount(again, {**payload("fan-out", values={"a": 2.0}), "address": True})) == "backward out a"


def test_markup_in_a_payload_stays_text(open_page: OpenPage, static_site: str) -> None:
    data = payload("fan-out")
    evil = "<img src=x onerror='window.evil=1'>"
    data["nodes"][0] |= {"name": evil, "about": evil}
    data["notices"] = [evil]
    data["steps"][0] |= {
        "sentence": f"{evil} **{evil}** `{evil}`",
        "formula": {
            "symbols": r"\href{javascript:alert(1)}{x} \htmlId{root}{y} \url{http://x}",
            "numbers": evil,
        },
    }
    player = mount(open_page(static_site), data)
    page = player.page
    expect(sentence(player)).to_contain_text(evil)
    assert page.evaluate("window.evil") is None
    assert player.locator("img, a, #root").count() == 0


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


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("size", ["wide", "projector", "phone"])
@pytest.mark.parametrize("name", ["fan-out", "regression", "choice"])
def test_nothing_is_cut_at_any_size(
    open_page: OpenPage, static_site: str, name: str, size: str, dark: bool
) -> None:
    page = open_page(static_site, size=size, dark=dark)
    player = mount(page, payload(name))
    button(player, "Last step").click()
    width, height = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= height
    expect(player).to_have_attribute("data-theme", "dark" if dark else "light")
    box = player.bounding_box()
    assert box
    if size != "phone":
        assert box["height"] <= (720 if size == "projector" else 900) - 40
    for control in player.locator(".gw-timeline button, .gw-timeline select, .gw-toolbar button").all():
        if not control.is_visible():
            continue
        rect = control.bounding_box()
        assert rect
        assert rect["x"] >= box["x"]
        assert rect["x"] + rect["width"] <= box["x"] + box["width"] + 0.5
        if size == "phone":
            assert min(rect["width"], rect["height"]) >= 40
    # The step's own card is in the window, large enough to read.
    focus = player.locator(".is-focus .gw-card").bounding_box()
    graph = player.locator(".gw-graph").bounding_box()
    assert focus
    assert graph
    assert focus["x"] >= graph["x"] - 1
    assert focus["x"] + focus["width"] <= graph["x"] + graph["width"] + 1
    assert player.evaluate("player => player.graph.view.transform.k") >= 0.6


CONTRAST = """player => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgba = (colour, under) => {
    canvas.fillStyle = under; canvas.fillRect(0, 0, 1, 1);
    canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map(v => v / 255);
  };
  const light = rgb => rgb.map(v => v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const page = getComputedStyle(document.body).backgroundColor;
  const of = (selector, property, backSelector, backProperty) => {
    const element = player.querySelector(selector);
    if (!element) return [selector, 99];
    const back = getComputedStyle(player.querySelector(backSelector))[backProperty];
    const under = rgba(back, page), under_css = `rgb(${under.map(v => v * 255).join()})`;
    const a = light(rgba(getComputedStyle(element)[property], under_css)), b = light(under);
    return [selector, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)];
  };
  const card = [".gw-card", "fill"];
  return [
    of(".gw-name", "fill", ...card), of(".gw-op", "fill", ...card), of(".gw-fixed", "fill", ...card),
    of(".gw-text-value", "fill", ...card), of(".gw-text-gradient", "fill", ...card),
    of(".gw-sentence", "color", ".gw-player", "backgroundColor"),
    of(".gw-kicker", "color", ".gw-player", "backgroundColor"),
    of(".gw-sum span", "color", ".gw-player", "backgroundColor"),
    of(".gw-code", "color", ".gw-code", "backgroundColor"),
    of(".gw-phase-forward .gw-phase-label", "color", ".gw-player", "backgroundColor"),
    of(".gw-phase-backward .gw-phase-label", "color", ".gw-player", "backgroundColor"),
    of(".gw-pill text", "fill", ".gw-pill rect", "fill"),
    of(".gw-sum-tag text", "fill", ".gw-sum-tag rect", "fill"),
  ];
}"""


@pytest.mark.parametrize("dark", [False, True])
def test_texts_have_enough_contrast(open_page: OpenPage, static_site: str, dark: bool) -> None:
    player = mount(open_page(static_site, dark=dark), payload("fan-out"))
    button(player, "Last step").click()
    for selector, ratio in player.evaluate(CONTRAST):
        assert ratio >= 4.5, f"{selector} has a contrast of {ratio:.2f}"


def test_the_theme_follows_the_page_when_it_changes(player: Locator) -> None:
    expect(player).to_have_attribute("data-theme", "light")
    player.page.evaluate(
        "document.body.style.cssText = '--st-background-color: #0e1117; --st-text-color: #fafafa'"
    )
    expect(player).to_have_attribute("data-theme", "dark")


def test_with_reduced_motion_nothing_slides(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site, reduced_motion="reduce")
    player = mount(page, payload("choice"))
    player.evaluate("player => player.goTo('forward shares')")
    places = """player => [...player.querySelectorAll('.gw-item, .gw-pill, .gw-world')]
        .map(e => e.getAttribute('transform'))"""
    before = player.evaluate(places)
    page.wait_for_timeout(120)
    assert player.evaluate(places) == before
    button(player, "Open softmax").click()
    expect(button(player, "Close softmax")).to_be_visible()
    before = player.evaluate(places)
    page.wait_for_timeout(120)
    assert player.evaluate(places) == before


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


def test_it_works_inside_a_shadow_root(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site)
    page.wait_for_function("window.ready")
    page.evaluate(
        """async data => {
            const { mount } = await import("/assets/player/mount.js");
            const root = document.querySelector("main").attachShadow({ mode: "open" });
            window.mounted = mount(root, data);
        }""",
        {**payload("fan-out"), "api": "/"},
    )
    player = page.get_by_role("region", name="Computation graph player")
    page.wait_for_function("mounted.classList.contains('is-styled')")
    button(player, "Next step").click()
    expect(sentence(player)).to_contain_text("p is 2")
    assert player.locator(".gw-player").evaluate("e => getComputedStyle(e).display") == "grid"
    page.keyboard.press("ArrowRight")
    assert step(player) == "forward q"


def test_lines_of_a_wrapped_formula_stand_apart(open_page: OpenPage, static_site: str) -> None:
    data = payload("layer")
    part = r"\grd{\dfrac{\partial \text{out}}{\partial \text{embedded}}}"
    wide = rf"{part} = {part} \text{{ at }} [\ldots, 0:2], \; 0 \text{{ elsewhere}}"
    data["steps"][3]["formula"] = {"symbols": wide, "numbers": ""}
    player = mount(open_page(static_site), data)
    player.evaluate("(player, name) => player.goTo(name)", data["steps"][3]["name"])
    expect(player.locator(".gw-symbols.is-wrapped")).to_be_visible()
    parts = player.locator(".gw-symbols .katex-base").evaluate_all(
        """parts => parts.map((part) => {
            const { top, bottom, right } = part.getBoundingClientRect();
            return { top, bottom, right };
        })"""
    )
    panel = player.locator(".gw-symbols").evaluate("element => element.getBoundingClientRect().right")
    first = [part for part in parts if part["top"] < parts[0]["bottom"]]
    rest = parts[len(first) :]
    assert rest
    assert min(part["top"] for part in rest) - max(part["bottom"] for part in first) >= 3
    assert all(part["right"] <= panel + 1 for part in parts)


def test_room_is_kept_for_the_largest_formula_of_the_walk(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("regression"))
    player.page.wait_for_function("document.querySelector('.gw-formulas').style.minHeight !== ''")
    heights = set()
    while button(player, "Next step").is_enabled():
        button(player, "Next step").click()
        player.page.wait_for_timeout(50)
        heights.add(player.locator(".gw-formulas").evaluate("formulas => formulas.offsetHeight"))
    assert len(heights) == 1

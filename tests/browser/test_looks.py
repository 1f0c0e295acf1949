"""What the player looks like: nothing cut, nothing that jumps, enough contrast, numbers that can be read."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import Tensor, record
from tests.browser.conftest import OpenPage
from tests.browser.driving import button, mount, node, payload
from viewer.payload import graph_payload

pytestmark = pytest.mark.usefixtures("no_errors")


def test_no_line_of_the_code_is_cut_at_a_side(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("bert"))
    button(player, "Next step").click()
    assert player.locator(".gw-code").evaluate("code => code.scrollWidth <= code.clientWidth")


def test_hovering_shows_seven_digits(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("choice"))
    button(player, "Last step").click()
    tip = player.get_by_role("tooltip")
    node(player, "out").locator(".gw-text-value.gw-number").hover()
    expect(tip).to_have_text(re.compile(r"^1\.6[0-9]{5}$"))
    player.locator(".gw-map-gradient [data-cell='1']").last.hover()
    expect(tip).to_contain_text("parts[1]: gradient 1")


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


def test_the_names_of_the_phases_do_not_run_into_each_other(open_page: OpenPage, static_site: str) -> None:
    short = payload("fan-out")
    # One step forward, and many back: as where one closed box does all of the work.
    phases = [{"phase": "forward", "first": 1, "last": 1}, {"phase": "backward", "first": 2, "last": 12}]
    player = mount(open_page(static_site), {**short, "phases": phases})
    boxes = [one.bounding_box() for one in player.locator(".gw-phase-label").all()]
    first, second = (box for box in boxes if box)
    assert first["x"] + first["width"] <= second["x"] or first["y"] + first["height"] <= second["y"]


def test_no_control_moves_while_stepping(player: Locator) -> None:
    places = """player => [...player.querySelectorAll('.gw-timeline button, .gw-range, .gw-nudge select')]
        .map(e => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width] })"""
    before = player.evaluate(places)
    for _ in range(12):
        button(player, "Next step").click()
        assert player.evaluate(places) == before


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


def test_what_a_card_had_to_remark_stands_at_its_own_step_and_not_at_the_next_ones_way_back(
    open_page: OpenPage, static_site: str
) -> None:
    x = Tensor([-1.0, 2.0, 3.0], name="x")
    h = x.relu()
    h.name = "h"
    out = h.amax()
    out.name = "out"
    around = {"source": {}, "values": {}, "defaults": {}, "around": None}
    player = mount(open_page(static_site), {**graph_payload(record(out)), **around})
    remarks = {}
    for name in ("forward h", "backward out h", "backward h x"):
        player.evaluate("(player, name) => player.goTo(name)", name)
        remarks[name] = "negative" in (player.locator(".gw-panel").inner_text())
    assert remarks == {"forward h": True, "backward out h": False, "backward h x": True}


def _shown(player_page: Page, tex: str) -> Locator:
    """The line of the panel on which a formula stands."""
    data = payload("layer")
    data["steps"][3]["formula"] = {"symbols": tex, "numbers": ""}
    player = mount(player_page, data)
    player.evaluate("(player, name) => player.goTo(name)", data["steps"][3]["name"])
    line = player.locator(".gw-symbols")
    expect(line.locator(".katex-html")).to_be_visible()
    player.page.wait_for_timeout(200)
    return line


def test_nested_functions_are_broken_where_an_argument_begins(open_page: OpenPage, static_site: str) -> None:
    named = "".join(rf"\operatorname{{{name}}}(" for name in ("GenerateToken", "Collapse", "SequenceModel"))
    line = _shown(open_page(static_site, size="projector"), rf"p = {named}\text{{EmbedToken}}(\val{{x}}))))")
    assert line.evaluate("line => line.scrollWidth - line.clientWidth") <= 1
    assert line.evaluate("line => parseFloat(getComputedStyle(line).fontSize)") > 13


def test_a_formula_that_cannot_be_broken_fades_where_it_goes_on(
    open_page: OpenPage, static_site: str
) -> None:
    row = " & ".join(["-1234.5"] * 9)
    line = _shown(open_page(static_site), rf"\begin{{bmatrix}} {row} \end{{bmatrix}}")
    assert line.evaluate("line => getComputedStyle(line).maskImage") != "none"
    line.evaluate("line => { line.scrollLeft = line.scrollWidth; }")
    expect(line).not_to_have_class(re.compile("is-cut"))


def test_the_foot_of_a_fraction_is_not_cut(open_page: OpenPage, static_site: str) -> None:
    line = _shown(open_page(static_site), r"p = \frac{1}{\sqrt{y_{g}}} + \frac{x}{1 + e^{-y}}")
    assert line.evaluate("line => line.scrollHeight - line.clientHeight") <= 0


def test_room_is_kept_for_the_largest_formula_of_the_walk(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("regression"))
    player.page.wait_for_function("document.querySelector('.gw-formulas').style.flexBasis !== ''")
    heights = set()
    while button(player, "Next step").is_enabled():
        button(player, "Next step").click()
        player.page.wait_for_timeout(50)
        heights.add(player.locator(".gw-formulas").evaluate("formulas => formulas.offsetHeight"))
    assert len(heights) == 1


PANEL = """player => {
  const box = (selector) => player.querySelector(selector).getBoundingClientRect();
  const [panel, nudge, line, code] = [".gw-panel", ".gw-nudge", ".gw-nudge-line", ".gw-code"].map(box);
  const row = parseFloat(getComputedStyle(player.querySelector(".gw-code")).lineHeight);
  const { clientHeight, scrollTop } = player.querySelector(".gw-code");
  const lit = player.querySelector(".is-lit")?.getBoundingClientRect();
  return {
    inside: nudge.bottom <= panel.bottom && nudge.left >= panel.left,
    oneLine: line.height < 40,
    button: box(".gw-nudge button").right <= panel.right,
    whole: [clientHeight / row, scrollTop / row].every((lines) => Math.abs(lines - Math.round(lines)) < 0.1),
    rows: Math.round(clientHeight / row),
    lit: !lit || (lit.top >= code.top && lit.bottom <= Math.min(code.bottom, nudge.top)),
  };
}"""


@pytest.mark.parametrize("name", ["regression", "choice", "bert"])
def test_at_a_projector_the_panel_shows_whole_lines_of_code_and_the_whole_nudge(
    open_page: OpenPage, static_site: str, name: str
) -> None:
    player = mount(open_page(static_site, size="projector"), payload(name))
    player.evaluate("player => player.style.setProperty('--gw-height', '452px')")  # as in a lesson
    player.page.wait_for_timeout(300)
    for _ in range(7):
        button(player, "Next step").click()
        player.page.wait_for_timeout(60)
        found = player.evaluate(PANEL)
        assert found.pop("rows") >= 3
        assert all(found.values()), found

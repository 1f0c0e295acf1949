"""Where a cell comes from, in a real Chromium: picked by mouse and keyboard, told, opened, left again."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.driving import button, mount, node, payload, step
from ui.address import Address, read_address

pytestmark = pytest.mark.usefixtures("no_errors")


@pytest.fixture
def player(open_page: OpenPage, static_site: str) -> Locator:
    """The player on a layer, X @ W + b, after both passes."""
    found = mount(open_page(static_site), payload("layer"))
    button(found, "Last step").click()
    return found


def cell(player: Locator, name: str, kind: str, index: int) -> Locator:
    card = player.locator(".gw-node", has=player.page.locator(f".gw-name:text-is('{name}')"))
    return card.locator(f".gw-map-{kind} .gw-cell[data-cell='{index}']")


def told(player: Locator) -> Locator:
    return player.get_by_role("region", name="Where does this cell come from?")


def numbers(player: Locator) -> str:
    return str(told(player).locator(".gw-origin-line annotation").last.text_content())


def rings(player: Locator) -> list[list[Any]]:
    """Every ring: its card's name, its kind, and whether it is the chosen cell's."""
    return player.evaluate(  # type: ignore[no-any-return]
        """player => [...player.querySelectorAll(".gw-ring")].map((ring) => {
            const { card, kind } = ring.dataset;
            return [player.walk.nodes.get(card).name, kind, ring.classList.contains("is-chosen")];
        })"""
    )


def test_a_click_on_a_cell_tells_where_it_comes_from_and_lights_what_it_used(player: Locator) -> None:
    before = step(player)
    cell(player, "z", "value", 1).click()
    expect(told(player)).to_contain_text("z[0, 1] comes from row 0 of X and column 1 of W: 12 terms.")
    expect(player.get_by_role("complementary", name="This step").locator(".gw-sentence")).to_be_hidden()
    assert r"\cdots" in numbers(player)
    found = rings(player)
    assert found.count(["X", "value", False]) == 12
    assert found.count(["W", "value", False]) == 12
    assert found[-1] == ["z", "value", True]
    assert len(found) == 25
    assert step(player) == before


def test_a_long_sum_unfolds(player: Locator) -> None:
    cell(player, "z", "value", 1).click()
    told(player).get_by_role("button", name="+ 6 more terms").click()
    expect(told(player).get_by_role("button", name="more terms")).to_have_count(0)
    assert r"\cdots" not in numbers(player)


def test_a_cell_of_a_gradient_is_told_too(player: Locator) -> None:
    cell(player, "W", "gradient", 3).click()
    expect(told(player)).to_contain_text("X is read down its columns: that is the transpose in the formula.")
    found = rings(player)
    assert found.count(["X", "value", False]) == 3
    assert found.count(["z", "gradient", False]) == 3
    cell(player, "b", "gradient", 0).click()
    expect(told(player)).to_contain_text("b was copied to fit: b[0] has three copies")
    assert len(rings(player)) == 4


def test_stepping_or_closing_brings_the_step_back(player: Locator) -> None:
    cell(player, "z", "value", 1).click()
    expect(told(player)).to_be_visible()
    button(player, "Previous step").click()
    expect(told(player)).to_be_hidden()
    expect(player.locator(".gw-sentence")).to_be_visible()
    assert rings(player) == []
    cell(player, "z", "value", 1).click()
    button(player, "Back to the step").click()
    expect(told(player)).to_be_hidden()
    cell(player, "z", "value", 1).click()
    expect(told(player)).to_be_visible()
    player.page.keyboard.press("Escape")
    expect(told(player)).to_be_hidden()


def test_a_cell_opens_as_scalars_which_step_and_a_trail_leads_back(player: Locator) -> None:
    here = step(player)
    cell(player, "z", "value", 1).click()
    told(player).get_by_role("button", name="Open as scalars").click()
    trail = player.get_by_role("navigation", name="Where you are")
    expect(trail).to_have_text(re.compile(r"Whole graph\s*z\[0, 1\]"))
    assert step(player) == "start"
    button(player, "Next step").click()
    assert step(player) == "forward s1"
    expect(node(player, "s1")).to_have_accessible_name(re.compile(r"^s1, value 0, gradient not yet known"))
    button(player, "Last step").click()
    expect(player.get_by_role("button", name="Open 7 more terms")).to_be_visible()
    player.get_by_role("button", name="Open 7 more terms").click()
    expect(player.get_by_role("button", name="Close 7 more terms")).to_be_visible()
    expect(node(player, "X[0, 5]")).to_be_visible()
    trail.get_by_role("button", name="Whole graph", exact=True).click()
    expect(node(player, "h")).to_be_visible()
    expect(trail).to_be_hidden()
    assert step(player) == here


def test_the_scalar_graph_of_a_gradient_ends_at_that_gradient(player: Locator) -> None:
    cell(player, "W", "gradient", 3).click()
    said = numbers(player).split(" = ")[0]
    told(player).get_by_role("button", name="Open as scalars").click()
    expect(node(player, "S")).to_be_visible()
    button(player, "Last step").click()
    shown = str(node(player, "W[1, 1]").locator(".gw-number.gw-text-gradient").text_content())
    assert shown in said


def test_the_keyboard_alone_asks_opens_and_climbs_back(player: Locator) -> None:
    page = player.page
    node(player, "z").focus()
    page.keyboard.press("Tab")
    focused = "document.activeElement.getAttribute('aria-label')"
    assert page.evaluate(focused).startswith("Cells of the value of z: z[0, 0], ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused).startswith("Cells of the value of z: z[2, 1], ")
    page.keyboard.press("Enter")
    expect(told(player)).to_contain_text("z[2, 1] comes from row 2 of X")
    page.keyboard.press("Escape")
    expect(told(player)).to_be_hidden()
    assert page.evaluate(focused).startswith("Cells of the value of z: z[2, 1], ")
    page.keyboard.press("Tab")
    assert page.evaluate(focused).startswith("Cells of the gradient of z: z[0, 0], ")
    assert not page.evaluate(focused).endswith("not yet known")
    page.keyboard.press("Enter")
    told(player).get_by_role("button", name="Open as scalars").focus()
    page.keyboard.press("Enter")
    expect(player.get_by_role("navigation", name="Where you are")).to_be_visible()
    page.keyboard.press("ArrowRight")
    assert step(player) != "start"
    page.keyboard.press("Escape")
    expect(node(player, "h")).to_be_visible()
    assert page.evaluate(focused).startswith("z, value")


def test_a_scalars_number_is_asked_about_by_a_click_or_by_a_letter(player: Locator) -> None:
    button(player, "Fit").click()
    node(player, "out").locator(".gw-number.gw-text-value").click()
    expect(told(player)).to_contain_text("out")
    player.page.keyboard.press("Escape")
    node(player, "out").focus()
    player.page.keyboard.press("g")
    expect(told(player)).to_contain_text("The backward pass starts at out, with gradient 1")
    expect(told(player).get_by_role("button", name="Open as scalars")).to_be_hidden()


def test_what_is_not_yet_known_cannot_be_asked_about(player: Locator) -> None:
    button(player, "First step").click()
    cell(player, "h", "value", 0).click()
    expect(told(player)).to_be_hidden()
    assert step(player) == "forward h"
    player.evaluate("player => player.goTo('start')")
    player.page.keyboard.press("Tab")
    node(player, "h").focus()
    player.page.keyboard.press("v")
    player.page.keyboard.press("Enter")
    expect(told(player)).to_be_hidden()


def test_a_gradient_that_still_grows_asks_for_patience(player: Locator) -> None:
    player.evaluate("player => player.goTo('backward v1 h')")
    cell(player, "h", "gradient", 0).click()
    expect(told(player)).to_contain_text("More terms are still to come")
    player.evaluate("player => player.goTo('backward v1 h 2')")
    cell(player, "h", "gradient", 0).click()
    expect(told(player)).to_contain_text("h[0, 0]")
    expect(told(player)).not_to_contain_text("More terms are still to come")


def test_a_click_beside_the_cells_still_leads_to_the_cards_step(player: Locator) -> None:
    node(player, "z").locator(".gw-name").click()
    assert step(player) == "forward z"
    expect(told(player)).to_be_hidden()


def test_an_inputs_own_cells_are_typed_not_asked_about(player: Locator) -> None:
    player.locator(".gw-edit-cells[aria-label='Edit b'] [data-edit-cell='0']").click()
    expect(player.get_by_role("textbox", name="Value of b[0]")).to_be_visible()
    expect(told(player)).to_be_hidden()


def test_without_a_server_no_cell_can_be_asked_about(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("layer"), api=None)
    button(player, "Last step").click()
    cell(player, "z", "value", 1).click()
    expect(told(player)).to_be_hidden()
    expect(player.locator(".gw-grid")).to_have_count(0)


def test_a_link_to_a_scalar_graph_can_be_copied_and_climbed_out_of(
    open_page: OpenPage, static_site: str
) -> None:
    scalars = {"node": "n3", "kind": "value", "cell": [0, 1]}
    page = open_page(static_site)
    player = mount(page, {**payload("layer", scalars=scalars), "step": "seed", "address": True})
    assert step(player) == "seed"
    button(player, "Next step").click()
    page.wait_for_function("location.search.includes('cell=')")
    assert "cell=n3:value:0,1" in page.url
    page.keyboard.press("Escape")
    expect(node(player, "h")).to_be_visible()
    page.wait_for_function("!location.search.includes('cell=')")


def test_a_cell_of_a_closed_box_comes_from_what_flows_in(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("choice"))
    button(player, "Last step").click()
    cell(player, "shares", "value", 1).click()
    expect(told(player)).to_contain_text("Turn the scores scores into shares")
    assert rings(player) == [["scores", "value", False]] * 3 + [["shares", "value", True]]
    cell(player, "scores", "gradient", 0).click()
    expect(told(player)).to_contain_text("all of the gradient of shares")
    told(player).get_by_role("button", name="Open as scalars").click()
    expect(node(player, "scores[0]")).to_be_visible()
    button(player, "Last step").click()
    found = node(player, "scores[0]").locator(".gw-number.gw-text-gradient").get_attribute("data-full")
    player.page.keyboard.press("Escape")
    expect(node(player, "shares")).to_be_visible()
    whole = cell(player, "scores", "gradient", 0).get_attribute("data-full")
    assert float(str(found)) == pytest.approx(float(str(whole)), rel=1e-12)


def test_a_norm_is_explained_and_is_no_cell(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("bert", open=["BERT"]))
    button(player, "Last step").click()
    card = player.locator(".gw-node", has=player.page.locator(".gw-expression", has_text="EmbedToken"))
    shown = str(card.locator(".gw-number.gw-text-value").text_content())
    card.locator(".gw-number.gw-text-value").dispatch_event("click")
    asked = player.get_by_role("region", name="What is this number?")
    expect(asked).to_contain_text(f"{shown} is the norm of embedded:")
    expect(asked).to_contain_text("the square root of the sum of the squares of all its 80 numbers")
    expect(asked.get_by_role("button", name="Open as scalars")).to_be_hidden()
    assert [kind for _, kind, chosen in rings(player) if chosen] == ["value"]
    player.page.keyboard.press("Escape")
    expect(asked).to_be_hidden()
    card.focus()
    player.page.keyboard.press("g")
    expect(asked).to_contain_text("is the norm of the gradient of embedded:")
    assert card.locator("xpath=..").locator(".gw-grid").count() == 0


def test_a_link_to_opened_scalars_leads_back_to_where_they_were_opened(
    open_page: OpenPage, static_site: str
) -> None:
    page = open_page(static_site)
    focus, inside = "BERT/block 3/AddNorm", "BERT/block 3/AddNorm/Attention"
    player = mount(page, {**payload("bert", open=[inside], focus=focus), "address": True})
    player.evaluate("player => player.goTo('forward BERT/block 3/AddNorm/added')")
    at = player.evaluate("player => player.payload.nodes.find(({ name }) => name === 'added').id")
    player.evaluate("(player, node) => player.openScalars({ node, kind: 'value', cell: [1, 1] })", at)
    trail = player.get_by_role("navigation", name="Where you are").get_by_role("listitem")
    expect(trail).to_have_text(["Whole graph", "…", "AddNorm", "added[1, 1]"])
    button(player, "Next step").click()
    page.wait_for_function("['cell=', 'from=', '&step='].every((key) => location.search.includes(key))")
    address = page.url
    assert "focus=BERT/block+3/AddNorm&" in address
    back = read_address(dict(parse_qsl(urlsplit(address).query)))
    assert (back.around["focus"], back.around["open"]) == (focus, (inside,))
    fresh = mount(open_page(static_site), {**payload("bert", **json_of(back)), "step": back.step})
    expect(fresh.get_by_role("navigation", name="Where you are").get_by_role("listitem")).to_have_text(
        ["Whole graph", "…", "AddNorm", "added[1, 1]"]
    )
    fresh.page.keyboard.press("Escape")
    fresh.page.wait_for_function("!document.querySelector('gradwalk-player').payload.source.scalars")
    assert fresh.evaluate("player => player.payload.focus") == focus
    assert fresh.evaluate("player => player.payload.open") == [inside]
    assert step(fresh) == back.around["step"] == "forward BERT/block 3/AddNorm/added"


def test_a_link_carries_the_cell_that_the_panel_tells_of(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site)
    player = mount(page, {**payload("layer"), "address": True})
    player.evaluate("player => player.goTo('forward s')")
    card = player.evaluate("player => player.payload.nodes.find(({ name }) => name === 'z').id")
    node(player, "z").locator(".gw-map-value .gw-cell").nth(3).dispatch_event("click")
    page.wait_for_function("location.search.includes('asks=')")
    assert page.url.endswith(f"asks=value:1,1:{card}")
    moment = read_address(dict(parse_qsl(urlsplit(page.url).query)))
    fresh = mount(
        open_page(static_site),
        {**payload("layer"), "step": moment.step, "asks": dict(moment.asks or {}), "address": True},
    )
    asked = fresh.get_by_role("region", name="Where does this cell come from?")
    expect(asked).to_contain_text("z[1, 1]")
    assert step(fresh) == "forward s"
    assert fresh.evaluate("player => player.asked") == moment.asks
    fresh.page.wait_for_function("location.search.includes('asks=')")
    fresh.page.keyboard.press("Escape")
    fresh.page.wait_for_function("!location.search.includes('asks=')")


def test_a_link_that_asks_about_a_cell_that_is_not_there_shows_the_step(
    open_page: OpenPage, static_site: str
) -> None:
    for asks in (
        {"card": "n999", "kind": "value", "cell": [0, 0]},
        {"card": "n4", "kind": "value", "cell": [9, 9]},
        {"card": "n4", "kind": "gradient", "cell": [0, 0]},
    ):
        player = mount(open_page(static_site), {**payload("layer"), "asks": asks})
        player.page.wait_for_timeout(50)
        expect(player.locator(".gw-sentence")).to_be_visible()
        assert player.evaluate("player => player.asked") is None


def json_of(address: Address) -> dict[str, Any]:
    """The moment of an address as a request's body says it."""
    return json.loads(json.dumps(address.moment))  # type: ignore[no-any-return]


def test_what_the_cells_are_called_holds_at_every_step_without_the_focus(player: Locator) -> None:
    grid = player.locator(".gw-grid[data-kind='gradient']").first
    button(player, "First step").click()
    expect(grid).to_have_attribute("aria-label", re.compile("not yet known$"))
    button(player, "Last step").click()
    expect(grid).to_have_attribute("aria-label", re.compile(r"\], −?[0-9.]+(e−?[0-9]+)?$"))

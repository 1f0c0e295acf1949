"""Changing a number in the player: dragged, typed, nudged, refused."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import SIZES, OpenPage
from tests.browser.driving import button, mount, node, payload, step

pytestmark = pytest.mark.usefixtures("no_errors")


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


def test_the_nudge_compares_what_happens_with_what_was_foretold(player: Locator) -> None:
    player.get_by_role("combobox", name="Leaf to nudge").select_option(label="b")
    result = player.locator(".gw-nudge-result")
    expect(result).to_contain_text("out really changes by +0.03. The gradient is still to come")
    button(player, "Last step").click()
    expect(result).to_have_text(
        re.compile(r"out really changes by \+0.03; the gradient foretold \+0.03\. Equal")
    )
    player.get_by_role("combobox", name="Leaf to nudge").select_option(label="a")
    expect(result).to_contain_text("+0.1002")
    expect(result).to_contain_text("foretold +0.1")


def test_a_nudge_shows_on_every_card_by_how_much_its_number_moves_until_the_step_changes(
    player: Locator,
) -> None:
    button(player, "Last step").click()
    player.get_by_role("combobox", name="Leaf to nudge").select_option(label="b")
    moved = player.locator(".gw-moved")
    expect(moved).to_have_text(["+0.01", "+0.03", "+0.03", "+0.03"])
    over = moved.evaluate_all(
        """all => all.filter((one) => {
            const box = one.getBoundingClientRect();
            return [...document.querySelectorAll(".gw-node text")].some((text) => {
                const other = text.getBoundingClientRect();
                return getComputedStyle(text).visibility === "visible" && other.width > 0
                    && box.left < other.right && other.left < box.right
                    && box.top < other.bottom - 2 && other.top < box.bottom - 2;
            });
        }).length"""
    )
    assert over == 0
    button(player, "Previous step").click()
    expect(moved).to_have_count(0)


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


def test_without_a_server_nothing_pretends_to_be_editable(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("choice"), api=None)
    expect(player.get_by_role("spinbutton")).to_have_count(0)
    expect(player.locator(".gw-edit")).to_have_count(0)
    expect(player.locator(".gw-sign")).to_have_count(0)
    expect(player.get_by_role("group", name="Nudge")).to_be_hidden()
    expect(button(player, "Open one level")).to_be_hidden()
    button(player, "Next step").click()
    assert step(player) == "forward shares"

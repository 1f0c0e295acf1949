"""The player alone in a real Chromium: walking, playing, its address and its events."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.driving import button, mount, node, payload, sentence, step

pytestmark = pytest.mark.usefixtures("no_errors")
NUMBERS = Path(__file__).parents[1] / "numbers.json"


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


def test_a_typed_comma_is_a_decimal_point_where_it_can_be_nothing_else(
    open_page: OpenPage, static_site: str
) -> None:
    read = {
        "-1,0": -1, "−0,5": -0.5, "+2,25": 2.25, "0,125": 0.125, ",5": 0.5, "1234,567": 1234.567,
        "1,000": None, "-12,345": None, "1,2,3": None, "1,": None, "1,5.2": None, "1, 5": None,
        "7": 7, "2/3": 2 / 3, "1e-3": 0.001, "": None, "two": None,
    }  # fmt: skip
    page = open_page(static_site)
    parsed = page.evaluate(
        """async texts => {
            const { parseNumber } = await import("/assets/player/numbers.js");
            return texts.map(parseNumber);
        }""",
        list(read),
    )
    assert dict(zip(read, parsed, strict=True)) == read


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


def test_a_sum_of_arrays_is_told_by_its_norm_and_not_by_shapes(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), payload("layer"))
    player.evaluate("player => player.goTo('backward v1 h')")
    expect(player.locator(".gw-sum")).to_have_text(re.compile(r"^norm so far [\d.]+term 1 of 2$"))
    player.evaluate("player => player.goTo('backward v1 h 2')")
    expect(player.locator(".gw-sum")).to_have_text(re.compile(r"^norm [\d.]+term 2 of 2$"))
    expect(player.locator(".gw-sum-tag")).to_be_hidden()


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

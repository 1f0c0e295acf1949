"""Boxes and stacks in a real Chromium: opened, turned, looked into and closed, by pointer and by key."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import OpenPage
from tests.browser.driving import button, mount, payload, sentence, step

SCALE = "document.querySelector('gradwalk-player').graph.view.transform.k"


pytestmark = pytest.mark.usefixtures("no_errors")


@pytest.fixture
def bert(open_page: OpenPage, static_site: str) -> Locator:
    """A BERT of 24 blocks, opened one level: the stack is seen."""
    player = mount(open_page(static_site), payload("bert", open=["BERT"]))
    expect(stack(player, "24 TransformerBlock")).to_be_visible()
    return player


def stack(player: Locator, words: str) -> Locator:
    return player.get_by_role("button", name=re.compile(rf", {words}s, .*value"))


def picker(player: Locator, words: str) -> Locator:
    return player.get_by_role("slider", name=f"Pick one of {words}")


def is_open(player: Locator, *boxes: str) -> None:
    player.page.wait_for_function(
        "boxes => document.querySelector('gradwalk-player').payload.open.join() === boxes",
        arg=",".join(boxes),
    )


def middle_of(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_bar_of_the_stack_opens_its_block(bert: Locator) -> None:
    bars = picker(bert, "TransformerBlock × 24")
    box = bars.bounding_box()
    assert box is not None
    bars.click(position={"x": box["width"] * 2.5 / 24, "y": box["height"] / 2})
    is_open(bert, "BERT", "BERT/block 3")
    expect(stack(bert, "2 TransformerBlock")).to_be_visible()
    expect(bert.get_by_text("block 3 of 24")).to_be_visible()


def test_the_keyboard_picks_and_opens_a_block(bert: Locator) -> None:
    bars = picker(bert, "TransformerBlock × 24")
    before = step(bert)
    bars.focus()
    for _ in range(4):
        bars.press("ArrowRight")
    expect(bars).to_have_attribute("aria-valuenow", "5")
    expect(bars).to_have_attribute("aria-valuetext", re.compile("^block 5"))
    assert step(bert) == before  # the arrows did not walk
    bars.press("Enter")
    is_open(bert, "BERT", "BERT/block 5")
    bert.page.keyboard.press("Enter")  # its minus has the focus now
    is_open(bert, "BERT")


def test_the_opened_box_stays_under_the_pointer(bert: Locator) -> None:
    button(bert, "Fit").click()
    bert.page.wait_for_timeout(400)
    before = middle_of(button(bert, "Open block 1"))
    button(bert, "Open block 1").click()
    is_open(bert, "BERT", "BERT/block 1")
    bert.page.wait_for_timeout(500)
    frame = bert.locator(".gw-frame", has_text="block 1 of 24").bounding_box()
    assert frame is not None
    assert frame["x"] <= before[0] <= frame["x"] + frame["width"]
    assert frame["y"] <= before[1] <= frame["y"] + frame["height"]


def test_a_neighbour_takes_the_place_of_a_block_opened_as_deep(bert: Locator) -> None:
    bert.evaluate("player => player.setOpen(['BERT', 'BERT/block 3', 'BERT/block 3/AddNorm'])")
    is_open(bert, "BERT", "BERT/block 3", "BERT/block 3/AddNorm")
    button(bert, "Open the one after TransformerBlock, block 3").dispatch_event("click")
    is_open(bert, "BERT", "BERT/block 4", "BERT/block 4/AddNorm")


def test_one_box_is_looked_into_and_left_by_the_trail(bert: Locator) -> None:
    bert.evaluate("player => player.toggleBox('BERT/block 3')")
    is_open(bert, "BERT", "BERT/block 3")
    button(bert, "Look into TransformerBlock, block 3 alone").dispatch_event("click")
    trail = bert.get_by_role("navigation", name="Where you are")
    expect(trail).to_contain_text("block 3")
    expect(sentence(bert)).to_contain_text("You are inside block 3")
    assert bert.evaluate("player => player.payload.nodes.filter((n) => n.kind === 'port').length") == 2
    button(bert, "Last step").click()
    expect(
        bert.get_by_role("button", name=re.compile(r"^x2, from outside, value .*gradient array"))
    ).to_be_visible()
    trail.get_by_role("button", name="BERT", exact=True).click()
    expect(trail).not_to_contain_text("block 3")
    trail.get_by_role("button", name="Whole graph", exact=True).click()
    expect(trail).to_be_hidden()


def test_a_long_trail_leaves_its_middle_out_and_leads_there_all_the_same(bert: Locator) -> None:
    attention = "BERT/block 3/AddNorm/Attention"
    bert.evaluate(f"player => player.lookInto('{attention}')")
    trail = bert.get_by_role("navigation", name="Where you are")
    expect(trail.get_by_role("listitem")).to_have_text(["Whole graph", "…", "AddNorm", "Attention"])
    trail.get_by_role("button", name="…").click()
    expect(trail.get_by_role("listitem")).to_have_text(["Whole graph", "BERT", "block 3"])


def test_a_step_inside_a_box_that_closes_becomes_the_boxs_step(bert: Locator) -> None:
    bert.evaluate("player => player.setOpen(['BERT', 'BERT/block 3', 'BERT/block 3/AddNorm'])")
    is_open(bert, "BERT", "BERT/block 3", "BERT/block 3/AddNorm")
    assert bert.evaluate("player => player.goTo('forward BERT/block 3/AddNorm/added')")
    bert.evaluate("player => player.toggleBox('BERT/block 3/AddNorm')")
    is_open(bert, "BERT", "BERT/block 3")
    assert step(bert) == "forward BERT/block 3/mixed"
    bert.evaluate("player => player.toggleBox('BERT/block 3')")
    is_open(bert, "BERT")
    assert step(bert) == "forward BERT/vectors"


def test_the_stacks_gradient_bars_come_with_its_gradient(bert: Locator) -> None:
    heights = """player => [...player.querySelectorAll('.gw-strip-gradient')]
        .map((bar) => Number(bar.getAttribute('height')))"""
    assert max(bert.evaluate(heights)) == 0
    button(bert, "Last step").click()
    assert min(bert.evaluate(heights)) > 0


def test_a_stack_says_what_its_bars_are_and_when_they_are_on_a_log_scale(
    open_page: OpenPage, static_site: str
) -> None:
    graph = payload("bert", open=["BERT"])
    for node in graph["nodes"]:
        for k, member in enumerate((node["box"] or {}).get("members") or []):
            member |= {"value": 2.0 + k, "gradient": 0.25**k}
    player = mount(open_page(static_site), graph)
    button(player, "Last step").click()
    labels = player.locator(".gw-strip-label")
    expect(labels).to_have_text(["value", "gradientlog scale"])
    bars = picker(player, "TransformerBlock × 24")
    bars.focus()
    bars.press("Home")
    expect(bars).to_have_attribute(
        "aria-valuetext", "block 1, value norm 2, gradient norm 1 (its bar on a log scale)"
    )


def test_no_arrow_is_drawn_over_a_frames_name(bert: Locator) -> None:
    above = """player => player.querySelector('.gw-edge').compareDocumentPosition(
        player.querySelector('.gw-frame-plate')) & Node.DOCUMENT_POSITION_FOLLOWING"""
    assert bert.evaluate(above)


def test_an_rnn_is_shown_rolled_with_a_loop_and_unrolled_side_by_side(
    open_page: OpenPage, static_site: str
) -> None:
    player = mount(open_page(static_site), payload("recurrent", open=["SequenceRNN"]))
    expect(player.locator(".gw-loop")).to_have_count(1)
    button(player, "Unroll step 1 to 6").click()
    is_open(player, "SequenceRNN", "SequenceRNN/*")
    expect(player.locator(".gw-loop")).to_have_count(0)
    expect(player.get_by_role("button", name="Open step 4")).to_have_count(1)
    # The shared weight's gradient grows by one term a step.
    terms = player.evaluate(
        """player => player.payload.steps
            .filter(({ phase, name }) => phase === 'backward' && name.includes(' U'))
            .map(({ terms, of }) => [terms.length, of])"""
    )
    assert terms == [[k, 6] for k in range(1, 7)]
    roll = player.locator(".gw-frame").get_by_role("button", name="Roll up step 1 to 6")
    expect(roll).to_be_focused()
    player.page.keyboard.press("Enter")
    is_open(player, "SequenceRNN")


def test_closing_undoes_what_opening_did_to_the_view_unless_the_person_moved_it(bert: Locator) -> None:
    at = "player => Object.values(player.graph.view.transform).map((one) => Math.round(one * 100)).join()"
    button(bert, "Fit").click()
    bert.page.wait_for_timeout(500)
    before = bert.evaluate(at)
    comes_to = f"before => ({at})(document.querySelector('gradwalk-player')) === before"
    for moved in (False, True):
        button(bert, "Open block 1").click()  # by the pointer: the keyboard's focus would be kept in sight
        is_open(bert, "BERT", "BERT/block 1")
        bert.page.wait_for_timeout(500)
        assert bert.evaluate(at) != before
        if moved:
            button(bert, "Zoom in").click()
            bert.page.wait_for_timeout(400)
        button(bert, "Close TransformerBlock, block 1").dispatch_event("click")
        is_open(bert, "BERT")
        if not moved:
            bert.page.wait_for_function(comes_to, arg=before)
    bert.page.wait_for_timeout(500)
    assert bert.evaluate(at) != before


def test_another_graph_is_shown_at_its_own_scale_even_while_the_view_still_glides(bert: Locator) -> None:
    bert.evaluate("player => player.setOpen(['BERT', 'BERT/block 3', 'BERT/block 3/AddNorm'])")
    is_open(bert, "BERT", "BERT/block 3", "BERT/block 3/AddNorm")
    button(bert, "Last step").click()
    button(bert, "Fit").click()
    bert.page.wait_for_function(f"{SCALE} < 0.6")
    bert.evaluate("player => player.setOpen(['BERT', 'BERT/block 3'])")
    bert.page.wait_for_function(f"{SCALE} > 0.7")


def test_three_steps_are_rolled_up_if_asked_and_unrolled_again(open_page: OpenPage, static_site: str) -> None:
    few = payload("recurrent", open=["SequenceRNN"], values={"x": [[1.0], [0.0], [0.5]]})
    player = mount(open_page(static_site), few)
    roll = player.locator(".gw-frame").get_by_role("button", name="Roll up step 1 to 3")
    roll.dispatch_event("click")
    is_open(player, "SequenceRNN", "SequenceRNN/+")
    expect(player.locator(".gw-loop")).to_have_count(1)
    button(player, "Unroll step 1 to 3").dispatch_event("click")
    is_open(player, "SequenceRNN")
    expect(roll).to_be_focused()
    player.evaluate("player => player.lookInto('SequenceRNN')")
    over = player.locator(".gw-toolbar").get_by_role("button", name="Roll up step 1 to 3")
    over.click()
    expect(player.locator(".gw-loop")).to_have_count(1)
    expect(over).to_be_hidden()
    button(player, "Unroll step 1 to 3").dispatch_event("click")
    expect(over).to_be_focused()


def test_the_address_holds_the_box_that_is_looked_into(bert: Locator) -> None:
    address = bert.evaluate(
        """async (player) => {
            await player.lookInto('BERT/block 3');
            const { addressOf } = await import('/assets/player/url.js');
            return addressOf(player.payload, player.stepName, null, 'http://here/');
        }"""
    )
    assert "focus=BERT/block+3" in address
    assert "open=BERT" in address


def test_a_box_that_is_not_there_is_told_and_nothing_is_lost(bert: Locator, open_page: OpenPage) -> None:
    bert.evaluate("player => player.lookInto('BERT/block 99')")
    expect(bert.get_by_role("alert")).to_contain_text("There is no box 'BERT/block 99'")
    expect(stack(bert, "24 TransformerBlock")).to_be_visible()
    open_page.problems.clear()  # type: ignore[attr-defined]  # the browser reports the refusal


def press(player: Locator, name: str) -> None:
    """Press Enter on the button of this name."""
    button(player, name).focus()
    player.page.keyboard.press("Enter")


def test_the_keyboards_focus_goes_on_to_what_took_the_place_of_what_was_pressed(bert: Locator) -> None:
    press(bert, "Close BERT")
    expect(button(bert, "Open BERT")).to_be_focused()
    press(bert, "Open BERT")
    expect(button(bert, "Close BERT")).to_be_focused()
    bert.evaluate("player => player.setOpen(['BERT', 'BERT/block 3'])")
    is_open(bert, "BERT", "BERT/block 3")
    press(bert, "Close TransformerBlock, block 3")
    expect(picker(bert, "TransformerBlock × 24")).to_be_focused()
    expect(picker(bert, "TransformerBlock × 24")).to_have_attribute("aria-valuenow", "3")
    press(bert, "Look into BERT alone")
    expect(button(bert, "Whole graph")).to_be_focused()
    bert.page.keyboard.press("Escape")
    expect(button(bert, "Look into BERT alone")).to_be_focused()
    press(bert, "Close all")
    expect(button(bert, "Open one level")).to_be_focused()


def test_escape_goes_on_climbing_and_works_where_nothing_has_the_focus(bert: Locator) -> None:
    trail = bert.get_by_role("navigation", name="Where you are")
    bert.evaluate("player => player.lookInto('BERT/block 3')")
    expect(trail).to_contain_text("block 3")
    bert.evaluate("() => document.activeElement.blur()")
    bert.page.keyboard.press("Escape")
    expect(trail).not_to_contain_text("block 3")
    bert.page.keyboard.press("Escape")
    expect(trail).to_be_hidden()


def test_one_level_more_goes_into_the_open_block_and_leaves_the_other_23_folded(bert: Locator) -> None:
    more = button(bert, "Open one level")
    more.click()
    expect(bert.get_by_text("block 1 of 24")).to_be_visible()
    more.click()
    expect(button(bert, "Close AddNorm 2")).to_be_attached()
    expect(stack(bert, "23 TransformerBlock")).to_be_attached()
    bert.evaluate("player => player.setOpen(['BERT', 'BERT/*', 'BERT/block 2'])")
    is_open(bert, "BERT", "BERT/*", "BERT/block 2")
    more.click()
    expect(bert.get_by_text("block 24 of 24")).to_be_attached()


def test_a_box_says_to_a_screen_reader_what_it_is_made_of(bert: Locator) -> None:
    labels = (
        "player => [...player.querySelectorAll('.gw-node')].map((node) => node.getAttribute('aria-label'))"
    )
    said = bert.evaluate(labels)
    (embed,) = (one for one in said if "EmbedToken" in one)
    assert re.match(
        r"embedded, closed box EmbedToken, E\[.*\], \(5,\) to \(5, 16\), 80 parameters, value", embed
    )
    (blocks,) = (one for one in said if "TransformerBlock" in one)
    assert ", 24 TransformerBlocks, block 1 to 24, own weights each, (5, 16) to (5, 16), " in blocks
    bert.evaluate("player => player.lookInto('BERT/block 3')")
    expect(bert.get_by_role("button", name=re.compile("^x3, to outside, value"))).to_be_attached()


def test_what_hides_the_arrows_below_a_frames_name_ends_with_the_name(
    open_page: OpenPage, static_site: str
) -> None:
    player = mount(open_page(static_site), payload("bert", open=["BERT", "BERT/EmbedToken"]))
    frames = player.locator(".gw-frame").all()
    assert frames
    for frame in frames:
        label, plate = (
            frame.locator(".gw-frame-label").bounding_box(),
            frame.locator(".gw-frame-plate").bounding_box(),
        )
        assert label
        assert plate
        assert 0 <= plate["x"] + plate["width"] - label["x"] - label["width"] < 12

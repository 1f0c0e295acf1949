"""The gallery in a real browser: entries open, sizes change the player at once, links restore a moment."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_app import PATIENCE, no_sideways_scroll, player, problems, query

LOOKS = [
    ("attention", "wide", False),
    ("bert", "projector", True),
    ("sequence-rnn", "phone", False),
    ("conv", "phone", True),
    ("language-model", "wide", True),
]


def size(page: Page, name: str) -> Locator:
    """The control of a size."""
    return page.get_by_role("spinbutton", name=name, exact=True)


def heading(page: Page, name: str) -> Locator:
    """The page's title."""
    return page.get_by_role("heading", name=name, exact=True)


def facts(page: Page) -> Locator:
    """The counts beside the controls."""
    return page.locator(".gradwalk-facts")


@pytest.mark.parametrize(("block", "screen", "dark"), LOOKS)
def test_an_entry_opens_and_can_be_walked_to_its_end(
    open_page: OpenPage, app_url: str, block: str, screen: str, dark: bool
) -> None:
    page = open_page(f"{app_url}/block-{block}", size=screen, dark=dark)
    region = player(page)
    region.get_by_role("button", name="Last step").click()
    slider = region.get_by_role("slider", name="Step")
    expect(slider).to_have_value(slider.get_attribute("max") or "?")
    expect(facts(page)).to_have_text(re.compile(r"^[\d,]+ parameters? · [\d,]+ operations$"))
    expect(page.get_by_role("heading", name="Formula")).to_be_visible()
    no_sideways_scroll(page)
    assert problems(open_page) == []


def test_a_size_changes_the_player_and_a_link_restores_it(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/block-attention")
    region = player(page)
    x = region.get_by_role("button", name=re.compile(r"^x\b"))
    expect(x.first).to_have_accessible_name(re.compile("shape 2 by 2"))
    page.get_by_role("button", name="More: tokens").click()
    expect(x.first).to_have_accessible_name(re.compile("shape 3 by 2"))
    size(page, "d").fill("4")
    size(page, "d").press("Enter")
    expect(facts(page)).to_have_text("64 parameters · 15 operations")
    region.get_by_role("button", name="Next step").click()
    page.wait_for_timeout(600)
    wanted = {"values": "tokens:3,d:4", "step": "forward Attention/k"}
    assert query(page) == wanted
    again = open_page(page.url)
    expect(player(again).get_by_role("slider", name="Step")).to_have_value("1")
    expect(size(again, "tokens")).to_have_value("3")
    expect(facts(again)).to_have_text("64 parameters · 15 operations")
    assert query(again) == wanted
    assert problems(open_page) == []


def test_a_size_is_offered_only_where_it_matters(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/block-language-model")
    player(page)
    expect(size(page, "tokens")).to_be_visible()
    expect(size(page, "heads")).to_be_hidden()
    page.locator("label", has_text="Transformer").first.click()
    expect(size(page, "heads")).to_be_visible()


def test_closing_the_box_is_part_of_the_link(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/block-feed-forward")
    player(page).get_by_role("button", name="Close all").click()
    inside = player(page).get_by_role("button", name=re.compile(r"^z\b"))
    expect(inside).to_have_count(0)
    page.wait_for_timeout(600)
    assert query(page) == {"open": "none"}
    again = open_page(page.url)
    expect(player(again).get_by_role("button", name=re.compile(r"^result\b"))).to_be_visible()
    expect(player(again).get_by_role("button", name=re.compile(r"^z\b"))).to_have_count(0)


def test_a_size_that_does_not_fit_is_told_and_the_last_good_picture_stays(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/block-attention?values=d:4")
    region = player(page)
    more = page.get_by_role("button", name="More: heads")
    more.click()
    expect(region.get_by_role("button", name=re.compile(r"^head2\b"))).to_be_visible()
    more.click()
    sentence = region.get_by_role("alert").filter(has_text="3 heads cannot share vectors of 4 numbers")
    expect(sentence).to_be_visible()
    expect(size(page, "heads")).to_have_attribute("aria-invalid", "true")
    expect(region.get_by_role("button", name=re.compile(r"^head2\b"))).to_be_visible()
    page.wait_for_timeout(600)
    assert query(page)["values"] == "d:4,heads:2"
    more.click()
    expect(region.get_by_role("button", name=re.compile(r"^head4\b"))).to_be_visible()
    expect(sentence).to_be_hidden()
    expect(size(page, "heads")).to_have_attribute("aria-invalid", "false")
    found = problems(open_page)
    assert [text for text in found if "400" not in text] == []


def test_an_option_that_does_not_fit_goes_back(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/block-attention?values=tokens:1")
    region = player(page)
    page.locator("label", has_text="the last: padding").click()
    expect(region.get_by_role("alert").filter(has_text="the masks hide everything")).to_be_visible()
    expect(page.get_by_role("radio", name="the last: padding")).not_to_be_checked()


def test_an_input_can_be_edited_and_keeps_its_cells_when_a_size_changes(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/block-feed-forward")
    region = player(page)
    region.get_by_role("button", name="Edit x").press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("7")
    page.keyboard.press("Enter")
    expect(region.get_by_role("button", name=re.compile(r"^x\b.*7"))).to_be_visible()
    page.get_by_role("button", name="More: inputs").click()
    expect(size(page, "inputs")).to_have_value("3")
    expect(region.get_by_role("button", name=re.compile(r"^x\b.*7.*2"))).to_be_visible()


def test_links_lead_from_block_to_block_and_leave_the_moment_behind(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/gallery")
    page.locator(".st-key-card-transformer-block").get_by_role("link").click()
    expect(heading(page, "TransformerBlock")).to_be_visible(timeout=PATIENCE)
    region = player(page)
    region.get_by_role("button", name="Next step").click()
    page.get_by_role("button", name="More: tokens").click()
    page.wait_for_function("location.search.includes('values=')")
    assert query(page)["values"] == "tokens:4"
    page.get_by_role("link", name="AddNorm × 2").click()
    expect(heading(page, "AddNorm")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("region", name="Computation graph player")).to_have_count(1)
    expect(player(page).get_by_role("slider", name="Step")).to_have_value("0")
    page.wait_for_timeout(600)
    assert query(page) == {}
    assert page.url.startswith(f"{app_url}/block-add-norm")
    page.go_back()
    expect(heading(page, "TransformerBlock")).to_be_visible(timeout=PATIENCE)
    expect(size(page, "tokens")).to_have_value("4")
    for way in ("← All blocks", "Blocks"):  # the second stands in the sidebar
        page.get_by_role("link", name=way, exact=True).click()
        expect(heading(page, "Blocks")).to_be_visible(timeout=PATIENCE)
        page.go_back()
        expect(heading(page, "TransformerBlock")).to_be_visible(timeout=PATIENCE)
    assert problems(open_page) == []


def test_a_block_can_be_embedded_with_its_controls(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/embed/block-conv?values=stride:2", dark=True)
    player(page)
    page.get_by_role("button", name="More: stride").click()
    expect(size(page, "stride")).to_have_value("3")
    page.wait_for_timeout(600)
    assert query(page) == {"values": "stride:3"}
    assert problems(open_page) == []

"""Trained models in a real browser: scrub, draw, write, translate, train."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.test_app import PATIENCE, no_sideways_scroll, player, problems, query


def slider(page: Page) -> Locator:
    """The slider over the moments of the training."""
    return page.get_by_label("Moment of training")


def view(page: Page, title: str) -> Locator:
    """The card with this title."""
    return page.get_by_role("figure", name=re.compile(title))


@pytest.mark.parametrize(
    ("model", "screen", "dark"),
    [("digits", "phone", False), ("language-transformer", "projector", True), ("bert-4", "wide", False)],
)
def test_a_model_opens_and_can_be_walked_to_its_end(
    open_page: OpenPage, app_url: str, model: str, screen: str, dark: bool
) -> None:
    page = open_page(f"{app_url}/model-{model}", size=screen, dark=dark)
    expect(slider(page)).to_be_visible(timeout=PATIENCE)
    region = player(page)
    region.get_by_role("button", name="Last step").click()
    step = region.get_by_role("slider", name="Step")
    expect(step).to_have_value(step.get_attribute("max") or "?")
    no_sideways_scroll(page)
    assert problems(open_page) == []


def test_scrubbing_changes_what_is_shown_and_what_is_walked(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/model-digits")
    expect(view(page, "^It reads")).to_contain_text("100 %", timeout=PATIENCE)
    mark = page.locator(".gb-mark")
    before = mark.get_attribute("transform")
    slider(page).focus()
    page.keyboard.press("Home")
    expect(page.locator(".gb-said")).to_contain_text("Before training")
    expect(view(page, "^It reads")).not_to_contain_text("100 %")
    expect(view(page, "Held-out pictures")).to_contain_text("✗")
    assert mark.get_attribute("transform") != before
    page.get_by_role("button", name="Walk this moment").click()
    expect(player(page).get_by_role("button", name="Next step")).to_be_in_viewport()
    page.wait_for_timeout(600)
    assert query(page) == {"values": "moment:0"}
    again = open_page(page.url)
    expect(slider(again)).to_have_value("0", timeout=PATIENCE)
    assert problems(open_page) == []


def test_a_digit_is_drawn_read_and_walked(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/model-digits")
    pad = page.get_by_role("application", name=re.compile("Drawing pad"))
    expect(view(page, "^It reads a 0")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Clear").click()
    box = pad.bounding_box()
    assert box
    corners = [(0.3, 0.12), (0.7, 0.12), (0.7, 0.14), (0.45, 0.5), (0.4, 0.95)]
    points = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()
    expect(view(page, "^It reads a 7")).to_be_visible()
    pad.focus()
    for key in ("ArrowDown", "ArrowRight", " "):
        page.keyboard.press(key)
    expect(pad.page.get_by_text("Row 2, column 2, ink 16 of 16")).to_be_visible()
    page.wait_for_timeout(600)
    values = query(page)["values"]
    assert values.startswith("image:[[")
    again = open_page(page.url)
    expect(view(again, "^It reads a 7")).to_be_visible(timeout=PATIENCE)
    player(again).get_by_role("button", name="Next step").click()
    expect(player(again).get_by_role("status")).to_contain_text("Look for small patterns in picture")
    again.get_by_role("button", name="Take the held-out picture 3").click()
    expect(view(again, "^It reads a 3")).to_be_visible()
    again.wait_for_timeout(600)
    assert query(again)["values"] == "example:3"
    assert problems(open_page) == []


def test_a_word_is_generated_and_an_unknown_one_is_told(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/model-language-transformer")
    typed = page.get_by_label("Beginning")
    expect(typed).to_have_value("the quick brown", timeout=PATIENCE)
    expect(view(page, "^By a Transformer")).to_contain_text("fox")
    expect(view(page, "^By a SimpleRNN")).to_be_visible()
    page.get_by_role("button", name="Generate next: fox").click()
    expect(typed).to_have_value("the quick brown fox")
    expect(page.get_by_role("button", name="Generate next: jumps")).to_be_visible()
    typed.fill("the quick unicorn")
    typed.press("Enter")
    told = page.locator(".gb-refusal")
    expect(told).to_contain_text("The model has never seen the word 'unicorn'")
    expect(typed).to_have_value("the quick unicorn")
    typed.fill("the children of")
    typed.press("Enter")
    expect(told).to_be_empty()
    expect(view(page, "^By an LSTM")).to_contain_text("israel")
    page.get_by_text("0.25", exact=True).click()
    page.wait_for_timeout(600)
    assert query(page)["values"] == 'temperature:"0.25",text:"the children of"'


def test_la_maison_bleue_is_the_blue_house(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/model-french-attention")
    typed = page.get_by_label("French", exact=True)
    expect(typed).to_have_value("la maison bleue", timeout=PATIENCE)
    said = view(page, "in English$").first
    expect(said).to_contain_text(re.compile("with attention.*the blue house.*✓ right"))
    rows = view(page, "Where each English word looked").get_by_role("row")
    expect(rows.first).to_contain_text(re.compile("la.*maison.*bleue"))
    expect(rows.nth(2)).to_contain_text(re.compile(r"blue\s*0\.00\s*0\.0\d\s*(0\.9\d|1\.00)"))
    typed.fill("les pommes sont vertes")
    typed.press("Enter")
    expect(said).to_contain_text("the apples are green")
    assert problems(open_page) == []


def test_training_runs_is_walked_while_it_runs_and_stops(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/model-digits")
    train = page.get_by_role("button", name="Train", exact=True)
    train.click(timeout=PATIENCE)
    expect(page.get_by_text(re.compile(r"^Step \d+ of 900 · loss .* s left$"))).to_be_visible(
        timeout=PATIENCE
    )
    page.get_by_role("button", name="Walk the newest step").click()
    walked = page.get_by_role("region", name="Computation graph player").nth(1)
    expect(walked).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Stopped after \d+ steps"))).to_be_visible(timeout=PATIENCE)
    walked.get_by_role("button", name="Last step").click()
    expect(walked.get_by_role("status")).to_contain_text("gradient")
    assert problems(open_page) == []

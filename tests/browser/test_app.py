"""The whole app in a real browser: pages, editing, links that restore a moment, embedding."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from lessons import all_lessons
from lessons.lesson import Choice
from tests.browser.conftest import SIZES, OpenPage

ROOT = Path(__file__).parents[2]
LESSON = all_lessons()[0]
PARTS = [(lesson, index) for lesson in all_lessons() for index in range(len(lesson.parts))]
CHOOSING = next((x, i) for x, i in PARTS if any(isinstance(one, Choice) for one in x.parts[i].inputs))
TRAINED = next((lesson, index) for lesson, index in PARTS if lesson.parts[index].training)
LOOKS = [(size, dark) for size in SIZES for dark in (False, True)]
PATIENCE = 20_000  # milliseconds for the first page of a cold server


def player(page: Page) -> Locator:
    """The player, once it is there."""
    region = page.get_by_role("region", name="Computation graph player").first
    expect(region).to_be_visible(timeout=PATIENCE)
    return region


def problems(open_page: OpenPage) -> list[str]:
    """What the consoles of the opened pages complained of."""
    found: list[str] = open_page.problems  # type: ignore[attr-defined]
    return found


def query(page: Page) -> dict[str, str]:
    """The parameters of the page's address."""
    return {name: texts[0] for name, texts in parse_qs(urlsplit(page.url).query).items()}


def step_to(region: Locator, name: str) -> None:
    """Steps forward until the page's address holds this step."""
    forward = region.get_by_role("button", name="Next step")
    for _ in range(60):
        forward.click()
        region.page.wait_for_timeout(300)  # the address follows a moment later
        if query(region.page).get("step") == name:
            return
    pytest.fail(f"the step {name} did not come; the address is {region.page.url}")


def no_sideways_scroll(page: Page) -> None:
    """Nothing sticks out of the page's width."""
    width = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_home_lets_a_person_step_at_once(open_page: OpenPage, app_url: str, size: str, dark: bool) -> None:
    page = open_page(app_url, size=size, dark=dark)
    region = player(page)
    region.get_by_role("button", name="Next step").click()
    expect(region.get_by_role("slider", name="Step")).to_have_value("1")
    expect(region.get_by_role("status").filter(has_text="Multiply")).to_be_visible()
    no_sideways_scroll(page)
    assert problems(open_page) == []


@pytest.mark.parametrize(("size", "dark"), LOOKS)
def test_a_lesson_opens_and_can_be_walked_to_its_end(
    open_page: OpenPage, app_url: str, size: str, dark: bool
) -> None:
    page = open_page(f"{app_url}/{LESSON.slug}", size=size, dark=dark)
    region = player(page)
    expect(page.get_by_role("heading", name=LESSON.title, exact=True)).to_be_visible()
    region.get_by_role("button", name="Last step").click()
    slider = region.get_by_role("slider", name="Step")
    expect(slider).to_have_value(slider.get_attribute("max") or "?")
    no_sideways_scroll(page)
    assert problems(open_page) == []


def test_a_walk_opens_and_closes_boxes_and_covers_what_is_to_be_predicted(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/sequence-rnn?part=2")
    region = player(page)
    apart = "SequenceRNN,SequenceRNN/*"
    inside = [f"SequenceRNN,SequenceRNN/step {step}" for step in (2, 4, 3, 2)]
    wanted = ["", "SequenceRNN", apart, *inside, "SequenceRNN", ""]
    for opened in wanted:
        page.get_by_role("button", name="Next stop").click()
        page.wait_for_url(asks_for("open", opened))
    expect(region.get_by_role("status").filter(has_text="What is the gradient of x?")).to_be_visible()
    assert problems(open_page) == []


def test_a_sum_is_covered_at_the_term_that_the_walk_asks_about(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/sequence-rnn")
    region = player(page)
    for _ in range(8):
        page.get_by_role("button", name="Next stop").click()
    covered = region.get_by_role("button", name=re.compile("^u, value 0.5, gradient to be predicted"))
    expect(covered).to_be_visible()
    page.get_by_role("region", name="Walk").get_by_role("button", name="Show me").click()
    expect(region.get_by_role("button", name="u, value 0.5, gradient 0.671")).to_be_visible()
    page.wait_for_url(asks_for("step", "backward h2 u"))
    assert problems(open_page) == []


def test_an_experiment_with_another_shape_is_told_by_its_shape(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/sequence-rnn?part=2&step=forward+h")
    player(page)
    page.get_by_role("button", name="Run it beside the intact one").click()
    expect(
        page.get_by_text("value of h: shape (4, 1) in the intact run, (20, 1) in this one")
    ).to_be_visible()
    assert problems(open_page) == []


def asks_for(name: str, wanted: str) -> Callable[[str], bool]:
    """Whether an address has this value for this name; "" if it has none."""
    return lambda url: parse_qs(urlsplit(url).query).get(name, [""]) == [wanted]


@pytest.mark.parametrize("address", [LESSON.slug, "attention?part=4"], ids=["short", "with choices"])
def test_the_player_is_in_view_without_scrolling_and_stays_where_it_is(
    open_page: OpenPage, app_url: str, address: str
) -> None:
    page = open_page(f"{app_url}/{address}", size="projector")
    expect(player(page).get_by_role("button", name="Next step")).to_be_in_viewport(ratio=1)
    page.wait_for_timeout(500)  # formulas are set once the page is drawn
    tops = []
    for _ in range(4):
        expect(player(page)).to_be_in_viewport(ratio=1)
        tops.append(player(page).evaluate("player => player.getBoundingClientRect().top"))
        page.get_by_role("button", name="Next stop").click()
    assert max(tops) - min(tops) < 3


def test_a_link_restores_values_step_and_nothing_moves_meanwhile(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/{LESSON.slug}?values=c:5&step=seed")
    region = player(page)
    expect(region.get_by_role("button", name=re.compile(r"^c\b.*5"))).to_be_visible()
    page.wait_for_timeout(600)
    assert query(page) == {"values": "c:5", "step": "seed"}


def test_stepping_and_editing_write_the_address_and_it_opens_the_same_moment(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(f"{app_url}/{LESSON.slug}")
    region = player(page)
    step_to(region, "forward p")
    region.get_by_role("spinbutton", name="Edit b").press("Enter")
    page.keyboard.press("Control+a")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(region.get_by_role("button", name=re.compile(r"^p\b.*12"))).to_be_visible()
    page.wait_for_timeout(600)
    assert query(page) == {"values": "b:4", "step": "forward p"}
    again = player(open_page(page.url))
    expect(again.get_by_role("button", name=re.compile(r"^p\b.*12"))).to_be_visible()


def test_a_card_leads_to_its_lesson_and_home_again_shows_a_check_mark(
    open_page: OpenPage, app_url: str
) -> None:
    page = open_page(app_url)
    player(page)
    link = page.locator(f".st-key-card-{LESSON.slug}").get_by_role("link")
    mark = "link => getComputedStyle(link, '::after').content"
    assert "✓" not in link.evaluate(mark)
    link.click()
    expect(page.get_by_role("heading", name=LESSON.title, exact=True)).to_be_visible(timeout=PATIENCE)
    for part in range(len(LESSON.parts)):
        if len(LESSON.parts) > 1:
            page.goto(f"{app_url}/{LESSON.slug}?part={part + 1}")
        player(page).get_by_role("button", name="Last step").click()
        onward = page.get_by_role("region", name="Walk").get_by_role("button", name="Next stop")
        assert not page.evaluate("localStorage.getItem('gradwalk.progress')"), "the last step is no walk"
        while onward.is_visible():
            onward.click()
    page.goto(app_url)
    player(page)
    assert "✓" in link.evaluate(mark)


def test_a_part_leads_to_the_next_one_and_to_its_top(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/attention?values=y:[[1,1]]", size="projector")
    player(page)
    onward = page.get_by_role("button", name="Next: part 2")
    onward.scroll_into_view_if_needed()
    onward.click()
    page.wait_for_url(asks_for("part", "2"))
    intro = page.locator(".st-key-lesson-attention-1 .gw-intro")  # for a moment the last part's is there, too
    expect(intro).to_be_in_viewport(ratio=1, timeout=PATIENCE)
    assert query(page) == {"part": "2"}
    assert problems(open_page) == []


def test_a_choice_changes_the_graph_and_the_address(open_page: OpenPage, app_url: str) -> None:
    lesson, index = CHOOSING
    choice = next(one for one in lesson.parts[index].inputs if isinstance(one, Choice))
    other = next(option for option in choice.options if option != choice.default)
    page = open_page(f"{app_url}/{lesson.slug}?part={index + 1}")
    player(page)
    page.locator("label", has=page.get_by_role("radio", name=str(other), exact=True)).click()
    page.wait_for_timeout(800)
    assert query(page)["values"] == f'{choice.name}:"{other}"'
    again = open_page(page.url)
    player(again)
    expect(again.get_by_role("radio", name=str(other), exact=True)).to_be_checked()
    assert problems(open_page) == []


def test_where_a_choice_takes_the_box_away_the_whole_is_looked_at(open_page: OpenPage, app_url: str) -> None:
    inside = "Transformer/block 1/AddNorm/Attention"
    page = open_page(f'{app_url}/race?part=2&values=network:"Transformer"&focus={inside}')
    region = player(page)
    expect(region.get_by_role("button", name="Whole graph")).to_be_visible()
    page.locator("label", has=page.get_by_role("radio", name="LSTM", exact=True)).click()
    expect(region.get_by_role("button", name="Whole graph")).to_have_count(0)
    expect(region.get_by_role("alert")).to_be_hidden()


def test_another_part_begins_at_its_start(open_page: OpenPage, app_url: str) -> None:
    lesson = CHOOSING[0]
    page = open_page(f"{app_url}/{lesson.slug}?step=seed")
    player(page)
    page.get_by_role("radio", name=f"2. {lesson.parts[1].title}").click()
    page.wait_for_url("**?part=2")
    expect(player(page).get_by_role("slider", name="Step")).to_have_value("0")
    page.wait_for_timeout(600)
    assert query(page) == {"part": "2"}
    assert problems(open_page) == []


def test_a_run_is_watched_stopped_and_walked(open_page: OpenPage, app_url: str) -> None:
    lesson, index = TRAINED
    page = open_page(f"{app_url}/{lesson.slug}?part={index + 1}")
    player(page)
    epochs = page.get_by_role("spinbutton", name="epochs")
    epochs.fill("20")  # long enough to be stopped, also on a busy machine
    epochs.press("Enter")
    page.wait_for_timeout(1000)
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Step \d+ of \d+ · loss"))).to_be_visible(timeout=PATIENCE)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text(re.compile(r"^Stopped after \d+ steps"))).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
    page.get_by_text("Walk this step").click()
    second = page.get_by_role("region", name="Computation graph player").nth(1)
    second.get_by_role("button", name="Last step").click()
    expect(second.get_by_role("slider", name="Step")).not_to_have_value("0")
    assert problems(open_page) == []


def test_the_playground_walks_what_is_typed(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/playground")
    player(page)
    box = page.get_by_role("textbox", name="Expression")
    box.fill("u*v + u")
    box.press("Control+Enter")
    expect(player(page).get_by_role("button", name=re.compile(r"^u\b"))).to_be_visible()
    assert query(page)["expression"] == "u*v + u"
    assert problems(open_page) == []


def test_a_wrong_expression_is_told_and_the_page_lives_on(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/playground")
    player(page)
    box = page.get_by_role("textbox", name="Expression")
    box.fill("sigmod(x)")
    box.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("sigmoid")
    expect(page.locator("code", has_text="^^^^^^")).to_be_visible()
    box.fill("sigmoid(x)")
    box.press("Control+Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    player(page)
    assert problems(open_page) == []


@pytest.mark.parametrize("dark", [False, True])
def test_the_player_can_be_embedded(open_page: OpenPage, app_url: str, dark: bool) -> None:
    page = open_page(f"{app_url}/embed/{LESSON.slug}?values=c:5&step=seed", dark=dark)
    region = player(page)
    expect(region.get_by_role("button", name=re.compile(r"^c\b.*5"))).to_be_visible()
    region.get_by_role("button", name="Last step").click()
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(20, 22, 26)" if dark else "rgb(255, 255, 255)")
    assert problems(open_page) == []


def test_turning_the_theme_keeps_the_step(open_page: OpenPage, app_url: str) -> None:
    page = open_page(f"{app_url}/{LESSON.slug}?step=seed")
    region = player(page)
    page.emulate_media(color_scheme="dark")
    page.wait_for_timeout(500)
    assert query(page)["step"] == "seed"
    expect(region.get_by_role("slider", name="Step")).not_to_have_value("0")


def test_the_picture_in_the_readme_can_be_taken(open_page: OpenPage, app_url: str, tmp_path: Path) -> None:
    """With SAVE_PICTURES set, the picture in the repository is replaced."""
    page = open_page(f"{app_url}/{LESSON.slug}?step=backward p b")
    player(page)
    page.wait_for_timeout(1000)
    folder = ROOT / "docs" if "SAVE_PICTURES" in os.environ else tmp_path
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / "lesson.png")


def test_on_a_phone_every_part_of_a_lesson_can_be_seen(open_page: OpenPage, app_url: str) -> None:
    lesson = max(all_lessons(), key=lambda one: len(one.parts))
    page = open_page(f"{app_url}/{lesson.slug}", size="phone")
    player(page)
    parts = page.get_by_role("radiogroup", name="Part").get_by_role("radio")
    expect(parts).to_have_count(len(lesson.parts))
    boxes = [part.bounding_box() for part in parts.all()]
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= SIZES["phone"][0] for box in boxes)
    assert problems(open_page) == []

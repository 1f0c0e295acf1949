"""The lesson around the player: the walk, the questions, the experiment beside the intact run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import OpenPage
from tests.browser.driving import button, mount, node, payload, step

pytestmark = pytest.mark.usefixtures("no_errors")

WALK = [
    {"text": "This is $(2a + bc) a$, cut into **boxes**.", "at": "start", "step": 0},
    {"text": "**s** adds.\n\nThe code says `p + q`.", "at": "forward s", "step": 3},
    {"text": "Both paths count.", "at": "backward p a", "step": 12},
]
QUESTIONS = [
    {
        "ask": "What is the gradient of **a**?",
        "answer": 10.0,
        "tolerance": 0.01,
        "explain": "Both paths count: $8 + 2$.",
        "values": {},
        "at": "backward p a",
        "step": 12,
        "mistakes": [
            {"value": 8.0, "says": "One path is missing: a is used twice."},
            {"value": -10.0, "says": "The size is right, but look at the sign again."},
        ],
    },
    {
        "ask": "Make **b** equal to 5. What is the output now?",
        "answer": 17.0,
        "tolerance": 0.01,
        "explain": "It is 2 + 15.",
        "values": {"b": 5.0},
        "at": None,
        "step": None,
        "mistakes": [],
    },
]
EXPERIMENT = {
    "title": "Forget to add",
    "text": "Let the second path overwrite the first.",
    "button": "Run it beside the intact one",
    "values": {},
    "reveals": "The sum became its last term alone.",
}


def lesson(**changes: Any) -> dict[str, Any]:
    nudge = {"name": "b", "by": 0.01, "cell": []}
    whole = {"graph": payload("fan-out"), "walk": WALK, "questions": QUESTIONS}
    return {**whole, "experiment": EXPERIMENT, "nudge": nudge, **changes}


@pytest.fixture
def page(open_page: OpenPage, static_site: str) -> Page:
    return open_page(static_site)


def test_the_stops_lead_the_player_and_call_a_wanderer_back(page: Page) -> None:
    player = mount(page, lesson())
    walk = page.get_by_role("region", name="Walk")
    back = walk.get_by_role("button", name="Back to the walk")
    expect(walk).to_contain_text("1 of 3")
    expect(back).to_be_hidden()
    walk.get_by_role("button", name="Next stop").click()
    assert step(player) == "forward s"
    expect(walk.get_by_text("The code says p + q.")).to_be_visible()
    button(player, "Next step").click()
    back.click()
    assert step(player) == "forward s"
    expect(back).to_be_hidden()
    walk.get_by_role("button", name="Next stop").click()
    assert step(player) == "backward p a"
    walk.get_by_role("button", name="Previous stop").click()
    assert step(player) == "forward s"


def test_a_wrong_answer_is_diagnosed_and_a_right_one_explained(page: Page) -> None:
    player = mount(page, lesson())
    predict = page.get_by_role("region", name="Predict")
    answer = predict.get_by_role("textbox", name="Your answer")
    verdict = predict.get_by_role("status")
    for typed, said in [
        ("8", "One path is missing"),
        ("-10", "look at the sign"),
        ("ten", "Type a number"),
        ("3", "Not yet."),
        ("10.001", "Right. Both paths count"),
    ]:
        answer.fill(typed)
        answer.press("Enter")
        expect(verdict).to_contain_text(said)
    assert step(player) == "backward p a", "a right answer is shown in the player"
    button(player, "First step").click()
    predict.get_by_role("button", name="Show me").click()
    expect(verdict).to_contain_text("It is 10.")
    assert step(player) == "backward p a"


def test_an_answer_is_shown_at_the_values_that_the_question_is_about(page: Page) -> None:
    player = mount(page, lesson())
    predict = page.get_by_role("region", name="Predict")
    predict.get_by_role("button", name="Next question").click()
    predict.get_by_role("button", name="Show me").click()
    expect(node(player, "b")).to_have_accessible_name(re.compile("^b, value 5"))


def test_a_question_about_other_values_offers_to_set_them(page: Page) -> None:
    player = mount(page, lesson())
    predict = page.get_by_role("region", name="Predict")
    predict.get_by_role("button", name="Next question").click()
    expect(predict).to_contain_text("2 of 2")
    predict.get_by_role("button", name="Set these values").click()
    expect(node(player, "b")).to_have_accessible_name("b, value 5, gradient not yet known")
    expect(predict.get_by_role("button", name="Set these values")).to_be_hidden()
    predict.get_by_role("button", name="Previous question").click()
    predict.get_by_role("button", name="Set these values").click()
    expect(node(player, "b")).to_have_accessible_name("b, value 2, gradient not yet known")


def beside(page: Page) -> Locator:
    return page.get_by_role("region", name="Experiment beside the intact run")


ASKED = {**QUESTIONS[0], "hides": {"kind": "gradient", "name": "a"}, "explain": "Both paths count."}
STOPS = [
    WALK[0],
    {"text": "One path.", "at": "backward out a", "step": 9},
    {"text": "Both.", "at": "backward p a", "step": 12, "question": ASKED},
    {"text": "Done.", "at": "backward p a", "step": 12},
]
HIDDEN = "a, value 1, gradient to be predicted"
CORNER: Any = {"x": 12, "y": 12}  # of a card, away from the number that can be dragged


def everything_said(page: Page, player: Locator) -> str:
    """All that can be read or heard of the player and its step."""
    names = player.locator("[aria-label]").evaluate_all(
        "all => all.map((one) => one.getAttribute('aria-label'))"
    )
    return " ".join([player.inner_text(), *names])


def test_a_number_to_predict_is_nowhere_to_be_read_until_it_is_typed(page: Page) -> None:
    player = mount(page, lesson(walk=STOPS))
    walk = page.get_by_role("region", name="Walk")
    walk.get_by_role("button", name="Next stop").click()
    walk.get_by_role("button", name="Next stop").click()
    assert step(player) == "backward p a"
    expect(node(player, "a")).to_have_accessible_name(HIDDEN)
    expect(player.get_by_role("status")).to_have_text("What is the gradient of a? Predict it first.")
    expect(player.locator(".gw-sum")).to_contain_text("?")
    expect(player.locator(".gw-numbers")).to_be_hidden()
    expect(player.locator(".gw-sum-tag text")).to_contain_text("?")
    assert not re.search(r"\b10\b", everything_said(page, player))
    node(player, "a").hover(position=CORNER)
    expect(player.get_by_role("tooltip")).to_contain_text("gradient ?")
    answer = walk.get_by_role("textbox", name="Your answer")
    answer.fill("8")
    answer.press("Enter")
    expect(walk.get_by_text("One path is missing")).to_be_visible()
    expect(node(player, "a")).to_have_accessible_name(HIDDEN)
    answer.fill("10")
    answer.press("Enter")
    expect(walk.get_by_text("Both paths count.")).to_be_visible()
    expect(node(player, "a")).to_have_accessible_name("a, value 1, gradient 10")
    expect(player.get_by_role("status")).not_to_contain_text("Predict it first")


def test_a_covered_number_stays_covered_however_one_comes_to_its_step(page: Page) -> None:
    player = mount(page, lesson(walk=STOPS))
    walk = page.get_by_role("region", name="Walk")
    for _ in range(2):
        walk.get_by_role("button", name="Next stop").click()
    for way in ("First step", "Last step"):
        button(player, way).click()
    assert step(player) == "backward p a"
    expect(node(player, "a")).to_have_accessible_name(HIDDEN)
    page.keyboard.press("Home")
    node(player, "a").click(position=CORNER)
    assert step(player) == "backward p a"
    expect(node(player, "a")).to_have_accessible_name(HIDDEN)
    player.evaluate("player => player.setOpen([])")
    expect(node(player, "a")).to_have_accessible_name(HIDDEN)


def test_who_asks_to_see_it_or_walks_past_it_sees_the_number(page: Page) -> None:
    ask = {**ASKED, "at": "backward out a", "mistakes": [], "answer": 2.0}
    player = mount(page, lesson(walk=[WALK[0], {**STOPS[1], "question": ask}, STOPS[3]]))
    walk = page.get_by_role("region", name="Walk")
    walk.get_by_role("button", name="Next stop").click()
    button(player, "Next step").click()
    expect(walk.get_by_text("You have walked past it. It is 2.")).to_be_attached()
    expect(node(player, "a")).not_to_have_accessible_name(HIDDEN)


def test_a_question_takes_the_player_to_its_values_with_the_answer_covered(page: Page) -> None:
    asked = {**QUESTIONS[1], "hides": {"kind": "value", "name": "out"}}
    player = mount(page, lesson(questions=[asked]))
    button(player, "Last step").click()
    page.get_by_role("button", name="Set these values").click()
    expect(node(player, "out")).to_have_accessible_name(re.compile("^out, value to be predicted"))
    page.get_by_role("button", name="Show me").click()
    expect(node(player, "out")).to_have_accessible_name(re.compile("^out, value 1"))


def test_practice_asks_at_new_numbers_without_end_and_counts_what_is_right(page: Page) -> None:
    player = mount(page, lesson(questions=[{**QUESTIONS[0], "practice": True}]))
    predict = page.get_by_role("region", name="Predict")
    answer = predict.get_by_role("textbox", name="Your answer")
    fresh = predict.get_by_role("button", name="New numbers")
    page.evaluate("Math.random = () => 0")  # the first seed is 1
    for seed, typed, said in [
        (1, "2", "1 right in a row"),
        (2, "4", "2 right in a row"),
        (3, "7", "practice 3"),
    ]:
        fresh.click()
        expect(node(player, "a")).to_have_accessible_name(re.compile(f"^a, value {seed}"))
        assert step(player) == "backward q c"
        expect(node(player, "c")).to_have_accessible_name(re.compile("gradient to be predicted"))
        answer.fill(typed)
        answer.press("Enter")
        expect(predict.get_by_role("heading")).to_contain_text(said)
    predict.get_by_role("button", name="Show me").click()
    expect(predict.get_by_role("heading")).not_to_contain_text("in a row")
    expect(node(player, "c")).to_have_accessible_name(re.compile("gradient 6"))
    predict.get_by_role("button", name="Back to the question").click()
    expect(predict).to_contain_text("What is the gradient of a?")


def test_the_nudge_does_not_tell_what_is_to_be_predicted(page: Page) -> None:
    player = mount(page, lesson(walk=[WALK[0], {**STOPS[2]}, STOPS[3]]))
    page.get_by_role("region", name="Walk").get_by_role("button", name="Next stop").click()
    player.get_by_role("combobox", name="Leaf to nudge").select_option(label="a")
    result = player.locator(".gw-nudge-result")
    expect(result).to_contain_text("yours to predict")
    expect(result).not_to_contain_text("foretold")
    player.get_by_role("combobox", name="Leaf to nudge").select_option(label="b")
    expect(result).to_contain_text("foretold")


def test_a_stop_opens_the_box_that_it_speaks_of_and_a_later_one_closes_it(page: Page) -> None:
    walk = [
        {"text": "Closed.", "at": "forward shares", "step": 1},
        {"text": "Inside.", "at": "forward softmax/e", "step": None, "open": ["softmax"]},
        {"text": "Closed again.", "at": "backward shares scores", "step": None},
    ]
    player = mount(page, lesson(graph=payload("choice"), walk=walk, nudge=None, questions=[]))
    onward = page.get_by_role("region", name="Walk").get_by_role("button", name="Next stop")
    onward.click()
    page.wait_for_function("document.querySelector('gradwalk-player').stepName === 'forward softmax/e'")
    expect(player.get_by_role("button", name=re.compile("^e, value"))).to_be_visible()
    onward.click()
    page.wait_for_function("document.querySelector('gradwalk-player').stepName === 'backward shares scores'")
    expect(player.get_by_role("button", name=re.compile("^e, value"))).to_have_count(0)


def test_a_number_inside_a_box_that_a_stop_looks_into_is_still_to_be_predicted(page: Page) -> None:
    question = {**QUESTIONS[0], "answer": 2.72, "values": {}, "at": "forward softmax/e", "step": None}
    asks = {**question, "hides": {"kind": "value", "name": "e"}, "mistakes": []}
    walk = [
        {"text": "All is done.", "at": "backward shares scores", "step": None},
        {"text": "Inside.", "at": "forward softmax/e", "step": None, "focus": "softmax", "question": asks},
    ]
    player = mount(
        page, lesson(graph=payload("choice"), walk=walk, nudge=None, questions=[], experiment=None)
    )
    region = page.get_by_role("region", name="Walk")
    player.evaluate("player => player.goTo('backward shares scores')")
    region.get_by_role("button", name="Next stop").click()
    page.wait_for_function("document.querySelector('gradwalk-player').stepName === 'forward softmax/e'")
    expect(region.get_by_role("textbox", name="Your answer")).to_be_visible()
    expect(region).not_to_contain_text("You have walked past it")


def test_the_first_stop_opens_its_box_too(page: Page) -> None:
    walk = [
        {"text": "Inside.", "at": "start", "step": 0, "open": ["softmax"]},
        {"text": "On.", "at": "seed", "step": 5},
    ]
    player = mount(
        page,
        {
            **lesson(),
            "graph": payload("choice"),
            "walk": walk,
            "nudge": None,
            "questions": [],
            "experiment": None,
        },
    )
    expect(button(player, "Close softmax").first).to_be_visible()


def test_a_term_is_explained_in_place(page: Page) -> None:
    glossary = {"gradient": "How much it grows. See $x$."}
    mount(page, lesson(intro="It has a [[gradients|gradient]] and an [[unknown]].", glossary=glossary))
    term = page.get_by_role("button", name="gradients")
    term.click()
    entry = page.locator(".gw-entry")
    expect(entry).to_contain_text("How much it grows.")
    expect(term).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    expect(entry).to_have_count(0)
    page.mouse.move(5, 5)
    term.hover()
    expect(entry).to_be_visible()
    expect(page.get_by_role("button", name="unknown")).to_have_count(0)


def test_the_experiment_runs_in_step_with_the_intact_run_and_marks_what_differs(page: Page) -> None:
    player = mount(page, lesson())
    page.get_by_role("button", name="Run it beside the intact one").click()
    second = beside(page)
    expect(second).to_be_visible()
    expect(page.locator(".gw-difference")).to_contain_text(
        "First difference: step 12, gradient of a: 10 in the intact run, 2 in this one"
    )
    expect(page.get_by_text("The sum became its last term alone.")).to_be_visible()
    button(player, "First step").click()
    button(player, "Next step").click()
    assert step(second) == "forward p"
    assert page.locator(".gw-differs").count() == 0
    page.get_by_role("button", name="go there").click()
    assert step(player) == step(second) == "backward p a"
    for one in (player, second):
        expect(one.locator(".gw-differs")).to_have_count(1)
    expect(second.locator(".gw-sum-tag text")).to_have_text("2, not 8 + 2")
    expect(page.get_by_text("The sum became its last term alone.")).to_be_visible()
    page.get_by_role("button", name="Put it away").first.click()
    expect(second).to_have_count(0)
    expect(player.locator(".gw-differs")).to_have_count(0)


def test_an_experiment_is_shown_at_the_step_that_its_text_speaks_of(page: Page) -> None:
    player = mount(page, lesson(experiment={**EXPERIMENT, "at": "backward out s", "open": [], "focus": ""}))
    page.get_by_role("button", name="Run it beside the intact one").click()
    expect(beside(page)).to_be_visible()
    assert step(player) == step(beside(page)) == "backward out s"


def test_a_lesson_is_presented_with_its_walk_and_a_remote_control_turns_it(page: Page) -> None:
    player = mount(page, lesson())
    button(player, "Present").click()
    walk = page.get_by_role("region", name="Walk")
    expect(walk).to_be_in_viewport(ratio=1)
    expect(button(player, "Play")).to_be_in_viewport(ratio=1)
    page.keyboard.press("PageDown")
    expect(walk).to_contain_text("Stop 2 of 3")
    assert step(player) == "forward s"
    page.keyboard.press("PageUp")
    expect(walk).to_contain_text("Stop 1 of 3")
    page.keyboard.press("Escape")
    page.evaluate("document.exitFullscreen?.().catch(() => null)")
    expect(page.locator(".is-present")).to_have_count(0)
    expect(button(player, "Present")).to_be_focused()


def test_presented_a_remote_control_shows_an_answer_before_it_goes_on(page: Page) -> None:
    player = mount(page, lesson(walk=STOPS))
    walk = page.get_by_role("region", name="Walk")
    onward = walk.locator(".gw-button", has_text="Next stop")
    button(player, "Present").click()
    expect(player).to_be_focused()
    assert player.evaluate("player => getComputedStyle(player).outlineStyle") == "none"
    page.keyboard.press("PageDown")
    expect(onward).to_have_class(re.compile("gw-strong"))
    page.keyboard.press("PageDown")
    expect(walk).to_contain_text("Stop 3 of 4")
    expect(onward).not_to_have_class(re.compile("gw-strong"))
    expect(node(player, "a")).to_have_accessible_name(HIDDEN)
    page.keyboard.press("PageDown")
    expect(walk).to_contain_text("Stop 3 of 4")
    expect(walk.get_by_text("It is 10.")).to_be_visible()
    expect(node(player, "a")).to_have_accessible_name("a, value 1, gradient 10")
    expect(onward).to_have_class(re.compile("gw-strong"))
    page.keyboard.press("PageDown")
    expect(walk).to_contain_text("Stop 4 of 4")
    page.keyboard.press("Enter")
    expect(page.locator(".is-present")).to_have_count(1)


def test_the_experiment_follows_an_edit(page: Page) -> None:
    player = mount(page, lesson())
    page.get_by_role("button", name="Run it beside the intact one").click()
    expect(beside(page)).to_be_visible()
    player.evaluate("player => player.setValues({ b: 3 })")
    expect(node(beside(page), "b")).to_have_accessible_name(re.compile("^b, value 3"))


def test_the_experiment_runs_at_the_values_that_its_text_speaks_of(page: Page) -> None:
    player = mount(page, lesson())
    player.evaluate("player => player.setValues({ b: 3 })")
    expect(node(player, "b")).to_have_accessible_name(re.compile("^b, value 3"))
    page.get_by_role("button", name="Run it beside the intact one").click()
    for one in (player, beside(page)):
        expect(node(one, "b")).to_have_accessible_name(re.compile("^b, value 2"))


@pytest.mark.parametrize(("intact", "shown"), [({"b": 5}, 5), ({}, 2)])
def test_an_experiment_says_what_the_intact_run_has_too(
    page: Page, intact: dict[str, Any], shown: int
) -> None:
    player = mount(page, lesson(experiment={**EXPERIMENT, "values": {"b": 5}, "intact": intact}))
    page.get_by_role("button", name="Run it beside the intact one").click()
    expect(beside(page)).to_be_visible()
    expect(node(player, "b")).to_have_accessible_name(re.compile(f"^b, value {shown}"))


def test_a_lesson_without_a_server_walks_and_asks_but_runs_no_experiment(page: Page) -> None:
    mount(page, lesson(), api=None)
    expect(page.get_by_role("region", name="Walk")).to_be_visible()
    expect(page.get_by_role("button", name="Show me")).to_be_visible()
    expect(page.get_by_role("button", name="Run it beside the intact one")).to_be_hidden()
    page.get_by_role("button", name="Next question").click()
    expect(page.get_by_role("button", name="Set these values")).to_be_hidden()


def test_a_stop_that_a_closed_box_hides_leads_as_far_as_it_can(page: Page) -> None:
    walk = [{"text": "Hidden.", "at": "forward nowhere", "step": None}]
    player = mount(page, lesson(walk=walk))
    assert step(player) == "start"


def test_markup_in_a_lesson_stays_text(page: Page) -> None:
    evil = "<img src=x onerror='window.evil=1'>"
    questions = [{**QUESTIONS[0], "ask": evil, "explain": evil, "mistakes": [{"value": 1.0, "says": evil}]}]
    walk = [{"text": evil, "at": "start", "step": 0}]
    mount(
        page, lesson(walk=walk, questions=questions, experiment={**EXPERIMENT, "title": evil, "text": evil})
    )
    page.get_by_role("textbox", name="Your answer").fill("1")
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_text(re.compile("Not yet"))).to_be_visible()
    assert page.evaluate("window.evil") is None
    assert page.locator("main img").count() == 0


def test_on_a_phone_the_walks_buttons_stay_and_no_text_leaves_room_for_a_longer_one(
    open_page: OpenPage, static_site: str
) -> None:
    page = open_page(static_site, size="phone")
    player = mount(page, lesson(walk=[WALK[0], {**WALK[1], "text": "A long text. " * 30}, WALK[2]]))
    walk = page.get_by_role("region", name="Walk")
    onward = walk.get_by_role("button", name="Next stop")
    place, heights = onward.bounding_box(), []
    for stop in range(3):
        text, whole = walk.locator(".gw-stop > .is-here").bounding_box(), walk.bounding_box()
        assert text
        assert whole
        assert whole["y"] + whole["height"] - text["y"] - text["height"] < 8
        heights.append(whole["height"])
        if stop < 2:
            assert onward.bounding_box() == place
            onward.click()
    assert heights[1] > heights[0] + 100
    walk.get_by_role("button", name="Previous stop").click()
    button(player, "First step").click()
    expect(walk.get_by_role("button", name="Back to the walk")).to_be_visible()
    assert onward.bounding_box() == place


def test_at_a_projector_both_runs_are_seen_at_once_and_their_graphs_have_one_size(
    open_page: OpenPage, static_site: str
) -> None:
    page = open_page(static_site, size="projector")
    player = mount(page, lesson())
    page.get_by_role("button", name="Run it beside the intact one").click()
    expect(beside(page)).to_be_visible()
    page.wait_for_timeout(700)
    graphs = [one.locator(".gw-graph").bounding_box() for one in (player, beside(page))]
    first, second = (box for box in graphs if box)
    assert first["y"] >= 0
    assert second["y"] + second["height"] <= 720
    assert first["height"] == pytest.approx(second["height"], abs=2)
    expect(page.locator(".gw-difference")).to_be_in_viewport()

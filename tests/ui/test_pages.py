"""The pages, run by Streamlit's own test runner: home, every lesson, the playground, training runs."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from lessons import all_lessons
from lessons.lesson import Choice, Lesson
from ui import page_playground as playground

MAIN = Path(__file__).parent.parent.parent / "ui" / "main.py"
LESSONS = all_lessons()
PARTS = [(lesson, index) for lesson in LESSONS for index in range(len(lesson.parts))]
TRAINED = [(lesson, index) for lesson, index in PARTS if lesson.parts[index].training]


def opened(page: str = "", **query: str) -> AppTest:
    """A page, as its address opens it."""
    app = AppTest.from_file(str(MAIN), default_timeout=30)
    app._page_hash = calc_hash(page) if page else ""  # AppTest itself switches to files only
    for name, text in query.items():
        app.query_params[name] = text
    return app.run()


def shown(app: AppTest) -> list[Any]:
    """What each player on the page was given."""
    return [json.loads(one.proto.json) for one in app.get("bidi_component")]


def text(app: AppTest) -> str:
    """What the page says, outside of the players."""
    elements = [*app.title, *app.subheader, *app.markdown, *app.caption]
    return "\n".join(str(element.value) for element in elements)


def links(app: AppTest) -> list[str]:
    """The words of the links to other pages."""
    return [link.proto.label for link in app.get("page_link")]


def of(part: tuple[Lesson, int]) -> str:
    return f"{part[0].slug}-{part[1] + 1}"


def test_home_has_a_live_player_and_a_card_for_each_lesson() -> None:
    app = opened()
    assert not app.exception
    (player,) = shown(app)
    assert player["source"] == {"expression": "2*a + b*c"}
    assert player["values"] == {"a": 1.0, "b": 2.0, "c": 3.0}
    start, own, learned, *cards, blocks, models = links(app)
    assert start == f"Start with lesson 1: {LESSONS[0].title}"
    assert (own, learned) == ("Walk a formula of your own", "See what networks have learned")
    assert cards == [f"{lesson.number} {lesson.title}" for lesson in LESSONS]
    assert (blocks, models) == ("All blocks →", "All trained models →")
    for lesson in LESSONS:
        assert lesson.goal in text(app)


@pytest.mark.parametrize("part", PARTS, ids=of)
def test_a_lesson_shows_its_part(part: tuple[Lesson, int]) -> None:
    lesson, index = part
    app = opened(lesson.slug, part=str(index + 1))
    assert not app.exception
    assert not app.warning
    assert app.title[0].value == lesson.title
    last = index + 1 == len(lesson.parts)
    for line in (*lesson.can_do, *lesson.summary):
        assert (line in text(app)) is last, "the closing card comes when all parts have been there"
    if not last:
        assert app.button[0].label == f"Next: part {index + 2}, {lesson.parts[index + 1].title} →"
    (player,) = shown(app)
    assert player["intro"] == lesson.parts[index].text
    assert player["graph"]["source"] == {"lesson": lesson.slug, "part": index}
    assert len(player["walk"]) == len(lesson.parts[index].walk)
    assert [stop["step"] for stop in player["walk"] if stop["step"] is None] == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.slug)
def test_a_lesson_leads_to_the_ones_before_and_after(lesson: Lesson) -> None:
    at = LESSONS.index(lesson)
    found = "\n".join(links(opened(lesson.slug, part=str(len(lesson.parts)))))
    for neighbour in [*LESSONS[max(at - 1, 0) : at], *LESSONS[at + 1 : at + 2]]:
        assert neighbour.title in found


def test_the_address_holds_the_moment() -> None:
    (player,) = shown(opened("boxes", values="b:5", step="seed"))
    assert player["graph"]["values"]["b"] == 5.0
    assert player["step"] == "seed"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"values": "b"}, "cannot be read at character 1"),
        ({"values": "zz:1"}, "There is no input named 'zz'"),
        ({"values": "b:[1,2]"}, "b is a number here, but a vector of 2 was sent"),
        ({"part": "77"}, "asks for part 77"),
    ],
)
def test_an_address_that_cannot_be_shown_is_told_and_the_lesson_still_opens(
    query: dict[str, str], sentence: str
) -> None:
    app = opened("boxes", **query)
    assert not app.exception
    assert sentence in app.warning[0].value
    assert shown(app)[0]["graph"]["values"] == shown(opened("boxes"))[0]["graph"]["values"]


def test_what_a_visitor_wrote_is_not_taken_for_markdown() -> None:
    app = opened("boxes", values='"![](http://x.y/z)":1')
    assert "![](" not in app.warning[0].value
    assert r"\!\[\]\(http" in app.warning[0].value


@pytest.mark.parametrize("part", PARTS, ids=of)
def test_inputs_that_are_choices_are_offered(part: tuple[Lesson, int]) -> None:
    lesson, index = part
    choices = [one for one in lesson.parts[index].inputs if isinstance(one, Choice)]
    offered = shown(opened(lesson.slug, part=str(index + 1)))[0]["choices"]
    assert [one["name"] for one in offered] == [one.name for one in choices]
    for one, choice in zip(offered, choices, strict=True):
        assert tuple(option["value"] for option in one["options"]) == choice.options
        assert all(isinstance(option["label"], str) for option in one["options"])


def test_turning_to_another_part_forgets_the_values_of_the_one_before() -> None:
    lesson = next(lesson for lesson in LESSONS if len(lesson.parts) > 1)
    app = opened(lesson.slug, step="seed")
    app.button_group[0].set_value(1).run()
    assert shown(app)[0]["graph"]["source"]["part"] == 1
    assert app.query_params == {"part": "2"}


def test_the_playground_walks_what_is_typed() -> None:
    app = opened("playground")
    app.text_area[0].set_value("x*y + x").run()
    (player,) = shown(app)
    assert player["source"] == {"expression": "x*y + x"}
    assert app.query_params == {"expression": "x*y + x"}


@pytest.mark.parametrize("name", playground.EXAMPLES)
def test_every_example_of_the_playground_can_be_walked(name: str) -> None:
    app = opened("playground")
    app.selectbox[0].set_value(name).run()
    assert not app.error
    text, values = playground.EXAMPLES[name]
    assert app.text_area[0].value == text
    assert shown(app)[0]["source"] == {"expression": text}
    assert shown(app)[0]["values"] == values


def test_the_playground_opens_what_the_address_holds() -> None:
    app = opened("playground", expression="p*q", values="p:2,q:0.5", step="seed")
    (player,) = shown(app)
    assert app.text_area[0].value == "p*q"
    assert player["values"] == {"p": 2.0, "q": 0.5}
    assert player["step"] == "seed"


def test_a_wrong_expression_gets_a_sentence_and_its_place_marked() -> None:
    app = opened("playground", expression="a + sigmod(b)")
    assert not app.exception
    assert "sigmoid" in app.error[0].value
    assert app.code[0].value == "a + sigmod(b)\n    ^^^^^^"
    assert shown(app) == []


def test_a_place_on_the_first_of_two_lines_is_marked_under_it() -> None:
    assert playground.marked("h = tan(x)\nh*h", (1, 4, 1, 7)) == "h = tan(x)\n    ^^^\nh*h"


def test_a_page_that_fails_says_so_without_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from ui import style

    said: list[str] = []
    monkeypatch.setattr(style.st, "error", said.append)
    assert style.apologise(KeyError("secret")) is True
    assert "the fault is ours" in said[0]
    assert "secret" not in said[0]


def run_until(app: AppTest, happens: Callable[[AppTest], bool], seconds: float = 60) -> AppTest:
    """Reruns the page, as its timer does in a browser, until something happens."""
    end = time.monotonic() + seconds
    while not happens(app):
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)
        app.run()
    return app


def button(app: AppTest, label: str) -> Any:
    """The button of this label."""
    return next(one for one in app.button if one.label == label)


@pytest.mark.parametrize("part", TRAINED, ids=of)
def test_training_runs_to_its_end_and_any_step_can_be_walked(part: tuple[Lesson, int]) -> None:
    lesson, index = part
    app = opened(lesson.slug, part=str(index + 1))
    button(app, "Train").click().run()
    run_until(app, lambda app: len(app.slider) > 0)
    assert not app.exception
    assert "Done after" in app.get("progress")[0].proto.text
    training = lesson.parts[index].training
    assert training is not None
    pictures = len(lesson.parts[index].charts) + (training.picture is not None)
    assert len(app.get("plotly_chart")) == len(training.charts) + pictures
    app.toggle[0].set_value(True).run()
    assert not app.warning
    last = app.slider[0].max
    for step in (1, last // 2, last):
        app.slider[0].set_value(step).run()
        assert not app.exception
        main, walked = shown(app)
        assert walked["source"] == main["graph"]["source"]
        assert walked["structure"] == main["graph"]["structure"]


@pytest.mark.parametrize("part", TRAINED[:1], ids=of)
def test_a_run_can_be_stopped(part: tuple[Lesson, int], monkeypatch: pytest.MonkeyPatch) -> None:
    lesson, index = part
    training = lesson.parts[index].training
    assert training is not None
    run = training.run

    def slow(**settings: Any) -> Any:
        for snapshot in run(**settings):
            time.sleep(0.05)
            yield snapshot

    monkeypatch.setitem(training.__dict__, "run", slow)
    app = opened(lesson.slug, part=str(index + 1))
    button(app, "Train").click().run()
    run_until(app, lambda app: bool(app.session_state[f"run-{lesson.slug}-{index}"].snapshots))
    app.run()
    button(app, "Stop").click().run()
    run_until(app, lambda app: "Stopped after" in app.get("progress")[0].proto.text)
    assert not app.exception

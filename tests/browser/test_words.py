"""Words on tokens, rows and columns, in a real Chromium: on cards, in tooltips, in names, in lists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from lessons import find_lesson
from tests.browser.conftest import OpenPage
from tests.browser.test_player import button, mount
from ui.requests import payload_of
from ui.subject import subject_of_part


@pytest.fixture(autouse=True)
def no_errors(open_page: OpenPage) -> Iterator[None]:
    """Whatever a test does, no page reports an error or a warning."""
    yield
    assert open_page.problems == []  # type: ignore[attr-defined]


def lesson(slug: str, part: int = 0, **seen: Any) -> dict[str, Any]:
    return payload_of(subject_of_part(find_lesson(slug), part), **seen)


def card(player: Locator, name: str) -> Locator:
    return player.locator(".gw-node", has=player.page.locator(f".gw-name:text-is('{name}')"))


def test_tokens_show_their_words_and_the_number_is_still_to_be_had(
    open_page: OpenPage, static_site: str
) -> None:
    player = mount(open_page(static_site), lesson("embed-token"))
    tokens = card(player, "tokens")
    assert tokens.locator(".gw-cell-text").all_text_contents() == ["the", "house", "the"]
    expect(tokens).to_have_accessible_name("tokens, words: the, house, the, fixed data")
    tokens.locator("[data-cell='1']").hover()
    expect(player.get_by_role("tooltip")).to_have_text("tokens[1]: house, number 2")
    assert card(player, "E").locator(".gw-axis-row").all_text_contents() == ["the", "blue", "house"]
    assert nudged(player)[0] == "E[the, 0]"
    attention = mount(player.page, lesson("attention"))
    assert nudged(attention)[-1] == "y[0, 1] boat, wealth"


def nudged(player: Locator) -> list[str]:
    return player.get_by_label("Leaf to nudge").locator("option").all_text_contents()


def test_the_words_of_rows_and_columns_stand_beside_their_cells_and_touch_nothing(
    open_page: OpenPage, static_site: str
) -> None:
    opened = ("Attention",)
    player = mount(open_page(static_site), lesson("attention", 3, boxes=opened, focus="Attention"))
    button(player, "Last step").click()
    words = ["the", "river", "bank"]
    scores = card(player, "scores")
    assert scores.locator(".gw-axis").first.locator("text").all_text_contents() == words + words
    assert overlaps(player) == []
    scores.locator(".gw-map-value [data-cell='7']").hover()
    expect(player.get_by_role("tooltip")).to_have_text("scores[bank, river]: value 2")
    name = re.compile(r"^Cells of the value of scores: scores\[the, the\]")
    expect(player.get_by_role("button", name=name)).to_be_visible()


def overlaps(player: Locator) -> list[Any]:
    """Words that reach out of their card, or over its cells or titles."""
    return player.evaluate(  # type: ignore[no-any-return]
        """player => [...player.querySelectorAll(".gw-node:not(.is-away)")].flatMap((node) => {
            const box = (element) => element.getBoundingClientRect();
            const around = box(node.querySelector(".gw-card"));
            const solid = [...node.querySelectorAll(".gw-cell-back, .gw-label, .gw-title")].map(box);
            return [...node.querySelectorAll(".gw-axis text")].filter((word) => {
                const b = box(word);
                const out = b.left < around.left || b.right > around.right || b.bottom > around.bottom;
                const over = (s) => b.left < s.right - 1 && b.right > s.left + 1;
                return out || solid.some((s) => over(s) && b.top + 2 < s.bottom && b.bottom - 2 > s.top);
            }).map((word) => [node.dataset.node, word.textContent]);
        })"""
    )


@pytest.mark.parametrize("size", ["10", "20"])
def test_words_over_small_cells_are_turned_and_stay_inside_their_cards(
    open_page: OpenPage, static_site: str, size: str
) -> None:
    box = "Transformer/block 1/AddNorm/Attention"
    opened = ("Transformer", "Transformer/block 1", "Transformer/block 1/AddNorm", box)
    subject = subject_of_part(find_lesson("race"), 1).with_values({"L": int(size)})
    player = mount(open_page(static_site), payload_of(subject, opened, box))
    button(player, "Last step").click()
    words = card(player, "scores").locator(".gw-axis").first.locator("text")
    seen = min(int(size), 12)
    expect(words).to_have_count(2 * seen)
    assert words.nth(seen).get_attribute("transform").startswith("rotate(-90 ")  # type: ignore[union-attr]
    assert overlaps(player) == []


def test_two_brackets_before_a_number_are_an_array_and_no_term(open_page: OpenPage, static_site: str) -> None:
    player = mount(open_page(static_site), lesson("attention"))
    expect(player.locator(".gw-sentence")).to_contain_text("y is [[2, 0]].")


def test_two_runs_that_differ_are_told_apart_by_the_cell(open_page: OpenPage, static_site: str) -> None:
    page = open_page(static_site)
    intact = lesson("attention")
    subject = subject_of_part(find_lesson("attention"), 0)
    other = payload_of(subject.with_values({"x": [[1.0, 0.0], [0.0, 3.0]]}))
    text = page.evaluate(
        """async ([a, b]) => {
            const { Walk, withTensors } = await import("/assets/player/payload.js");
            const { firstDifference } = await import("/assets/player/compare.js");
            return firstDifference(new Walk(withTensors(a)), new Walk(withTensors(b))).text;
        }""",
        [intact, other],
    )
    assert text == "step 0, value of x[money, wealth]: 1 in the intact run, 3 in this one"

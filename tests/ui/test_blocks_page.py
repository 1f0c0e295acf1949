"""The gallery of blocks: its page, its subjects, and what it says of how blocks hang together."""

import re
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from engine import nn
from engine.nn.entry import GROUPS, Entry, all_entries
from lessons import all_lessons
from lessons.lesson import Input, Lesson, Stop, start
from lessons.lesson import Part as LessonPart
from tests.ui.test_pages import links, opened, shown, text
from ui import kinship, requests
from ui.blocks import page_name
from ui.errors import BadRequest
from ui.routes import routes

ENTRIES = all_entries()
BLOCKS = {entry.name for entry in ENTRIES}
CLIENT = TestClient(Starlette(routes=routes()), raise_server_exceptions=False)
every_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.slug)


def of(slug: str) -> Entry:
    return next(entry for entry in ENTRIES if entry.slug == slug)


def payload(block: str, **more: Any) -> dict[str, Any]:
    return requests.trace_payload({"block": block, **more})


def test_the_index_shows_every_block_in_its_group_with_its_signature() -> None:
    app = opened("gallery")
    assert not app.exception
    assert [header.value for header in app.subheader] == list(GROUPS)
    assert links(app) == [entry.name for entry in ENTRIES]
    for entry in ENTRIES:
        assert f"`{entry.signature}`" in text(app)
        assert entry.about in text(app)


@every_entry
def test_a_block_has_a_page_with_a_player_that_is_open_one_level(entry: Entry) -> None:
    app = opened(page_name(entry))
    assert not app.exception
    assert not app.warning
    assert app.title[0].value == entry.name
    (player,) = shown(app)
    assert player["source"] == {"block": entry.slug}
    assert player["values"] == player["defaults"]
    assert player["open"] == player["opens"] == [entry.name]
    assert [one["name"] for one in player["choices"]] == [one.name for one in entry.choices]
    for words in (entry.about, entry.result, *entry.symbols.values(), *entry.notes):
        assert words in text(app)
    assert app.latex[0].value.strip("$\n") == kinship.inside(entry).formula
    build, forward = (code.value for code in app.code)
    assert build.startswith(f"def {entry.build.__name__}(")
    assert re.match(r"def forward\(\s*self, ", forward)


def test_the_address_holds_sizes_inputs_open_boxes_and_step() -> None:
    query = {"values": "d:4,heads:2,x:[[5,0,0,0],[0,1,0,0]]", "open": "none", "step": "seed"}
    (player,) = shown(opened("block-attention", **query))
    assert (player["values"]["d"], player["values"]["heads"]) == (4, 2)
    assert player["values"]["x"][0] == [5.0, 0.0, 0.0, 0.0]
    assert (player["open"], player["step"]) == ([], "seed")


@pytest.mark.parametrize(
    ("block", "values", "sentence"),
    [
        ("attention", "heads:3", "Attention: 3 heads cannot share vectors of 2 numbers"),
        ("attention", 'tokens:1,mask:"padding"', "Attention: the masks hide everything from vector 0"),
        ("conv", 'kernel:2,padding:"same"', "Conv: padding 'same' wants an odd kernel"),
        ("conv", "length:2", "Conv: x has shape (1, 2), and a kernel of 3 does not fit"),
        ("max-pool", "kernel:5", "MaxPool: a window of length 5 does not fit into a length of 4"),
        (
            "learned-positions",
            "tokens:8",
            "LearnedPositions: the sequence has 8 places, but only 5",
        ),
        ("attention", "tokens:0", "tokens is a whole number from 1 to 8; "),
        ("attention", "tokens:2.5", "tokens is a whole number from 1 to 8; "),
        ("attention", "tokens:true", "tokens is a whole number from 1 to 8; "),
        ("attention", "hads:2", "Attention has nothing named 'hads' here; do you mean heads?"),
        ("attention", "x:[1,2]", "x is a matrix of 2 × 2 here, but a vector of 2 was sent"),
        ("attention", 'mask:"all"', "mask is one of none, causal, padding"),
    ],
)
def test_what_does_not_go_together_is_told_and_the_block_is_shown_as_it_was(
    block: str, values: str, sentence: str
) -> None:
    app = opened(f"block-{block}", values=values)
    assert not app.exception
    said = app.warning[0].value.replace("\\", "")
    assert sentence in said
    assert re.search(r"[^.]\. The walk starts with its own values instead\.$", said)
    (player,) = shown(app)
    assert player["values"] == player["defaults"]
    assert player["open"] == [of(block).name]


def test_the_api_walks_a_block_and_nudges_its_inputs() -> None:
    found = CLIENT.post("/api/trace", json={"block": "feed-forward", "values": {"x": [1, 3]}}).json()
    assert found["values"]["x"] == [1.0, 3.0]
    assert found["facts"] == {"parameters": 6, "operations": 4}
    body = {"block": "feed-forward", "name": "x", "cell": [0], "by": 0.01}
    reply = CLIENT.post("/api/nudge", json=body).json()
    assert reply["change"] == pytest.approx(0.02)
    assert reply["predicted"] == pytest.approx(0.02)
    refused = CLIENT.post("/api/nudge", json={"block": "attention", "name": "heads", "by": 1})
    assert refused.status_code == 400
    assert "heads is a choice, not a number" in refused.json()["error"]
    unknown = CLIENT.post("/api/trace", json={"block": "bort"})
    assert unknown.status_code == 404
    assert "do you mean bert?" in unknown.json()["error"]
    both = CLIENT.post("/api/trace", json={"block": "bert", "lesson": all_lessons()[0].slug})
    assert both.status_code == 400
    assert "either a lesson or an expression or a block" in both.json()["error"]


def test_a_scene_that_would_be_too_large_says_so() -> None:
    with pytest.raises(BadRequest, match=r"the most that stays readable\. Close a box"):
        payload("bert", open="all")


def test_a_block_can_be_embedded() -> None:
    page = CLIENT.get("/embed/block-attention?values=tokens:3&open=none")
    assert page.status_code == 200
    assert '"tokens": 3' in page.text
    assert CLIENT.get("/embed/block-atention").status_code == 404


def test_an_edited_input_keeps_its_cells_when_a_size_changes() -> None:
    values = {"tokens": 3, "x": [[9, 8], [7, 6]]}
    found = payload("attention", values=values)
    assert np.array(found["values"]["x"])[:2].tolist() == [[9.0, 8.0], [7.0, 6.0]]
    assert found["values"]["x"][2] == found["defaults"]["x"][2]
    smaller = payload("attention", values={"tokens": 1, "x": [[9, 8], [7, 6]]})
    assert smaller["values"]["x"] == [[9.0, 8.0]]


@every_entry
def test_another_number_in_an_input_moves_nothing_in_the_drawing(entry: Entry) -> None:
    for one in entry.inputs:
        before = payload(entry.slug)
        value = (np.array(before["values"][one.name]) + 0.25).tolist()
        after = payload(entry.slug, values={one.name: value})
        assert after["structure"] == before["structure"]
        assert after["values"] == before["values"] | {one.name: value}


def test_what_a_block_is_made_of_is_read_off_its_trace() -> None:
    parts = {(part.name, part.count, part.calls, part.direct) for part in kinship.inside(of("bert")).parts}
    assert ("TransformerBlock", 24, 24, True) in parts
    assert ("Attention", 24, 24, False) in parts
    assert kinship.inside(of("sequence-rnn")).parts == (kinship.Part("SimpleRNN", 1, 3, True),)
    assert dict(kinship.inside(of("feed-forward")).operations) == {"matmul": 1, "add": 1, "relu": 1}
    assert kinship.inside(of("transformer-block")).operations == ()  # all are those of its parts
    assert kinship.may_use(of("sequence-rnn")).keys() >= {"SimpleRNN", "LSTM", "GRU"}


@every_entry
def test_each_symbol_of_the_formula_is_explained(entry: Entry) -> None:
    formula = kinship.inside(entry).formula
    words = set(re.findall(r"\\(?:operatorname|text)\{(\w+)\}", formula)) - {"ReLU", "max", "mean", "window"}
    rest = re.sub(r"\\(operatorname|text)\{[^}]*\}", "", formula)
    greek = set(re.findall(r"\\(gamma|beta|varepsilon)", rest))
    letters = set(re.findall(r"[A-Za-z]", re.sub(r"\\[a-zA-Z]+|_\{[^}]*\}|_\w|\^\{[^}]*\}", "", rest)))
    explained = " ".join(entry.symbols)
    for symbol in letters | greek | {word for word in words if word not in BLOCKS}:
        assert re.search(rf"(?<![A-Za-z]){symbol}(?![A-Za-z])", explained), f"{symbol} in {formula}"


def test_who_uses_a_block_is_the_same_relation_seen_from_the_other_side() -> None:
    assert of("add-norm") in kinship.used_by(of("attention"), direct=True)
    assert of("bert") in kinship.used_by(of("attention"), direct=False)
    for entry in ENTRIES:
        for other in kinship.used_by(entry, direct=True) + kinship.used_by(entry, direct=False):
            assert entry.name in kinship.may_use(other)


def test_relations_lead_to_the_pages_of_the_blocks() -> None:
    app = opened("block-transformer-block")
    wanted = {"AddNorm × 2", "Attention", "LayerNorm × 2", "FeedForward", "Transformer", "BERT"}
    assert wanted <= set(links(app))
    pages = [link.proto.page for link in app.get("page_link")]
    assert "block-add-norm" in pages


def lesson_that_uses(block: Any) -> Lesson:
    """A lesson whose second part calls the block."""

    def plain(x):  # type: ignore[no-untyped-def]
        return x.sum()

    def blocky(x):  # type: ignore[no-untyped-def]
        return block(x).sum()

    parts = [
        LessonPart(
            title=build.__name__,
            text="",
            build=build,
            inputs=(Input("x", [1.0, 2.0]),),
            walk=(Stop("Start.", start()),),
        )
        for build in (plain, blocky)
    ]
    return Lesson(
        "Title",
        "Chapter",
        "Goal.",
        "Needs.",
        tuple(parts),
        ("a", "b", "c"),
        ("d", "e", "f"),
        number=7,
        slug="seven",
    )


def test_the_lessons_of_a_block_are_those_whose_traces_call_it(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = lesson_that_uses(nn.FeedForward(2, 2, seed=0))
    monkeypatch.setattr(kinship, "all_lessons", lambda: [lesson])
    monkeypatch.setattr(kinship, "find_lesson", {lesson.slug: lesson}.get)
    assert kinship.lessons_with(of("feed-forward")) == [(lesson, 1)]
    assert kinship.lessons_with(of("conv")) == []
    assert kinship.blocks_in(lesson) == [of("feed-forward")]


def test_a_block_and_its_lessons_lead_to_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = all_lessons()[0]
    monkeypatch.setattr(
        kinship, "blocks_in_parts", lambda slug: (frozenset({"Conv"} if slug == lesson.slug else {}),)
    )
    assert f"{lesson.number} {lesson.title}" in links(opened("block-conv"))
    assert f"{lesson.number} {lesson.title}" not in links(opened("block-max-pool"))
    assert "Conv" in links(opened(lesson.slug))

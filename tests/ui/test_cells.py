"""Asking where a cell comes from, and walking its scalar graph, through the API and by a link."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from ui.address import read_address
from ui.errors import BadRequest
from ui.lesson_payload import lesson_payload
from ui.requests import origin_payload, subject_of, trace_payload
from ui.routes import routes

LAYER = {
    "expression": "h = tanh(W @ x + b)\nsum(h*h)",
    "values": {"W": [[1, 2, 3], [0, 1, -1]], "x": [1, 2, 3], "b": [0.1, 0.2]},
}
SOFTMAX = {"expression": "p = softmax(a)\np[0]", "values": {"a": [1, 2, 3]}}
WEIGHT = {"node": "n0", "kind": "gradient", "cell": [1, 2]}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=routes())) as made:
        yield made


def asked(of: Any, **more: Any) -> dict[str, Any]:
    return origin_payload({**LAYER, **more, "of": of})


def test_a_cell_is_told_with_its_sentence_its_sum_and_the_cells_that_light_up() -> None:
    answer = asked({"node": "n3", "kind": "value", "cell": [0]})
    assert answer["name"] == "v1[0]"
    assert answer["lines"][0]["numbers"] == (
        r"\val{14} = {\val{1} \cdot \val{1}} + {\val{2} \cdot \val{2}} + {\val{3} \cdot \val{3}}"
    )
    assert answer["lit"] == [
        {"card": "n0", "kind": "value", "cells": [0, 1, 2]},
        {"card": "n1", "kind": "value", "cells": [0, 1, 2]},
    ]


def test_a_cell_of_a_closed_box_is_one_of_the_node_that_its_card_shows() -> None:
    closed = origin_payload({**SOFTMAX, "of": {"node": "softmax", "kind": "value", "cell": [0]}})
    assert closed["name"] == "p[0]"
    opened = origin_payload(
        {**SOFTMAX, "open": "all", "of": {"node": closed["node"], "kind": "value", "cell": [0]}}
    )
    assert opened["name"] == "p[0]"
    assert (closed["boxes"], opened["boxes"]) == (["softmax"], [])
    assert closed["lit"] == [{"card": "n0", "kind": "value", "cells": [0, 1, 2]}]
    assert "n0" not in [one["card"] for one in opened["lit"]]
    what = {key: closed[key] for key in ("node", "kind", "cell", "boxes")}
    names = [node["name"] for node in trace_payload({**SOFTMAX, "scalars": what})["nodes"]]
    assert {"a[0]", "a[1]", "a[2]"} <= set(names)


def gradient_of(payload: dict[str, Any], name: str) -> Any:
    place = next(node for node in payload["nodes"] if node["name"] == name)["gradient"]
    return payload["tensors"][place]


def test_the_scalar_graph_of_a_cell_is_a_walk_like_any_other() -> None:
    payload = trace_payload({**LAYER, "scalars": WEIGHT})
    assert payload["title"] == "gradient of W[1, 2]"
    assert payload["around"] == {"open": [], "focus": "", "step": "start", "trail": []}
    assert payload["source"] == {"expression": LAYER["expression"], "scalars": WEIGHT}
    assert payload["code"] is None
    assert "S stands in for out" in payload["notices"][0]
    whole = trace_payload(LAYER)
    gradient = gradient_of(whole, "W")["cells"][5]
    assert gradient_of(payload, "W[1, 2]")["cells"][0] == pytest.approx(gradient, rel=1e-12)
    assert payload["steps"][-1]["name"] == "backward s1 W[1, 2]"


def test_a_cell_of_a_scalar_graph_can_be_asked_about_in_turn_but_goes_no_deeper() -> None:
    answer = origin_payload({**LAYER, "scalars": WEIGHT, "of": {"node": "n2", "kind": "value", "cell": []}})
    assert answer["name"] == "s1"
    assert not answer["opens"]


def test_a_link_leads_to_the_scalar_graph_of_a_cell() -> None:
    address = read_address({"cell": "n0:gradient:1,2", "values": "b:[0.5,0.5]", "step": "seed"})
    assert address.cell == WEIGHT
    assert address.moment["scalars"] == WEIGHT
    assert "scalars" not in read_address({}).moment
    assert read_address({"cell": "n7:value:"}).cell == {"node": "n7", "kind": "value", "cell": []}
    boxed = {"node": "n7", "kind": "value", "cell": [3], "boxes": ["bert/block 3", "softmax"]}
    assert read_address({"cell": "n7:value:3:bert/block 3,softmax"}).cell == boxed


def test_beside_a_cell_a_link_says_where_in_the_whole_it_was_asked_for() -> None:
    query = {"cell": "n3:value:0", "open": "BERT,BERT/block 3", "focus": "BERT", "from": "seed"}
    address = read_address({**query, "inner": "2 more terms", "into": "", "step": "forward v1"})
    assert (address.open, address.focus, address.step) == (("2 more terms",), "", "forward v1")
    around = {"open": ("BERT", "BERT/block 3"), "focus": "BERT", "step": "seed"}
    assert address.moment["around"] == around
    assert read_address({"cell": "n3:value:0"}, opens=("BERT",)).moment["around"]["open"] == ("BERT",)
    assert read_address({"inner": "x", "from": "seed"}) == read_address({})


def test_a_cells_scalar_graph_knows_its_way_back_and_the_blocks_own_counts() -> None:
    attention = {"block": "attention"}
    whole = trace_payload(attention)
    scores = next(i for i, name in enumerate(names_of_nodes(attention)) if name == "scores")
    asked_for = {
        **attention,
        "scalars": {"node": f"n{scores}", "kind": "value", "cell": [0, 0]},
        "around": {"open": ["Attention"], "focus": "Attention/softmax", "step": "seed"},
    }
    inside = trace_payload(asked_for)
    assert inside["around"] == asked_for["around"] | {
        "trail": [{"id": "Attention", "label": "Attention"}, {"id": "Attention/softmax", "label": "softmax"}]
    }
    assert inside["facts"] == whole["facts"]
    assert whole["facts"]["parameters"] > 0
    every = trace_payload({**asked_for, "around": {"open": "all"}})["around"]["open"]
    assert {"Attention", "Attention/softmax"} <= set(every)


def names_of_nodes(body: dict[str, Any]) -> list[str]:
    return list(subject_of(body).run().trace.names)


AROUND = [
    (3, "What is around a cell is told by"),
    ({"opened": []}, "What is around a cell is told by"),
    ({"open": [1]}, "The open boxes should be a list of their ids"),
    ({"focus": "softmix"}, "There is no box 'softmix' here to look into; do you mean softmax?"),
    ({"step": 3}, "The step around a cell should be the name of a step."),
]


@pytest.mark.parametrize(("around", "sentence"), AROUND)
def test_a_wrong_way_back_is_refused_in_a_sentence(client: TestClient, around: Any, sentence: str) -> None:
    scalars = {"node": "n1", "kind": "value", "cell": [0]}
    reply = client.post("/api/trace", json={**SOFTMAX, "scalars": scalars, "around": around})
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(sentence)


@pytest.mark.parametrize(
    "text", ["n0", "0:value:1", "n0:values:1", "n0:value:1,", "n0:value:-1", "n٣:value:1"]
)
def test_a_link_with_no_cell_in_it_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(
        BadRequest, match=r"The address asks for the cell .*; a cell looks like this: n12:value:1,2"
    ):
        read_address({"cell": text})


def test_a_lessons_page_shows_the_scalar_graph_beside_the_same_walk_and_questions() -> None:
    whole = lesson_payload("boxes", 0)
    root = whole["graph"]["root"]
    inside = lesson_payload("boxes", 0, {"scalars": {"node": root, "kind": "value", "cell": []}})
    assert inside["graph"]["title"] == whole["graph"]["nodes"][-1]["name"]
    assert inside["questions"] == whole["questions"]
    assert inside["walk"] == whole["walk"]


CELL = {"node": "n3", "kind": "value", "cell": [0]}
WRONG = [
    (None, "A cell is named by {"),
    ([], "A cell is named by {"),
    ({"node": "n3", "kind": "value"}, "A cell is named by {"),
    ({**CELL, "more": 1}, "A cell is named by {"),
    ({**CELL, "kind": "size"}, "The kind of a cell is value or gradient, not 'size'."),
    ({**CELL, "node": "n99"}, "There is no card 'n99' in view"),
    ({**CELL, "node": 3}, "There is no card '3' in view"),
    ({**CELL, "cell": [2]}, "v1 has the shape (2,), in which there is no cell [2]."),
    ({**CELL, "cell": [-1]}, "v1 has the shape (2,), in which there is no cell [-1]."),
    ({**CELL, "cell": [0, 0]}, "v1 has the shape (2,), in which there is no cell [0, 0]."),
    ({**CELL, "cell": ["0"]}, "The cell should be a list of whole numbers"),
    ({**CELL, "node": "n0", "cell": [0, 0]}, "The value of W was given, not computed"),
    ({**CELL, "terms": 1}, "The terms should be a whole number from 2 to"),
    ({**CELL, "terms": True}, "The terms should be a whole number from 2 to"),
]


@pytest.mark.parametrize(("of", "sentence"), WRONG)
def test_a_wrong_cell_is_refused_in_a_sentence(client: TestClient, of: Any, sentence: str) -> None:
    reply = client.post("/api/cell", json={**LAYER, "of": of})
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(sentence)


OPENED = [
    ({"node": "n99", "kind": "value", "cell": []}, "There is no node 'n99' here; the nodes are n0 to n7."),
    ({"node": "softmax", "kind": "value", "cell": []}, "There is no node 'softmax' here"),
    ({"node": "n0", "kind": "value", "cell": [0, 0]}, "The value of W was given, not computed"),
    ({"node": "n3", "kind": "value", "cell": [5]}, "v1 has the shape (2,), in which there is no cell [5]."),
    ({**CELL, "terms": 7}, "A cell is named by {"),
    ({**CELL, "boxes": ["nope"]}, "There is no box 'nope' here that could count as one."),
    ({**CELL, "boxes": "softmax"}, "The boxes that count as one should be a list of their ids."),
    ("n3", "A cell is named by {"),
    (None, "A cell is named by {"),
]


@pytest.mark.parametrize(("scalars", "sentence"), OPENED)
def test_a_wrong_cell_to_open_is_refused_in_a_sentence(
    client: TestClient, scalars: Any, sentence: str
) -> None:
    reply = client.post("/api/trace", json={**LAYER, "scalars": scalars})
    assert reply.status_code == 400
    assert reply.json()["error"].startswith(sentence)


def test_no_gradient_flows_to_what_the_result_does_not_depend_on() -> None:
    constant = trace_payload({"expression": "a * [1, 2] @ [3, 4]"})
    fixed = next(node["id"] for node in constant["nodes"] if node["kind"] == "constant")
    with pytest.raises(BadRequest, match=re.escape("it is fixed data, or the result does not depend on it")):
        origin_payload(
            {"expression": "a * [1, 2] @ [3, 4]", "of": {"node": fixed, "kind": "gradient", "cell": [0]}}
        )

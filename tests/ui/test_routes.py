"""The HTTP routes: what they answer, and that wrong input gets a sentence and never a traceback."""

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lessons import all_lessons
from lessons.lesson import Input
from ui import assets, requests
from ui.lesson_payload import lesson_payload
from ui.routes import LARGEST_BODY, routes

LESSON = all_lessons()[0]
MOMENT = {"lesson": LESSON.slug}
CLIENT = TestClient(Starlette(routes=routes()), raise_server_exceptions=False)


@pytest.fixture
def client() -> TestClient:
    """Talks to the routes without a network."""
    return CLIENT


def refused(reply: Any) -> str:
    """The sentence of a refusal."""
    body = reply.json()
    assert set(body) <= {"error", "at"}
    sentence = body["error"]
    assert isinstance(sentence, str)
    assert len(sentence) > 10
    assert "Traceback" not in sentence
    return sentence


def test_healthz_answers(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.slug)
def test_every_part_of_every_lesson_can_be_traced(client: TestClient, lesson: Any) -> None:
    for index, part in enumerate(lesson.parts):
        reply = client.post("/api/trace", json={"lesson": lesson.slug, "part": index})
        assert reply.status_code == 200
        payload = reply.json()
        assert payload["source"] == {"lesson": lesson.slug, "part": index}
        assert payload["title"] == part.title
        assert payload["values"] == payload["defaults"]
        assert payload["steps"][0]["name"] == "start"


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.slug)
def test_the_names_of_an_inputs_cells_arrive(client: TestClient, lesson: Any) -> None:
    for index, part in enumerate(lesson.parts):
        nodes = client.post("/api/trace", json={"lesson": lesson.slug, "part": index}).json()["nodes"]
        sent = {node["name"]: node.get("labels", []) for node in nodes if node["input"]}
        for one in part.inputs:
            if isinstance(one, Input) and one.name in sent and one.labels:
                assert sent[one.name] == [list(words) for words in one.labels]


@pytest.mark.parametrize("lesson", all_lessons(), ids=lambda lesson: lesson.slug)
def test_every_experiment_can_be_traced(client: TestClient, lesson: Any) -> None:
    for index, part in enumerate(lesson.parts):
        reply = client.post("/api/trace", json={"lesson": lesson.slug, "part": index, "experiment": True})
        assert reply.status_code == (200 if part.experiment else 400)


@pytest.mark.parametrize(
    ("slug", "intact"),
    [("sequence-to-sequence", {"query": [0.0, 2.0, 0.0]}), ("blocks", {"block": "max(a, b)"}), ("lstm", {})],
)
def test_an_experiment_says_what_its_intact_run_has_too(slug: str, intact: dict[str, Any]) -> None:
    experiment = lesson_payload(slug, 0)["experiment"]
    assert experiment["intact"] == intact


def test_values_change_the_numbers_and_not_the_drawing(client: TestClient) -> None:
    before = client.post("/api/trace", json=MOMENT).json()
    after = client.post("/api/trace", json={**MOMENT, "values": {"c": 5}}).json()
    assert after["values"]["c"] == 5.0
    assert after["defaults"] == before["defaults"]
    assert after["structure"] == before["structure"]
    assert [node["x"] for node in after["nodes"]] == [node["x"] for node in before["nodes"]]
    assert after["tensors"] != before["tensors"]


def test_the_same_question_is_computed_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {**MOMENT, "values": {"a": 1.2345678}}
    first = client.post("/api/trace", json=body)
    monkeypatch.setattr(requests, "subject_of", lambda body: pytest.fail("it was computed again"))
    assert client.post("/api/trace", json=dict(reversed(body.items()))).json() == first.json()


def test_a_nudge_tells_the_true_change_beside_the_foretold_one(client: TestClient) -> None:
    reply = client.post("/api/nudge", json={**MOMENT, "name": "b", "by": 0.01}).json()
    assert (reply["name"], reply["cell"], reply["by"]) == ("b", [], 0.01)
    assert reply["before"] == pytest.approx(8.0)
    assert reply["change"] == pytest.approx(0.03)
    assert reply["predicted"] == pytest.approx(0.03)


def test_a_nudge_tells_by_how_much_every_number_in_view_moves(client: TestClient) -> None:
    body = {"expression": "p = a*b\nq = c*c\nsum(w) * p + q", "name": "a", "by": 0.5}
    body["values"] = {"a": 1.0, "b": 4.0, "c": 3.0, "w": [1.0, 2.0]}
    shown = client.post("/api/trace", json={key: body[key] for key in ("expression", "values")}).json()
    names = {node["id"]: node["name"] for node in shown["nodes"]}
    moved = client.post("/api/nudge", json=body).json()["moved"]
    by_name = {names[card]: change for card, change in moved.items()}
    assert len(by_name) == 4  # and what the two lead to
    assert by_name["a"] == pytest.approx(0.5)
    assert by_name["p"] == pytest.approx(2.0)
    assert moved[shown["root"]] == pytest.approx(6.0)
    assert not {"b", "c", "q", "w"} & set(by_name)


def test_a_nudge_with_boxes_open_tells_of_the_cards_inside(client: TestClient) -> None:
    body = {"lesson": "sequence-rnn", "name": "x1", "by": 0.1}
    closed = client.post("/api/nudge", json=body).json()["moved"]
    opened = client.post("/api/nudge", json={**body, "open": "all"}).json()["moved"]
    assert closed.keys() != opened.keys()
    inside = client.post("/api/nudge", json={**body, "focus": "nothing"})
    assert "There is no box 'nothing' here" in refused(inside)


def test_a_nudge_of_one_cell_of_an_array(client: TestClient) -> None:
    body = {"expression": "sum(w * w)", "values": {"w": [1.0, 3.0]}, "name": "w", "cell": [1], "by": 0.5}
    reply = client.post("/api/nudge", json=body).json()
    assert reply["before"] == pytest.approx(10.0)
    assert reply["change"] == pytest.approx(3.25)
    assert reply["predicted"] == pytest.approx(3.0)


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        ([], 400, "The body should be a JSON object"),
        ({}, 400, "The body needs either a lesson or an expression"),
        ({"lesson": "boxes", "expression": "a"}, 400, "The body needs either"),
        ({"lesson": "boxs"}, 404, "There is no lesson named 'boxs'; do you mean boxes?"),
        ({"lesson": 7}, 404, "There is no lesson named '7'; the lessons are boxes"),
        ({"lesson": "boxes", "part": 99}, 400, "has the parts 0 to"),
        ({"lesson": "boxes", "part": True}, 400, "has the parts 0 to"),
        ({"lesson": "boxes", "part": "1"}, 400, "has the parts 0 to"),
        ({"lesson": "boxes", "colour": 1}, 400, "has an unknown key 'colour'"),
        ({"lesson": "boxes", "values": [1]}, 400, "The values should be an object"),
        (
            {"lesson": "boxes", "values": {"z": 1}},
            400,
            "no input named 'z' here; the inputs are a, b, c",
        ),
        ({"lesson": "boxes", "values": {"aa": 1}}, 400, "do you mean a?"),
        ({"lesson": "boxes", "values": {"a": "x"}}, 400, "a should be a number, but 'x' was sent"),
        ({"lesson": "boxes", "values": {"a": None}}, 400, "a should be a number, but null was sent"),
        ({"lesson": "boxes", "values": {"a": [1, 2]}}, 400, "a is a number here, but a vector of 2 was sent"),
        ({"lesson": "boxes", "values": {"a": [[1], [1, 2]]}}, 400, "rows have 1 and 2 numbers"),
        ({"lesson": "boxes", "values": {"a": [0] * 9999}}, 400, "a has 9999 numbers; at most 4096"),
        ({"lesson": "boxes", "open": "some"}, 400, "The open boxes should be a list"),
        ({"lesson": "boxes", "open": [1]}, 400, "The open boxes should be a list"),
        ({"lesson": "boxes", "open": ["x"] * 2000}, 400, "At most 1000 boxes can be open"),
        ({"expression": 5}, 400, "expression"),
        ({"expression": ""}, 400, ""),
        ({"expression": "a +"}, 400, ""),
        ({"expression": "sigmod(a)"}, 400, "sigmoid"),
        ({"expression": "__import__('os')"}, 400, ""),
    ],
)
def test_a_wrong_trace_request_gets_a_sentence(
    client: TestClient, body: Any, status: int, sentence: str
) -> None:
    reply = client.post("/api/trace", json=body)
    assert reply.status_code == status
    assert sentence in refused(reply)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({}, "by should be a number, but null was sent"),
        ({"by": 0.1}, "The body needs a name"),
        ({"by": 0.1, "name": "z"}, "There is no input named 'z' here"),
        ({"by": "x", "name": "a"}, "by should be a number"),
        ({"by": 0.1, "name": "a", "cell": [0]}, "there is no cell [0]"),
        ({"by": 0.1, "name": "a", "cell": "0"}, "The cell should be a list of whole numbers"),
        ({"by": 0.1, "name": "a", "cell": [True]}, "The cell should be a list of whole numbers"),
    ],
)
def test_a_wrong_nudge_request_gets_a_sentence(
    client: TestClient, change: dict[str, Any], sentence: str
) -> None:
    reply = client.post("/api/nudge", json={**MOMENT, **change})
    assert reply.status_code == 400
    assert sentence in refused(reply)


@pytest.mark.parametrize(
    ("content", "status", "sentence"),
    [
        (b"", 400, "not valid JSON"),
        (b"{", 400, "not valid JSON"),
        (b"null", 400, "The body should be a JSON object"),
        (b"\xff\xfe\xff", 400, "not valid JSON"),
        (b'{"lesson": NaN}', 400, "holds NaN"),
        (b'{"lesson": "boxes", "values": {"a": -Infinity}}', 400, "holds -Infinity"),
        (b'{"lesson": "boxes", "values": {"a": 1e999}}', 400, "a should be a finite number"),
        (b'{"lesson": "boxes", "values": {"a": 1' + b"0" * 400 + b"}}", 400, "a should be a finite number"),
        (b'{"lesson": "boxes", "values": {"a": 1' + b"0" * 5000 + b"}}", 400, "not valid JSON"),
        (b"[" * 100_000, 400, "nested too deep"),
        (b'{"lesson": "\\ud800"}', 404, "There is no lesson"),
        (b'{"lesson": "' + b"x" * LARGEST_BODY + b'"}', 413, "too large: at most 256 KB"),
    ],
)
def test_what_is_no_json_object_gets_a_sentence(
    client: TestClient, content: bytes, status: int, sentence: str
) -> None:
    reply = client.post("/api/trace", content=content)
    assert reply.status_code == status
    assert sentence in refused(reply)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from([*requests.NUDGE_KEYS, "other"])
bodies = st.fixed_dictionaries({"lesson": st.just("boxes")}) | st.just({"expression": "a*b + a"})


@given(st.sampled_from(["trace", "nudge"]), bodies, st.dictionaries(keys, json_values, max_size=4))
def test_no_body_makes_the_server_fail(path: str, body: dict[str, Any], change: dict[str, Any]) -> None:
    content = json.dumps({**body, **change}).encode()
    reply = CLIENT.post(f"/api/{path}", content=content)
    assert reply.status_code in (200, 400, 404)
    if reply.status_code != 200:
        refused(reply)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_server_fail(content: bytes) -> None:
    reply = CLIENT.post("/api/trace", content=content)
    assert reply.status_code in (400, 404)
    refused(reply)


def test_our_own_fault_is_logged_and_told_in_a_sentence(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(body: Any) -> None:
        raise KeyError("secret detail")

    monkeypatch.setattr(requests, "subject_of", fail)
    reply = client.post("/api/trace", json={**MOMENT, "values": {"a": 9.87654}})
    assert reply.status_code == 500
    assert "the fault is ours" in refused(reply)
    assert "secret" not in reply.text
    assert "secret detail" in caplog.text


def test_an_unknown_address_of_the_api_is_told(client: TestClient) -> None:
    assert client.post("/api/tracks").status_code == 404
    assert "the API has api/trace, api/nudge, api/cell and api/practice" in refused(client.get("/api/tracks"))
    reply = client.get("/api/trace")
    assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


def test_routes_move_with_the_base_path() -> None:
    moved = TestClient(Starlette(routes=routes(base="/some/where/")))
    assert moved.get("/some/where/healthz").status_code == 200
    assert moved.post("/some/where/api/trace", json=MOMENT).status_code == 200
    assert moved.get("/healthz").status_code == 404


def test_files_are_kept_only_under_an_address_that_changes_with_them(client: TestClient) -> None:
    assert client.get("/assets/app/page.js").headers["cache-control"] == "no-cache"
    kept = client.get(f"/{assets.address()}app/page.js")
    assert (kept.status_code, kept.headers["content-type"].split(";")[0]) == (200, "text/javascript")
    assert "immutable" in kept.headers["cache-control"]
    assert client.get("/assets/@0123456789ab/app/page.js").headers["cache-control"] == "no-cache"


def test_a_file_that_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/assets/app/page.js")
    again = client.get("/assets/app/page.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["../app.py", "%2e%2e/app.py", "@x/../../app.py", "@x/%2e%2e/%2e%2e/app.py"])
def test_no_file_outside_the_assets_is_served(client: TestClient, path: str) -> None:
    assert client.get(f"/assets/{path}").status_code == 404


def embedded_data(html: str) -> Any:
    """The payload that stands in an embedded page."""
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', html, re.DOTALL)
    return json.loads(text)


def test_an_embedded_page_holds_the_moment_that_its_address_names(client: TestClient) -> None:
    reply = client.get(f"/embed/{LESSON.slug}?values=a:7&step=seed&theme=dark")
    assert reply.status_code == 200
    data = embedded_data(reply.text)
    assert data["values"]["a"] == 7.0
    assert data["step"] == "seed"
    assert 'data-theme="dark"' in reply.text


def test_the_playground_can_be_embedded(client: TestClient) -> None:
    reply = client.get("/embed/playground", params={"expression": "a*b", "values": "a:2,b:4"})
    assert embedded_data(reply.text)["values"] == {"a": 2.0, "b": 4.0}


@pytest.mark.parametrize(
    ("address", "status", "sentence"),
    [
        ("/embed/nope", 404, "There is no lesson named"),
        ("/embed/boxes?part=99", 400, "asks for part 99"),
        ("/embed/boxes?values=a", 400, "cannot be read at character 1"),
        ("/embed/boxes?values=a:NaN", 400, "finite number"),
        ("/embed/boxes?theme=pink", 400, "The theme is light or dark"),
        ("/embed/playground", 400, "expression"),
        ("/embed/playground?expression=<script>alert(1)</script>", 400, ""),
    ],
)
def test_a_wrong_embedded_page_says_so(client: TestClient, address: str, status: int, sentence: str) -> None:
    reply = client.get(address)
    assert reply.status_code == status
    assert sentence in reply.text
    assert 'role="alert"' in reply.text
    assert "<script" not in reply.text


def test_no_text_of_a_payload_can_end_the_script_it_stands_in(client: TestClient) -> None:
    reply = client.get("/embed/boxes", params={"step": "</script><script>alert(1)</script>"})
    assert reply.text.count("</script>") == 2
    assert embedded_data(reply.text)["step"] == "</script><script>alert(1)</script>"


def test_practice_asks_the_same_kind_of_question_at_new_numbers(client: TestClient) -> None:
    body = {"lesson": "boxes", "part": 0, "question": 0, "seed": 3}
    reply = client.post("/api/practice", json=body)
    assert reply.status_code == 200
    asked = reply.json()
    assert asked["ask"] == "What is the gradient of **b** at these numbers?"
    assert asked["answer"] == asked["values"]["c"]
    assert asked["at"] == "backward p b"
    assert asked["hides"] == {"kind": "gradient", "name": "b"}
    assert client.post("/api/practice", json=body).json() == asked


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"lesson": "boxs"}, "There is no lesson named 'boxs'; do you mean boxes?"),
        ({"part": 9}, "has the parts 0 to 0"),
        ({"question": 7}, "This part has the questions 0 to 2"),
        ({"question": "x"}, "This part has the questions 0 to 2"),
        ({"question": 2}, "stands on its own numbers"),
        ({"seed": -1}, "The seed should be a whole number"),
        ({"seed": 1.5}, "The seed should be a whole number"),
        ({"more": 1}, "unknown key 'more'"),
    ],
)
def test_practice_refuses_what_it_cannot_ask(
    client: TestClient, change: dict[str, Any], sentence: str
) -> None:
    body = {"lesson": "boxes", "part": 0, "question": 0, "seed": 3, **change}
    reply = client.post("/api/practice", json=body)
    assert reply.status_code in (400, 404)
    assert sentence in reply.json()["error"]

"""Trained models: their pages, what can be asked of them, walks of any moment, and live runs."""

import json
import time
from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from lessons.french import END
from lessons.models import find_model
from lessons.models.model import Model
from lessons.models.training import live, train, weights_of
from tests.ui.test_pages import button, links, opened, run_until, shown, text
from ui import jobs, model_training, requests
from ui.errors import BadRequest
from ui.routes import routes
from ui.trained import digits, runs
from ui.trained.bench import bench_of, figures_in_words
from ui.trained.kinds import PLAIN, kind_of, models_like, trained_models
from ui.trained.runs import new_run, walkable
from ui.trained.subject import model_named, page_name, subject_of_model
from ui.trained.views import Tiles

MODELS = trained_models()
CLIENT = TestClient(Starlette(routes=routes()), raise_server_exceptions=False)
every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
SEVEN = [
    [0] * 8,
    [0, 9, 16, 16, 16, 14, 0, 0],
    *[[0, 0, 0, 0, 2, 15, 6, 0]] * 2,
    *[[0, 0, 0, 0, 12, 9, 0, 0]] * 4,
]


def payload(model: str, **values: Any) -> dict[str, Any]:
    return requests.trace_payload({"model": model, "values": values})


def value_of(walk: dict[str, Any], name: str) -> Any:
    """The only number of a card."""
    (card,) = (one for one in walk["nodes"] if one["name"] == name)
    return walk["tensors"][card["value"]]["cells"][0]


def view(walk: dict[str, Any], kind: str) -> dict[str, Any]:
    """The first view of a kind."""
    return next(one for one in walk["views"] if one["kind"] == kind)  # type: ignore[no-any-return]


def test_the_index_shows_every_model_with_the_figure_that_it_is_judged_by() -> None:
    app = opened("models")
    assert not app.exception
    assert links(app) == [model.title for model in MODELS]
    assert "held-out accuracy: 98.6\N{NO-BREAK SPACE}% · nearest mean: 90.3\N{NO-BREAK SPACE}%" in text(app)
    assert len({header.value for header in app.subheader}) == len(app.subheader) <= len(MODELS)


@every_model
def test_a_model_has_a_page_that_can_be_scrubbed_and_walked(model: Model) -> None:
    app = opened(page_name(model))
    assert not app.exception
    assert not app.warning
    assert app.title[0].value == model.title
    assert model.about in text(app)
    (player,) = shown(app)
    assert player["source"] == {"model": model.name}
    assert player["open"] == []
    assert player["values"]["moment"] == len(model.moments) - 1
    assert "moment" not in [one["name"] for one in player["choices"]]
    bench = player["bench"]
    count = len(model.moments)
    assert bench["steps"] == [moment.step for moment in model.moments]
    assert len(bench["said"]) == len(bench["views"]) == count
    assert bench["views"][0] != bench["views"][-1]
    assert [one["kind"] for one in bench["views"][0]] == [one["kind"] for one in bench["views"][-1]]
    for words in figures_in_words(model.record.figures):
        assert words in text(app)
    assert app.code[-1].value == f"python -m lessons.train {model.name}"


@every_model
def test_a_moment_is_walked_with_the_weights_of_that_moment(model: Model) -> None:
    last = payload(model.name)
    first = payload(model.name, **(last["values"] | {"moment": 0}))
    assert first["structure"] == last["structure"]
    root = next(node["name"] for node in first["nodes"] if node["id"] == first["root"])
    assert value_of(first, root) != value_of(last, root)
    assert [phase["phase"] for phase in last["phases"]][:2] == ["forward", "backward"]
    assert last["facts"]["weights"] == model.record.parameters
    assert first["title"].endswith("before training")


@every_model
def test_a_record_takes_less_than_half_a_second(model: Model) -> None:
    values = subject_of_model(model, {}).values
    subject = subject_of_model(model, {**values, "moment": 0})
    seconds = []
    for _ in range(3):  # the machine may be busy with something else once
        began = time.perf_counter()
        subject.record(subject.values)
        seconds.append(time.perf_counter() - began)
    assert min(seconds) < 0.5


def test_a_model_of_no_known_kind_can_still_be_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.trained.subject.kind_of", lambda model: PLAIN)
    model = model_named("digits")
    subject = subject_of_model(model, {"example": 3, "moment": 2})
    network = model.load(2)
    wanted = model.loss(network, *model.examples()[3].batch).item()
    assert subject.run().result == pytest.approx(wanted)
    assert subject.views() == []


def test_opened_boxes_end_in_their_update() -> None:
    body = {"model": "digits", "open": ["DigitNetwork", "DigitNetwork/Conv"]}
    found = requests.trace_payload(body)
    boxes = [
        node["box"]["id"] for node in requests.trace_payload({"model": "digits"})["nodes"] if node["box"]
    ]
    found = requests.trace_payload({"model": "digits", "open": boxes[:1]})
    inner = [node["box"]["id"] for node in found["nodes"] if node["box"] and node["box"]["id"] not in boxes]
    found = requests.trace_payload({"model": "digits", "open": [*boxes[:1], *inner]})
    updated = [step["name"] for step in found["steps"] if step["phase"] == "update"]
    assert [name.rpartition("/")[2] for name in updated] == ["W", "b", "W", "b"]


def test_a_drawn_digit_is_read_and_walked() -> None:
    found = payload("digits", image=SEVEN)
    bars = view(found, "bars")
    assert bars["strong"] == int(np.argmax(bars["heights"])) == 7
    assert sum(bars["heights"]) == pytest.approx(1, abs=1e-3)
    assert found["values"]["digit"] == 7
    other = payload("digits", image=SEVEN, digit=2)
    p = bars["heights"][2]
    assert value_of(other, "out") == pytest.approx(-np.log(p), rel=1e-2)


def test_a_digit_of_another_moment_is_read_with_its_weights() -> None:
    before = view(payload("digits", image=SEVEN, moment=0), "bars")
    assert max(before["heights"]) < 0.5


def test_a_word_is_generated_by_the_throw_and_added_by_nobody_else() -> None:
    first = payload("language-transformer", text="And God said")
    assert first["values"]["text"] == "and god said"
    assert payload("language-transformer", text="And God said")["values"]["next"] == first["values"]["next"]
    thrown = {
        payload("language-transformer", text="and god said", throw=k, temperature="2")["values"]["next"]
        for k in range(12)
    }
    assert len(thrown) > 3
    likeliest = payload("language-transformer", text="and god said", top_k="1", throw=5)
    bars = view(likeliest, "bars")
    assert (bars["names"], bars["heights"], bars["strong"]) == ([likeliest["values"]["next"]], [1.0], 0)


def test_three_nets_say_what_comes_next_and_a_low_temperature_sharpens() -> None:
    found = payload("language-lstm", text="the children of")
    titles = [one["title"] for one in found["views"]]
    assert titles[0] == "By an LSTM"
    assert sorted(titles) == ["By a SimpleRNN", "By a Transformer", "By an LSTM"]
    sharp = payload("language-lstm", text="the children of", temperature="0.25")
    for warm, cold in zip(found["views"], sharp["views"], strict=True):
        assert cold["heights"][0] > warm["heights"][0]
        assert cold["names"][0] == warm["names"][0]


def test_the_quick_brown_fox() -> None:
    found = payload("language-transformer")
    assert found["values"]["text"] == "the quick brown"
    assert found["values"]["next"] == "fox"
    assert value_of(found, "out") == pytest.approx(-np.log(view(found, "bars")["heights"][0]), rel=1e-2)


def test_french_is_translated_with_and_without_attention_and_the_map_shows_the_crossing() -> None:
    found = payload("french-attention")
    lines = view(found, "said")["lines"]
    assert ["with attention", "the blue house", True] in lines
    assert len(lines) == 2
    grid = view(found, "grid")
    assert (grid["rows"], grid["columns"]) == (["the", "blue", "house", END], ["la", "maison", "bleue"])
    assert np.argmax(grid["cells"], axis=1)[:3].tolist() == [0, 2, 1]


def test_french_that_the_grammar_does_not_make_is_translated_but_not_judged() -> None:
    found = payload("french-plain", french="maison la")
    lines = view(found, "said")["lines"]
    assert [line[2] for line in lines] == [None, None, None]
    assert "does not make this sentence" in lines[-1][0]


@pytest.mark.parametrize(
    ("model", "values", "sentence"),
    [
        ("digits", {"image": [[17] * 8] * 8}, "The ink of a cell goes from 0 to 16"),
        ("digits", {"image": [[1] * 7] * 8}, "image is a matrix of 8 × 8 here, but a matrix of 8 × 7"),
        ("digits", {"image": "seven"}, "image should be a number"),
        ("digits", {"digit": 10}, "digit is a whole number from 0 to 9"),
        ("digits", {"moment": 12}, "moment is a whole number from 0 to 11"),
        ("digits", {"moment": True}, "moment is a whole number from 0 to 11"),
        ("digits", {"imag": 1}, "Digits has nothing named 'imag' here; do you mean image?"),
        ("language-rnn", {"text": "the quick unicorn"}, "The model has never seen the word 'unicorn'"),
        ("language-rnn", {"text": "the qick"}, "'qick'; the nearest that it knows: quick"),
        ("language-rnn", {"text": ""}, "The models read 1 to 23 words, marks counted, but 0 came; type one."),
        ("language-rnn", {"text": "the " * 24}, "but 24 came; shorten the text."),
        ("language-rnn", {"text": "x" * 401}, "text has 401 characters; write at most 400."),
        ("language-rnn", {"text": 7}, "text should be a text"),
        ("language-rnn", {"next": "fox fox"}, "The next word should be one word."),
        ("language-rnn", {"throw": 1000}, "The throw should be a whole number from 0 to 999."),
        ("language-rnn", {"temperature": 1}, "temperature is one of 0.25, 0.5"),
        ("french-plain", {"french": "la maison jaune"}, "The translator has never seen the word 'jaune'"),
        ("french-plain", {"french": "<script>"}, "never seen the word 'script'"),
        ("french-plain", {"french": " "}, "The translators read 1 to 14 words, but 0 came"),
    ],
)
def test_bad_input_gets_a_sentence_and_the_page_still_opens(
    model: str, values: dict[str, Any], sentence: str
) -> None:
    reply = CLIENT.post("/api/trace", json={"model": model, "values": values})
    assert reply.status_code == 400
    assert sentence in reply.json()["error"]
    query = ",".join(f"{name}:{json.dumps(value)}" for name, value in values.items())
    app = opened(f"model-{model}", values=query)
    assert not app.exception
    assert sentence in app.warning[0].value.replace("\\", "")
    (player,) = shown(app)
    assert player["values"] == player["defaults"]


def test_an_answer_must_fit_what_bert_is_asked() -> None:
    (model, *_) = (one for one in MODELS if one.name.startswith("bert"))
    assert payload(model.name)["values"]["answer"] == "animal"
    masked = payload(model.name, text="the girl <mask> the dog")
    assert view(masked, "bars")["title"] == "The masked word"
    with pytest.raises(BadRequest, match="without <mask> in the text it is person or animal"):
        payload(model.name, answer="dog")


def test_models_that_recall_are_a_kind_of_their_own() -> None:
    recall = model_named("recall-lstm")
    assert kind_of(recall) is not kind_of(model_named("language-lstm"))
    assert recall in models_like(recall)
    found = payload("recall-rnn", text="red blue red")
    assert {one["strong"] for one in found["views"]} == {0}


def test_the_address_and_the_embed_hold_moment_and_words() -> None:
    query = {"values": 'moment:2,text:"and god said"', "step": "seed"}
    (player,) = shown(opened("model-language-rnn", **query))
    assert (player["values"]["moment"], player["values"]["text"]) == (2, "and god said")
    assert player["step"] == "seed"
    page = CLIENT.get("/embed/model-digits", params={"values": "moment:3,example:2"})
    assert page.status_code == 200
    assert '"moment": 3' in page.text
    assert CLIENT.get("/embed/model-digit").status_code == 404


def test_a_body_names_one_thing_to_walk() -> None:
    both = CLIENT.post("/api/trace", json={"model": "digits", "block": "conv"})
    assert both.status_code == 400
    unknown = CLIENT.post("/api/trace", json={"model": "digit"})
    assert (unknown.status_code, "do you mean digits?" in unknown.json()["error"]) == (404, True)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs end after a few snapshots, and need not last."""
    monkeypatch.setattr(jobs, "SHORTEST", 0.0)

    def short(model: Model) -> Any:
        training = live(model)

        return replace(training, run=lambda: islice(training.run(), 8))

    monkeypatch.setattr(model_training, "live", short)


def test_a_live_run_ends_and_its_steps_can_be_walked(quick: None) -> None:
    model = model_named("digits")
    app = opened(page_name(model))
    button(app, "Train").click().run()
    run_until(app, lambda app: "Done after" in app.get("progress")[0].proto.text)
    assert not app.exception
    walk = app.button[-1]
    assert walk.label.startswith("Walk step ")
    walk.click().run()
    assert not app.exception
    main, walked = shown(app)
    assert main["source"] == {"model": "digits"}
    assert walked["source"]["model"] == "digits"
    assert walked["source"]["step"] > 0
    reply = CLIENT.post("/api/trace", json=walked["source"])
    assert reply.status_code == 200
    assert reply.json()["facts"]["weights"] == model.record.parameters


def test_a_walked_step_is_the_step_itself(quick: None) -> None:
    model = model_named("digits")
    job = new_run(model, model_training.live(model))
    job.work()
    step = walkable(job)[-1]
    found = requests.trace_payload({"model": "digits", "run": job.name, "step": step})
    snapshot = next(one for one in job.snapshots if one.step == step)
    assert value_of(found, "out") == pytest.approx(snapshot.walked, rel=1e-4)


def test_the_update_of_a_walked_step_is_the_one_that_the_run_made(quick: None) -> None:
    model = model_named("digits")
    job = new_run(model, model_training.live(model))
    job.work()
    shortened = [one.step for one in job.snapshots if one.values and one.values["shortened"] < 1]
    assert shortened, "no step of these had its gradients shortened"
    run = runs.subject_of_run(model, job.name, shortened[-1], {}).run()
    assert "they were shortened" in run.notices[0]
    assert run.optimizer is not None
    updates = run.trace.updates(run.optimizer)
    after = next(now for now in train(model) if now.step == shortened[-1] + 1)
    for update, weights in zip(updates, weights_of(after.network).values(), strict=True):
        np.testing.assert_allclose(update.after, weights, rtol=1e-4, atol=1e-6)


def test_a_run_that_is_gone_and_a_step_that_was_not_kept_are_told(quick: None) -> None:
    body = {"model": "digits", "run": "nobody", "step": 0}
    assert CLIENT.post("/api/trace", json=body).status_code == 404
    model = model_named("digits")
    job = new_run(model, model_training.live(model))
    with pytest.raises(BadRequest, match="was not kept; the kept ones are none yet"):
        runs.subject_of_run(model, job.name, 3, {})
    with pytest.raises(BadRequest, match="walked as it was"):
        runs.subject_of_run(model, job.name, 3, {"moment": 1})


def test_what_the_record_holds_is_what_is_drawn() -> None:
    model = model_named("digits")
    bench = bench_of(model)
    (grid,) = (one for one in bench["views"][4] if one["kind"] == "grid")
    assert grid["cells"] == model.moments[4].shown["confusion"]
    assert bench["curve"]["lines"][0]["x"][-1] == model.settings.steps


def test_the_tiles_of_digits_stand_beside_what_they_are_taken_for() -> None:
    model = find_model("digits")
    views = digits.at_moment(model, len(model.moments) - 1)
    tiles = next(view.picture for view in views if isinstance(view.picture, Tiles))
    assert [tile.name.split(",")[0] for tile in tiles.tiles] == [
        str(one.batch[1]) for one in model.examples()
    ]
    assert all(tile.right for tile in tiles.tiles)
    for tile, example in zip(tiles.tiles, model.examples(), strict=True):
        np.testing.assert_array_equal(tile.cells, example.batch[0][0])

"""Gradients that are 0 but for rounding are told as such; small ones that are real are not."""

from __future__ import annotations

import numpy as np

import engine.functional as F
from engine import Tensor, Trace, record, watch
from engine.nn.entry import all_entries
from tests.viewer.graphs import traced
from viewer.payload import graph_payload
from viewer.rounding import Rounding

RANDOM = np.random.default_rng(2)
TOLD = "That is 0 up to rounding"


def shifted(scores: Tensor, b: Tensor) -> Tensor:
    """A softmax does not see what is added to all of its scores alike."""
    shares = F.softmax(scores + b, -1)
    return (shares * np.arange(5.0)).sum()


def shifted_trace() -> Trace:
    return traced(shifted, scores=RANDOM.normal(size=(3, 5)), b=RANDOM.normal(size=(3, 1)))


def test_what_cancels_is_a_rest_of_the_size_of_what_was_added() -> None:
    trace = shifted_trace()
    i = trace.find("b")
    assert np.all(np.abs(trace.gradients[i]) < 1e-15)
    assert 0.1 < Rounding(trace).scale(i) < 10
    assert not Rounding(trace).only(trace.find("scores"))


def test_a_rest_is_said_and_drawn_pale_and_keeps_its_digits() -> None:
    trace = shifted_trace()
    payload = graph_payload(trace)
    node = next(node for node in payload["nodes"] if node["name"] == "b")
    shown = payload["tensors"][node["gradient"]]
    assert shown["max"] > 1e9 * shown["norm"] > 0
    assert shown["cells"] == np.ravel(trace.gradient("b")).tolist()
    said = [step["sentence"] for step in payload["steps"] if TOLD in step["sentence"]]
    assert len(said) == 1
    assert "**b** gets" in said[0]


def test_the_keys_bias_of_an_attention_has_no_gradient_but_rounding_in_any_block() -> None:
    bert = next(entry for entry in all_entries() if entry.name == "BERT").run()
    rounding = Rounding(bert)
    rests = [i for i in range(len(bert)) if rounding.only(i)]
    assert [bert.names[i] for i in rests] == ["b_k"] * bert.names.count("b_k")
    assert len(rests) == 24


def test_a_small_gradient_is_none() -> None:
    """Five sigmoids that are far out: each makes it smaller, nothing cancels."""

    def build(x: Tensor, w: Tensor) -> Tensor:
        for _ in range(5):
            x = (x * w).sigmoid()
        return x.sum()

    trace = traced(build, x=np.full(3, 3.0), w=np.full(3, 8.0))
    rounding = Rounding(trace)
    assert 0 < np.max(trace.gradient("x")) < 1e-18
    assert not any(rounding.only(i) for i in range(len(trace)))


def test_a_rest_that_is_passed_on_is_a_rest() -> None:
    with watch():
        x = Tensor(RANDOM.normal(size=(4, 6)), name="x")
        y = x * 2.0
        out = F.layer_norm(y, (6,)).sum()
    trace = record(out)
    assert 0 < np.max(np.abs(trace.gradient("x"))) < 1e-12
    assert Rounding(trace).only(trace.find("x"))

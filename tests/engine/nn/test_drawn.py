"""Inside `watch()` blocks open scopes: boxes with names, words, weights, and the same numbers as outside."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Tensor, Trace, nn, record, watch
from viewer.payload import graph_payload
from viewer.scene import Scene

WORDS = ["the", "blue", "house"]


def x(length: int = 3, d: int = 4, name: str = "x") -> Tensor:
    return Tensor(np.random.default_rng(len(name)).standard_normal((length, d)), name=name)


def language_model(sequence_model: Any) -> nn.LanguageModel:
    return nn.LanguageModel(nn.EmbedToken(WORDS, 4, seed=1), sequence_model)


def small_transformer(**options: Any) -> nn.Transformer:
    return nn.Transformer(4, 2, 2, 5, nn.LearnedPositions(5, 4, seed=3), is_causal=True, seed=2, **options)


def translator(kind: str) -> nn.SequenceToSequence:
    if kind == "transformer":
        return nn.SequenceToSequence.transformer(3, 4, 4, 2, 2, seed=0)
    return getattr(nn.SequenceToSequence, kind)(3, 4, 4, nn.LSTM, seed=0)


def scored(block: Any) -> Callable[[], Tensor]:
    return lambda: (block(x()) * x(name="up")).sum()


BLOCKS: dict[str, Callable[[], Tensor]] = {
    "FeedForward": scored(nn.FeedForward(4, 4, seed=0)),
    "FeedForward, two layers": scored(nn.FeedForward(4, 4, 6, seed=0)),
    "Conv": lambda: nn.Conv(1, 2, 3, padding="same", seed=0)(x().unsqueeze(0)).sum(),
    "Conv and pools": lambda: nn.AvgPool(2)(
        nn.MaxPool(2, 1)(nn.Conv(1, 2, 1, seed=0)(x().unsqueeze(0)))
    ).sum(),
    "SimpleRNN": scored(nn.SequenceRNN(nn.SimpleRNN(4, 4, seed=0))),
    "SimpleRNN without bias": scored(nn.SequenceRNN(nn.SimpleRNN(4, 4, bias=False, seed=0))),
    "SimpleRNN of GELU": scored(nn.SequenceRNN(nn.SimpleRNN(4, 4, nonlinearity="gelu", seed=0))),
    "LSTM without bias": scored(nn.SequenceRNN(nn.LSTM(4, 4, bias=False, seed=0))),
    "LSTM": scored(nn.SequenceRNN(nn.LSTM(4, 4, seed=0))),
    "LSTM with peepholes": scored(nn.SequenceRNN(nn.LSTM(4, 4, peepholes=True, seed=0))),
    "GRU": scored(nn.SequenceRNN(nn.GRU(4, 4, seed=0))),
    "Attention": scored(nn.Attention(4, seed=0)),
    "Attention with heads and a mask": scored(nn.Attention(4, 2, bias=True, is_causal=True, seed=0)),
    "Attention to others": lambda: (
        nn.Attention(4, 2, seed=0)(x(), x(2, name="other")) * x(2, name="up")
    ).sum(),
    "LayerNorm": scored(nn.LayerNorm(4)),
    "AddNorm": scored(nn.AddNorm(nn.FeedForward(4, 4, seed=0), 4)),
    "AddNorm, norm first": scored(nn.AddNorm(nn.FeedForward(4, 4, seed=0), 4, norm_first=True)),
    "TransformerBlock": scored(nn.TransformerBlock(4, 2, 5, seed=0)),
    "Transformer, norm first": scored(small_transformer(norm_first=True)),
    "Positions": scored(nn.SinusoidalPositions(4)),
    "BERT": lambda: (nn.BERT(3, 4, 2, 2, 5, 6, seed=0)([0, 2, 2]) * x(name="up")).sum(),
    "Collapse": lambda: (nn.Collapse("average")(x()) * nn.Collapse("first")(x(name="up"))).sum(),
    "GenerateToken": lambda: nn.GenerateToken(nn.EmbedToken(3, 4, seed=0), temperature=2.0)(x())[0, 1].log(),
    "LanguageModel of LSTM": lambda: language_model(nn.SequenceRNN(nn.LSTM(4, 4, seed=1)))("the blue")[
        2
    ].log(),
    "LanguageModel of blocks": lambda: language_model(small_transformer()).loss("the blue house"),
    "SequenceToSequence, recurrent": lambda: translator("recurrent").loss([0, 1, 2], [0, 1, 2, 3]),
    "SequenceToSequence with attention": lambda: translator("with_attention").loss([0, 1, 2], [0, 1, 2, 3]),
    "SequenceToSequence of blocks": lambda: translator("transformer").loss([0, 1, 2], [0, 1, 2, 3]),
    "SequenceToSequence, probabilities": lambda: translator("recurrent")([0, 1], [0, 2])[1, 2].log(),
}
every_block = pytest.mark.parametrize("build", list(BLOCKS.values()), ids=list(BLOCKS))


def traced(build: Callable[[], Tensor]) -> Trace:
    with watch(build):
        return record(build())


@every_block
def test_a_drawn_block_has_the_numbers_of_an_undrawn_one(build: Callable[[], Tensor]) -> None:
    undrawn, drawn = record(build()), traced(build)
    assert drawn.nodes[drawn.root].data == pytest.approx(undrawn.nodes[undrawn.root].data, rel=1e-12)
    for ours, theirs in zip(*map(leaf_gradients, (drawn, undrawn)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)


def leaf_gradients(trace: Trace) -> list[Any]:
    """Of what learns, in the order in which it was made."""
    return [
        g for node, g in zip(trace.nodes, trace.gradients, strict=True) if node.is_leaf and node.requires_grad
    ]


@every_block
def test_at_every_level_no_word_is_left_out_and_the_gradients_are_the_same(
    build: Callable[[], Tensor],
) -> None:
    trace = traced(build)
    opened: list[str] = []
    for _ in range(12):
        payload = graph_payload(trace, opened=opened)
        texts = [payload["title"], *(frame["formula"] for frame in payload["frames"])]
        for step in payload["steps"]:
            texts += [step["sentence"], step["formula"]["symbols"], step["formula"]["numbers"]]
        assert not [text for text in texts if re.search(r"<[a-z_]+\d*>", text)]
        scene = Scene(trace, frozenset(opened))
        for step in scene.steps():
            if step.link is not None and step.term == step.of and not read_unseen(scene, step.link.source):
                np.testing.assert_array_equal(step.total, trace.gradients[step.link.source])
        boxes = [node["box"]["id"] for node in payload["nodes"] if node["box"]]
        if not boxes:
            break
        opened += boxes
    assert not boxes, "there is no end of boxes in boxes"


def read_unseen(scene: Scene, i: int) -> bool:
    """True when a node is read in the closed box that it comes from, as an LSTM's c is."""
    return any(scene.owner(c) == scene.owner(i) for c, _ in scene.trace.consumers[i])


@every_block
def test_the_weights_of_a_block_are_inside_its_box(build: Callable[[], Tensor]) -> None:
    scene = Scene(traced(build))
    visible = {
        scene.name(own)
        for own, item in scene.items.items()
        if item.scope is None and not scene.links_into[own]
    }
    assert visible <= {"x", "up", "other", "tokens", "source", "target", "next"}


def paths(build: Callable[[], Tensor]) -> set[str]:
    return {scope.path for scope in traced(build).scopes if scope is not None}


def test_boxes_are_named_after_blocks_heads_and_steps() -> None:
    found = paths(BLOCKS["BERT"])
    assert {f"BERT/block 2/AddNorm/Attention/head {n}/softmax" for n in (1, 2)} <= found
    assert "BERT/block 1/AddNorm 2/FeedForward" in found
    assert {"BERT/EmbedToken", "BERT/LearnedPositions"} <= found
    found = paths(BLOCKS["LSTM"])
    assert {"SequenceRNN/step 1", "SequenceRNN/step 3/forget gate"} <= found
    found = paths(BLOCKS["SequenceToSequence with attention"])
    assert {f"SequenceToSequence/AttentionDecoder/{name}" for name in ("step 3", "Attention 3")} <= found


def test_a_shared_weight_is_drawn_around_the_steps_and_its_gradient_grows_step_by_step() -> None:
    scene = Scene(traced(BLOCKS["SimpleRNN"]), frozenset({"SequenceRNN"}))
    u = next(own for own in scene.items if scene.name(own) == "U")
    frame = scene.items[u].frame
    assert frame is not None
    assert frame.path == "SequenceRNN"
    terms = [step for step in scene.steps() if step.phase == "backward" and step.item == u]
    assert [step.term for step in terms] == [1, 2, 3]


def test_a_tied_table_stands_in_the_model_and_feeds_both_its_ends() -> None:
    build = BLOCKS["LanguageModel of LSTM"]
    scene = Scene(traced(build), frozenset({"LanguageModel"}))
    tables = [own for own in scene.items if scene.name(own) == "E"]
    assert len(tables) == 1
    readers = {link.end for link in scene.links if link.start == tables[0]}
    assert readers == {"LanguageModel/EmbedToken", "LanguageModel/GenerateToken"}


def test_states_and_steps_have_names_that_count() -> None:
    trace = traced(BLOCKS["LSTM"])
    assert {"x1", "x3", "h0", "c0", "h1", "h3", "c1", "i", "f", "o", "g", "W_f", "b_i"} <= set(trace.names)


def test_a_box_takes_the_name_that_the_code_gives_its_result_whatever_happened_inside() -> None:
    block = nn.TransformerBlock(4, 2, 5, seed=0)

    def build() -> Tensor:
        mixed_up = block(x())
        return mixed_up.sum()

    trace = traced(build)
    scene = Scene(trace)
    box = next(item for item in scene.items.values() if item.scope is not None)
    assert scene.name(box.id) == "mixed_up"
    assert "scores" in trace.names
    assert "weights" in trace.names


def test_a_tensor_with_a_name_of_its_own_stays_outside_of_the_box() -> None:
    layer = nn.FeedForward(4, 2)

    def build() -> Tensor:
        layer.W = Tensor(np.ones((4, 2)), name="W")
        return layer(x()).sum()

    scene = Scene(traced(build))
    assert "W" in {scene.name(own) for own in scene.items}
    assert dict(layer.named_parameters())["W"] is layer.W


def test_a_closed_box_tells_how_many_numbers_it_has_learned() -> None:
    payload = graph_payload(traced(BLOCKS["TransformerBlock"]))
    box = next(node["box"] for node in payload["nodes"] if node["box"])
    assert box["footer"] == f"(3, 4) → (3, 4), {nn.TransformerBlock(4, 2, 5).size()} parameters"

"""Words for the places of arrays: where they come from, where they go, and how cells are called by them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Tensor, Trace, record, watch
from engine.functional import cat, stack
from engine.nn import Attention, EmbedToken, GenerateToken, SequenceRNN, SimpleRNN
from tests.viewer.graphs import traced
from viewer.cards import BLOCK_CELL, NUMBER_CELL, PAD, card
from viewer.cell import cell_json
from viewer.labels import Axes, Labels
from viewer.nodes import InputInfo
from viewer.payload import graph_payload
from viewer.scene import Scene

WORDS = ("the", "river", "money", "bank")


def sentence_trace(build: Any, sentence: Any, words: Any = WORDS) -> Trace:
    embed = EmbedToken(words, 4, seed=0)
    with watch(build):
        root = build(embed, embed(sentence))
    return record(root)


def axes_of(trace: Trace, name: str) -> Axes:
    return Labels(trace).axes(trace.find(name))


MOVED = (
    *("y", "turned", "some", "picked", "last", "cell", "totals", "kept"),
    *("wide", "high", "alone", "again", "flat"),
)


def moving(embed: Any, x: Any) -> Any:
    W = Tensor(np.ones((4, 4)), name="W")
    y = x @ W
    turned = y.T
    some = y[..., 1:3]
    picked = y[[2, 0, 2]]
    last = y[-1]
    cell = y[1, 0]
    totals = y.sum(1)
    kept = y.mean(1, keepdim=True)
    wide = cat([y, turned.T], 1)
    high = cat([y, picked], 0)
    alone = last.unsqueeze(0)
    again = stack([y[0], y[2]])
    flat = (y + 1).reshape(3, 2, 2)
    parts = (turned, some, picked, last, cell, totals, kept, wide, high, alone, again, flat)
    result = parts[0].sum()
    for part in parts[1:]:
        result = result + part.sum()
    return result


@pytest.mark.parametrize("word", ["the", "river", "bank"])
def test_a_word_stands_exactly_where_the_numbers_of_its_row_have_gone(word: str) -> None:
    embed = EmbedToken(WORDS, 4, seed=0)
    embed.E.data[WORDS.index(word)] = np.nan  # whatever is made of this row is no number any more
    with watch(moving), np.errstate(invalid="ignore"):
        trace = record(moving(embed, embed(["the", "river", "bank"])))
    labels = Labels(trace)
    seen = 0
    for name in MOVED:
        i = trace.find(name)
        values, axes = np.asarray(trace.values[i]), labels.axes(i)
        expected = np.zeros(values.shape, bool)
        for axis, words in enumerate(axes):
            if words:
                line = np.array([one == word for one in words])
                expected |= line.reshape([-1 if k == axis else 1 for k in range(values.ndim)])
        if not axes:  # one row, or one cell of it
            expected[...] = labels._found[i].stem == word
        np.testing.assert_array_equal(np.isnan(values), expected, err_msg=name)
        seen += int(expected.any())
    assert seen >= 9


def attend(embed: Any, x: Any) -> Any:
    return Attention(4, 2, seed=0)(x).sum()


def test_attention_has_the_words_that_ask_and_those_that_answer() -> None:
    trace = sentence_trace(attend, "the river bank")
    words = ("the", "river", "bank")
    for name in ("scores", "weights"):
        i = [k for k, own in enumerate(trace.names) if own == name][-1]
        assert Labels(trace).axes(i) == (words, words)
    assert axes_of(trace, "keys") == ((), words)
    assert axes_of(trace, "E") == (WORDS, ())


def write(embed: Any, x: Any) -> Any:
    vectors = SequenceRNN(SimpleRNN(4, 4, seed=0))(x)
    p = GenerateToken(embed)(vectors)
    chances = p[[0, 1], [1, 3]]
    return chances.sum()


def test_the_states_of_a_recurrent_net_belong_to_the_word_read_last() -> None:
    trace = sentence_trace(write, "the river")
    assert axes_of(trace, "SequenceRNN/vectors" if "vectors" not in trace.names else "vectors")[0] == (
        "the",
        "river",
    )
    assert axes_of(trace, "p") == (("the", "river"), WORDS)
    assert axes_of(trace, "chances") == (("river", "bank"),)


def test_a_batch_of_sentences_has_no_words_along_its_axes_but_its_tokens_have() -> None:
    trace = sentence_trace(lambda embed, x: x.sum(), [["the", "bank"], ["river", "bank"]])
    labels = Labels(trace)
    tokens = trace.find("tokens")
    assert labels.axes(tokens) == ()
    assert labels.tokens(tokens) == WORDS
    payload = graph_payload(trace)
    assert node(payload, "tokens")["tokens"] == ["the", "bank", "river", "bank"]
    one = sentence_trace(lambda embed, x: x.sum(), [["the", "bank"]])
    assert Labels(one).axes(one.find("tokens")) == ((), ("the", "bank"))


def node(payload: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = (one for one in payload["nodes"] if one["name"] == name)
    return found


def product(x: Tensor, w: Tensor) -> Tensor:
    out = x @ w
    return out.sum()


NAMED = (("boat", "bank"), ("water", "wealth"))


def test_an_input_names_its_places_and_what_is_made_of_it_inherits_the_names() -> None:
    trace = traced(product, x=np.eye(2), w=[1.0, 2.0])
    payload = graph_payload(trace, inputs={"x": InputInfo(labels=NAMED)})
    assert node(payload, "x")["labels"] == [["boat", "bank"], ["water", "wealth"]]
    assert node(payload, "out")["labels"] == [["boat", "bank"]]
    assert "labels" not in node(payload, "w")


def test_words_that_do_not_fit_the_shape_are_left_out() -> None:
    trace = traced(product, x=np.eye(2), w=[1.0, 2.0])
    assert Labels(trace, {"x": (("boat",), ("water", "wealth"))}).axes(trace.find("x")) == ()


def test_a_cell_is_called_by_its_words_and_asked_about_by_them() -> None:
    trace = traced(product, x=np.eye(2), w=[1.0, 2.0])
    scene = Scene(trace, given={"x": NAMED})
    told = cell_json(scene, scene.owner(trace.find("out")), "value", (1,), 6)
    assert told["name"] == "out[bank]"
    assert "**out[bank]** comes from row 1 (*bank*) of **x**" in told["sentence"]
    assert scene.labels.cell(trace.find("x"), (0, 1)) == "x[boat, wealth]"
    assert scene.labels.cell(trace.find("w"), (1,)) == "w[1]"


def test_a_word_that_occurs_twice_is_told_apart_by_its_place_and_tokens_are_called_by_theirs() -> None:
    trace = sentence_trace(lambda embed, x: x.sum(), "the river the")
    labels, x = Labels(trace), trace.names.index("out") - 1
    assert [labels.cell(x, (k, 0)) for k in range(3)] == ["v1[the (1), 0]", "v1[river, 0]", "v1[the (3), 0]"]
    assert labels.cell(trace.find("tokens"), (0,)) == "tokens[0]"


def test_of_a_large_vocabulary_only_the_words_in_view_travel() -> None:
    many = tuple(f"word{k}" for k in range(40))
    payload = graph_payload(sentence_trace(write, ["word3", "word1"], many), opened=["EmbedToken"])
    assert node(payload, "E")["labels"] == [list(many[:12]), []]


def test_a_graph_without_words_says_nothing_of_them_and_keeps_its_cards() -> None:
    payload = graph_payload(traced(product, x=np.eye(2), w=[1.0, 2.0]))
    assert not any({"labels", "tokens"} & one.keys() for one in payload["nodes"])
    slots = [slot for one in payload["nodes"] for slot in one["slots"].values() if slot]
    assert not any({"rows", "columns"} & slot.keys() for slot in slots)
    assert card("x", "leaf", (2, 2), True) == card("x", "leaf", (2, 2), True, axes=((), ()))


@pytest.mark.parametrize(
    ("shape", "learns"), [((2, 3), True), ((5, 3), True), ((3, 3), False), ((12, 12), True)]
)
def test_a_card_has_room_for_its_words_beside_all_of_its_cells(shape: tuple[int, int], learns: bool) -> None:
    words = tuple(f"word{k}" for k in range(12))
    made = card("x", "leaf", shape, learns, axes=(words[: shape[0]], words[: shape[1]]))
    bare = card("x", "leaf", shape, learns)
    assert min(made.value.rows, made.value.columns) > 0
    for slot in filter(None, (made.value, made.gradient)):
        assert slot.x - slot.rows >= PAD
        assert slot.x + slot.w <= made.w - PAD + 0.5
        assert slot.y + slot.h <= made.h
    if made.gradient and made.gradient.x == made.value.x:
        assert made.gradient.y - made.gradient.columns >= made.value.y + made.value.h
    assert made.w >= bare.w
    assert made.h > bare.h


def test_small_cells_grow_only_along_the_axis_that_has_words() -> None:
    words = tuple("abcdefghij")
    assert card("x", "leaf", (10, 12), False, axes=(words, ())).value.cell[0] == BLOCK_CELL[0]
    assert card("x", "leaf", (10, 12), False, axes=(words, ())).value.cell[1] > BLOCK_CELL[1]
    assert card("t", "leaf", (3,), False, axes=(("a", "b", "c"),), tokens=True).value.cell == NUMBER_CELL
    assert card("t", "leaf", (1,), False, axes=(("children",),), tokens=True).value.cell[0] > NUMBER_CELL[0]


@pytest.mark.parametrize("share", [False, True])
def test_what_stands_over_the_two_grids_of_a_narrow_array_does_not_overlap(share: bool) -> None:
    made = card("keys", "", (24, 3), True, share)
    assert made.gradient is not None
    assert made.gradient.x - made.value.x >= 5.4 * len("value (24, 3)")
    assert made.w - made.gradient.x >= 5.4 * len(f"gradient{' from here' if share else ''} (24, 3)")


def test_a_text_that_names_cells_by_their_places_names_them_by_their_words() -> None:
    labels = Labels(traced(product, x=np.eye(2), w=[1.0, 2.0]), {"x": NAMED})
    text = "**x[1, 0]** is not **out[0]** or **w[1]**; **y[0]** is none, **x[1]** is a row, **w[7]** too far."
    told = labels.retold(text)
    assert told.startswith("**x[bank, water]** is not **out[boat]** or **w[1]**; ")
    assert told.endswith("**y[0]** is none, **x[1]** is a row, **w[7]** too far.")

"""The worked numbers of the lectures come out, and so do their gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Tensor, nn
from engine import functional as F
from tests.engine.nn.weights import both_ways

drawn_or_not = pytest.mark.parametrize("drawn", [False, True], ids=["undrawn", "drawn"])


def rounded(value: Any, digits: int = 3) -> Any:
    return np.round(np.asarray(getattr(value, "data", value)), digits).tolist()


@drawn_or_not
def test_feed_forward_switches_off_what_is_negative(drawn: bool) -> None:
    layer = nn.FeedForward(2, 2)
    layer.W.data, layer.b.data = np.array([[1.0, -1.0], [2.0, 1.0]]).T, [0.0, -1.0]  # rows are outputs there
    with both_ways(drawn):
        x = Tensor([1.0, 2.0])
        out = layer(x)
        out.backward([1.0, 1.0])
    assert out.tolist() == [0.0, 3.0]
    assert x.grad.tolist() == [2.0, 1.0]


@drawn_or_not
@pytest.mark.parametrize(("stride", "expected"), [(1, [-2.0, 2.0, 1.0, 2.0, 1.0]), (2, [-2.0, 1.0, 1.0])])
def test_conv_slides_a_filter_that_sees_edges(drawn: bool, stride: int, expected: Any) -> None:
    conv = nn.Conv(1, 1, 3, stride, bias=False, dims=1)
    conv.W.data = [[[1.0, 0.0, -1.0]]]
    with both_ways(drawn):
        out = conv(Tensor([[0.0, 1.0, 2.0, -1.0, 1.0, -3.0, 0.0]]))
        out.sum().backward()
    assert out.tolist() == [expected]
    if stride == 1:
        assert conv.W.grad.tolist() == [[[3.0, 0.0, -1.0]]]


@drawn_or_not
def test_max_pool_keeps_four_cells_and_only_these_get_a_gradient(drawn: bool) -> None:
    grid = [[1.0, 1.0, 2.0, 4.0], [5.0, 6.0, 7.0, 8.0], [3.0, 2.0, 1.0, 0.0], [1.0, 2.0, 3.0, 4.0]]
    with both_ways(drawn):
        x = Tensor(grid)
        out = nn.MaxPool(2)(x)
        out.sum().backward()
    assert out.tolist() == [[6.0, 8.0], [3.0, 4.0]]
    assert np.argwhere(x.grad).tolist() == [[1, 1], [1, 3], [2, 0], [3, 3]]


@drawn_or_not
def test_simple_rnn_fades_and_its_one_weight_collects_a_gradient_at_each_step(drawn: bool) -> None:
    cell = nn.SimpleRNN(1, 1, bias=False)
    cell.U.data, cell.V.data = [[0.5]], [[1.0]]
    with both_ways(drawn):
        h = nn.SequenceRNN(cell)(Tensor([[1.0], [0.0], [0.0]]))
        h[2, 0].backward()
    assert rounded(h[:, 0]) == [0.762, 0.363, 0.18]
    assert rounded(cell.U.grad, 4) == [[0.6715]]


@drawn_or_not
def test_lstm_keeps_what_its_forget_gate_lets_through(drawn: bool) -> None:
    cell = nn.LSTM(1, 1)
    for gate, b in (
        (cell.input_gate, 2.0),
        (cell.forget_gate, 1.0),
        (cell.output_gate, 0.0),
        (cell.candidate, 0.5),
    ):
        gate.W.data, gate.U.data, gate.b.data = [[0.0]], [[0.0]], [b]
    with both_ways(drawn):
        c0 = Tensor([2.0])
        memory = nn.SequenceRNN(cell)
        state = memory._fold(Tensor([[1.0]]), (Tensor([0.0]), c0)).state
        assert state is not None
        h, c = state
        c.sum().backward()
    assert rounded(F.sigmoid(Tensor([2.0, 1.0, 0.0]))) == [0.881, 0.731, 0.5]
    assert rounded(F.tanh(Tensor(0.5))) == 0.462
    assert (rounded(c), rounded(h)) == ([1.869], [0.477])
    assert rounded(c0.grad) == [0.731]


@drawn_or_not
@pytest.mark.parametrize(("bias", "after"), [(0.0, 9.5e-7), (1.0, 0.0019), (5.0, 0.874)])
def test_the_memory_of_20_steps_hangs_on_the_forget_bias(drawn: bool, bias: float, after: float) -> None:
    cell = nn.LSTM(1, 1, forget_bias=bias)
    for gate in (cell.input_gate, cell.forget_gate, cell.output_gate, cell.candidate):
        gate.W.data, gate.U.data = [[0.0]], [[0.0]]
    assert cell.forget_gate.b is not None
    assert cell.forget_gate.b.tolist() == [bias]
    with both_ways(drawn):
        c0 = Tensor([1.0])
        state = nn.SequenceRNN(cell)._fold(Tensor(np.zeros((20, 1))), (Tensor([0.0]), c0)).state
        assert state is not None
        state[1].sum().backward()
    assert c0.grad[0] == pytest.approx(after, rel=0.03)


def identity_attention(d: int) -> nn.Attention:
    block = nn.Attention(d)
    for weight in (block.W_q, block.W_k, block.W_v, block.W_o):
        weight.data = np.eye(d)
    return block


@drawn_or_not
def test_attention_weighs_by_the_match_of_question_and_key(drawn: bool) -> None:
    with both_ways(drawn):
        x, y = Tensor([[1.0, 0.0], [0.0, 1.0]]), Tensor([[2.0, 0.0]])
        out = identity_attention(2)(x, y)
        out[0, 0].backward()
    assert rounded(out) == [[0.804, 0.196]]  # the values are the unit vectors, so these are the weights
    assert rounded(y.grad * np.sqrt(2.0)) == [[0.157, -0.157]]  # d out1 / d scores: the keys are unit vectors


def test_scores_of_64_columns_are_divided_by_8_so_that_a_gradient_is_left() -> None:
    slopes = []
    for scale in (1.0, np.sqrt(64.0)):
        scores = Tensor([16.0, 0.0])
        F.softmax(scores / scale)[0].backward()
        slopes.append(scores.grad[0] * scale)
    assert slopes[0] == pytest.approx(1.1e-7, rel=0.03)
    assert rounded(slopes[1]) == 0.105


@drawn_or_not
def test_add_norm_survives_an_f_that_is_junk(drawn: bool) -> None:
    block = nn.AddNorm(lambda x: 0.0 * x, 3)
    with both_ways(drawn):
        x = Tensor([1.0, 2.0, 3.0])
        out = block(x)
        out.backward([1.0, 1.0, 1.0])
    assert rounded(out) == [-1.225, 0.0, 1.225]
    assert rounded(x.grad, 9) == [0.0, 0.0, 0.0]


def test_the_norm_of_two_features_is_plus_and_minus_one_and_passes_no_gradient() -> None:
    x = Tensor([1.0, 4.0])
    out = nn.LayerNorm(2)(x)
    (out * Tensor([1.0, 3.0])).sum().backward()
    assert rounded(out) == [-1.0, 1.0]
    assert np.max(np.abs(x.grad)) < 1e-5


@pytest.mark.parametrize(("residual", "gradient"), [(True, 2.58), (False, 4.4e-8)])
def test_24_layers_pass_a_gradient_only_around_themselves(residual: bool, gradient: float) -> None:
    x = Tensor(1.0)
    out = x
    for _ in range(24):
        out = (out if residual else 0.0) + (0.5 * out).tanh()
    out.backward()
    assert x.grad == pytest.approx(gradient, rel=0.01)


@drawn_or_not
def test_generate_token_points_at_the_nearest_row(drawn: bool) -> None:
    embed = nn.EmbedToken(["the", "blue", "house"], 2)
    embed.E.data = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    generate = nn.GenerateToken(embed)
    with both_ways(drawn):
        x = Tensor([0.5, 2.0])
        p = generate(x)
        scores = generate.scores(x)
        F.cross_entropy(scores, Tensor(np.array(2))).backward()
    assert rounded(p) == [0.078, 0.348, 0.574]
    assert rounded(scores.grad) == [0.078, 0.348, -0.426]


@drawn_or_not
def test_a_question_for_bleue_looks_at_bleue(drawn: bool) -> None:
    with both_ways(drawn):
        source = Tensor(2.0 * np.eye(3))  # la, maison, bleue
        attention = identity_attention(3)
        attention.W_v.data = np.diag([0.0, 0.0, 0.5])  # the value says how much is of bleue
        out = attention(source, Tensor([[0.0, 0.0, 2.0]]))
    assert rounded(out) == [[0.0, 0.0, 0.834]]


@drawn_or_not
def test_a_mask_hides_before_the_softmax_not_after(drawn: bool) -> None:
    attention = identity_attention(1)
    with both_ways(drawn):
        x = Tensor([[1.0], [2.0], [3.0]])
        seen = [attention(x, Tensor([[1.0]]), key_padding_mask=np.array([False, False, True]))]
    shares = np.exp([1.0, 2.0]) / np.sum(np.exp([1.0, 2.0]))
    assert rounded(shares) == [0.269, 0.731]
    assert seen[0].item() == pytest.approx(shares @ [1.0, 2.0])
    assert rounded(F.softmax(Tensor([1.0, 2.0, 0.0]))) == [0.245, 0.665, 0.09]


def test_bert_large_has_about_335_million_weights() -> None:
    d, wide, tokens, places = 1024, 4096, 30522, 512
    block = nn.BERT(11, 8, 2, num_layers=1, dim_feedforward=12, max_len=6).blocks[0]

    def count(d: int, wide: int) -> int:
        return 4 * (d * d + d) + (2 * d * wide + wide + d) + 2 * 2 * d

    assert block.size() == count(8, 12)
    assert (24 * count(d, wide) + (tokens + places) * d) / 1e6 == pytest.approx(335, abs=2)


def test_the_weights_of_each_block_are_as_many_as_the_lectures_say() -> None:
    assert nn.Conv(3, 8, 5).size() == 8 * 3 * 5 * 5 + 8
    assert nn.LSTM(3, 4).size() == 4 * (3 * 4 + 4 * 4 + 4)
    assert nn.SequenceRNN(nn.SimpleRNN(3, 4)).size() == 4 * 4 + 3 * 4 + 4
    assert nn.Attention(6, 2).size() == 4 * 6 * 6
    assert nn.MaxPool(2).size() == nn.Collapse().size() == 0


def test_a_forget_bias_that_is_a_whole_number_learns_too() -> None:
    assert nn.LSTM(1, 1, forget_bias=1).forget_gate.b.requires_grad

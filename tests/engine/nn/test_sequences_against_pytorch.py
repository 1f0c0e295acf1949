"""Recurrent nets, attention and Transformers agree with PyTorch's modules with the same weights, to 1e-9."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Tensor, nn
from engine.nn.decoder import DecoderBlock
from tests.engine.nn.weights import (
    attention_pairs,
    block_pairs,
    both_ways,
    compare,
    decoder_pairs,
    gru_pairs,
    inputs,
    leaf,
    lstm_pairs,
    pair,
    random,
    random_norms,
    rnn_pairs,
)

torch.set_default_dtype(torch.float64)
drawn_or_not = pytest.mark.parametrize("drawn", [False, True], ids=["undrawn", "drawn"])
few = settings(max_examples=15)
seeds = st.integers(0, 999)
sizes = st.tuples(st.integers(1, 4), st.integers(1, 4))
lengths = st.integers(1, 5)
batches = st.sampled_from([(), (1,), (3,)])


@drawn_or_not
@few
@given(sizes=sizes, length=lengths, batch=batches, nonlinearity=st.sampled_from(["tanh", "relu"]), seed=seeds)
def test_simple_rnn(drawn: bool, sizes: Any, length: int, batch: Any, nonlinearity: str, seed: int) -> None:
    cell = nn.SimpleRNN(*sizes, bias=seed % 2 == 0, nonlinearity=nonlinearity, seed=seed)
    rnn = torch.nn.RNN(*sizes, nonlinearity=nonlinearity, bias=seed % 2 == 0, batch_first=True)
    recurrent(drawn, cell, rnn, rnn_pairs(cell, rnn), batch, length, seed)


@drawn_or_not
@few
@given(sizes=sizes, length=lengths, batch=batches, seed=seeds)
def test_lstm(drawn: bool, sizes: Any, length: int, batch: Any, seed: int) -> None:
    cell = nn.LSTM(*sizes, bias=seed % 2 == 0, seed=seed)
    rnn = torch.nn.LSTM(*sizes, bias=seed % 2 == 0, batch_first=True)
    recurrent(drawn, cell, rnn, lstm_pairs(cell, rnn), batch, length, seed)


@drawn_or_not
@few
@given(sizes=sizes, length=lengths, batch=batches, seed=seeds)
def test_gru(drawn: bool, sizes: Any, length: int, batch: Any, seed: int) -> None:
    cell = nn.GRU(*sizes, bias=seed % 2 == 0, seed=seed)
    rnn = torch.nn.GRU(*sizes, bias=seed % 2 == 0, batch_first=True)
    recurrent(drawn, cell, rnn, gru_pairs(cell, rnn), batch, length, seed)


def recurrent(drawn: bool, cell: Any, rnn: Any, pairs: Any, batch: Any, length: int, seed: int) -> None:
    """The whole sequence from a state of its own, outputs and last state both used."""
    x = random(*batch, length, cell.input_size, seed=seed)
    starts = [random(*batch, cell.hidden_size, seed=seed + k) for k in range(len(cell.names))]
    with both_ways(drawn):
        ours = Tensor(x)
        states = [Tensor(start) for start in starts]
        block = nn.SequenceRNN(cell)
        out = block(ours, tuple(states))
    theirs = leaf(x)
    given_states = [leaf(start) for start in starts]
    first = [state[None] for state in given_states]
    expected, _ = rnn(theirs, tuple(first) if len(first) > 1 else first[0])
    both = [inputs(a, b) for a, b in zip(states, given_states, strict=True)]
    compare(out, expected, [*pairs, inputs(ours, theirs), *both], seed)


@drawn_or_not
def test_the_last_state_is_what_pytorch_returns_beside_the_outputs(drawn: bool) -> None:
    cell = nn.LSTM(3, 2, seed=1)
    rnn = torch.nn.LSTM(3, 2, batch_first=True)
    pairs = lstm_pairs(cell, rnn)
    x = random(2, 4, 3)
    with both_ways(drawn):
        ours = Tensor(x)
        memory = nn.SequenceRNN(cell).remember(ours)
        out = (memory.vectors * 0.5).sum() + memory.state[0].sum() + 2.0 * memory.state[1].sum()
    theirs = leaf(x)
    vectors, (h, c) = rnn(theirs)
    compare(out, (vectors * 0.5).sum() + h.sum() + 2.0 * c.sum(), [*pairs, inputs(ours, theirs)])


@pytest.mark.parametrize("drawn", [False, True])
def test_peepholes_add_the_memory_to_the_gates(drawn: bool) -> None:
    cell = nn.LSTM(2, 3, peepholes=True, seed=0)
    weights = [leaf(tensor.data) for _, tensor in cell.named_tensors()]
    W_i, U_i, b_i, P_i, W_f, U_f, b_f, P_f, W_o, U_o, b_o, P_o, W_g, U_g, b_g = weights
    x = random(4, 2)
    h = c = torch.zeros(3)
    outs = []
    for x_t in torch.tensor(x):
        i = torch.sigmoid(x_t @ W_i + h @ U_i + c @ P_i + b_i)
        f = torch.sigmoid(x_t @ W_f + h @ U_f + c @ P_f + b_f)
        o = torch.sigmoid(x_t @ W_o + h @ U_o + c @ P_o + b_o)
        c = f * c + i * torch.tanh(x_t @ W_g + h @ U_g + b_g)
        h = o * torch.tanh(c)
        outs.append(h)
    with both_ways(drawn):
        out = nn.SequenceRNN(cell)(Tensor(x))
    pairs = [inputs(a, b) for (_, a), b in zip(cell.named_tensors(), weights, strict=True)]
    compare(out, torch.stack(outs), pairs)


@drawn_or_not
@settings(max_examples=30)
@given(
    heads=st.integers(1, 3),
    width=st.integers(1, 3),
    shape=st.tuples(lengths, lengths),
    batch=batches,
    masks=st.sets(st.sampled_from(["causal", "mask", "padding", "each"])),
    crossed=st.booleans(),
    seed=seeds,
)
def test_attention_is_multihead_attention_under_all_masks(
    drawn: bool, heads: int, width: int, shape: Any, batch: Any, masks: set[str], crossed: bool, seed: int
) -> None:
    d = heads * width
    looked_at, asking = shape if crossed else (shape[0], shape[0])
    block = nn.Attention(d, heads, bias=seed % 2 == 0, is_causal="causal" in masks, seed=seed)
    mha = torch.nn.MultiheadAttention(d, heads, bias=seed % 2 == 0, batch_first=True)
    pairs = attention_pairs(block, mha)
    draw = np.random.default_rng(seed)
    hidden = draw.random((asking, looked_at)) < 0.4
    hidden[:, 0] = False  # the first vector stays visible to all, also through the causal mask
    padding = draw.random((*batch, looked_at)) < 0.3
    padding[..., 0] = False
    options: dict[str, Any] = {}
    theirs_options: dict[str, Any] = {}
    full = np.zeros((asking, looked_at), bool)
    if "mask" in masks:
        options["attn_mask"], full = hidden, full | hidden
    if "each" in masks and batch:
        options["attn_mask"] = np.broadcast_to(hidden, (*batch, asking, looked_at))
        full = full | hidden
    if "causal" in masks:
        full = full | (np.arange(looked_at) > np.arange(asking)[:, None])
    if "padding" in masks:
        options["key_padding_mask"] = padding
        theirs_options["key_padding_mask"] = torch.tensor(padding)
    x, y = random(*batch, looked_at, d, seed=seed), random(*batch, asking, d, seed=seed + 1)
    with both_ways(drawn):
        ours_x, ours_y = Tensor(x), Tensor(y)
        out = block(ours_x, ours_y if crossed else None, **options)
    theirs_x, theirs_y = leaf(x), leaf(y)
    query = theirs_y if crossed else theirs_x
    expected, _ = mha(query, theirs_x, theirs_x, attn_mask=torch.tensor(full), **theirs_options)
    both = [inputs(ours_x, theirs_x), *([inputs(ours_y, theirs_y)] if crossed else [])]
    compare(out, expected, [*pairs, *both], seed)


def encoder_layer(d: int, heads: int, wide: int, activation: str, norm_first: bool) -> Any:
    return torch.nn.TransformerEncoderLayer(
        d, heads, wide, 0.0, activation, batch_first=True, norm_first=norm_first
    )


@drawn_or_not
@few
@given(
    heads=st.integers(1, 3),
    width=st.integers(1, 2),
    wide=st.integers(1, 6),
    length=lengths,
    batch=batches,
    activation=st.sampled_from(["relu", "gelu"]),
    norm_first=st.booleans(),
    causal=st.booleans(),
    seed=seeds,
)
def test_transformer_block_is_the_encoder_layer(
    drawn: bool,
    heads: int,
    width: int,
    wide: int,
    length: int,
    batch: Any,
    activation: str,
    norm_first: bool,
    causal: bool,
    seed: int,
) -> None:
    d = 2 * heads * width  # two features or more: the norm of one is 0 / 0
    options = {"activation": activation, "norm_first": norm_first}
    block = nn.TransformerBlock(d, heads, wide, is_causal=causal, attention_bias=True, seed=seed, **options)
    random_norms(block, seed=seed)
    layer = encoder_layer(d, heads, wide, activation, norm_first)
    pairs = block_pairs(block, layer)
    x = random(*batch, length, d, seed=seed)
    with both_ways(drawn):
        ours = Tensor(x)
        out = block(ours)
    theirs = leaf(x)
    mask = torch.tensor(np.triu(np.ones((length, length), bool), 1)) if causal else None
    compare(out, layer(theirs, src_mask=mask), [*pairs, inputs(ours, theirs)], seed)


@drawn_or_not
@pytest.mark.parametrize("seed", [0, 1])
def test_a_bert_of_24_blocks_is_a_stack_of_24_encoder_layers(drawn: bool, seed: int) -> None:
    bert = nn.BERT(11, 8, 2, dim_feedforward=12, max_len=6, seed=seed)
    random_norms(bert, seed=seed)
    layers = [encoder_layer(8, 2, 12, "gelu", False) for _ in range(24)]
    embedding, positions = torch.nn.Embedding(11, 8), torch.nn.Embedding(6, 8)
    pairs = pair(bert.embed.E, embedding.weight) + pair(bert.positions.P, positions.weight)
    for block, layer in zip(bert.blocks, layers, strict=True):
        pairs += block_pairs(block, layer)
    tokens = np.random.default_rng(seed).integers(0, 11, (2, 5))
    padding = np.zeros((2, 5), bool)
    padding[1, 3:] = True
    with both_ways(drawn):
        out = bert(tokens, key_padding_mask=padding)
    x = embedding(torch.tensor(tokens)) + positions.weight[:5]
    for layer in layers:
        x = layer(x, src_key_padding_mask=torch.tensor(padding))
    compare(out, x, pairs, seed)
    assert len(pairs) == len(bert.parameters()) == 2 + 24 * 16


@drawn_or_not
@few
@given(heads=st.integers(1, 2), shape=st.tuples(lengths, lengths), batch=batches, seed=seeds)
def test_decoder_block_is_the_decoder_layer(
    drawn: bool, heads: int, shape: Any, batch: Any, seed: int
) -> None:
    d = 4 * heads
    block = DecoderBlock(d, heads, 5, 0.0, "relu", True, seed)
    random_norms(block, seed=seed)
    layer = torch.nn.TransformerDecoderLayer(d, heads, 5, 0.0, batch_first=True)
    pairs = decoder_pairs(block, layer)
    y, source = random(*batch, shape[0], d, seed=seed), random(*batch, shape[1], d, seed=seed + 1)
    with both_ways(drawn):
        ours_y, ours_source = Tensor(y), Tensor(source)
        out = block(ours_y, ours_source)
    theirs_y, theirs_source = leaf(y), leaf(source)
    mask = torch.tensor(np.triu(np.ones((shape[0], shape[0]), bool), 1))
    expected = layer(theirs_y, theirs_source, tgt_mask=mask)
    compare(out, expected, [*pairs, inputs(ours_y, theirs_y), inputs(ours_source, theirs_source)], seed)


@drawn_or_not
@few
@given(shape=st.sampled_from([(), (3,), (2, 3)]), seed=seeds)
def test_the_loss_of_generate_token_is_cross_entropy(drawn: bool, shape: Any, seed: int) -> None:
    embed = nn.EmbedToken(5, 4, seed=seed)
    E = leaf(embed.E.data)
    x = random(*shape, 4, seed=seed)
    target = np.random.default_rng(seed).integers(0, 5, shape)
    with both_ways(drawn):
        ours = Tensor(x)
        out = nn.GenerateToken(embed).loss(ours, target)
    theirs = leaf(x)
    scores = (theirs @ E.T).reshape(-1, 5)
    expected = torch.nn.functional.cross_entropy(scores, torch.tensor(target).reshape(-1))
    compare(out, expected, [inputs(embed.E, E), inputs(ours, theirs)], seed)

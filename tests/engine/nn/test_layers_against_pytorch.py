"""Layers have the outputs and all gradients of PyTorch's modules with the same weights, to 1e-9."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Tensor, nn
from engine import functional as F
from tests.engine.nn.weights import both_ways, compare, inputs, leaf, linear_pairs, norm_pairs, pair, random

torch.set_default_dtype(torch.float64)
drawn_or_not = pytest.mark.parametrize("drawn", [False, True], ids=["undrawn", "drawn"])
few = settings(max_examples=20)
seeds = st.integers(0, 999)
batches = st.sampled_from([(), (1,), (3,), (2, 3)])
BENDS = {
    "relu": torch.relu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "gelu": torch.nn.functional.gelu,
    None: lambda x: x,
}


@drawn_or_not
@few
@given(
    batch=batches,
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 5)),
    bend=st.sampled_from(list(BENDS)),
    seed=seeds,
)
def test_one_layer_of_feed_forward_is_linear_with_a_bend(
    drawn: bool, batch: Any, sizes: Any, bend: str | None, seed: int
) -> None:
    block = nn.FeedForward(*sizes, activation=bend, bias=seed % 2 == 0, seed=seed)
    linear = torch.nn.Linear(*sizes, bias=seed % 2 == 0)
    pairs = linear_pairs(block.W, block.b, linear)
    x = random(*batch, sizes[0], seed=seed)
    with both_ways(drawn):
        ours = Tensor(x)
        out = block(ours)
    theirs = leaf(x)
    compare(out, BENDS[bend](linear(theirs)), [*pairs, inputs(ours, theirs)], seed)


@drawn_or_not
@few
@given(batch=batches, bend=st.sampled_from(list(BENDS)), seed=seeds)
def test_two_layers_of_feed_forward_are_two_linears(
    drawn: bool, batch: Any, bend: str | None, seed: int
) -> None:
    block = nn.FeedForward(3, 2, 5, activation=bend, seed=seed)
    first, second = torch.nn.Linear(3, 5), torch.nn.Linear(5, 2)
    pairs = linear_pairs(block.W1, block.b1, first) + linear_pairs(block.W2, block.b2, second)
    x = random(*batch, 3, seed=seed)
    with both_ways(drawn):
        ours = Tensor(x)
        out = block(ours)
    theirs = leaf(x)
    compare(out, second(BENDS[bend](first(theirs))), [*pairs, inputs(ours, theirs)], seed)


@drawn_or_not
@settings(max_examples=40)
@given(data=st.data(), dims=st.integers(1, 2), seed=seeds)
def test_conv_is_conv1d_and_conv2d(drawn: bool, data: Any, dims: int, seed: int) -> None:
    channels, filters = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    kernel = tuple(data.draw(st.integers(1, 4)) for _ in range(dims))
    stride = tuple(data.draw(st.integers(1, 3)) for _ in range(dims))
    padding: Any = tuple(data.draw(st.integers(0, 3)) for _ in range(dims))
    if data.draw(st.booleans()):
        kernel, stride, padding = tuple(n | 1 for n in kernel), (1,) * dims, "same"
    shape = tuple(n + data.draw(st.integers(0, 4)) for n in kernel)
    bias = data.draw(st.booleans())
    block = nn.Conv(channels, filters, kernel, stride, padding, bias, dims, seed=seed)
    conv = (torch.nn.Conv1d if dims == 1 else torch.nn.Conv2d)(
        channels, filters, kernel, stride, padding, bias=bias
    )
    pairs = pair(block.W, conv.weight) + pair(block.b, conv.bias)
    x = random(*data.draw(st.sampled_from([(), (1,), (3,)])), channels, *shape, seed=seed)
    with both_ways(drawn):
        ours = Tensor(x)
        out = block(ours)
    theirs = leaf(x)
    compare(out, conv(theirs), [*pairs, inputs(ours, theirs)], seed)


@drawn_or_not
@pytest.mark.parametrize(("name", "block"), [("MaxPool", nn.MaxPool), ("AvgPool", nn.AvgPool)])
@few
@given(data=st.data(), dims=st.integers(1, 2), seed=seeds)
def test_pooling_is_pytorchs_ties_included(
    drawn: bool, name: str, block: Any, data: Any, dims: int, seed: int
) -> None:
    kernel = tuple(data.draw(st.integers(1, 3)) for _ in range(dims))
    stride = data.draw(st.sampled_from([None, (1,) * dims, (2,) * dims]))
    padding = tuple(data.draw(st.integers(0, n // 2)) for n in kernel)
    shape = tuple(n + data.draw(st.integers(0, 4)) for n in kernel)
    x = np.random.default_rng(seed).integers(-2, 3, (2, 3, *shape)).astype(float)  # many ties
    pool = getattr(torch.nn, f"{name}{dims}d")(kernel, stride, padding)
    with both_ways(drawn):
        ours = Tensor(x)
        out = block(kernel, stride, padding, dims)(ours)
    theirs = leaf(x)
    compare(out, pool(theirs), [inputs(ours, theirs)], seed)


@drawn_or_not
@few
@given(shape=st.sampled_from([(1,), (4,), (2, 3), (2, 2, 3)]), seed=seeds)
def test_embed_token_is_embedding_and_a_repeated_token_collects_a_sum(
    drawn: bool, shape: Any, seed: int
) -> None:
    block = nn.EmbedToken(3, 4, seed=seed)
    embedding = torch.nn.Embedding(3, 4)
    tokens = np.random.default_rng(seed).integers(0, 3, shape)
    pairs = pair(block.E, embedding.weight)
    with both_ways(drawn):
        out = block(tokens)
    compare(out, embedding(torch.tensor(tokens)), pairs, seed)


@drawn_or_not
@few
@given(batch=batches, size=st.integers(2, 6), eps=st.sampled_from([1e-5, 0.1]), seed=seeds)
def test_layer_norm_is_pytorchs(drawn: bool, batch: Any, size: int, eps: float, seed: int) -> None:
    block = nn.LayerNorm(size, eps)
    block.gamma.data, block.beta.data = random(size, seed=seed + 1), random(size, seed=seed + 2)
    norm = torch.nn.LayerNorm(size, eps)
    pairs = norm_pairs(block, norm)
    x = random(*batch, size, seed=seed)
    with both_ways(drawn):
        ours = Tensor(x)
        out = block(ours)
    theirs = leaf(x)
    compare(out, norm(theirs), [*pairs, inputs(ours, theirs)], seed)


@drawn_or_not
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (lambda x: F.conv1d(x, Tensor(W3), Tensor(B), 2, 1), lambda f, x: f.conv1d(x, t(W3), t(B), 2, 1)),
        (lambda x: F.max_pool1d(x, 2), lambda f, x: f.max_pool1d(x, 2)),
        (lambda x: F.avg_pool1d(x, 3, 1, 1), lambda f, x: f.avg_pool1d(x, 3, 1, 1)),
        (lambda x: F.max_pool2d(x, 2, 1), lambda f, x: f.max_pool2d(x, 2, 1)),
        (lambda x: F.avg_pool2d(x, (1, 2)), lambda f, x: f.avg_pool2d(x, (1, 2))),
        (lambda x: F.layer_norm(x, [3, 4]), lambda f, x: f.layer_norm(x, [3, 4])),
        (
            lambda x: F.layer_norm(x, (4,), Tensor([1.0, 2, 3, 4]), Tensor([1.0, 0, 0, 2]), 0.1),
            lambda f, x: f.layer_norm(x, (4,), t([1.0, 2, 3, 4]), t([1.0, 0, 0, 2]), 0.1),
        ),
        (
            lambda x: F.conv2d(x.unsqueeze(1), Tensor(W4), Tensor(B), padding="same"),
            lambda f, x: f.conv2d(x.unsqueeze(1), t(W4), t(B), padding="same"),
        ),
        (
            lambda x: F.embedding(np.array([1, 0, 1]), x[0]),
            lambda f, x: f.embedding(torch.tensor([1, 0, 1]), x[0]),
        ),
    ],
)
def test_the_functions_have_pytorchs_names_and_numbers(drawn: bool, ours: Any, theirs: Any) -> None:
    x = random(2, 3, 4)
    with both_ways(drawn):
        mine = Tensor(x)
        out = ours(mine)
    other = leaf(x)
    compare(out, theirs(torch.nn.functional, other), [inputs(mine, other)])


def t(values: Any) -> torch.Tensor:
    return torch.tensor(np.asarray(values), dtype=torch.float64)


W3, W4, B = random(2, 3, 3, seed=1), random(2, 1, 3, 3, seed=2), random(2, seed=3)

"""Modules know their weights: by name, each once, saved and taken back, and the same from the same seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine import Tensor, nn
from engine.optim import SGD

BLOCKS: dict[str, Callable[[Any], nn.Module]] = {
    "FeedForward": lambda seed: nn.FeedForward(3, 2, seed=seed),
    "two layers": lambda seed: nn.FeedForward(3, 2, 4, seed=seed),
    "Conv": lambda seed: nn.Conv(2, 3, 3, seed=seed),
    "EmbedToken": lambda seed: nn.EmbedToken(5, 3, seed=seed),
    "SimpleRNN": lambda seed: nn.SequenceRNN(nn.SimpleRNN(3, 2, seed=seed)),
    "LSTM": lambda seed: nn.SequenceRNN(nn.LSTM(3, 2, peepholes=True, seed=seed)),
    "GRU": lambda seed: nn.GRU(3, 2, seed=seed),
    "Attention": lambda seed: nn.Attention(4, 2, bias=True, seed=seed),
    "TransformerBlock": lambda seed: nn.TransformerBlock(4, 2, seed=seed),
    "BERT": lambda seed: nn.BERT(7, 4, 2, 3, max_len=5, seed=seed),
    "SequenceToSequence": lambda seed: nn.SequenceToSequence.transformer(5, 6, 4, 2, 2, seed=seed),
}
every_block = pytest.mark.parametrize("build", list(BLOCKS.values()), ids=list(BLOCKS))


def same(one: nn.Module, other: nn.Module) -> bool:
    a, b = one.state_dict(), other.state_dict()
    assert list(a) == list(b)
    return all(np.array_equal(a[name], b[name]) for name in a)


@every_block
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(build: Any) -> None:
    assert same(build(3), build(3))
    assert not same(build(3), build(4))


@every_block
def test_without_a_seed_weights_come_from_the_generator_that_all_share(build: Any) -> None:
    nn.manual_seed(7)
    first, second = build(None), build(None)
    nn.manual_seed(7)
    assert same(first, build(None))
    assert not same(first, second)


@every_block
def test_what_was_saved_comes_back_whole(build: Any, tmp_path: Path) -> None:
    block, other = build(0), build(1)
    block.save(tmp_path / "weights.npz")
    other.load(tmp_path / "weights.npz")
    assert same(block, other)
    assert set(np.load(tmp_path / "weights.npz")) == set(block.state_dict())


def test_weights_have_their_attributes_names() -> None:
    bert = nn.BERT(7, 4, 2, 2, max_len=5, seed=0)
    names = [name for name, _ in bert.named_parameters()]
    assert names[:3] == ["embed.E", "positions.P", "blocks.0.attention.f.W_q"]
    assert "blocks.1.feed_forward.norm.gamma" in names
    assert len(names) == len(set(names)) == len(bert.parameters())
    assert bert.blocks[0].feed_forward.norm.gamma.name == "gamma"
    assert [name for name, _ in nn.LSTM(2, 3).named_parameters()][:4] == [
        "input_gate.W",
        "input_gate.U",
        "input_gate.b",
        "forget_gate.W",
    ]


def test_24_blocks_share_no_weight_and_a_recurrent_net_shares_all() -> None:
    block = nn.TransformerBlock(4, 2)
    assert nn.Transformer(4, 2, 24).size() == 24 * block.size()
    assert nn.SequenceRNN(nn.GRU(3, 2)).size() == nn.GRU(3, 2).size()


def test_a_tied_table_is_one_parameter_under_two_names() -> None:
    embed = nn.EmbedToken(5, 3, seed=0)
    model = nn.LanguageModel(embed, nn.SequenceRNN(nn.SimpleRNN(3, 3, seed=0)))
    assert [name for name, _ in model.named_parameters()] == [
        "embed.E",
        "sequence_model.cell.U",
        "sequence_model.cell.V",
        "sequence_model.cell.b",
    ]
    state = model.state_dict()
    assert "generate.E" in state
    state["embed.E"] = state["generate.E"] = np.ones((5, 3))
    model.load_state_dict(state)
    assert model.generate.E is embed.E
    assert embed.E.tolist() == np.ones((5, 3)).tolist()


def test_frozen_weights_do_not_learn_but_are_saved() -> None:
    layer = nn.FeedForward(2, 2)
    layer.W.requires_grad = False
    assert [name for name, _ in layer.named_parameters()] == ["b"]
    assert list(layer.state_dict()) == ["W", "b"]


def test_a_state_of_another_block_is_refused_and_nothing_is_changed() -> None:
    layer = nn.FeedForward(3, 2, seed=0)
    before = layer.state_dict()
    with pytest.raises(
        ValueError, match=r"FeedForward: the weights are of another block: b is missing; W1, W2 are not"
    ):
        layer.load_state_dict({"W": before["W"], "W1": 1.0, "W2": 2.0})
    with pytest.raises(
        ValueError, match=r"FeedForward: b has shape \(2,\), but shape \(3,\) came; build the block with"
    ):
        layer.load_state_dict({"W": np.zeros((3, 2)), "b": np.zeros(3)})
    assert np.array_equal(layer.W.data, before["W"])


def test_the_state_is_a_copy() -> None:
    layer = nn.FeedForward(3, 2, seed=0)
    state = layer.state_dict()
    layer.W.data = np.zeros((3, 2))
    assert np.any(state["W"])
    layer.load_state_dict(state)
    state["W"][:] = 5.0
    assert np.max(layer.W.data) < 5.0


def test_training_and_use_are_set_for_all_parts() -> None:
    model = nn.SequenceToSequence.transformer(5, 6, 4, 2, 1, seed=0)
    assert model.eval() is model
    assert not model.decoder.blocks[0].attention.f.dropout.training  # type: ignore[attr-defined]
    assert model.train().encoder.blocks[0].training  # type: ignore[attr-defined]


def test_an_optimizer_takes_the_parameters_and_learns() -> None:
    layer = nn.FeedForward(2, 1, activation=None, seed=0)
    optimizer = SGD(layer.parameters(), lr=0.1)
    x, y = Tensor([[1.0, 2.0], [2.0, -1.0], [0.0, 1.0]]), Tensor([[3.0], [1.0], [1.0]])
    losses = []
    for _ in range(100):
        layer.zero_grad()
        loss = (layer(x) - y).square().mean()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 1e-3 * losses[0]


def test_a_block_of_ones_own_is_a_few_lines() -> None:
    class Twice(nn.Module):
        def __init__(self, f: nn.Module) -> None:
            self.f = f
            self.others = [nn.FeedForward(2, 2), nn.FeedForward(2, 2)]

        def forward(self, x: Tensor) -> Tensor:
            return self.f(self.f(x))

    twice = Twice(nn.FeedForward(2, 2, seed=0))
    assert [name for name, _ in twice.named_parameters()] == [
        "f.W",
        "f.b",
        "others.0.W",
        "others.0.b",
        "others.1.W",
        "others.1.b",
    ]
    twice(Tensor([1.0, 2.0])).sum().backward()
    assert twice.f.W.grad.shape == (2, 2)

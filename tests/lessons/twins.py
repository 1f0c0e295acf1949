"""Twins of our blocks in PyTorch: the same weights, and each block's mathematics by PyTorch's functions.

A lesson may set a twin's weights as it sets those of our block. Tensors that two blocks share stay shared.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

from engine import Tensor, nn
from engine.nn.decoder import AttentionDecoder, RecurrentDecoder
from engine.nn.module import Module
from engine.nn.recurrent import Gate
from engine.nn.sequence_model import Memory
from lessons.models import find_model
from lessons.models.model import Model

BENDS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "ReLU": torch.relu,
    "sigma": torch.sigmoid,
    "tanh": torch.tanh,
    "GELU": F.gelu,
}
Forward = Callable[..., Any]
FORWARDS: dict[type[Module], Forward] = {}


class Twin:
    """A block with PyTorch's tensors where ours are; calling it does what our block does."""

    def __init__(self, block: Module, known: dict[int, Any]) -> None:
        self.block = block
        for name, part in vars(block).items():
            setattr(self, name, twin_of(part, known))

    def __call__(self, *inputs: Any) -> Any:
        return FORWARDS[type(self.block)](self, *inputs)

    def remember(self, x: Any, state: Any = None) -> Memory:
        """What a SequenceRNN carries along, as ours tells it."""
        return Memory(*remembered(self, x, state))

    def __getattr__(self, name: str) -> Any:
        """Whatever else our block has."""
        return getattr(self.block, name)


def twin_of(part: Any, known: dict[int, Any]) -> Any:
    """A tensor, a block or a list of blocks as PyTorch has it; anything else as it is."""
    if id(part) in known:
        return known[id(part)]
    if isinstance(part, Tensor):
        found: Any = torch.tensor(np.asarray(part.data, dtype=float), requires_grad=part.requires_grad)
    elif isinstance(part, Module):
        found = Twin(part, known)
    elif isinstance(part, list):
        found = [twin_of(one, known) for one in part]
    else:
        return part
    known[id(part)] = found
    return found


def twin(block: Any) -> Any:
    """The twin of a whole network."""
    return twin_of(block, {})


def built(kind: Callable[..., Module]) -> Callable[..., Any]:
    """Build one of our blocks, and take its twin."""
    return lambda *args, **keywords: twin(kind(*args, **keywords))


def forward_of(*kinds: type[Module]) -> Callable[[Forward], Forward]:
    """What a twin of these blocks does when it is called."""

    def decorate(function: Forward) -> Forward:
        FORWARDS.update(dict.fromkeys(kinds, function))
        return function

    return decorate


def bend(block: Any, x: torch.Tensor) -> torch.Tensor:
    """The block's activation, known by its formula."""
    name = next((name for name in BENDS if name in block.bend.tex), "")
    return BENDS[name](x) if name else x


def affine(x: torch.Tensor, W: torch.Tensor, b: torch.Tensor | None) -> torch.Tensor:
    return F.linear(x, W.T, b)


@forward_of(nn.EmbedToken)
def embed(self: Any, tokens: Any) -> Any:
    numbers = np.asarray(self.block.numbers(tokens).data)
    return F.embedding(torch.tensor(numbers), self.E)


@forward_of(nn.LearnedPositions)
def placed(self: Any, x: Any) -> Any:
    return x + self.P[: x.shape[-2]]


@forward_of(nn.FeedForward)
def feed_forward(self: Any, x: Any) -> Any:
    if self.two_layers:
        return affine(bend(self, affine(x, self.W1, self.b1)), self.W2, self.b2)
    return bend(self, affine(x, self.W, self.b))


@forward_of(nn.LayerNorm)
def layer_norm(self: Any, x: Any) -> Any:
    return F.layer_norm(x, x.shape[-1:], self.gamma, self.beta, self.eps)


@forward_of(nn.AddNorm)
def add_norm(self: Any, x: Any, *others: Any) -> Any:
    if self.norm_first:
        return x + self.f(*others, self.norm(x))
    return self.norm(x + self.f(*others, x))


@forward_of(nn.Attention)
def attention(self: Any, x: Any, y: Any = None) -> Any:
    y = x if y is None else y
    q, k, v = affine(y, self.W_q, self.b_q), affine(x, self.W_k, self.b_k), affine(x, self.W_v, self.b_v)
    q, k, v = (one.unflatten(-1, (self.num_heads, -1)).transpose(-2, -3) for one in (q, k, v))
    mixed = F.scaled_dot_product_attention(q, k, v, is_causal=self.is_causal)
    return affine(mixed.transpose(-2, -3).flatten(-2), self.W_o, self.b_o)


@forward_of(nn.TransformerBlock)
def transformer_block(self: Any, x: Any) -> Any:
    return self.feed_forward(self.attention(x))


@forward_of(nn.Transformer)
def transformer(self: Any, x: Any) -> Any:
    x = x if self.positions is None else self.positions(x)
    for block in self.blocks:
        x = block(x)
    return x if self.norm is None else self.norm(x)


@forward_of(nn.BERT)
def bert(self: Any, tokens: Any) -> Any:
    return transformer(self, self.embed(tokens))


@forward_of(nn.SimpleRNN)
def simple_rnn(self: Any, state: Any, x: Any) -> Any:
    return (bend(self, affine(x, self.V, self.b) + state[0] @ self.U),)


@forward_of(Gate)
def gate(self: Any, x: Any, h: Any) -> Any:
    return bend(self, affine(x, self.W, self.b) + h @ self.U)


@forward_of(nn.LSTM)
def lstm(self: Any, state: Any, x: Any) -> Any:
    h, c = state
    i, f, o = self.input_gate(x, h), self.forget_gate(x, h), self.output_gate(x, h)
    c = f * c + i * self.candidate(x, h)
    return o * torch.tanh(c), c


@forward_of(nn.SequenceRNN)
def sequence_rnn(self: Any, x: Any, state: Any = None) -> Any:
    return remembered(self, x, state)[0]


def remembered(self: Any, x: Any, state: Any = None) -> Any:
    """All outputs, and the last state."""
    cell = self.cell
    state = tuple(x.new_zeros(cell.hidden_size) for _ in cell.names) if state is None else state
    outputs = []
    for one in x:
        state = cell(state, one)
        outputs.append(state[0])
    return torch.stack(outputs), state


@forward_of(nn.Collapse)
def collapse(self: Any, x: Any) -> Any:
    return x.mean(0) if self.how == "average" else x[0 if self.how == "first" else -1]


@forward_of(nn.GenerateToken)
def generate(self: Any, x: Any) -> Any:
    E = self.E.E if isinstance(self.E, Twin) else self.E
    return torch.softmax(x @ E.T / self.temperature, -1)


@forward_of(nn.LanguageModel)
def language_model(self: Any, tokens: Any) -> Any:
    return self.generate(self.collapse(self.sequence_model(self.embed(tokens))))


@forward_of(RecurrentDecoder)
def recurrent_decoder(self: Any, memory: Any, y: Any) -> Any:
    return self.rnn(y, memory[1])


@forward_of(AttentionDecoder)
def attention_decoder(self: Any, memory: Any, y: Any) -> Any:
    vectors, state = memory
    written = []
    for one in y:
        state = self.cell(state, one)
        asking = state[0][None]
        written.append(self.join(torch.cat([asking, self.attention(vectors, asking)], -1)))
    return torch.cat(written)


@forward_of(nn.SequenceToSequence)
def sequence_to_sequence(self: Any, source: Any, target: Any) -> Any:
    memory = remembered(self.encoder, self.embed_source(source))
    return self.generate(self.decoder(memory, self.embed_target(target)))


class TwinModel:
    """A trained model whose network is a twin."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def load(self, moment: int | None = None) -> Any:
        """The network at a moment."""
        return twin(self.model.load(moment))


def find_twin(name: str) -> TwinModel:
    """The trained model of this name."""
    return TwinModel(find_model(name))


def where(condition: Any, x: Any, y: Any) -> Any:
    """Numbers may stand for tensors."""
    x = x if isinstance(x, torch.Tensor) else torch.tensor(float(x))
    return torch.where(condition != 0, x, y)


def softmax(x: torch.Tensor) -> torch.Tensor:
    """Over the last dim, as ours."""
    return torch.softmax(x, -1)


BLOCKS = (
    "AddNorm",
    "LayerNorm",
    "Attention",
    "EmbedToken",
    "FeedForward",
    "TransformerBlock",
    "Transformer",
    "BERT",
    "SequenceRNN",
    "SimpleRNN",
    "LSTM",
    "GenerateToken",
    "LanguageModel",
    "LearnedPositions",
    "Collapse",
)
TWINS: dict[str, Any] = {name: built(getattr(nn, name)) for name in BLOCKS}
TWINS |= {"cat": torch.cat, "softmax": softmax, "where": where, "find_model": find_twin}

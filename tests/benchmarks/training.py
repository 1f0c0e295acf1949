"""Training: steps per second of every model, beside the same network in PyTorch, both in float32.

A step is all of it: forward, backward, shortening of the gradient, Adam. Sizes, and the batch, are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import nn

from engine.nn import LSTM, Transformer
from lessons.models import all_models
from lessons.models.model import Batch, Model
from lessons.models.training import train
from tests.benchmarks.table import Row, in_turns

ROUNDS, SECONDS = 9, 0.3  # rounds, and about how long each takes
TARGET = 2.0


class Digits(nn.Module):
    """Conv, ReLU, MaxPool, Linear."""

    def __init__(self, ours: Any) -> None:
        super().__init__()
        channels = ours.conv.W.shape[0]
        self.layers = nn.Sequential(
            nn.Conv2d(1, channels, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Flatten(),
            nn.Linear(*ours.classify.W.shape),
        )

    def loss(self, pictures: Any, labels: Any) -> Any:
        return nn.functional.cross_entropy(self.layers(pictures), labels)


def recurrent(cell: Any) -> Any:
    """PyTorch's net of a cell of ours."""
    kind = nn.LSTM if isinstance(cell, LSTM) else nn.RNN
    return kind(cell.input_size, cell.hidden_size, batch_first=True)


def stack(ours: Transformer, activation: str = "relu") -> Any:
    """PyTorch's stack of blocks."""
    block = ours.blocks[0]
    whole = block.attention
    layer = nn.TransformerEncoderLayer(
        ours.d_model,
        whole.f.num_heads,
        block.feed_forward.f.W1.shape[1],
        dropout=0.0,
        activation=activation,
        batch_first=True,
        norm_first=whole.norm_first,
    )
    norm = nn.LayerNorm(ours.d_model) if whole.norm_first else None
    return nn.TransformerEncoder(layer, len(ours.blocks), norm, enable_nested_tensor=False)


class Placed(nn.Module):
    """Embedding, positions where there are any, and blocks or a recurrent net: tokens to vectors."""

    def __init__(self, embed: Any, model: Any) -> None:
        super().__init__()
        self.embed = nn.Embedding(*embed.E.shape)
        self.blocks = isinstance(model, Transformer)
        self.causal = model.causal
        self.P = nn.Parameter(torch.randn(model.positions.P.shape)) if self.blocks else None
        self.inner = stack(model) if self.blocks else recurrent(model.cell)

    def forward(self, tokens: Any) -> Any:
        x = self.embed(tokens)
        if not self.blocks:
            return self.inner(x)[0]
        length = tokens.shape[1]
        mask = nn.Transformer.generate_square_subsequent_mask(length) if self.causal else None
        return self.inner(x + self.P[:length], mask=mask, is_causal=self.causal)

    def scores(self, vectors: Any) -> Any:
        return vectors @ self.embed.weight.T


class Language(Placed):
    """Which word comes next?"""

    def __init__(self, ours: Any) -> None:
        super().__init__(ours.embed, ours.sequence_model)

    def loss(self, tokens: Any) -> Any:
        scores = self.scores(self(tokens[:, :-1]))
        return nn.functional.cross_entropy(scores.flatten(0, 1), tokens[:, 1:].flatten())


class Recall(Language):
    """Which word came first?"""

    def loss(self, tokens: Any) -> Any:
        return nn.functional.cross_entropy(self.scores(self(tokens)[:, -1]), tokens[:, 0])


class Bert(Placed):
    """Which words are masked?"""

    def __init__(self, ours: Any) -> None:
        super().__init__(ours.bert.embed, ours.bert)

    def loss(self, tokens: Any, hidden: Any, words: Any) -> Any:
        return nn.functional.cross_entropy(self.scores(self(tokens)[hidden]), words[hidden])


class French(nn.Module):
    """Two recurrent nets, the second looking back by attention or not."""

    def __init__(self, ours: Any) -> None:
        super().__init__()
        size = ours.embed_source.E.shape[1]
        self.attends = hasattr(ours.decoder, "attention")
        self.source = nn.Embedding(*ours.embed_source.E.shape)
        self.target = nn.Embedding(*ours.embed_target.E.shape)
        self.encoder, self.decoder = (nn.LSTM(size, size, batch_first=True) for _ in range(2))
        if self.attends:
            self.attention = nn.MultiheadAttention(size, 1, bias=False, batch_first=True)
            self.join = nn.Linear(2 * size, size)

    def loss(self, source: Any, target: Any) -> Any:
        memory, state = self.encoder(self.source(source))
        vectors, _ = self.decoder(self.target(target[:, :-1]), state)
        if self.attends:
            context, _ = self.attention(vectors, memory, memory, need_weights=False)
            vectors = torch.tanh(self.join(torch.cat([vectors, context], -1)))
        scores = vectors @ self.target.weight.T
        return nn.functional.cross_entropy(scores.flatten(0, 1), target[:, 1:].flatten())


TWINS: dict[str, Any] = {
    "digits": Digits,
    "french": French,
    "language": Language,
    "recall": Recall,
    "bert": Bert,
}


def ours(model: Model, batch: Batch) -> Callable[[], object]:
    """A step of the model's own training, always on this batch."""
    steps = train(replace(model, batch=lambda step: batch, settings=replace(model.settings, steps=10**9)))
    return lambda: next(steps)


def in_torch(model: Model, batch: Batch) -> Callable[[], object]:
    """The same in PyTorch."""
    twin = TWINS[model.name.partition("-")[0]](model.build(0))
    given = [torch.tensor(np.asarray(one)) for one in batch]
    optimizer = torch.optim.Adam(twin.parameters(), lr=model.settings.learning_rate)

    def step() -> None:
        optimizer.zero_grad()
        twin.loss(*given).backward()
        nn.utils.clip_grad_norm_(twin.parameters(), model.settings.clip)
        optimizer.step()

    return step


def typical(model: Model) -> Batch:
    """A batch of middle length among the first ones."""
    batches = sorted((model.batch(step) for step in range(31)), key=lambda batch: np.shape(batch[0])[-1])
    return batches[len(batches) // 2]


def rows() -> Iterator[Row]:
    """A line for each model that has a goal."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for model in all_models():
            if model.goal is None:
                continue
            batch = typical(model)
            runs = {"ours": ours(model, batch), "torch": in_torch(model, batch)}
            seconds = in_turns(runs, rounds=3).median("ours")
            repeat = max(1, round(SECONDS / seconds / 2))
            times = in_turns(runs, ROUNDS, repeat, garbage=True)
            own, theirs = (f"{1 / times.median(name):.0f} steps/s" for name in ("ours", "torch"))
            yield Row(
                f"training {model.name}, batch of {model.settings.batch}",
                own,
                f"PyTorch {theirs}",
                times.ratio("ours", "torch"),
                TARGET,
            )
    finally:
        torch.set_num_threads(threads)

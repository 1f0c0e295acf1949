"""Blocks beside PyTorch's modules: forward and backward in float64, the gradient of the input included."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import torch

from engine import Tensor, nn
from tests.benchmarks.table import Row, in_turns, milliseconds

BATCH = 8


def step(block: nn.Module, x: Tensor) -> Callable[[], None]:
    """Forward and backward of the sum of the squared outputs."""

    def run() -> None:
        block.zero_grad()
        x.grad = None
        out = block(x)
        (out * out).sum().backward()

    return run


def torch_step(module: Any, x: torch.Tensor) -> Callable[[], None]:
    """The same in PyTorch; of a recurrent module the outputs of all steps."""

    def run() -> None:
        module.zero_grad()
        x.grad = None
        out = module(x)
        out = out[0] if isinstance(out, tuple) else out
        (out * out).sum().backward()

    return run


def pair(ours: nn.Module, theirs: Any, *shape: int) -> tuple[Callable[[], None], Callable[[], None]]:
    """A step of each on the same input."""
    x = np.random.default_rng(0).standard_normal(shape)
    return step(ours, Tensor(x)), torch_step(theirs, torch.tensor(x, requires_grad=True))


def lstm() -> tuple[Callable[[], None], Callable[[], None]]:
    """32 steps of 64 features."""
    theirs = torch.nn.LSTM(64, 64, batch_first=True)
    return pair(nn.SequenceRNN(nn.LSTM(64, 64, seed=0)), theirs, BATCH, 32, 64)


def transformer_block() -> tuple[Callable[[], None], Callable[[], None]]:
    """64 tokens of 64 features, 4 heads, a hidden layer of 4 · 64, all biases."""
    ours = nn.TransformerBlock(64, 4, 256, attention_bias=True, seed=0)
    theirs = torch.nn.TransformerEncoderLayer(64, 4, 256, dropout=0.0, batch_first=True)
    return pair(ours, theirs, BATCH, 64, 64)


def conv() -> tuple[Callable[[], None], Callable[[], None]]:
    """3 x 3 filters from 16 to 16 channels, 28 x 28 cells, padded."""
    theirs = torch.nn.Conv2d(16, 16, 3, padding=1)
    return pair(nn.Conv(16, 16, 3, padding="same", seed=0), theirs, 16, 16, 28, 28)


CASES = (
    ("LSTM, 32 steps, hidden 64, batch 8", lstm, 3.0),
    ("TransformerBlock, d = 64, 4 heads, 64 tokens, batch 8", transformer_block, 1.2),
    ("Conv 3x3, 16 channels on 28x28, batch 16", conv, 2.0),
)


def rows() -> Iterator[Row]:
    """One line for each block."""
    threads, kind = torch.get_num_threads(), torch.get_default_dtype()
    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    try:
        for what, build, target in CASES:
            ours, theirs = build()
            times = in_turns({"ours": ours, "torch": theirs}, rounds=41, repeat=3)
            beside = f"PyTorch {milliseconds(times.median('torch'))}"
            own = milliseconds(times.median("ours"))
            yield Row(f"{what}, forward + backward", own, beside, times.ratio("ours", "torch"), target)
    finally:
        torch.set_num_threads(threads)
        torch.set_default_dtype(kind)

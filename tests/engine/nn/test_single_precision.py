"""A network of float32 weights computes in float32 all the way, and takes its gradients in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Tensor, nn

NETS: dict[str, Callable[[], Any]] = {
    "SimpleRNN": lambda: nn.SequenceRNN(nn.SimpleRNN(4, 4, seed=0)),
    "SimpleRNN without bias": lambda: nn.SequenceRNN(nn.SimpleRNN(4, 4, bias=False, seed=0)),
    "LSTM": lambda: nn.SequenceRNN(nn.LSTM(4, 4, seed=0)),
    "LSTM with peepholes": lambda: nn.SequenceRNN(nn.LSTM(4, 4, peepholes=True, seed=0)),
    "GRU": lambda: nn.SequenceRNN(nn.GRU(4, 4, seed=0)),
    "Transformer": lambda: nn.Transformer(4, 2, 2, positions=nn.SinusoidalPositions(4), seed=0),
    "Conv": lambda: nn.Conv(3, 2, 3, dims=1, padding="same", seed=0),
}


@pytest.mark.parametrize("build", NETS.values(), ids=NETS)
def test_nothing_becomes_float64_on_the_way(build: Callable[[], Any]) -> None:
    net = build()
    for _, tensor in net.named_tensors():
        tensor.replace(tensor.data.astype(np.float32))
    x = Tensor(np.random.default_rng(0).standard_normal((2, 3, 4)).astype(np.float32))
    out = net(x)
    assert out.dtype == np.float32
    out.sum().backward()
    for name, tensor in net.named_tensors():
        assert tensor.grad.dtype == np.float32, name
    assert x.grad.dtype == np.float32

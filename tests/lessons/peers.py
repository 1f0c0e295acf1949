"""PyTorch under the engine's names, so that a lesson's own code runs with it."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from engine.nn.sequence_model import Memory
from lessons.models.model_digits import MODELS

State = tuple[torch.Tensor, ...]


def torch_tensor(value: Any, requires_grad: bool = True, name: str = "") -> torch.Tensor:
    """A PyTorch tensor, made the way ours are."""
    return torch.tensor(np.asarray(value, dtype=float), requires_grad=requires_grad)


class FeedForward:
    """One layer, its weights set from outside."""

    W: torch.Tensor
    b: torch.Tensor

    def __init__(self, in_features: int, out_features: int, activation: str | None = "relu") -> None:
        self.bend = torch.relu if activation else torch.nn.Identity()

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return self.bend(functional.linear(x, self.W.T, self.b))  # type: ignore[no-any-return]


class Conv:
    """PyTorch's own convolution, its filters set from outside."""

    W: torch.Tensor

    def __init__(self, in_channels: int, out_channels: int, kernel_size: int, bias: bool) -> None:
        assert not bias

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return functional.conv2d(x, self.W)


def trained() -> SimpleNamespace:
    """The digit network with its shipped weights, made of PyTorch's functions."""
    weights = {name: torch.tensor(one) for name, one in MODELS[0].load().state_dict().items()}
    return SimpleNamespace(
        conv=lambda x: functional.conv2d(x, weights["conv.W"], weights["conv.b"], padding="same"),
        pool=lambda x: functional.max_pool2d(x, 2),
        classify=lambda x: x @ weights["classify.W"] + weights["classify.b"],
    )


class MaxPool:
    """PyTorch's own pooling, of a picture without channels."""

    def __init__(self, kernel_size: int, stride: int) -> None:
        self.sizes = kernel_size, stride

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return functional.max_pool2d(x.unsqueeze(0), *self.sizes)[0]  # type: ignore[no-any-return]


class SimpleRNN:
    """PyTorch's own cell, its weights set from outside."""

    U: torch.Tensor
    V: torch.Tensor

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        assert not bias
        self.initial = (torch.zeros(1, hidden_size, dtype=torch.double),)

    def __call__(self, state: State, x: torch.Tensor) -> State:
        return (torch.rnn_tanh_cell(x, state[0], self.V.T, self.U.T),)


class LSTM:
    """PyTorch's own cell, the weights of its gates set from outside."""

    def __init__(self, input_size: int, hidden_size: int) -> None:
        self.input_gate, self.forget_gate = SimpleNamespace(), SimpleNamespace()
        self.output_gate, self.candidate = SimpleNamespace(), SimpleNamespace()

    def __call__(self, state: State, x: torch.Tensor) -> State:
        gates = (self.input_gate, self.forget_gate, self.candidate, self.output_gate)
        W, U = (torch.cat([getattr(gate, name).T for gate in gates]) for name in "WU")
        b = torch.cat([gate.b for gate in gates])
        return torch.lstm_cell(x, state, W, U, b)  # type: ignore[no-any-return]


class SequenceRNN:
    """A cell, folded over a sequence."""

    def __init__(self, cell: Any) -> None:
        self.cell = cell

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        state, outputs = self.cell.initial, []
        for each in x.split(1):
            state = self.cell(state, each)
            outputs.append(state[0])
        return torch.cat(outputs)

    def remember(self, x: torch.Tensor, state: State) -> Memory:
        """The outputs of all steps, and the state after the last."""
        state = tuple(part.unsqueeze(0) for part in state)
        outputs = []
        for each in x.split(1):
            state = self.cell(state, each)
            outputs.append(state[0])
        return Memory(torch.cat(outputs), tuple(part[0] for part in state))


PEERS: dict[str, Any] = {
    "Tensor": torch_tensor,
    "FeedForward": FeedForward,
    "Conv": Conv,
    "trained": trained,
    "MaxPool": MaxPool,
    "AvgPool": torch.nn.AvgPool2d,
    "cross_entropy": lambda scores, right: functional.cross_entropy(scores, torch.tensor(right)),
    "SimpleRNN": SimpleRNN,
    "SequenceRNN": SequenceRNN,
    "LSTM": LSTM,
    "cat": torch.cat,
}

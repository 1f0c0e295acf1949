"""Cells of recurrent nets: from the state so far and the next vector to the new state.

`SequenceRNN` folds a cell over a sequence. A state is a tuple of tensors, the first of which is the output h.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine.layers import affine
from engine.nn.activation import activation
from engine.nn.initial import Random, Seed, constant, generator, uniform
from engine.nn.module import Module, fixed, mark_as_own
from engine.op import OPS
from engine.scope import Kind
from engine.tensor import Tensor

State = tuple[Tensor, ...]
cat, sigmoid, tanh = OPS["cat"], OPS["sigmoid"], OPS["tanh"]
Shape = tuple[int, ...]


class Cell(Module):
    """What all cells share. `names`: those of the parts of a state."""

    names: tuple[str, ...] = ("h",)
    input_size: int
    hidden_size: int

    def initial(self, batch: Shape) -> State:
        """The state before the first vector: zeros, (*batch, hidden_size)."""
        return tuple(fixed(f"{name}0", np.zeros((*batch, self.hidden_size))) for name in self.names)

    def arguments(self, *inputs: Any) -> tuple[Tensor, ...]:
        """The vector first, then the parts of the state."""
        state, x = inputs
        return x, *as_state(state)

    def undrawn(self) -> Callable[[int, State, Tensor], State]:
        """A step, as it is done in a sequence that is not drawn: (number, state, x) -> state."""
        return lambda number, state, x: as_state(self.forward(state if len(state) > 1 else state[0], x))

    def check(self, batch: Shape, size: int, state: State) -> None:
        """Raise unless vectors (*batch, size) and the state have the sizes that the cell was built for."""
        if size != self.input_size:
            raise self.error(
                f"x has {size} features, but it was built for {self.input_size}, so its last dim must be that"
            )
        if len(state) != len(self.names):
            raise self.error(f"the state has {len(state)} parts, but it must be {' and '.join(self.names)}")
        for name, part in zip(self.names, state, strict=True):
            if part.shape != (*batch, self.hidden_size):
                raise self.error(
                    f"{name} has shape {part.shape}, but for x of shape {(*batch, size)} it must have shape "
                    f"{(*batch, self.hidden_size)}, with hidden_size {self.hidden_size} at its end"
                )


def as_state(state: Any) -> State:
    """A state as a tuple, also where it is a single tensor."""
    return state if isinstance(state, tuple) else (state,)


class SimpleRNN(Cell):
    """activation(h U + x V + b): `cell(h, x)` is the new h.

    `nonlinearity`: "tanh", "relu" or "sigmoid", the logistic. (h, x) -> h: (…, hidden_size), (…, input_size).
    Weights: U (hidden, hidden), V (input, hidden), b (hidden). Letters differ between texts.

    >>> cell = SimpleRNN(1, 1)
    >>> cell.U.data, cell.V.data, cell.b.data = [[0.5]], [[1.0]], [0.0]
    >>> round(cell(Tensor([0.0]), Tensor([1.0])).item(), 3)
    0.762
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        seed: Seed = None,
    ) -> None:
        random = generator(seed)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bend = activation("SimpleRNN", nonlinearity)
        self.U = uniform(random, hidden_size, hidden_size, hidden_size)
        self.V = uniform(random, hidden_size, input_size, hidden_size)
        self.b = uniform(random, hidden_size, hidden_size) if bias else None
        self.kind = Kind(
            "SimpleRNN",
            formula=self.bend.tex % ("<x> V + <y> U + b" if bias else "<x> V + <y> U"),
            says="Mix the next vector <x> with the state so far, <y>, into the new state.",
            says_backward=(
                "The gradient of the new state goes to <x>, to the state before, and to the weights, which "
                "are the "
                "same at every step."
            ),
        )

    def forward(self, h: Tensor, x: Tensor) -> Tensor:
        """(…, hidden_size), (…, input_size) -> (…, hidden_size)."""
        self.check(x.shape[:-1], x.shape[-1], (h,))
        new = affine(x, self.V, self.b)
        kept = h @ self.U
        z = new + kept
        return self.bend.apply(z)


class Gate(Module):
    """A soft multiplier between 0 and 1 for each number of the state: sigmoid(x W + h U + b).

    With `peepholes` it sees the memory c as well: + c P. `bend` "tanh" makes it a candidate between −1 and 1.
    Weights: W (input, hidden), U (hidden, hidden), b (hidden), P (hidden, hidden).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool,
        peepholes: bool,
        bend: str,
        label: str,
        letter: str,
        random: Random,
    ) -> None:
        self.label = label
        self.letter = letter  # the weights of all gates stand side by side in a drawing: W_i, W_f, …
        self.bend = activation("Gate", bend)
        self.W = uniform(random, hidden_size, input_size, hidden_size)
        self.U = uniform(random, hidden_size, hidden_size, hidden_size)
        self.b = uniform(random, hidden_size, hidden_size) if bias else None
        self.P = uniform(random, hidden_size, hidden_size, hidden_size) if peepholes else None
        terms = ["<x> W", "<y> U", *(["<z> P"] if peepholes else []), *(["b"] if bias else [])]
        self.kind = Kind(
            "gate",
            formula=self.bend.tex % " + ".join(terms),
            says=(
                f"Mix <x> and the state <y> into the {label}: multiply by weights, add up, then "
                f"{self.bend.says}."
            ),
            says_backward="The gradient goes through the bend to <x>, to the state and to the weights.",
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor) and value.name is None:
            mark_as_own(value, f"{name}_{self.letter}")
        super().__setattr__(name, value)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> Tensor:
        """(…, input_size), (…, hidden_size), (…, hidden_size) -> (…, hidden_size)."""
        added = affine(x, self.W, self.b) + h @ self.U
        if self.P is not None:
            added = added + c @ self.P
        return self.bend.apply(added)


class LSTM(Cell):
    """A cell with a memory c that is changed by gates: `cell((h, c), x)` is the new (h, c).

    Gates i, f, o = sigmoid(x W + h U + b) and the candidate g = tanh(x W + h U + b), each with weights of its
    own; c' = f · c + i · g, h' = o · tanh(c'). The gates multiply softly, and c is changed by adding: on this
    path the gradient survives. With `peepholes` the three gates see c too, as in some lectures; PyTorch has
    none. `forget_bias`: the first value of the forget gate's b, 1 or more to remember at first.
    Source: Hochreiter and Schmidhuber, Long short-term memory, 1997; Gers and others, Learning to forget,
    2000.
    """

    names = ("h", "c")
    kind = Kind(
        "LSTM",
        formula=r"o \cdot \tanh(c'), \quad c' = f \cdot <z> + i \cdot g",
        says="Keep the part f of the memory <z>, add the part i of what is new in <x>, and show the part o.",
        says_backward=(
            "The memory's gradient goes back through a product with f alone: while f is near 1, it lives."
        ),
    )

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        peepholes: bool = False,
        forget_bias: float | None = None,
        seed: Seed = None,
    ) -> None:
        if forget_bias is not None and not bias:
            raise self.error(f"forget_bias is {forget_bias}, but bias=False leaves the gates without one")
        random = generator(seed)
        self.input_size = input_size
        self.hidden_size = hidden_size

        def gate(label: str, letter: str) -> Gate:
            return Gate(input_size, hidden_size, bias, peepholes, "sigmoid", label, letter, random)

        self.input_gate = gate("input gate", "i")
        self.forget_gate = gate("forget gate", "f")
        self.output_gate = gate("output gate", "o")
        self.candidate = Gate(input_size, hidden_size, bias, False, "tanh", "candidate", "g", random)
        if forget_bias is not None:
            self.forget_gate.b = constant(float(forget_bias), hidden_size)

    def forward(self, state: State, x: Tensor) -> State:
        """((…, hidden_size), (…, hidden_size)), (…, input_size) -> the new pair."""
        self.check(x.shape[:-1], x.shape[-1], state)
        h, c = state
        i = self.input_gate(x, h, c)
        f = self.forget_gate(x, h, c)
        o = self.output_gate(x, h, c)
        g = self.candidate(x, h, c)
        kept = f * c
        new = i * g
        c = kept + new
        h = o * tanh(c)
        return h, c

    def undrawn(self) -> Callable[[int, State, Tensor], State]:
        """The same with the weights of all gates joined into one matrix, once for a whole sequence."""
        gates = (self.input_gate, self.forget_gate, self.output_gate, self.candidate)
        size = self.hidden_size
        W = cat([cat([gate.W for gate in gates], 1), cat([gate.U for gate in gates], 1)], 0)
        P = cat([gate.P for gate in gates[:3]], 1) if self.input_gate.P is not None else None
        b = cat([gate.b for gate in gates], 0) if self.input_gate.b is not None else None

        def step(number: int, state: State, x: Tensor) -> State:
            h, c = state
            z = affine(cat([x, h], -1), W, b)
            soft = z[..., : 3 * size]
            gates = sigmoid(soft if P is None else soft + c @ P)
            i, f, o = (gates[..., k * size : (k + 1) * size] for k in range(3))
            c = f * c + i * tanh(z[..., 3 * size :])
            return o * tanh(c), c

        return step


class GRU(Cell):
    """A cell whose gates mix old and new: `cell(h, x)` is the new h.

    Gates r, z = sigmoid(x W + h U + b); the candidate n = tanh(x W + b + r · (h U + d)), with weights of its
    own; h' = (1 − z) · n + z · h.
    Source: Cho and others, Learning phrase representations using RNN encoder-decoder, 2014.
    """

    kind = Kind(
        "GRU",
        formula=r"(1 - z) \cdot n + z \cdot <y>",
        says="Keep the part z of the state <y>, and replace the rest by what is new in <x>.",
        says_backward=(
            "Where z is near 1, the state's gradient passes back unchanged; elsewhere it goes to the new."
        ),
    )

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, seed: Seed = None) -> None:
        random = generator(seed)
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.reset_gate = Gate(input_size, hidden_size, bias, False, "sigmoid", "reset gate", "r", random)
        self.update_gate = Gate(input_size, hidden_size, bias, False, "sigmoid", "update gate", "z", random)
        self.W = uniform(random, hidden_size, input_size, hidden_size)
        self.U = uniform(random, hidden_size, hidden_size, hidden_size)
        self.b = uniform(random, hidden_size, hidden_size) if bias else None
        self.d = uniform(random, hidden_size, hidden_size) if bias else None

    def forward(self, h: Tensor, x: Tensor) -> Tensor:
        """(…, hidden_size), (…, input_size) -> (…, hidden_size)."""
        self.check(x.shape[:-1], x.shape[-1], (h,))
        r = self.reset_gate(x, h, h)
        z = self.update_gate(x, h, h)
        recalled = r * affine(h, self.U, self.d)
        n = tanh(affine(x, self.W, self.b) + recalled)
        return (1.0 - z) * n + z * h  # type: ignore[no-any-return]

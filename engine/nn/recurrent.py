"""Cells of recurrent nets: from the state so far and the next vector to the new state.

`SequenceRNN` folds a cell over a sequence. A state is a tuple of tensors, the first of which is the output h.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.layers import affine
from engine.nn.activation import activation
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.initial import Random, Seed, constant, generator, uniform
from engine.nn.module import Module, fixed, mark_as_own
from engine.nn.sequence_model import vector_at
from engine.op import OPS
from engine.ops.fold import BENDS
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

    def initial(self, batch: Shape, dtype: Any = float) -> State:
        """The state before the first vector: zeros, (*batch, hidden_size)."""
        return tuple(fixed(f"{name}0", np.zeros((*batch, self.hidden_size), dtype)) for name in self.names)

    def arguments(self, *inputs: Any) -> tuple[Tensor, ...]:
        """The vector first, then the parts of the state."""
        state, x = inputs
        return x, *as_state(state)

    def fold(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """All steps over a sequence that is not drawn: (L, d) -> the outputs (L, h), and the last state."""
        outputs = []
        for t in range(x.shape[-2]):
            state = as_state(self.forward(state if len(state) > 1 else state[0], vector_at(x, t)))
            outputs.append(state[0])
        return OPS["stack"](outputs, -2), state

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
        self.nonlinearity = nonlinearity
        self.bend = activation("SimpleRNN", nonlinearity)
        self.U = uniform(random, hidden_size, hidden_size, hidden_size)
        self.V = uniform(random, hidden_size, input_size, hidden_size)
        self.b = uniform(random, hidden_size, hidden_size) if bias else None
        self.kind = Kind(
            "SimpleRNN",
            formula=self.bend.tex % ("<x> V + <y> U + b" if bias else "<x> V + <y> U"),
            says="Mix the next vector <x> with the state so far, <y>, into the new state.",
            says_backward="The gradient of the new state goes through the bend, and by the weights V to <x>.",
            says_others=(
                "The gradient of the new state goes through the bend, and by the weights U to <y>.",
            ),
        )

    def forward(self, h: Tensor, x: Tensor) -> Tensor:
        """(…, hidden_size), (…, input_size) -> (…, hidden_size)."""
        self.check(x.shape[:-1], x.shape[-1], (h,))
        seen = affine(x, self.V, self.b)
        recalled = h @ self.U
        added = seen + recalled
        return self.bend.apply(added)

    def fold(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """The same in one op; not without a bias, or with a bend that the op does not know."""
        if self.b is None or self.nonlinearity not in BENDS:
            return super().fold(x, state)
        weights = cat([self.V, self.U, self.b.unsqueeze(0)], 0)
        outputs = OPS["fold_rnn"](x, weights, state[0], self.nonlinearity)
        return outputs, (vector_at(outputs, -1),)


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
            says_others=(
                "The gradient goes through the bend, and by the weights U to the state <y>.",
                "The gradient goes through the bend, and by the weights P to the memory <z>.",
            ),
        )

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Tensor) and value.name is None:
            mark_as_own(value, f"{name}_{self.letter}")
        super().__setattr__(name, value)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> Tensor:
        """(…, input_size), (…, hidden_size), (…, hidden_size) -> (…, hidden_size)."""
        seen = affine(x, self.W, self.b)
        recalled = h @ self.U
        added = seen + recalled
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
        says_others=("All gates read the state <y>: what each of them sends back to it adds up.",),
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
        c_next = kept + new
        shown = tanh(c_next)
        h_next = o * shown
        return h_next, c_next

    def fold(self, x: Tensor, state: State) -> tuple[Tensor, State]:
        """The same in one op, with the weights of all gates joined; not with peepholes or without biases."""
        gates = (self.input_gate, self.forget_gate, self.output_gate, self.candidate)
        biases = [gate.b.unsqueeze(0) for gate in gates if gate.b is not None]
        if self.input_gate.P is not None or not biases:
            return super().fold(x, state)
        rows = [gate.W for gate in gates], [gate.U for gate in gates], biases
        weights = cat([cat(row, 1) for row in rows], 0)
        both = OPS["fold_lstm"](x, weights, cat(state, -1))
        outputs = both[..., : self.hidden_size]
        memory = vector_at(both[..., self.hidden_size :], -1)
        return outputs, (vector_at(outputs, -1), memory)


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


CELLS: dict[str, type[Any]] = {"SimpleRNN": SimpleRNN, "LSTM": LSTM, "GRU": GRU}


def use_simple_rnn(
    x: Tensor, h: Tensor, U: Tensor, V: Tensor, b: Tensor, d: int, hidden: int, nonlinearity: str
) -> Any:
    """What the gallery walks."""
    cell = SimpleRNN(d, hidden, nonlinearity=nonlinearity, seed=0)
    cell.U, cell.V, cell.b = U, V, b
    new = cell(h, x)
    return new.sum()


def use_lstm(x: Tensor, h: Tensor, c: Tensor, d: int, hidden: int, peepholes: str, weights: str) -> Any:
    """What the gallery walks."""
    cell = LSTM(d, hidden, peepholes=peepholes == "on", seed=0)
    if weights == "simple":
        gates = (
            (cell.input_gate, 2.0),
            (cell.forget_gate, 1.0),
            (cell.output_gate, 0.0),
            (cell.candidate, 0.5),
        )
        for gate, weight in gates:
            gate.W.data = np.full((d, hidden), weight)
            gate.U.data = np.zeros((hidden, hidden))
            gate.b = Tensor(np.zeros(hidden))
    new_h, _ = cell((h, c), x)
    return new_h.sum()


def use_gru(x: Tensor, h: Tensor, d: int, hidden: int) -> Any:
    """What the gallery walks."""
    cell = GRU(d, hidden, seed=0)
    new = cell(h, x)
    return new.sum()


VECTOR = Given("x", "the next vector", lambda d: (d,), worked=([1],))
STATE = Given("h", "the state so far", lambda hidden: (hidden,), worked=([0],))
CELL_SIZES = (Size("d", 1, 1, 6, "numbers in x", "d"), Size("hidden", 1, 1, 6, "numbers in h", "k"))
WEIGHTS = (
    Given("U", "weights of the state", lambda hidden: (hidden, hidden), worked=([[0.5]],)),
    Given("V", "weights of the vector", lambda d, hidden: (d, hidden), worked=([[1]],)),
    Given("b", "the bias", lambda hidden: (hidden,), worked=([0],)),
)

Entry(
    block=SimpleRNN,
    group="Sequences",
    place=4,
    signature="(h (k), x (d)) → h' (k)",
    about="Mix the next vector into the state: the simplest cell of a recurrent net.",
    symbols={
        "x": "the next vector, d numbers",
        "h": "the state so far, k numbers",
        "V, U": "the weights of the one and of the other",
        "b": "the bias, k numbers",
    },
    build=use_simple_rnn,
    result="The sum of the new state's numbers, so the gradient of each is 1.",
    inputs=(VECTOR, STATE, *WEIGHTS),
    sizes=CELL_SIZES,
    options=(Option("nonlinearity", ("tanh", "relu", "sigmoid"), "bend", ("tanh", "ReLU", "sigmoid")),),
    notes=("Which letter stands for which weights differs between texts.",),
)
Entry(
    block=LSTM,
    group="Sequences",
    place=5,
    signature="((h (k), c (k)), x (d)) → (h' (k), c' (k))",
    about="A cell with a memory that is changed by gates: kept by f, added to by i, shown by o.",
    symbols={
        "h, c": "the state that is shown, and the memory, k numbers each",
        "i, f, o": "the gates, from 0 to 1: each is σ(x W + h U + b), with weights of its own",
        "g": "the candidate, what could be new: tanh(x W + h U + b), with weights of its own",
        "c'": "the new memory",
    },
    build=use_lstm,
    result="The sum of the new state's numbers, so the gradient of each is 1.",
    inputs=(
        VECTOR,
        STATE,
        Given("c", "the memory so far", lambda hidden: (hidden,), worked=([2],)),
    ),
    sizes=CELL_SIZES,
    options=(
        Option("peepholes", ("off", "on"), "peepholes"),
        Option("weights", ("simple", "random"), "weights"),
    ),
    notes=(
        "With peepholes the gates see the memory too: + c P. Some lectures have them; PyTorch has none.",
        "The simple weights are 2, 1, 0 and 0.5 for x, and 0 for h, so at x = 1 the gates are easy to check.",
    ),
)
Entry(
    block=GRU,
    group="Sequences",
    place=6,
    signature="(h (k), x (d)) → h' (k)",
    about="A cell whose one gate both keeps the old state and lets in the new.",
    symbols={
        "x, h": "the next vector, d numbers, and the state so far, k numbers",
        "z": "the update gate, σ(x W + h U + b): how much of the state is kept",
        "n": "what is new, tanh(x W + b + r · (h U + d)), where the reset gate r is made as z is",
    },
    build=use_gru,
    result="The sum of the new state's numbers, so the gradient of each is 1.",
    inputs=(VECTOR, STATE),
    sizes=CELL_SIZES,
)

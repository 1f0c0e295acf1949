"""SequenceRNN: a fold of one cell over a sequence."""

from __future__ import annotations

from typing import Any

from engine.apply import mode
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.module import named
from engine.nn.recurrent import CELL_SIZES, CELLS, WEIGHTS, Cell, SimpleRNN, State, as_state
from engine.nn.sequence_model import Memory, SequenceModel, vector_at
from engine.op import OPS
from engine.scope import Kind
from engine.tensor import Tensor


class SequenceRNN(SequenceModel):
    """h_i = cell(h_{i-1}, x_i), from left to right: one cell, used at every step.

    (L, d) -> (L, h), or with a batch in front. Weights: those of the cell, shared over time.
    """

    causal = True
    kind = Kind(
        "SequenceRNN",
        formula=r"\operatorname{fold}(\text{cell}, <x>), \quad h_i = \text{cell}(h_{i-1}, x_i)",
        says="Read <x> from left to right: at each step the cell mixes the next vector into the state.",
        says_backward=(
            "The gradient goes back through time, from the last step to the first; the shared weights add "
            "up what "
            "each step sends them."
        ),
    )

    def __init__(self, cell: Cell) -> None:
        self.cell = cell

    def forward(self, x: Tensor, state: Any = None) -> Tensor:
        """(L, input_size) -> (L, hidden_size): the output of every step. `state`: the one to start with."""
        return self._fold(x, state).vectors

    def remember(self, x: Tensor, state: Any = None) -> Memory:
        """The outputs of all steps, and the state after the last. `state`: the one to start with."""
        return self.run(self._fold, self.label, x, state)  # type: ignore[no-any-return]

    def _fold(self, x: Tensor, state: Any) -> Memory:
        cell = self.cell
        self.check_sequence(x, cell.input_size)
        state = cell.initial(x.shape[:-2], x.dtype) if state is None else as_state(state)
        cell.check(x.shape[:-2], x.shape[-1], state)
        if not mode.watching:
            return Memory(*cell.fold(x, state))
        outputs = []
        for t in range(x.shape[-2]):
            state = step(cell, t + 1, state, named(vector_at(x, t), f"x{t + 1}"))
            outputs.append(state[0])
        return Memory(OPS["stack"](outputs, -2), state)


def step(cell: Cell, number: int, state: State, x: Tensor) -> State:
    """One step of a cell, in a box named after its number."""
    after = as_state(cell.called(f"step {number}", state if len(state) > 1 else state[0], x))
    for name, part in zip(cell.names, after, strict=True):
        named(part, f"{name}{number}")
    return after


def use_sequence_rnn(
    x: Tensor, U: Tensor, V: Tensor, b: Tensor, cell: str, tokens: int, d: int, hidden: int
) -> Any:
    """What the gallery walks."""
    rnn = SequenceRNN(CELLS[cell](d, hidden, seed=0))
    if isinstance(rnn.cell, SimpleRNN):
        rnn.cell.U, rnn.cell.V, rnn.cell.b = U, V, b
    result = rnn(x)
    return result[-1].sum()


FOLD = "take one vector after the other, and carry the state along"

Entry(
    block=SequenceRNN,
    group="Sequences",
    place=7,
    signature="x (L, d) → (L, k)",
    about="Read a sequence from left to right with one cell, used at every step: a fold over the sequence.",
    symbols={
        "x": "the vectors, as rows; $x_i$ is the one of step i",
        "h_i": "the state after step i; before the first step it is 0",
        r"\operatorname{fold}": FOLD,
        r"\text{cell}": "SimpleRNN, LSTM or GRU: the same cell, and the same weights, at every step",
    },
    build=use_sequence_rnn,
    result="The sum of the last state's numbers: what came first has the longest way back.",
    inputs=(
        Given("x", "the vectors, as rows", lambda tokens, d: (tokens, d), worked=([[1], [0], [0]],)),
        *WEIGHTS,
    ),
    sizes=(Size("tokens", 3, 1, 12, "tokens", "L"), *CELL_SIZES),
    options=(Option("cell", tuple(CELLS), "cell"),),
    notes=(
        "The weights are shared over time, so each step adds its part to their gradient.",
        "U, V and b are those of SimpleRNN; LSTM and GRU bring their own.",
    ),
)

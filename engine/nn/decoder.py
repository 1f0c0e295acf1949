"""Decoders: what writes a target while it looks back at a source."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.apply import mode
from engine.nn.activation import Name
from engine.nn.attention import Attention
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.feed_forward import FeedForward
from engine.nn.initial import Seed, generator
from engine.nn.module import Module, named, through
from engine.nn.norm import AddNorm
from engine.nn.positions import SinusoidalPositions
from engine.nn.recurrent import CELLS, Cell, State, as_state
from engine.nn.sequence_model import Memory, vector_at
from engine.nn.sequence_rnn import FOLD, SequenceRNN, step
from engine.op import OPS
from engine.scope import Kind
from engine.tensor import Tensor


class Decoder(Module):
    """(what was read, target vectors (M, d)) -> (M, d): for each place, what to write after it."""

    forward: Callable[..., Tensor]

    def arguments(self, *inputs: Any) -> tuple[Tensor, ...]:
        """What was read, and the target so far."""
        memory, y = inputs
        return memory.vectors, y

    def state_of(self, memory: Memory) -> State:
        """The state that a recurrent decoder starts from."""
        if memory.state is None:
            raise self.error(
                "it starts from the encoder's last state, but this encoder has none; use a SequenceRNN"
            )
        return as_state(memory.state)


class RecurrentDecoder(Decoder):
    """A recurrent net that starts where the encoder stopped: all it knows of the source is that one state."""

    kind = Kind(
        "RecurrentDecoder",
        formula=r"\operatorname{fold}(\text{cell}, <y>), \quad h_0 = \text{the encoder's last}",
        says="Start from the encoder's last state, and read the target so far, <y>, from left to right.",
        says_backward="All that the source gets of the gradient comes through that one state.",
    )

    def __init__(self, cell: Cell) -> None:
        self.rnn = SequenceRNN(cell)

    def forward(self, memory: Memory, y: Tensor) -> Tensor:
        """(M, d) -> (M, d)."""
        return self.rnn(y, self.state_of(memory))  # type: ignore[no-any-return]


class AttentionDecoder(Decoder):
    """A recurrent net that looks back at all states of the encoder, at each of its steps.

    The state h asks, by attention, and what comes back is joined to it: tanh([h, context] W + b).
    Source: Luong and others, Effective approaches to attention-based neural machine translation, 2015.
    """

    kind = Kind(
        "AttentionDecoder",
        formula=r"\tanh([h_i, \operatorname{Attention}(<x>, h_i)] W + b)",
        says=(
            "Read the target so far, <y>, from left to right, and at each step ask <x> for what matters now."
        ),
        says_backward="Each step sends its gradient straight to the places of the source that it looked at.",
    )

    def __init__(self, cell: Cell, num_heads: int = 1, seed: Seed = None) -> None:
        random = generator(seed)
        size = cell.hidden_size
        self.cell = cell
        self.attention = Attention(size, num_heads, seed=random)
        self.join = FeedForward(2 * size, size, activation="tanh", seed=random)

    def forward(self, memory: Memory, y: Tensor) -> Tensor:
        """(M, d) -> (M, d)."""
        self.check_sequence(y, self.cell.input_size, "y")
        state = self.state_of(memory)
        if not mode.watching:
            return self._at_once(memory, y, state)
        written = []
        for t in range(y.shape[-2]):
            state = step(self.cell, t + 1, state, named(vector_at(y, t), f"y{t + 1}"))
            asking = state[0].unsqueeze(-2)
            context = named(self.attention(memory.vectors, asking), f"context{t + 1}")
            both = OPS["cat"]([asking, context], -1)
            written.append(named(self.join(both), f"out{t + 1}"))
        return OPS["cat"](written, -2)  # type: ignore[no-any-return]

    def _at_once(self, memory: Memory, y: Tensor, state: State) -> Tensor:
        """The same where nothing is drawn: no step needs the context of another, so all may ask together."""
        states, _ = self.cell.fold(y, state)
        context = self.attention(memory.vectors, states)
        return self.join(OPS["cat"]([states, context], -1))  # type: ignore[no-any-return]


class DecoderBlock(Module):
    """AddNorm three times: attention to itself, not ahead; attention to the source; FeedForward."""

    kind = Kind(
        "DecoderBlock",
        formula=(
            r"\operatorname{AddNorm}(\text{FeedForward}, \operatorname{AddNorm}(\text{Attention to the "
            r"source}, "
            r"\operatorname{AddNorm}(\text{Attention}, <x>)))"
        ),
        says=(
            "Let the vectors of <x> look back at each other, then at the source, then work on each by itself."
        ),
        says_backward="The gradient goes around all three parts as well as through them, and to the source.",
    )

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int,
        dropout: float = 0.0,
        activation: Name = "relu",
        bias: bool = False,
        seed: Seed = None,
    ) -> None:
        random = generator(seed)
        self.d_model = d_model
        self.attention = AddNorm(
            Attention(d_model, nhead, bias, dropout, is_causal=True, seed=random),
            d_model,
            False,
            dropout,
            seed=random,
        )
        self.look_back = AddNorm(
            Attention(d_model, nhead, bias, dropout, seed=random), d_model, False, dropout, seed=random
        )
        self.feed_forward = AddNorm(
            FeedForward(d_model, d_model, dim_feedforward, activation, dropout=dropout, seed=random),
            d_model,
            False,
            dropout,
            seed=random,
        )

    def forward(self, x: Tensor, source: Tensor) -> Tensor:
        """(M, d), (L, d) -> (M, d)."""
        self.check_sequence(x, self.d_model)
        self.check_sequence(source, self.d_model, "source")
        own = self.attention(x)
        informed = self.look_back(own, source)
        return self.feed_forward(informed)  # type: ignore[no-any-return]


class TransformerDecoder(Decoder):
    """A stack of DecoderBlocks, each with weights of its own; positions are added first."""

    kind = Kind(
        "TransformerDecoder",
        formula=r"\text{DecoderBlock}^{N}(<y> + P, <x>)",
        says="Let the target so far, <y>, look back at itself and at <x>, in one block after the other.",
        says_backward="Each block sends its gradient straight to the places of the source that it looked at.",
    )

    def __init__(
        self,
        d_model: int,
        nhead: int,
        num_layers: int = 6,
        dim_feedforward: int | None = None,
        positions: Module | None = None,
        dropout: float = 0.0,
        activation: Name = "relu",
        attention_bias: bool = False,
        seed: Seed = None,
    ) -> None:
        random = generator(seed)
        wide = 4 * d_model if dim_feedforward is None else dim_feedforward
        self.d_model = d_model
        self.positions = positions
        self.blocks = [
            DecoderBlock(d_model, nhead, wide, dropout, activation, attention_bias, random)
            for _ in range(num_layers)
        ]
        for i, block in enumerate(self.blocks):
            block.label = f"block {i + 1}"

    def forward(self, memory: Memory, y: Tensor) -> Tensor:
        """(M, d) -> (M, d)."""
        self.check_sequence(y, self.d_model, "y")
        placed = y if self.positions is None else self.positions(y)
        return through(self.blocks, placed, memory.vectors)


def use_recurrent_decoder(x: Tensor, y: Tensor, cell: str, tokens: int, written: int, d: int) -> Any:
    """What the gallery walks."""
    encoder = SequenceRNN(CELLS[cell](d, d, seed=0))
    decoder = RecurrentDecoder(CELLS[cell](d, d, seed=1))
    memory = encoder.remember(x)
    result = decoder(memory, y)
    return result[-1].sum()


def use_attention_decoder(
    x: Tensor, y: Tensor, cell: str, tokens: int, written: int, d: int, heads: int
) -> Any:
    """What the gallery walks."""
    encoder = SequenceRNN(CELLS[cell](d, d, seed=0))
    decoder = AttentionDecoder(CELLS[cell](d, d, seed=1), heads, seed=2)
    memory = encoder.remember(x)
    result = decoder(memory, y)
    return result[-1].sum()


def use_decoder_block(y: Tensor, x: Tensor, tokens: int, written: int, d: int, heads: int) -> Any:
    """What the gallery walks."""
    block = DecoderBlock(d, heads, dim_feedforward=2 * d, seed=0)
    result = block(y, x)
    return result[-1, 0]


def use_transformer_decoder(
    x: Tensor, y: Tensor, tokens: int, written: int, d: int, heads: int, blocks: int
) -> Any:
    """What the gallery walks."""
    decoder = TransformerDecoder(d, heads, blocks, positions=SinusoidalPositions(d), seed=0)
    memory = Memory(x, None)  # what a Transformer made of the source
    result = decoder(memory, y)
    return result[-1, 0]


SOURCE = Given("x", "vectors of the source", lambda tokens, d: (tokens, d))
TARGET = Given("y", "vectors of the target so far", lambda written, d: (written, d))
LENGTHS = (
    Size("tokens", 3, 1, 8, "tokens read", "L"),
    Size("written", 2, 1, 8, "tokens written", "M"),
)
CELL = Option("cell", tuple(CELLS), "cell")
SYMBOLS = {
    "x": "the source: L vectors that were read, as rows",
    "y": "the target so far: M vectors, as rows",
}
LAST_VECTOR = "The sum of the last vector's numbers: what would be written next."

Entry(
    block=RecurrentDecoder,
    group="Models",
    place=3,
    signature="(memory of x (L, d), y (M, d)) → (M, d)",
    about="Write on from the state in which the reading ended: all it knows of the source is that.",
    symbols={
        **SYMBOLS,
        r"\operatorname{fold}": FOLD,
        r"\text{cell}": "SimpleRNN, LSTM or GRU",
        "h_0": "the state to start from",
    },
    build=use_recurrent_decoder,
    result=LAST_VECTOR,
    inputs=(SOURCE, TARGET),
    sizes=(*LENGTHS, Size("d", 2, 1, 6, "d", "d")),
    options=(CELL,),
)
Entry(
    block=AttentionDecoder,
    group="Models",
    place=4,
    signature="(memory of x (L, d), y (M, d)) → (M, d)",
    about="Write on from where the reading ended, and look back at the whole source at every step.",
    symbols={
        **SYMBOLS,
        "h_i": "the state after step i, which asks",
        "W, b": "weights and bias that join the state and what came back",
    },
    build=use_attention_decoder,
    result=LAST_VECTOR,
    inputs=(SOURCE, TARGET),
    sizes=(*LENGTHS, Size("d", 2, 1, 6, "d", "d"), Size("heads", 1, 1, 3, "heads")),
    options=(CELL,),
)
LAST_NUMBER = "The first number of the last vector: it depends on all that was read and written."

Entry(
    block=DecoderBlock,
    group="Transformers",
    place=6,
    signature="(y (M, d), x (L, d)) → (M, d)",
    about="The vectors of the target look back at each other, then at the source; then each thinks alone.",
    symbols={
        "y": "the target so far: M vectors, as rows",
        r"\text{Attention to the source}": "y asks; x, the L vectors of the source, answers",
        r"\operatorname{AddNorm}(f, x)": "LayerNorm(x + f(x)): f applied safely",
    },
    build=use_decoder_block,
    result=LAST_NUMBER,
    inputs=(TARGET, SOURCE),
    sizes=(*LENGTHS, Size("d", 4, 1, 8, "d", "d"), Size("heads", 2, 1, 4, "heads")),
)
Entry(
    block=TransformerDecoder,
    group="Models",
    place=5,
    signature="(memory of x (L, d), y (M, d)) → (M, d)",
    about="A stack of blocks that look back at what is written, and then at the source.",
    symbols={
        **SYMBOLS,
        "P": "the positions, which tell each vector of y where it stands",
        r"\text{DecoderBlock}^{N}": "N blocks: to itself, to x, FeedForward, each in AddNorm",
    },
    build=use_transformer_decoder,
    result=LAST_NUMBER,
    inputs=(SOURCE, TARGET),
    sizes=(
        *LENGTHS,
        Size("d", 4, 1, 8, "d", "d"),
        Size("heads", 2, 1, 4, "heads"),
        Size("blocks", 2, 1, 6, "blocks"),
    ),
)

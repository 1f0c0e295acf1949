"""SequenceToSequence: read one sequence, write another, looking back at the first."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.apply import no_grad
from engine.nn.decoder import AttentionDecoder, Decoder, RecurrentDecoder, TransformerDecoder
from engine.nn.embedding import EmbedToken
from engine.nn.entry import Entry, Option, Size
from engine.nn.generate import GenerateToken
from engine.nn.initial import Seed, generator
from engine.nn.module import Module, named
from engine.nn.positions import SinusoidalPositions
from engine.nn.recurrent import CELLS, Cell
from engine.nn.sequence_model import SequenceModel
from engine.nn.sequence_rnn import SequenceRNN
from engine.nn.transformer import Transformer
from engine.scope import Kind
from engine.tensor import Tensor


class SequenceToSequence(Module):
    """Encode the source; then write the target token by token, each after those before it.

    (source tokens (L), target tokens (M)) -> (M, target tokens): at each place of the target, the
    probabilities of the token that follows it. A batch may stand in front of both. The target begins with a
    start token. `recurrent`, `with_attention` and `transformer` build the three usual kinds.
    """

    kind = Kind(
        "SequenceToSequence",
        formula=r"\operatorname{GenerateToken}(\text{Decoder}(\text{Encoder}(<x>), \text{target}))",
        says="Read the source <x>, then say for each place of the target which token follows.",
        says_backward=(
            "The gradient goes back through the writing to the reading, by every way of looking back."
        ),
    )

    def __init__(
        self,
        embed_source: EmbedToken,
        embed_target: EmbedToken,
        encoder: SequenceModel,
        decoder: Decoder,
        generate: GenerateToken | None = None,
    ) -> None:
        self.embed_source = embed_source
        self.embed_target = embed_target
        self.encoder = encoder
        self.decoder = decoder
        self.generate = GenerateToken(embed_target) if generate is None else generate

    @classmethod
    def recurrent(
        cls, source: Any, target: Any, d_model: int, cell: type[Any], seed: Seed = None
    ) -> SequenceToSequence:
        """Two recurrent nets: all that the second learns of the source is the last state of the first.

        `source`, `target`: how many tokens, or the words themselves; `cell`: the class, such as LSTM.
        """
        random = generator(seed)
        encoder, decoder = cell(d_model, d_model, seed=random), cell(d_model, d_model, seed=random)
        return cls(*_embeds(source, target, d_model, random), SequenceRNN(encoder), RecurrentDecoder(decoder))

    @classmethod
    def with_attention(
        cls, source: Any, target: Any, d_model: int, cell: type[Any], seed: Seed = None
    ) -> SequenceToSequence:
        """Two recurrent nets, of which the second looks back at every state of the first, by attention."""
        random = generator(seed)
        encoder: Cell = cell(d_model, d_model, seed=random)
        decoder = AttentionDecoder(cell(d_model, d_model, seed=random), seed=random)
        return cls(*_embeds(source, target, d_model, random), SequenceRNN(encoder), decoder)

    @classmethod
    def transformer(
        cls, source: Any, target: Any, d_model: int, nhead: int, num_layers: int = 6, seed: Seed = None
    ) -> SequenceToSequence:
        """Two stacks of blocks: the second attends to itself, without looking ahead, and to the first."""
        random = generator(seed)
        encoder = Transformer(d_model, nhead, num_layers, None, SinusoidalPositions(d_model), seed=random)
        decoder = TransformerDecoder(
            d_model, nhead, num_layers, None, SinusoidalPositions(d_model), seed=random
        )
        return cls(*_embeds(source, target, d_model, random), encoder, decoder)

    def forward(self, source: Any, target: Any) -> Tensor:
        """tokens (L), tokens (M) -> (M, target tokens)."""
        return self.generate(self._written(source, target))  # type: ignore[no-any-return]

    def _written(self, source: Any, target: Any) -> Tensor:
        known = self.embed_source.numbers(source, "source")
        so_far = self.embed_target.numbers(target, "target")
        read = self.embed_source(known)
        memory = self.encoder.remember(read)
        named(memory.vectors, "memory")
        begun = self.embed_target(so_far)
        return named(self.decoder(memory, begun), "written")

    def loss(self, source: Any, target: Any) -> Tensor:
        """The mean of −log p of each token of the target but the first, after those before it."""
        return self.run(self._loss, self.label, source, target, kind=LOSS)  # type: ignore[no-any-return]

    def _loss(self, source: Any, target: Any) -> Tensor:
        known = np.asarray(self.embed_target.numbers(target).data)
        if known.shape[-1:] < (2,):
            raise self.error(
                f"the target has shape {known.shape}, but it needs a start token and one more, at least"
            )
        vectors = self._written(source, Tensor(known[..., :-1], name="target"))
        return self.generate.loss(vectors, Tensor(known[..., 1:], name="next"))

    def written(self, source: Any, start: int, end: int, max_len: int = 50) -> list[int]:
        """The target for one source, chosen token by token from `start` up to `end`, both left out."""
        tokens = [start]
        was_training = self.training
        self.eval()
        with no_grad():
            memory = self.encoder.remember(self.embed_source(source))
            while len(tokens) <= max_len and (len(tokens) == 1 or tokens[-1] != end):
                vectors = self.decoder(memory, self.embed_target(np.array(tokens)))
                tokens.append(int(self.generate.choose(vectors[-1])))
        self.train(was_training)
        return [token for token in tokens[1:] if token != end]


def _embeds(source: Any, target: Any, d_model: int, random: Any) -> tuple[EmbedToken, EmbedToken]:
    """Two tables, told apart by their names in a drawing."""
    embeds = EmbedToken(source, d_model, random), EmbedToken(target, d_model, random)
    for embed, name in zip(embeds, ("E_source", "E_target"), strict=True):
        embed.E.name = name
    return embeds


LOSS = Kind(
    "SequenceToSequence",
    formula=r"-\ln p(\text{next} \mid <x>, \text{target so far})",
    says="Read the source <x>, and see how probable each token of the target was after those before it.",
    says_backward="The gradient goes back through the writing to the reading, by every way of looking back.",
)


def use_sequence_to_sequence(kind: str, cell: str, d: int, heads: int, blocks: int) -> Any:
    """What the gallery walks."""
    source = ["la", "maison", "bleue"]
    target = ["start", "the", "blue", "house", "end"]
    if kind == "Transformer":
        model = SequenceToSequence.transformer(source, target, d, heads, blocks, seed=0)
    elif kind == "attention":
        model = SequenceToSequence.with_attention(source, target, d, CELLS[cell], seed=0)
    else:
        model = SequenceToSequence.recurrent(source, target, d, CELLS[cell], seed=0)
    p = model(source, target[:-1])
    right = p[[0, 1, 2, 3], [1, 2, 3, 4]]
    return -right.log().mean()


Entry(
    block=SequenceToSequence,
    group="Models",
    place=6,
    signature="(source (L), target (M)) → p (M, V)",
    about="Read “la maison bleue” and write “the blue house”, each token after those before it.",
    symbols={
        "x": "the tokens of the source: la 0, maison 1, bleue 2",
        r"\text{target}": "the tokens of the target so far: start 0, the 1, blue 2, house 3",
        r"\text{Encoder}, \text{Decoder}": "what reads, and what writes: recurrent nets or Transformers",
    },
    build=use_sequence_to_sequence,
    result="The loss, the mean of −ln p of the right tokens: the, blue, house, end.",
    sizes=(
        Size("d", 4, 1, 8, "d"),
        Size("heads", 2, 1, 4, "heads", when=("kind", "Transformer")),
        Size("blocks", 1, 1, 4, "blocks", when=("kind", "Transformer")),
    ),
    options=(
        Option(
            "kind",
            ("recurrent", "attention", "Transformer"),
            "kind",
            ("recurrent", "recurrent with attention", "Transformer"),
        ),
        Option("cell", tuple(CELLS), "cell", when=("kind", "recurrent", "attention")),
    ),
)

"""TransformerBlock, and stacks of them: what GPT and BERT are made of."""

from __future__ import annotations

from typing import Any

from engine.nn.activation import Name
from engine.nn.attention import Attention
from engine.nn.embedding import EmbedToken
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.feed_forward import FeedForward
from engine.nn.initial import Seed, generator
from engine.nn.module import Module, through
from engine.nn.norm import AddNorm, LayerNorm
from engine.nn.positions import LearnedPositions, SinusoidalPositions
from engine.nn.sequence_model import SequenceModel
from engine.scope import Kind
from engine.tensor import Tensor

BACK = "The gradient goes through the blocks from the last to the first, and around each of them."


class TransformerBlock(Module):
    """AddNorm(FeedForward, AddNorm(Attention, x)): the vectors talk to each other, then each thinks alone.

    (L, d_model) -> (L, d_model), with a batch in front or not. `dim_feedforward`: 4 · d_model unless given.
    `norm_first`: as in GPT-2; else as in the original and in BERT. Weights: the sum of its parts.
    Source: Vaswani and others, Attention is all you need, 2017.
    """

    kind = Kind(
        "TransformerBlock",
        formula=r"\operatorname{AddNorm}(\text{FeedForward}, \operatorname{AddNorm}(\text{Attention}, <x>))",
        says="Let the vectors of <x> exchange what they know by attention, then work on each by itself.",
        says_backward=("The gradient goes around both parts as well as through them."),
    )

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int | None = None,
        dropout: float = 0.0,
        activation: Name = "relu",
        norm_first: bool = False,
        is_causal: bool = False,
        attention_bias: bool = False,
        seed: Seed = None,
    ) -> None:
        random = generator(seed)
        wide = 4 * d_model if dim_feedforward is None else dim_feedforward
        self.d_model = d_model
        attention = Attention(d_model, nhead, attention_bias, dropout, is_causal, random)
        feed_forward = FeedForward(d_model, d_model, wide, activation, dropout=dropout, seed=random)
        self.attention = AddNorm(attention, d_model, norm_first, dropout, seed=random)
        self.feed_forward = AddNorm(feed_forward, d_model, norm_first, dropout, seed=random)

    def forward(self, x: Tensor, **masks: Any) -> Tensor:
        """(L, d) -> (L, d). `masks`: attn_mask and key_padding_mask, as Attention takes them."""
        self.check_sequence(x, self.d_model)
        mixed = self.attention(x, **masks)
        return self.feed_forward(mixed)  # type: ignore[no-any-return]


class Transformer(SequenceModel):
    """A stack of TransformerBlocks, each with weights of its own; positions are added first.

    (L, d_model) -> (L, d_model), with a batch in front or not. `positions`: the block that adds them, or
    None. With `is_causal` no vector looks at later ones: a stack that can generate. With `norm_first` one
    more LayerNorm stands at the end.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        num_layers: int = 6,
        dim_feedforward: int | None = None,
        positions: Module | None = None,
        dropout: float = 0.0,
        activation: Name = "relu",
        norm_first: bool = False,
        is_causal: bool = False,
        attention_bias: bool = False,
        seed: Seed = None,
    ) -> None:
        random = generator(seed)
        self.d_model = d_model
        self.causal = is_causal
        self.positions = positions
        self.blocks = [
            TransformerBlock(
                d_model,
                nhead,
                dim_feedforward,
                dropout,
                activation,
                norm_first,
                is_causal,
                attention_bias,
                random,
            )
            for _ in range(num_layers)
        ]
        for i, block in enumerate(self.blocks):
            block.label = f"block {i + 1}"
        self.norm = LayerNorm(d_model) if norm_first else None
        self.kind = Kind(
            "Transformer",
            formula=rf"\text{{TransformerBlock}}^{{{num_layers}}}(<x>{' + P' if positions else ''})",
            says="Let the vectors of <x> talk to each other again and again, in one block after the other.",
            says_backward=BACK,
        )

    def forward(self, x: Any, **masks: Any) -> Tensor:
        """(L, d) -> (L, d). `masks`: attn_mask and key_padding_mask, as Attention takes them."""
        self.check_sequence(x, self.d_model)
        placed = x
        if self.positions is not None:
            placed = self.positions(x)
        if self.norm is None:
            return through(self.blocks, placed, **masks)
        return self.norm(through(self.blocks, placed, **masks))  # type: ignore[no-any-return]


class BERT(Transformer):
    """TransformerBlock, 24 times, on embedded tokens with positions: vectors that know what is around them.

    tokens (L) -> (L, d_model), with a batch in front or not. BERT-large has d_model 1024, 16 heads,
    dim_feedforward 4096 and 30,522 tokens: about 335 million weights. The 24 blocks share none of them.
    Source: Devlin and others, BERT: pre-training of deep bidirectional transformers, 2019.
    """

    def __init__(
        self,
        num_embeddings: Any,
        d_model: int,
        nhead: int,
        num_layers: int = 24,
        dim_feedforward: int | None = None,
        max_len: int = 512,
        positions: Module | None = None,
        dropout: float = 0.0,
        activation: Name = "gelu",
        attention_bias: bool = True,
        seed: Seed = None,
    ) -> None:
        random = generator(seed)
        self.embed = EmbedToken(num_embeddings, d_model, random)
        super().__init__(
            d_model,
            nhead,
            num_layers,
            dim_feedforward,
            LearnedPositions(max_len, d_model, random) if positions is None else positions,
            dropout,
            activation,
            attention_bias=attention_bias,
            seed=random,
        )
        self.kind = Kind(
            "BERT",
            formula=rf"\text{{TransformerBlock}}^{{{num_layers}}}(\operatorname{{EmbedToken}}(<x>) + P)",
            says="Embed the tokens <x>, then let them talk to each other in one block after the other.",
            says_backward=BACK,
        )

    def forward(self, x: Any, **masks: Any) -> Tensor:
        """tokens (L) -> (L, d)."""
        embedded = self.embed(x)
        return super().forward(embedded, **masks)


def use_transformer_block(x: Tensor, tokens: int, d: int, heads: int, wide: int, mask: str, norm: str) -> Any:
    """What the gallery walks."""
    block = TransformerBlock(d, heads, wide, norm_first=norm == "first", is_causal=mask == "causal", seed=0)
    result = block(x)
    return result[0, 0]


def use_transformer(
    x: Tensor, tokens: int, d: int, heads: int, blocks: int, positions: str, mask: str, norm: str
) -> Any:
    """What the gallery walks."""
    stack = Transformer(
        d,
        heads,
        blocks,
        positions=SinusoidalPositions(d) if positions == "waves" else None,
        norm_first=norm == "first",
        is_causal=mask == "causal",
        seed=0,
    )
    result = stack(x)
    return result[0, 0]


def use_bert(tokens: int, d: int, heads: int, blocks: int) -> Any:
    """What the gallery walks."""
    words = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
    bert = BERT(list(dict.fromkeys(words)), d, heads, blocks, max_len=len(words), seed=0)
    result = bert(words[:tokens])
    return result[0, 0]


FIRST_NUMBER = "The first number of the first vector: through attention it depends on every token."
STACK_SIZES = (
    Size("tokens", 3, 1, 8, "tokens", "L"),
    Size("d", 4, 1, 16, "d", "d"),
    Size("heads", 2, 1, 4, "heads"),
)
MASK = Option("mask", ("none", "causal"), "mask", ("none", "what comes later"))
NORM = Option("norm", ("last", "first"), "normalise", ("after, as BERT", "before, as GPT-2"))
ROWS = Given("x", "the vectors, as rows", lambda tokens, d: (tokens, d))

Entry(
    block=TransformerBlock,
    group="Transformers",
    place=3,
    signature="x (L, d) → (L, d)",
    about="First the vectors talk to each other, by attention; then each thinks alone, by FeedForward.",
    symbols={
        "x": "the vectors, one for each token, as rows",
        r"\operatorname{AddNorm}(f, x)": "LayerNorm(x + f(x)): f applied safely",
    },
    build=use_transformer_block,
    result=FIRST_NUMBER,
    inputs=(ROWS,),
    sizes=(*STACK_SIZES, Size("wide", 8, 1, 32, "inside FeedForward")),
    options=(MASK, NORM),
)
Entry(
    block=Transformer,
    group="Transformers",
    place=4,
    signature="x (L, d) → (L, d)",
    about="A stack of TransformerBlocks: the vectors talk to each other again and again.",
    symbols={
        "x": "the vectors, one for each token, as rows",
        "P": "the positions, which tell each vector where it stands",
        r"\text{TransformerBlock}^{N}": "N blocks, one after the other, each with weights of its own",
    },
    build=use_transformer,
    result=FIRST_NUMBER,
    inputs=(ROWS,),
    sizes=(*STACK_SIZES, Size("blocks", 3, 1, 12, "blocks")),
    options=(Option("positions", ("waves", "none"), "positions", ("sinusoidal", "none")), MASK, NORM),
    notes=("With the mask no vector sees later ones: such a stack can generate, as GPT does.",),
)
Entry(
    block=BERT,
    group="Transformers",
    place=5,
    signature="tokens (L) → (L, d)",
    about="TransformerBlock, 24 times, on embedded tokens: vectors that know what stands around them.",
    symbols={
        "x": "the tokens, as whole numbers: the 0, quick 1, brown 2, fox 3, …",
        "P": "the learned positions",
        r"\text{TransformerBlock}^{24}": "24 blocks, one after the other, which share no weights",
    },
    build=use_bert,
    result=FIRST_NUMBER,
    sizes=(
        Size("tokens", 4, 1, 9, "tokens", "L"),
        Size("d", 4, 1, 16, "d", "d"),
        Size("heads", 2, 1, 4, "heads"),
        Size("blocks", 24, 1, 24, "blocks"),
    ),
    notes=(
        "BERT-large has d = 1024, 16 heads and 30,522 tokens: about 335 million weights. This one is built "
        "alike, with a small d.",
        "It looks both ways, so it cannot simply generate: the next word would be seen.",
    ),
)

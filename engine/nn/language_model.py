"""LanguageModel: what comes next?"""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.apply import no_grad
from engine.nn.collapse import Collapse
from engine.nn.embedding import EmbedToken
from engine.nn.entry import Entry, Option, Size
from engine.nn.generate import GenerateToken
from engine.nn.module import Module
from engine.nn.positions import SinusoidalPositions
from engine.nn.recurrent import CELLS
from engine.nn.sequence_model import SequenceModel
from engine.nn.sequence_rnn import SequenceRNN
from engine.nn.transformer import Transformer
from engine.scope import Kind
from engine.tensor import Tensor


class LanguageModel(Module):
    """GenerateToken(Collapse(SequenceModel(EmbedToken(x)))): how probable each token is as the next one.

    `sequence_model`: any of SequenceRNN, Transformer. `collapse`: the last vector unless given. `generate`:
    tied to `embed` unless given. tokens (L) -> (tokens), with a batch in front or not.
    """

    kind = Kind(
        "LanguageModel",
        formula=(
            r"\operatorname{GenerateToken}(\operatorname{Collapse}("
            r"\operatorname{SequenceModel}(\operatorname{EmbedToken}(<x>))))"
        ),
        says=(
            "Embed the tokens <x>, let them form an opinion, collapse it to one vector, and say what comes "
            "next."
        ),
        says_backward=(
            "The gradient goes back through all parts; E is read twice, so it collects two gradients."
        ),
    )

    def __init__(
        self,
        embed: EmbedToken,
        sequence_model: SequenceModel,
        collapse: Collapse | None = None,
        generate: GenerateToken | None = None,
    ) -> None:
        self.embed = embed
        self.sequence_model = sequence_model
        self.collapse = Collapse("last") if collapse is None else collapse
        self.generate = GenerateToken(embed) if generate is None else generate

    def forward(self, tokens: Any) -> Tensor:
        """tokens (L) -> (tokens): the probabilities of the next one."""
        embedded = self.embed(tokens)
        vectors = self.sequence_model(embedded)
        x = self.collapse(vectors)
        return self.generate(x)  # type: ignore[no-any-return]

    def loss(self, tokens: Any) -> Tensor:
        """How surprising the tokens are, each after those before it: the mean of −log p. (L), L at least 2.

        A model that looks both ways, as BERT does, would see the answer; it is asked for the last token only.
        """
        return self.run(self._loss, self.label, tokens, kind=LOSS)  # type: ignore[no-any-return]

    def _loss(self, tokens: Any) -> Tensor:
        known = np.asarray(self.embed.numbers(tokens).data)
        if known.shape[-1:] < (2,):
            raise self.error(
                f"tokens came in shape {known.shape}, but it takes two to ask what follows; give more"
            )
        embedded = self.embed(Tensor(known[..., :-1], name="tokens"))
        vectors = self.sequence_model(embedded)
        if self.sequence_model.causal:
            return self.generate.loss(vectors, Tensor(known[..., 1:], name="next"))
        return self.generate.loss(self.collapse(vectors), Tensor(known[..., -1], name="next"))

    def continued(self, tokens: Any, count: int) -> Any:
        """The tokens with `count` more, chosen one by one: (L) -> (L + count), whole numbers."""
        known = np.asarray(self.embed.numbers(tokens).data)
        was_training = self.training
        self.eval()
        with no_grad():
            for _ in range(count):
                x = self.collapse(self.sequence_model(self.embed(Tensor(known))))
                known = np.concatenate([known, self.generate.choose(x)[..., None]], axis=-1)
        self.train(was_training)
        return known


LOSS = Kind(
    "LanguageModel",
    formula=r"-\ln p(\text{next} \mid <x>)",
    says="Read the tokens <x>, and see how probable each next one was by the model.",
    says_backward="The gradient goes back through all parts; E is read twice, so it collects two gradients.",
)


def use_language_model(sequence_model: str, tokens: int, d: int, heads: int, blocks: int) -> Any:
    """What the gallery walks."""
    text = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
    words = list(dict.fromkeys(text))
    embed = EmbedToken(words, d, seed=0)
    if sequence_model == "Transformer":
        positions = SinusoidalPositions(d)
        stack = Transformer(d, heads, blocks, positions=positions, is_causal=True, seed=0)
        model = LanguageModel(embed, stack)
    else:
        model = LanguageModel(embed, SequenceRNN(CELLS[sequence_model](d, d, seed=0)))
    p = model(text[:tokens])
    return -p[words.index(text[tokens])].log()


Entry(
    block=LanguageModel,
    group="Models",
    place=2,
    signature="tokens (L) → p (V)",
    about="Read “the quick brown” and say how probable each token is as the next one.",
    symbols={
        "x": "the tokens so far, as whole numbers: the 0, quick 1, brown 2, fox 3, …",
        r"\operatorname{SequenceModel}": "SequenceRNN with any cell, or a stack of TransformerBlocks",
    },
    build=use_language_model,
    result="The loss, −ln p of the token that really comes next: how surprised the model is.",
    sizes=(
        Size("tokens", 3, 1, 8, "tokens", "L"),
        Size("d", 4, 1, 8, "d"),
        Size("heads", 2, 1, 4, "heads", when=("sequence_model", "Transformer")),
        Size("blocks", 2, 1, 6, "blocks", when=("sequence_model", "Transformer")),
    ),
    options=(Option("sequence_model", (*CELLS, "Transformer"), "SequenceModel"),),
    notes=("E is read twice, by EmbedToken and by GenerateToken, so it collects two gradients.",),
)

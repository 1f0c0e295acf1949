"""EmbedToken: from tokens to vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.initial import Seed, generator, normal
from engine.nn.module import Module
from engine.op import OPS
from engine.scope import Kind
from engine.tensor import Tensor


class EmbedToken(Module):
    """A row of E for each token, whatever stands around it.

    `num_embeddings`: how many tokens there are, or the words themselves; with words, tokens may also be given
    as words. tokens (L) -> (L, d), with a batch in front or not. Weights: E (tokens, d).

    >>> embed = EmbedToken(["the", "blue", "house"], 2, seed=0)
    >>> embed.E.data = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]
    >>> embed(["blue", "house"]).tolist(), embed([0, 0]).tolist()
    ([[0.0, 1.0], [1.0, 1.0]], [[1.0, 0.0], [1.0, 0.0]])
    """

    kind = Kind(
        "EmbedToken",
        formula="E[<x>]",
        says="Look up the row of E for each token of <x>.",
        says_backward="The row of each token gets its gradient; a token that occurs twice adds up two.",
    )

    def __init__(self, num_embeddings: int | Sequence[str], embedding_dim: int, seed: Seed = None) -> None:
        self.words = None if isinstance(num_embeddings, int) else tuple(num_embeddings)
        count = num_embeddings if isinstance(num_embeddings, int) else len(num_embeddings)
        if count < 1 or (self.words is not None and len(set(self.words)) != count):
            raise self.error(
                f"num_embeddings is {num_embeddings!r}, but there must be one token or more, all different"
            )
        self._number = {word: i for i, word in enumerate(self.words or ())}
        self.E = normal(generator(seed), count, embedding_dim)

    @property
    def num_embeddings(self) -> int:
        """How many tokens there are."""
        return self.E.shape[0]

    def forward(self, tokens: Any) -> Tensor:
        """(…) -> (…, embedding_dim)."""
        return OPS["embedding"](self.numbers(tokens), self.E)  # type: ignore[no-any-return]

    def numbers(self, tokens: Any, name: str = "tokens") -> Tensor:
        """The tokens as whole numbers: some at least, and all of them known. A drawing calls them `name`."""
        if isinstance(tokens, str):
            tokens = tokens.split()
        if not isinstance(tokens, Tensor):
            tokens = Tensor(np.array(self._looked_up(tokens)), name=name)
        places = np.asarray(tokens.data)
        if places.size == 0:
            raise self.error("the sequence is empty; give it at least one token")
        if places.dtype.kind not in "iu":
            raise self.error(
                f"tokens came as type {places.dtype}, but whole numbers are expected, one for each token"
            )
        wrong = places[(places < 0) | (places >= self.num_embeddings)]
        if wrong.size:
            raise self.error(
                f"token {wrong.flat[0]} is unknown; it knows {self.num_embeddings} tokens, "
                f"0 to {self.num_embeddings - 1}"
            )
        return tokens  # type: ignore[no-any-return]

    def _looked_up(self, tokens: Any) -> Any:
        if isinstance(tokens, list | tuple):
            return [self._looked_up(token) for token in tokens] or np.zeros(0, int)
        if not isinstance(tokens, str):
            return tokens
        if tokens not in self._number:
            known = ", ".join((self.words or ())[:12])
            raise self.error(
                f"token {tokens!r} is unknown; it knows {known}" + ("…" if len(self._number) > 12 else "")
                if self.words
                else f"token {tokens!r} came, but it was built without words; give the numbers of the tokens"
            )
        return self._number[tokens]


def use_embed_token(E: Tensor, text: str, d: int) -> Any:
    """What the gallery walks."""
    embed = EmbedToken(["the", "blue", "house"], d, seed=0)
    embed.E = E
    result = embed(text)
    return result.sum()


Entry(
    block=EmbedToken,
    group="Sequences",
    place=1,
    signature="tokens (L) → (L, d)",
    about="A vector for each token, looked up in a table, whatever stands around the token.",
    symbols={
        "x": "the tokens, as whole numbers: the 0, blue 1, house 2",
        "E": "the table, a row of d numbers for each token that is known",
    },
    build=use_embed_token,
    result="The sum of all vectors, so each row that is looked up gets a gradient of 1 each time.",
    inputs=(Given("E", "rows for the, blue, house", lambda d: (3, d), worked=([[1, 0], [0, 1], [1, 1]],)),),
    sizes=(Size("d", 2, 1, 8, "numbers in a vector", "d"),),
    options=(Option("text", ("the blue house", "the blue the", "house"), "tokens"),),
    notes=("A token that occurs twice collects two gradients in its one row.",),
)

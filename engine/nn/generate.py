"""GenerateToken: from a vector to a token."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.apply import no_grad
from engine.functional import cross_entropy, softmax
from engine.nn.embedding import EmbedToken
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.initial import Seed, generator
from engine.nn.module import Module, named
from engine.scope import Kind
from engine.tensor import Tensor, constant


class GenerateToken(Module):
    """p(y) ∝ exp(x · E_y): the token y whose row of E points where x points. E is EmbedToken's own.

    (…, d) -> (…, tokens): the probabilities p. `choose` then picks a token. `temperature` divides the
    scores: below 1 the likely ones win more often, above 1 less. `top_k` leaves only the k likeliest in the
    race, `greedy` takes the likeliest. Choosing has no gradient; what learns is the loss, −log p of the
    right token, whose gradient on the scores is p − onehot. Weights: E (tokens, d), shared.

    >>> generate = GenerateToken(Tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]))
    >>> generate(Tensor([0.5, 2.0])).numpy().round(3).tolist()
    [0.078, 0.348, 0.574]
    """

    kind = Kind(
        "GenerateToken",
        formula=r"\operatorname{softmax}(<x> E^{\top})",
        says="Compare <x> with the row of E for each token, and turn the scores into probabilities.",
        says_backward=(
            "The scores get p minus onehot: the right token is pulled towards <x>, all others pushed away."
        ),
    )

    def __init__(
        self,
        embed: EmbedToken | Tensor,
        temperature: float = 1.0,
        top_k: int | None = None,
        greedy: bool = False,
        seed: Seed = None,
    ) -> None:
        self.E = embed.E if isinstance(embed, EmbedToken) else embed
        if not temperature > 0.0:
            raise self.error(
                f"temperature is {temperature}, but it must be above 0; greedy=True takes the likeliest"
            )
        if top_k is not None and not 1 <= top_k <= self.E.shape[0]:
            raise self.error(
                f"top_k is {top_k}, but there are {self.E.shape[0]} tokens to choose from, so 1 to that"
            )
        self.temperature = temperature
        self.top_k = top_k
        self.greedy = greedy
        self.random = generator(seed)

    def scores(self, x: Tensor) -> Tensor:
        """x · E_y for each token y: (…, d) -> (…, tokens)."""
        self.check_features(x, self.E.shape[1])
        columns = self.E.T
        return named(x @ columns, "scores")

    def forward(self, x: Tensor) -> Tensor:
        """(…, d) -> (…, tokens): probabilities."""
        scores = self.scores(x)
        if self.temperature != 1.0:
            scores = scores / self.temperature
        return softmax(scores)

    def loss(self, x: Tensor, target: Any) -> Tensor:
        """The mean of −log p of the right tokens, at temperature 1. `x`: (…, d); `target`: (…), numbers."""
        return self.run(self._loss, self.label, x, target, kind=LOSS)  # type: ignore[no-any-return]

    def _loss(self, x: Tensor, target: Any) -> Tensor:
        right = constant(target if isinstance(target, Tensor) else np.array(target, dtype=int))
        if right.shape != x.shape[:-1]:
            raise self.error(
                f"the vectors have shape {x.shape}, so {x.shape[:-1]} right tokens were expected, "
                f"but {right.shape} came"
            )
        places = np.asarray(right.data)
        wrong = places[(places < 0) | (places >= self.E.shape[0])]
        if wrong.size:
            raise self.error(
                f"the right token {wrong.flat[0]} is unknown; there are {self.E.shape[0]}, 0 to "
                f"{self.E.shape[0] - 1}"
            )
        scores = self.scores(x)
        if x.ndim > 2:
            scores, right = scores.reshape(-1, self.E.shape[0]), right.reshape(-1)
        return cross_entropy(scores, right)

    def choose(self, x: Tensor) -> Any:
        """A token for each vector, as whole numbers: (…, d) -> (…)."""
        with no_grad():
            p = self(x).numpy()
        if self.greedy:
            return np.argmax(p, axis=-1)
        if self.top_k is not None:
            losers = np.argsort(-p, axis=-1, kind="stable")[..., self.top_k :]
            np.put_along_axis(p, losers, 0.0, axis=-1)
        edges = np.cumsum(p, axis=-1)
        throw = self.random.random((*p.shape[:-1], 1)) * edges[..., -1:]
        return np.sum(edges <= throw, axis=-1)  # the first token whose share the throw falls into


LOSS = Kind(
    "GenerateToken",
    formula=r"-\ln \operatorname{softmax}(<x> E^{\top})[\text{next}]",
    says="Compare <x> with the row of E for each token, and see how probable the right token was.",
    says_backward=(
        "The scores get p minus onehot: the right token is pulled towards <x>, all others pushed away."
    ),
)


def use_generate_token(x: Tensor, E: Tensor, d: int, right: str, temperature: str) -> Any:
    """What the gallery walks."""
    words = ["the", "blue", "house"]
    generate = GenerateToken(E, temperature=float(temperature))
    p = generate(x)
    return -p[words.index(right)].log()


Entry(
    block=GenerateToken,
    group="Models",
    place=1,
    signature="x (d) → p (V)",
    about="Pick a token for a vector: the better a token's row of E matches x, the more probable it is.",
    symbols={
        "x": "the vector, d numbers",
        "E": "EmbedToken's own table, a row for each of V tokens; it is shared",
        r"\operatorname{softmax}": "turns the scores $x \\cdot E_y$ into probabilities",
    },
    build=use_generate_token,
    result="The loss, −ln p of the right token: the scores get p, less 1 at the right one.",
    inputs=(
        Given("x", "the vector", lambda d: (d,), worked=([0.5, 2],)),
        Given("E", "rows for the, blue, house", lambda d: (3, d), worked=([[1, 0], [0, 1], [1, 1]],)),
    ),
    sizes=(Size("d", 2, 1, 8, "d", "d"),),
    options=(
        Option("right", ("house", "blue", "the"), "right token"),
        Option("temperature", ("1", "0.5", "2"), "temperature"),
    ),
    notes=("Picking has no gradient. What learns is the loss.",),
)

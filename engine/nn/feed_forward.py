"""FeedForward: the block that everything else is made of."""

from __future__ import annotations

from typing import Any

from engine.layers import affine
from engine.nn.activation import Name, activation
from engine.nn.dropout import Dropout
from engine.nn.entry import Entry, Given, Option, Size
from engine.nn.initial import Seed, generator, uniform
from engine.nn.module import Module
from engine.scope import Kind
from engine.tensor import Tensor

BACK = "Each weight gets its input times the gradient of its output; through the weights it goes on to <x>."


class FeedForward(Module):
    """One layer, activation(x W + b); or, with `hidden_features`, two: activation(x W1 + b1) W2 + b2.

    The first is the classic meaning of the name. The second is what a Transformer means by it: two layers
    that are applied to each token by itself. `activation`: "relu", "sigmoid", "tanh", "gelu", or None for
    none. (…, in_features) -> (…, out_features). Weights: W (in, out), b (out); W1, b1, W2, b2 in the second
    case.

    >>> layer = FeedForward(2, 2)
    >>> layer.W.data, layer.b.data = [[1.0, 2.0], [-1.0, 1.0]], [0.0, -1.0]
    >>> layer(Tensor([1.0, 2.0])).tolist()
    [0.0, 3.0]
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        hidden_features: int | None = None,
        activation: Name = "relu",
        bias: bool = True,
        dropout: float = 0.0,
        seed: Seed = None,
    ) -> None:
        random = generator(seed)
        self.in_features = in_features
        self.two_layers = hidden_features is not None
        self.bend = activation_of("FeedForward", activation)
        if hidden_features is None:
            self.W = uniform(random, in_features, in_features, out_features)
            self.b = uniform(random, in_features, out_features) if bias else None
            self.kind = _one_layer(self.bend.tex, self.bend.says, bias)
            return
        self.W1 = uniform(random, in_features, in_features, hidden_features)
        self.b1 = uniform(random, in_features, hidden_features) if bias else None
        self.W2 = uniform(random, hidden_features, hidden_features, out_features)
        self.b2 = uniform(random, hidden_features, out_features) if bias else None
        self.dropout = Dropout(dropout, seed=random)
        self.kind = _two_layers(self.bend.tex, bias)

    def forward(self, x: Tensor) -> Tensor:
        """(…, in_features) -> (…, out_features)."""
        self.check_features(x, self.in_features)
        if not self.two_layers:
            z = affine(x, self.W, self.b)
            return self.bend.apply(z)
        z = affine(x, self.W1, self.b1)
        hidden = self.dropout(self.bend.apply(z))
        return affine(hidden, self.W2, self.b2)


activation_of = activation  # the parameter of the same name hides it


def _one_layer(tex: str, bend: str, bias: bool) -> Kind:
    plus = " and add the bias b" if bias else ""
    return Kind(
        "FeedForward",
        formula=tex % ("<x> W + b" if bias else "<x> W"),
        says=f"Multiply <x> by the weights W{plus}" + (f", then {bend}." if bend else "."),
        says_backward=BACK,
    )


def _two_layers(tex: str, bias: bool) -> Kind:
    first, second = ("<x> W_1 + b_1", "%s W_2 + b_2") if bias else ("<x> W_1", "%s W_2")
    inner = tex % first
    return Kind(
        "FeedForward",
        formula=second % (inner if "(" in inner else f"({inner})"),
        says="Take each token of <x> by itself through two layers, with a bend between them.",
        says_backward=BACK,
    )


def use_feed_forward(
    x: Tensor, W: Tensor, b: Tensor, d: int, k: int, hidden: int, layers: str, activation: str
) -> Any:
    """What the gallery walks."""
    if layers == "one":
        layer = FeedForward(d, k, activation=activation, seed=0)
        layer.W, layer.b = W, b
    else:
        layer = FeedForward(d, k, hidden, activation, seed=0)
    result = layer(x)
    return result.sum()


Entry(
    block=FeedForward,
    group="Vectors and images",
    place=1,
    signature="x (…, d) → (…, k)",
    about="One layer: multiply a vector by weights, add a bias, and bend what comes out.",
    symbols={
        "x": "the vector, d numbers; several vectors are rows, and each is taken by itself",
        "W": "the weights, d × k: a column for each number of the result",
        "b": "the bias, k numbers",
        r"\operatorname{ReLU}": "keeps what is positive and puts 0 in place of the rest",
    },
    build=use_feed_forward,
    result="The sum of the outputs, so the gradient of each output is 1.",
    inputs=(
        Given("x", "the vector", lambda d: (d,), worked=([1, 2],)),
        Given("W", "the weights, a column for each output", lambda d, k: (d, k), worked=([[1, 2], [-1, 1]],)),
        Given("b", "the bias", lambda k: (k,), worked=([0, -1],)),
    ),
    sizes=(
        Size("d", 2, 1, 8, "inputs", "d"),
        Size("k", 2, 1, 8, "outputs", "k"),
        Size("hidden", 4, 1, 16, "hidden", when=("layers", "two")),
    ),
    options=(
        Option("layers", ("one", "two"), "layers"),
        Option(
            "activation",
            ("relu", "tanh", "sigmoid", "gelu"),
            "activation",
            ("ReLU", "tanh", "sigmoid", "GELU"),
        ),
    ),
    notes=(
        "The name has two meanings. On its own it is one layer. Inside a Transformer it is two layers with a "
        "bend between them, applied to each token by itself.",
    ),
)

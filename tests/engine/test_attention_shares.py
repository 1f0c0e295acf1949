"""The shares of attention can be read off what was computed with them."""

import numpy as np

from engine import Tensor, nn
from engine.ops.attend import shares_behind


def test_the_shares_are_softmaxes_of_scaled_scores_in_the_order_of_the_blocks() -> None:
    stack = nn.Transformer(4, 2, 2, is_causal=True, seed=0)
    x = Tensor(np.random.default_rng(0).standard_normal((3, 4)))
    first, second = shares_behind(stack(x))
    assert first.shape == second.shape == (1, 2, 3, 3)
    attention = stack.blocks[0].attention.f
    q, k = (x.data @ W.data for W in (attention.W_q, attention.W_k))
    for head in range(2):
        own = slice(2 * head, 2 * head + 2)
        scores = np.exp(np.where(np.tri(3) > 0, q[:, own] @ k[:, own].T / np.sqrt(2), -np.inf))
        np.testing.assert_allclose(first[0, head], scores / scores.sum(1, keepdims=True), rtol=1e-12)


def test_without_attention_there_are_none() -> None:
    assert shares_behind(nn.FeedForward(2, 2, seed=0)(Tensor([1.0, 2.0]))) == []

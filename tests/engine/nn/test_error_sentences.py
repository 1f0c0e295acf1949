"""Whatever does not fit is refused in a sentence that names the block, what came and what was expected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from engine import Tensor, nn
from engine import functional as F
from engine.nn.decoder import DecoderBlock


def ones(*shape: int) -> Tensor:
    return Tensor(np.ones(shape))


def words() -> nn.EmbedToken:
    return nn.EmbedToken(["the", "blue"], 3)


CASES: list[tuple[Callable[[], Any], str]] = [
    (
        lambda: nn.FeedForward(3, 2)(ones(4, 5)),
        r"FeedForward: x has shape \(4, 5\), but it was built for 3 features, so the last dim must be 3",
    ),
    (
        lambda: nn.FeedForward(3, 2, activation="step"),
        r"FeedForward: activation 'step' is not known; choose one of 'relu'",
    ),
    (
        lambda: nn.Conv(3, 2, 3)(ones(1, 5, 5)),
        r"Conv: x has shape \(1, 5, 5\), but \(C, H, W\) with C = 3 channels was expected",
    ),
    (lambda: nn.Conv(1, 2, 3)(ones(5)), r"Conv: x has shape \(5,\), but \(C, H, W\)"),
    (
        lambda: nn.Conv(1, 2, 4, padding="same"),
        r"Conv: padding 'same' wants an odd kernel, which has a middle, but the kernel is 4 by 4",
    ),
    (
        lambda: nn.Conv(1, 2, 3, stride=2, padding="same"),
        r"Conv: padding 'same' keeps the length, which a stride of",
    ),
    (
        lambda: nn.Conv(1, 2, 3, padding="some"),
        r"Conv: padding is 'some', but it must be a whole number, 'same' or",
    ),
    (lambda: nn.Conv(1, 2, 3, dims=3), r"Conv: dims is 3, but it must be 1, for signals, or 2, for images"),
    (
        lambda: nn.Conv(1, 2, 0),
        r"Conv: kernel_size is 0, but it must be a whole number, or 2 of them, from 1 up",
    ),
    (
        lambda: nn.Conv(1, 2, 5, padding=1)(ones(1, 2, 9)),
        r"Conv: x has shape \(1, 2, 9\), and a kernel of 5 does not fit into a length of 2 with padding 1",
    ),
    (lambda: nn.MaxPool(3)(ones(2, 9)), r"MaxPool: a window of length 3 does not fit into a length of 2"),
    (
        lambda: nn.MaxPool(2)(ones(9)),
        r"MaxPool: x has shape \(9,\), but windows of 2 dims need at least 2 dims",
    ),
    (lambda: nn.AvgPool(2, padding=2), r"AvgPool: padding 2 is more than half of the kernel_size 2"),
    (lambda: words()([0, 2]), r"EmbedToken: token 2 is unknown; it knows 2 tokens, 0 to 1"),
    (lambda: words()("the fox"), r"EmbedToken: token 'fox' is unknown; it knows the, blue"),
    (lambda: nn.EmbedToken(4, 3)("the"), r"EmbedToken: token 'the' came, but it was built without words"),
    (lambda: words()([]), r"EmbedToken: the sequence is empty; give it at least one token"),
    (lambda: words()([0.5]), r"EmbedToken: tokens came as type float64, but whole numbers are expected"),
    (lambda: nn.EmbedToken(["a", "a"], 3), r"EmbedToken: num_embeddings is \['a', 'a'\], but there must be"),
    (
        lambda: nn.SequenceRNN(nn.LSTM(3, 2))(ones(0, 3)),
        r"SequenceRNN: x of shape \(0, 3\) is an empty sequence; give it at least one element",
    ),
    (
        lambda: nn.SequenceRNN(nn.LSTM(3, 2))(ones(4, 2)),
        r"SequenceRNN: x has shape \(4, 2\), but it was built for 3",
    ),
    (
        lambda: nn.SequenceRNN(nn.LSTM(3, 2))(ones(3)),
        r"SequenceRNN: x has shape \(3,\), but a sequence of vectors",
    ),
    (
        lambda: nn.SimpleRNN(3, 2)(ones(3), ones(3)),
        r"SimpleRNN: h has shape \(3,\), but for x of shape \(3,\) it must have shape \(2,\), with "
        r"hidden_size 2",
    ),
    (lambda: nn.GRU(3, 2)(ones(2), ones(4)), r"GRU: x has 4 features, but it was built for 3"),
    (lambda: nn.LSTM(3, 2)((ones(2),), ones(3)), r"LSTM: the state has 1 parts, but it must be h and c"),
    (lambda: nn.LSTM(3, 2, bias=False, forget_bias=1.0), r"LSTM: forget_bias is 1.0, but bias=False leaves"),
    (lambda: nn.SimpleRNN(3, 2, nonlinearity="sin"), r"SimpleRNN: activation 'sin' is not known"),
    (
        lambda: nn.Attention(6, 4),
        r"Attention: 4 heads cannot share vectors of 6 numbers evenly; each head needs the same whole number",
    ),
    (
        lambda: nn.Attention(4)(ones(3, 5)),
        r"Attention: x has shape \(3, 5\), but it was built for 4 features",
    ),
    (
        lambda: nn.Attention(4)(ones(3, 4), ones(2, 5)),
        r"Attention: y has shape \(2, 5\), but it was built for 4",
    ),
    (
        lambda: nn.Attention(4)(ones(2, 3, 4), ones(3, 4)),
        r"Attention: x has shape \(2, 3, 4\) and y has shape \(3, 4\)",
    ),
    (lambda: nn.Attention(4)(ones(0, 4)), r"Attention: x of shape \(0, 4\) is an empty sequence"),
    (
        lambda: nn.Attention(4)(
            ones(3, 4), attn_mask=np.array([[False, False, True], [True] * 3, [False] * 3])
        ),
        r"Attention: the masks hide everything from vector 1, so its shares would be 0 / 0; let it see at "
        r"least one",
    ),
    (
        lambda: nn.Attention(4)(ones(2, 3, 4), key_padding_mask=np.array([[False] * 3, [True] * 3])),
        r"Attention: the masks hide everything from vector 0 of sequence 1",
    ),
    (
        lambda: nn.Attention(4, is_causal=True)(ones(3, 4), key_padding_mask=np.array([True, False, False])),
        r"Attention: the masks hide everything from vector 0, so",
    ),
    (
        lambda: nn.Attention(4)(ones(3, 4), attn_mask=np.zeros((2, 3), bool)),
        r"Attention: attn_mask has shape \(2, 3\), but for x of shape \(3, 4\) .* it must have shape \(3, "
        r"3\)",
    ),
    (
        lambda: nn.Attention(4)(ones(2, 3, 4), key_padding_mask=np.zeros((2, 2), bool)),
        r"Attention: key_padding_mask has shape \(2, 2\), but .* \(2, 3\), or \(3,\) for all of a batch",
    ),
    (
        lambda: nn.Attention(4)(ones(3, 4), attn_mask=np.zeros((3, 3))),
        r"Attention: attn_mask is of type float64, but it",
    ),
    (lambda: nn.LayerNorm(3)(ones(4)), r"LayerNorm: x has shape \(4,\), but it was built for 3 features"),
    (
        lambda: nn.AddNorm(nn.FeedForward(3, 2), 3)(ones(3)),
        r"AddNorm: f turned shape \(3,\) into \(2,\), but the two are added, so f must keep the shape",
    ),
    (lambda: nn.TransformerBlock(6, 4), r"Attention: 4 heads cannot share vectors of 6 numbers"),
    (
        lambda: nn.TransformerBlock(4, 2)(ones(3, 5)),
        r"TransformerBlock: x has shape \(3, 5\), but it was built for 4 features",
    ),
    (
        lambda: nn.TransformerBlock(4, 2)(ones(0, 4)),
        r"TransformerBlock: x of shape \(0, 4\) is an empty sequence; give it at least one",
    ),
    (
        lambda: DecoderBlock(4, 2, 8)(ones(3, 4), ones(2, 5)),
        r"DecoderBlock: source has shape \(2, 5\), but it was built for 4 features",
    ),
    (
        lambda: nn.LanguageModel(words(), nn.SequenceRNN(nn.GRU(3, 3)))([]),
        r"EmbedToken: the sequence is empty; give it at least one token",
    ),
    (
        lambda: nn.SequenceToSequence.recurrent(2, 2, 3, nn.GRU)([0], [5]),
        r"EmbedToken: token 5 is unknown; it knows 2 tokens, 0 to 1",
    ),
    (
        lambda: nn.LearnedPositions(3, 4)(ones(0, 4)),
        r"LearnedPositions: x of shape \(0, 4\) is an empty sequence",
    ),
    (
        lambda: nn.AttentionDecoder(nn.GRU(3, 3))(
            nn.SequenceRNN(nn.GRU(3, 3)).remember(ones(2, 3)), ones(2, 4)
        ),
        r"AttentionDecoder: y has shape \(2, 4\), but it was built for 3 features",
    ),
    (
        lambda: nn.Transformer(4, 2)(ones(3, 5)),
        r"Transformer: x has shape \(3, 5\), but it was built for 4 features",
    ),
    (lambda: nn.BERT(5, 4, 2, 1)([]), r"EmbedToken: the sequence is empty"),
    (lambda: nn.BERT(5, 4, 2, 1)([0, 7]), r"EmbedToken: token 7 is unknown; it knows 5 tokens, 0 to 4"),
    (
        lambda: nn.BERT(5, 4, 2, 1, max_len=2)([0, 1, 2]),
        r"LearnedPositions: the sequence has 3 places, but only 2 were learned; take more places",
    ),
    (
        lambda: nn.Collapse("middle"),
        r"Collapse: how is 'middle', but it must be 'first', 'last' or 'average'",
    ),
    (lambda: nn.Collapse()(ones(0, 3)), r"Collapse: x has shape \(0, 3\), but at least one vector is needed"),
    (
        lambda: nn.GenerateToken(words())(ones(4)),
        r"GenerateToken: x has shape \(4,\), but it was built for 3 features",
    ),
    (
        lambda: nn.GenerateToken(words(), temperature=0.0),
        r"GenerateToken: temperature is 0.0, but it must be above 0",
    ),
    (
        lambda: nn.GenerateToken(words(), top_k=3),
        r"GenerateToken: top_k is 3, but there are 2 tokens to choose from",
    ),
    (
        lambda: nn.GenerateToken(words()).loss(ones(3), 2),
        r"GenerateToken: the right token 2 is unknown; there are 2",
    ),
    (
        lambda: nn.GenerateToken(words()).loss(ones(4, 3), [0, 1]),
        r"GenerateToken: the vectors have shape \(4, 3\), so \(4,\) right tokens were expected, but \(2,\) "
        r"came",
    ),
    (
        lambda: nn.LanguageModel(words(), nn.SequenceRNN(nn.GRU(3, 3))).loss([0]),
        r"LanguageModel: tokens came in shape \(1,\), but it takes two to ask what follows",
    ),
    (
        lambda: nn.SequenceToSequence.recurrent(2, 2, 3, nn.GRU).loss([0], [1]),
        r"SequenceToSequence: the target has shape \(1,\), but it needs a start token and one more",
    ),
    (
        lambda: nn.SequenceToSequence(
            words(), words(), nn.Transformer(3, 1, 1), nn.RecurrentDecoder(nn.GRU(3, 3))
        )([0], [0]),
        r"RecurrentDecoder: it starts from the encoder's last state, but this encoder has none",
    ),
    (lambda: nn.Dropout(1.0), r"Dropout: p is 1.0, but a share from 0 up to, but below, 1 can be left out"),
    (
        lambda: F.layer_norm(ones(2, 3), [2]),
        r"layer_norm: x has shape \(2, 3\), but its last dims should be \(2,\)",
    ),
    (
        lambda: F.conv2d(ones(1, 5, 5), ones(1, 1, 3)),
        r"conv2d: the weights have shape \(1, 1, 3\), but they must be",
    ),
    (lambda: F.conv1d(ones(2, 5), ones(1, 1, 3)), r"conv: the filter looks at 1 channels but x has 2"),
    (
        lambda: F.conv1d(ones(1, 5), ones(1, 1, 2), padding="same"),
        r"conv1d: padding 'same' wants an odd kernel",
    ),
    (lambda: F.max_pool2d(ones(5), 2), r"max_pool: windows of 2 dims do not slide over x of shape \(5,\)"),
    (lambda: F.embedding(np.array([3]), ones(3, 2)), r"embedding: token 3 is unknown; the table has 3 rows"),
    (
        lambda: F.embedding([0.5], ones(3, 2)),
        r"embedding: tokens must be whole numbers, but they are of type float64",
    ),
    (
        lambda: F.embedding(np.array([0]), ones(3)),
        r"embedding: the table has shape \(3,\); it must have a row for each",
    ),
]


@pytest.mark.parametrize(("call", "sentence"), CASES, ids=[sentence[:50] for _, sentence in CASES])
def test_the_sentence_says_who_what_and_what_instead(call: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        call()

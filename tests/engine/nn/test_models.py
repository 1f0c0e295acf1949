"""Models do what they are for: they learn, they generate, and they look only where they may."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine import Tensor, nn
from engine.optim import Adam

SENTENCE = ["the", "quick", "brown", "fox", "jumps", "over", "the", "lazy", "dog"]
WORDS = sorted(set(SENTENCE))


def random(*shape: int, seed: int = 0) -> Any:
    return np.random.default_rng(seed).standard_normal(shape)


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    dropout = nn.Dropout(0.25, seed=0)
    x = Tensor(np.ones(40_000))
    out = dropout(x)
    out.sum().backward()
    dropped = out.data == 0.0
    assert np.mean(dropped) == pytest.approx(0.25, abs=0.01)
    assert np.mean(out.data) == pytest.approx(1.0, abs=0.01)
    assert np.array_equal(x.grad == 0.0, dropped)


def test_dropout_is_repeatable_and_absent_in_use() -> None:
    x = Tensor(np.ones(20))
    assert nn.Dropout(0.5, seed=3)(x).tolist() == nn.Dropout(0.5, seed=3)(x).tolist()
    block = nn.TransformerBlock(4, 2, dropout=0.5, seed=0)
    y = Tensor(random(3, 4))
    assert block(y).tolist() != block(y).tolist()
    block.eval()
    assert block(y).tolist() == block(y).tolist() == nn.TransformerBlock(4, 2, seed=0)(y).tolist()


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_causal_stack_does_not_look_ahead_and_bert_does(norm_first: bool) -> None:
    x = random(5, 4)
    changed = x.copy()
    changed[3] += 1.0
    causal = nn.Transformer(4, 2, 2, norm_first=norm_first, is_causal=True, seed=0)
    both_ways = nn.Transformer(4, 2, 2, norm_first=norm_first, seed=0)
    differs = [
        np.any(stack(Tensor(x)).data != stack(Tensor(changed)).data, axis=-1) for stack in (causal, both_ways)
    ]
    assert differs[0].tolist() == [False, False, False, True, True]
    assert differs[1].all()


def test_padding_that_is_hidden_changes_nothing() -> None:
    stack = nn.Transformer(4, 2, 2, seed=0)
    x = random(2, 5, 4)
    padding = np.zeros((2, 5), bool)
    padding[1, 3:] = True
    out = stack(Tensor(x), key_padding_mask=padding)
    np.testing.assert_allclose(out.data[0], stack(Tensor(x[0])).data, rtol=1e-12)
    np.testing.assert_allclose(out.data[1, :3], stack(Tensor(x[1, :3])).data, rtol=1e-12)


def test_without_positions_attention_sees_a_set_with_positions_a_sequence() -> None:
    x = random(4, 4)
    order = [2, 0, 3, 1]
    plain = nn.Transformer(4, 2, 2, seed=0)
    placed = nn.Transformer(4, 2, 2, positions=nn.SinusoidalPositions(4), seed=0)
    np.testing.assert_allclose(plain(Tensor(x[order])).data, plain(Tensor(x)).data[order], rtol=1e-9)
    assert not np.allclose(placed(Tensor(x[order])).data, placed(Tensor(x)).data[order])


def test_each_sequence_of_a_batch_is_read_as_if_it_were_alone() -> None:
    for block in (
        nn.SequenceRNN(nn.LSTM(4, 3, seed=0)),
        nn.Transformer(4, 2, 2, seed=0),
        nn.Collapse("average"),
    ):
        x = random(3, 5, 4)
        together = block(Tensor(x)).data
        np.testing.assert_allclose(together, [block(Tensor(one)).data for one in x], rtol=1e-11)


def choices(count: int, seed: int = 0, **options: Any) -> list[float]:
    """How often each of three tokens is chosen whose probabilities are 0.1, 0.3 and 0.6."""
    generate = nn.GenerateToken(Tensor(np.log([[0.1], [0.3], [0.6]])), seed=seed, **options)
    chosen = generate.choose(Tensor(np.ones((count, 1))))
    return [float(np.mean(chosen == token)) for token in range(3)]


def test_tokens_are_chosen_as_often_as_they_are_probable() -> None:
    assert choices(20_000) == pytest.approx([0.1, 0.3, 0.6], abs=0.01)
    assert choices(50, seed=1) == choices(50, seed=1)
    cold = np.array([0.1, 0.3, 0.6]) ** 2
    assert choices(20_000, temperature=0.5) == pytest.approx(cold / cold.sum(), abs=0.01)
    assert choices(20_000, top_k=2) == pytest.approx([0.0, 1 / 3, 2 / 3], abs=0.01)
    assert choices(100, greedy=True) == choices(100, top_k=1) == [0.0, 0.0, 1.0]


def test_one_vector_gives_one_token() -> None:
    generate = nn.GenerateToken(nn.EmbedToken(4, 3, seed=0), greedy=True)
    assert np.shape(generate.choose(Tensor([1.0, 0.0, 0.0]))) == ()


def trained(model: Any, loss: Any, steps: int, lr: float) -> list[float]:
    optimizer = Adam(model.parameters(), lr=lr)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        value = loss()
        value.backward()
        optimizer.step()
        losses.append(value.item())
    return losses


@pytest.mark.parametrize("kind", ["SimpleRNN", "LSTM", "GRU", "Transformer"])
def test_a_language_model_learns_a_sentence_by_heart_and_says_it(kind: str) -> None:
    d = 12
    sequence_model = (
        nn.Transformer(d, 2, 2, 24, nn.SinusoidalPositions(d), is_causal=True, seed=1)
        if kind == "Transformer"
        else nn.SequenceRNN(getattr(nn, kind)(d, d, seed=1))
    )
    embed = nn.EmbedToken(WORDS, d, seed=0)
    model = nn.LanguageModel(embed, sequence_model, generate=nn.GenerateToken(embed, greedy=True))
    losses = trained(model, lambda: model.loss(SENTENCE), 120, 0.03)
    assert losses[0] > 1.0
    assert losses[-1] < 0.1
    said = model.continued(SENTENCE[:2], len(SENTENCE) - 2)
    assert [WORDS[token] for token in said] == SENTENCE
    p = model(SENTENCE[:3])
    assert p.data.sum() == pytest.approx(1.0)
    assert WORDS[int(np.argmax(p.data))] == "fox"


def test_a_model_that_looks_both_ways_is_asked_for_the_last_token_only() -> None:
    embed = nn.EmbedToken(5, 4, seed=0)
    model = nn.LanguageModel(embed, nn.Transformer(4, 2, 1, seed=0))
    expected = -np.log(model([0, 1, 2]).data[3])
    assert model.loss([0, 1, 2, 3]).item() == pytest.approx(expected)


PAIRS = [
    ("la maison bleue", "the blue house"),
    ("la fleur", "the flower"),
    ("maison bleue", "blue house"),
    ("la maison", "the house"),
]
FRENCH = sorted({word for source, _ in PAIRS for word in source.split()})
ENGLISH = ["<start>", "<end>", *sorted({word for _, target in PAIRS for word in target.split()})]


@pytest.mark.parametrize("kind", ["recurrent", "with_attention", "transformer"])
def test_a_translator_learns_to_reorder_words(kind: str) -> None:
    build = getattr(nn.SequenceToSequence, kind)
    model = build(FRENCH, ENGLISH, 12, *((2, 1) if kind == "transformer" else (nn.LSTM,)), seed=0)
    model.generate.greedy = True

    def loss() -> Tensor:
        total = Tensor(0.0)
        for source, target in PAIRS:
            total = total + model.loss(source, ["<start>", *target.split(), "<end>"])
        return total

    losses = trained(model, loss, 60, 0.03)
    assert losses[-1] < 0.2 < losses[0]
    for source, target in PAIRS:
        assert [ENGLISH[token] for token in model.written(source, start=0, end=1)] == target.split()
    p = model(PAIRS[0][0], "<start> the blue")
    assert p.shape == (3, len(ENGLISH))
    assert ENGLISH[int(np.argmax(p.data[-1]))] == "house"


def test_writing_stops_at_its_longest() -> None:
    model = nn.SequenceToSequence.recurrent(3, 3, 4, nn.GRU, seed=0)
    assert len(model.written([0, 1], start=0, end=-1, max_len=7)) == 7


def test_generating_leaves_no_record_and_training_as_it_was() -> None:
    embed = nn.EmbedToken(5, 4, seed=0)
    model = nn.LanguageModel(embed, nn.Transformer(4, 2, 1, dropout=0.5, is_causal=True, seed=0))
    model.continued([0, 1], 3)
    assert model.training
    assert embed.E.grad is None
    assert model.continued([[0, 1], [2, 3]], 3).shape == (2, 5)


def test_the_waves_of_sinusoidal_positions_are_those_of_the_paper() -> None:
    out = nn.SinusoidalPositions(6)(Tensor(np.zeros((50, 6)))).data
    t, k = 17, 1
    assert out[t, 2 * k] == pytest.approx(np.sin(t / 10000 ** (2 * k / 6)))
    assert out[t, 2 * k + 1] == pytest.approx(np.cos(t / 10000 ** (2 * k / 6)))

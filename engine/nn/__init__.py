"""The blocks that nets are made of. Each is a class, is called like a function, and composes like one.

Inside `watch()` a block computes step by step, as it is drawn. Elsewhere it may do the same in fewer and
larger ops, for speed; tests hold the numbers of both equal.

Tokens are rows: a sequence of L vectors has shape (L, d), and a batch of such sequences (N, L, d), as in
PyTorch.
"""

from engine.nn.attention import Attention
from engine.nn.collapse import Collapse
from engine.nn.conv import Conv
from engine.nn.decoder import AttentionDecoder, RecurrentDecoder, TransformerDecoder
from engine.nn.dropout import Dropout
from engine.nn.embedding import EmbedToken
from engine.nn.feed_forward import FeedForward
from engine.nn.generate import GenerateToken
from engine.nn.initial import manual_seed
from engine.nn.language_model import LanguageModel
from engine.nn.module import Module
from engine.nn.norm import AddNorm, LayerNorm
from engine.nn.pool import AvgPool, MaxPool
from engine.nn.positions import LearnedPositions, SinusoidalPositions
from engine.nn.recurrent import GRU, LSTM, SimpleRNN
from engine.nn.sequence_rnn import SequenceRNN
from engine.nn.sequence_to_sequence import SequenceToSequence
from engine.nn.transformer import BERT, Transformer, TransformerBlock

__all__ = [
    "BERT",
    "GRU",
    "LSTM",
    "AddNorm",
    "Attention",
    "AttentionDecoder",
    "AvgPool",
    "Collapse",
    "Conv",
    "Dropout",
    "EmbedToken",
    "FeedForward",
    "GenerateToken",
    "LanguageModel",
    "LayerNorm",
    "LearnedPositions",
    "MaxPool",
    "Module",
    "RecurrentDecoder",
    "SequenceRNN",
    "SequenceToSequence",
    "SimpleRNN",
    "SinusoidalPositions",
    "Transformer",
    "TransformerBlock",
    "TransformerDecoder",
    "manual_seed",
]

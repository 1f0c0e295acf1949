"""Masks for attention: what each vector may not look at. True hides, as in PyTorch's MultiheadAttention."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.nn.module import Module
from engine.tensor import Tensor


def causal(asking: int, looked_at: int) -> Any:
    """Hides what comes later: (asking, looked_at).

    >>> causal(2, 3).tolist()
    [[False, True, True], [False, False, True]]
    """
    return np.arange(looked_at) > np.arange(asking)[:, None]


def combined(
    block: Module, x: Tensor, y: Tensor, attn_mask: Any, key_padding_mask: Any, is_causal: bool
) -> Any:
    """All masks as one, that fits on scores of shape (…, M, L); None if nothing is hidden.

    `x`: (…, L, d), looked at; `y`: (…, M, d), asking.
    """
    scores = (*y.shape[:-1], x.shape[-2])
    hidden: Any = None
    if is_causal:
        hidden = causal(*scores[-2:])
    for name, mask, expected in (
        ("attn_mask", attn_mask, scores),
        ("key_padding_mask", key_padding_mask, x.shape[:-1]),
    ):
        if mask is None:
            continue
        own = np.asarray(mask.data if isinstance(mask, Tensor) else mask)
        if own.dtype != bool:
            raise block.error(f"{name} is of type {own.dtype}, but it must be true or false; true hides")
        if own.shape != expected and own.shape != expected[-2 if name == "attn_mask" else -1 :]:
            raise block.error(
                f"{name} has shape {own.shape}, but for x of shape {x.shape} and y of shape {y.shape} it "
                f"must have "
                f"shape {expected}, or {expected[-2 if name == 'attn_mask' else -1 :]} for all of a batch"
            )
        if name == "key_padding_mask":
            own = own[..., None, :]  # the same for everyone who asks
        hidden = own if hidden is None else hidden | own
    if hidden is not None:
        _refuse_blindness(block, np.broadcast_to(hidden, scores))
    return hidden


def _refuse_blindness(block: Module, hidden: Any) -> None:
    blind = np.argwhere(np.all(hidden, axis=-1))
    if len(blind):
        *batch, row = (int(i) for i in blind[0])
        where = f" of sequence {batch[0]}" if batch else ""
        raise block.error(
            f"the masks hide everything from vector {row}{where}, so its shares would be 0 / 0; "
            f"let it see at least one of the {hidden.shape[-1]}"
        )

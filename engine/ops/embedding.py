"""Lookup: a row of a table for every token. A token that occurs twice sends two gradients to its one row."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.op import Array, Cells, Draw, Example, Op, example

TABLE = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]


def _prepare(tokens: Array, table: Array) -> dict[str, Any]:
    places = np.asarray(tokens)
    if np.ndim(table) != 2:
        raise ValueError(
            f"embedding: the table has shape {np.shape(table)}; it must have a row for each token "
            "and a column for each feature"
        )
    if places.dtype.kind not in "iu":
        raise ValueError(
            f"embedding: tokens must be whole numbers, but they are of type {places.dtype}; "
            "give each token's number"
        )
    if places.size:
        rows = len(table)
        wrong = places[(places < 0) | (places >= rows)]
        if wrong.size:
            raise ValueError(
                f"embedding: token {wrong.flat[0]} is unknown; "
                f"the table has {rows} rows, for tokens 0 to {rows - 1}"
            )
    return {}


def _to_rows(g: Array, out: Array, tokens: Array, table: Array) -> Any:
    """The gradients of all places where a token stands, added up in its row."""
    places = np.reshape(tokens, -1)
    rows = np.reshape(g, (len(places), table.shape[1]))
    full = np.zeros_like(table)
    if len(places):
        order = np.argsort(places, kind="stable")
        used, starts = np.unique(places[order], return_index=True)
        full[used] = np.add.reduceat(rows[order], starts, axis=0)
    return full


def _note(tokens: Array, table: Array) -> str:
    used, counts = np.unique(np.asarray(tokens), return_counts=True)
    repeated = used[counts > 1]
    if not len(repeated):
        return ""
    if len(repeated) == 1:
        return (
            f"Token {repeated[0]} occurs {counts.max()} times: its row collects the sum of their gradients."
        )
    return f"{len(repeated)} tokens occur more than once: their rows collect the sum of the gradients."


def _cell(index: tuple[int, ...], tokens: Cells, table: Cells) -> Any:
    return table[int(tokens[index[:-1]].data), index[-1]]


def _draw(draw: Draw) -> Example:
    rows, width = draw.integer(1, 5), draw.integer(1, 4)
    return example(draw.indices(draw.shape(most=2), rows), draw.array((rows, width)))


embedding = Op(
    name="embedding",
    method="-",
    symbol="lookup",
    expression="<y>[<x>]",
    prepare=_prepare,
    forward=lambda tokens, table: table[tokens],
    vjps=(None, _to_rows),
    formula="<y>[<x>]",
    backward=("", r"\textstyle\sum <g> \text{ in the row of each token of } <x>"),
    says="For each token of <x>, look its row up in <y>.",
    says_backward=(
        "",
        "The row of each token gets its gradient; a token that occurs several times adds them up. "
        "Other rows get 0.",
    ),
    note=_note,
    cell=_cell,
    draw=_draw,
    peer=lambda torch, tokens, table: torch.nn.functional.embedding(tokens, table),
    examples=(
        example(np.array([2, 0, 2]), TABLE),
        example(np.array(1), TABLE),
        example(np.array([[0, 1], [2, 2]]), TABLE),
    ),
)

"""The answer to "where does this cell come from?": sentence, formula, and the cells that light up."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine import record
from viewer.cell_formulas import Written, gradient_formulas, value_formulas
from viewer.cell_words import gradient_sentence, seed_sentence, value_sentence
from viewer.numbers import tex
from viewer.origins import Index, Place, coupled, moved, readers, term, value_scalars
from viewer.scalars import cell_name, is_single, name_leaves
from viewer.scene import Scene
from viewer.tensors import place_in_view
from viewer.words import derivative, symbol

SHOWN = 6  # terms of a sum, unless more are asked for
MOST_SHOWN = 400
KINDS = ("value", "gradient")


class NothingBehindError(ValueError):
    """A cell that was given, not computed."""


def cell_json(scene: Scene, card: str, kind: str, index: Index, show: int = SHOWN) -> dict[str, Any]:
    """Where cell `index` of a card's value or gradient comes from, as JSON.

    `show`: how many terms of a long sum are written out. Raises NothingBehindError with the reason.
    """
    i = scene.items[card].node
    with np.errstate(all="ignore"):
        found = _value(scene, i, index, show) if kind == "value" else _gradient(scene, i, index, show)
    return {
        "card": card,
        "node": f"n{i}",
        "kind": kind,
        "cell": list(index),
        "name": cell_name(scene.trace, i, index),
        **found,
    }


def _value(scene: Scene, i: int, index: Index, show: int) -> dict[str, Any]:
    trace = scene.trace
    if not trace.inputs[i]:
        raise NothingBehindError(
            f"The value of {trace.names[i]} was given, not computed: nothing lies behind it. "
            "Pick a cell of a result."
        )
    root, leaves = value_scalars(trace, i, index)
    name_leaves(leaves)
    scalars = record(root)
    left = rf"\val{{{symbol(cell_name(trace, i, index))}}}"
    used = [(j, place) for j in dict.fromkeys(trace.inputs[i]) for place in leaves.read(j)]
    written = value_formulas(scalars, left, show)
    if root.is_leaf and root not in leaves.places:  # computed by no scalar op, such as argmax
        written = Written((), 1, 1)
    return {
        "sentence": value_sentence(trace, i, index, used, written.terms),
        **_written(written),
        "opens": not is_single(scalars, trace, i),
        **_lit(scene, [(j, "value", place) for j, place in used]),
    }


def _gradient(scene: Scene, i: int, index: Index, show: int) -> dict[str, Any]:
    trace = scene.trace
    gradient = trace.gradients[i]
    name = cell_name(trace, i, index)
    if gradient is None:
        raise NothingBehindError(
            f"No gradient flows to {trace.names[i]}: it is fixed data, or the result does not depend on it."
        )
    result = np.asarray(gradient)[index].item()
    if i == trace.root:
        left = derivative(symbol(trace.names[i]), symbol(name))
        line = {"symbols": "", "numbers": rf"\grd{{{left}}} = \grd{{{tex(result)}}}"}
        return {
            "sentence": seed_sentence(trace),
            "lines": [line],
            "terms": 1,
            "shown": 1,
            "opens": False,
            "lit": [],
            "unseen": 0,
        }
    place: Place = (i, index)
    touched = [(reader, moved(trace, reader, index)) for reader in readers(trace, i)]
    every = [(reader, cell) for reader, cells in touched for cell in cells]
    chosen = every if len(every) <= show else [*every[: show - 1], every[-1]]
    terms = [term(trace, reader, place, cell) for reader, cell in chosen]
    found = [one for reader, _ in touched for one in coupled(trace, reader, index)]
    if found:
        found += [one for each in terms for one in each.compared]
    partners = list(dict.fromkeys(found))
    written = gradient_formulas(trace, place, terms, len(every), result) if terms else Written((), 0, 0)
    lit = [(reader.node, "gradient", cell) for reader, cell in every]
    lit += [(j, "value", cell) for j, cell in partners]
    lit += [(j, "value", cell) for one in terms for j, cell in one.fixed]
    single = all(trace.nodes[j].shape == () for reader, _ in touched for j in trace.inputs[reader.node])
    return {
        "sentence": gradient_sentence(trace, place, touched, partners, terms),
        **_written(written),
        "opens": bool(terms) and not single,
        **_lit(scene, lit),
    }


def _written(written: Written) -> dict[str, Any]:
    return {"lines": [line.json() for line in written.lines], "terms": written.terms, "shown": written.shown}


def _lit(scene: Scene, cells: list[tuple[int, str, Index]]) -> dict[str, Any]:
    """The cells that light up, by card and kind, each by its place in view; and how many are not in view."""
    cards = {item.node: item.id for item in reversed(scene.items.values())}
    found: dict[tuple[str, str], list[int]] = {}
    unseen = 0
    for j, kind, index in dict.fromkeys(cells):
        place = place_in_view(scene.trace.nodes[j].shape, index)
        if j not in cards or place is None:
            unseen += not scene.trace.is_constant(j)
        else:
            found.setdefault((cards[j], kind), []).append(place)
    lit = [{"card": card, "kind": kind, "cells": sorted(places)} for (card, kind), places in found.items()]
    return {"lit": lit, "unseen": unseen}

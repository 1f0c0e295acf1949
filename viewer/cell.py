"""The answer to "where does this cell come from?": sentence, formula, and the cells that light up."""

from __future__ import annotations

from typing import Any

import numpy as np

from engine.trace import Trace
from viewer.cell_formulas import Written, gradient_formulas, value_formulas
from viewer.cell_words import gradient_sentence, says_backward, says_forward, seed_sentence, value_sentence
from viewer.numbers import tex
from viewer.origins import (
    Index,
    Place,
    Reader,
    TooMuchInsideError,
    coupled,
    moved,
    readers,
    term,
    value_scalars,
)
from viewer.scalars import cell_name, name_leaves, recorded
from viewer.scene import Item, Scene
from viewer.tensors import place_in_view
from viewer.words import argument_words, derivative, fill, symbol

SHOWN = 6  # terms of a sum, unless more are asked for
MOST_SHOWN = 400
KINDS = ("value", "gradient")


class NothingBehindError(ValueError):
    """A cell that was given, not computed."""


def cell_json(scene: Scene, card: str, kind: str, index: Index, show: int = SHOWN) -> dict[str, Any]:
    """Where cell `index` of a card's value or gradient comes from, as JSON.

    A closed box counts as one, unless too much lies inside; then it is the last op inside that is told.
    `show`: how many terms of a long sum are written out. Raises NothingBehindError with the reason.
    """
    item = scene.items[card]
    boxes = _boxes(scene, item, kind)
    tell = _value if kind == "value" else _gradient
    with np.errstate(all="ignore"):
        try:
            found = tell(scene, item, index, boxes, show)
        except TooMuchInsideError:
            boxes = ()
            found = tell(scene, item, index, boxes, show)
    return {
        "card": card,
        "node": f"n{item.node}",
        "kind": kind,
        "cell": list(index),
        "boxes": list(boxes),
        "name": scene.labels.cell(item.node, index),
        **found,
    }


def _boxes(scene: Scene, item: Item, kind: str) -> tuple[str, ...]:
    """The closed boxes that a cell comes from: for a value its own, for a gradient those that read it.

    A stack is never looked through: what is told is the last op inside it.
    """
    if kind == "value":
        return () if item.scope is None or item.run is not None else (item.scope.path,)
    reading = dict.fromkeys(scene.owner(n) for n, _ in scene.trace.consumers[item.node])
    readers = [scene.items[own] for own in reading if own in scene.items and own != item.id]
    return tuple(one.scope.path for one in readers if one.scope is not None and one.run is None)


def _value(scene: Scene, item: Item, index: Index, boxes: tuple[str, ...], show: int) -> dict[str, Any]:
    trace, i = scene.trace, item.node
    if not trace.inputs[i]:
        raise NothingBehindError(
            f"The value of {trace.names[i]} was given, not computed: nothing lies behind it. "
            "Pick a cell of a result."
        )
    root, leaves = value_scalars(trace, i, index, boxes)
    name_leaves(leaves)
    scalars = recorded(root, trace)
    left = rf"\val{{{symbol(cell_name(trace, i, index))}}}"
    used = leaves.used()
    written = value_formulas(scalars, left, show)
    if root.is_leaf and root not in leaves.places:  # computed by no scalar op, such as argmax
        written = Written((), 1, 1)
    if boxes:
        says = box_says(scene, item, item.scope.kind.says if item.scope else "")
    else:
        says = ("" if item.scope is None else "The last step inside: ") + says_forward(scene.labels, i)
    single = len(scalars) < 2 or (not boxes and all(trace.nodes[j].shape == () for j in trace.inputs[i]))
    return {
        "sentence": value_sentence(scene.labels, i, index, says, used, written.terms),
        **_written(written),
        "opens": not single,
        **_lit(scene, [(j, "value", place) for j, place in used]),
    }


def box_says(scene: Scene, item: Item, template: str, source: int | None = None) -> str:
    """A sentence of a closed box about what flows in; `source` takes the place of `<x>`."""
    names = scene.trace.names
    each = [f"**{names[one]}**" if isinstance(one, int) else one for one in scene.arguments(item)]
    words = argument_words(each) | {"out": f"**{names[item.node]}**"}
    return fill(template, words if source is None else words | {"x": f"**{names[source]}**"})


def _says_backward(scene: Scene, reader: Reader) -> str:
    if not reader.inside:
        return says_backward(scene.labels, reader)
    item = scene.items[scene.owner(reader.node)]
    assert item.scope is not None
    return box_says(scene, item, item.scope.kind.says_backward, reader.source)


def _gradient(scene: Scene, item: Item, index: Index, boxes: tuple[str, ...], show: int) -> dict[str, Any]:
    trace, i = scene.trace, item.node
    gradient = trace.gradients[i]
    if gradient is None:
        raise NothingBehindError(
            f"No gradient flows to {trace.names[i]}: it is fixed data, or the result does not depend on it."
        )
    if not scene.whole(i, item):
        raise NothingBehindError(
            f"Only a part of the gradient of {trace.names[i]} is seen here: it is read elsewhere, too. "
            "Open the box around it, or go back to the whole graph."
        )
    result = np.asarray(gradient)[index].item()
    if i == trace.root:
        return _seed(trace, index, result)
    place: Place = (i, index)
    touched = [(reader, moved(trace, reader, index)) for reader in readers(trace, i, boxes)]
    every = [(reader, cell) for reader, cells in touched for cell in cells]
    chosen = every if len(every) <= show else [*every[: show - 1], every[-1]]
    terms = [term(trace, reader, place, cell) for reader, cell in chosen]
    found = [one for reader, _ in touched for one in coupled(trace, reader, index)]
    compared = [one for each in terms for one in each.compared] if found else []
    through = [
        one for (reader, _), each in zip(chosen, terms, strict=True) if reader.inside for one in each.read
    ]
    partners = list(dict.fromkeys(found + compared + through))
    written = gradient_formulas(trace, place, terms, len(every), result) if terms else Written((), 0, 0)
    lit = [(reader.node, "gradient", cell) for reader, cell in every]
    lit += [(j, "value", cell) for j, cell in partners]
    lit += [(j, "value", cell) for one in terms for j, cell in one.fixed]
    single = all(
        not reader.inside and trace.nodes[j].shape == ()
        for reader, _ in touched
        for j in trace.inputs[reader.node]
    )
    says = [_says_backward(scene, reader) for reader, _ in touched]
    return {
        "sentence": gradient_sentence(scene.labels, place, says, touched, partners, terms),
        **_written(written),
        "opens": bool(terms) and not single,
        **_lit(scene, lit),
    }


def _seed(trace: Trace, index: Index, result: float) -> dict[str, Any]:
    name = trace.names[trace.root]
    left = derivative(symbol(name), symbol(cell_name(trace, trace.root, index)))
    return {
        "sentence": seed_sentence(trace),
        "lines": [{"symbols": "", "numbers": rf"\grd{{{left}}} = \grd{{{tex(result)}}}"}],
        "terms": 1,
        "shown": 1,
        "opens": False,
        "lit": [],
        "unseen": 0,
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

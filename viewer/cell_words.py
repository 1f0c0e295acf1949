"""Where a cell comes from, in plain words: the op's own, and then what they mean for this cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.trace import Trace
from viewer.labels import Labels
from viewer.numbers import spoken
from viewer.origins import Index, Place, Reader, Term
from viewer.places import place_words
from viewer.words import argument_words, bold, fill, listed, parameter_words

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def described(labels: Labels, j: int, cells: Sequence[Index], of: str = "") -> str:
    """These cells of a node in words: `row 1 of **X**`, `column 0 of the gradient of **out**`.

    `of` stands before the name, such as "the gradient of ".
    """
    trace = labels.trace
    name, shape = trace.names[j], trace.nodes[j].shape
    if len(cells) == 1:
        return f"{of}**{labels.cell(j, cells[0])}**"
    if len(cells) == trace.nodes[j].numel():
        return f"all of {of}**{name}**"
    pages = {cell[:-2] for cell in cells}
    if len(shape) < 2 or len(pages) > 1:
        return f"{len(cells)} cells of {of}**{name}**"
    page = next(iter(pages))
    whole = f"{of}**{labels.cell(j, page)}**" if page else f"{of}**{name}**"
    rows, columns = sorted({cell[-2] for cell in cells}), sorted({cell[-1] for cell in cells})
    if len(rows) * len(columns) != len(cells):
        return f"{len(cells)} cells of {whole}"
    if len(rows) == 1 and len(columns) == shape[-1]:
        return f"{_line(labels, j, -2, rows[0])} of {whole}"
    if len(columns) == 1 and len(rows) == shape[-2]:
        return f"{_line(labels, j, -1, columns[0])} of {whole}"
    if len(rows) == 1:
        return f"{len(cells)} cells in {_line(labels, j, -2, rows[0])} of {whole}"
    if len(columns) == 1:
        return f"{len(cells)} cells in {_line(labels, j, -1, columns[0])} of {whole}"
    if len(rows) == shape[-2] and len(columns) == shape[-1]:
        return f"all of {whole}"
    return f"a window of {len(rows)} by {len(columns)} cells of {whole}"


def _line(labels: Labels, j: int, axis: int, at: int) -> str:
    """A row (axis -2) or a column (-1) of a node: `row 1`, or `row 1 (*bank*)`."""
    word = labels.place(j, labels.trace.nodes[j].ndim + axis, at)
    return f"{'row' if axis == -2 else 'column'} {at}" + (f" (*{word}*)" if word else "")


def grouped(places: Sequence[Place]) -> dict[int, list[Index]]:
    """The cells by the node that they belong to."""
    found: dict[int, list[Index]] = {}
    for j, index in places:
        found.setdefault(j, []).append(index)
    return found


def counted(n: int, noun: str) -> str:
    """A number and a noun: `three copies`, `64 terms`, `one term`."""
    plural = noun if n == 1 else f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{NUMBERS[n] if n < len(NUMBERS) else n} {plural}"


def says_forward(labels: Labels, i: int) -> str:
    """What a node's op says of what it does."""
    op = labels.trace.nodes[i]._op
    assert op is not None
    says = op.sentence(*(one._data for one in labels.trace.nodes[i].inputs))
    return fill(says, op_words(labels, i))


def op_words(labels: Labels, i: int, variadic_x: int | None = None) -> dict[str, str]:
    """What the placeholders in the sentences of a node's op stand for."""
    trace = labels.trace
    each = [bold(trace, j) for j in trace.inputs[i]]
    words = argument_words(each) | {"out": f"**{trace.names[i]}**"}
    if variadic_x is not None:
        words["x"] = f"**{trace.names[variadic_x]}**"
    return parameter_words(trace.nodes[i]._params) | place_words(trace, labels, i) | words


def value_sentence(labels: Labels, i: int, index: Index, says: str, used: Sequence[Place], terms: int) -> str:
    """How a value's cell came about: what the op or the box says, then what it means for this cell.

    `terms` are those of its longest sum, or 1.
    """
    trace = labels.trace
    op = trace.nodes[i]._op
    assert op is not None
    parts = [says]
    cells = grouped([(j, cell) for j, cell in used if not trace.is_constant(j)])
    if cells and trace.nodes[i].shape:
        sources = listed([described(labels, j, places) for j, places in cells.items()])
        count = f": {counted(terms, 'term')}" if terms > 1 else ""
        parts.append(f"**{labels.cell(i, index)}** comes from {sources}{count}.")
    elif terms > 1:
        parts.append(f"Here these are {counted(terms, 'term')}.")
    if op.elementwise and {j for j, _ in used} <= set(trace.inputs[i]):
        inputs = [j for j in dict.fromkeys(trace.inputs[i]) if not trace.is_constant(j)]
        copied = [f"**{trace.names[j]}**" for j in inputs if _stretched(trace, i, j)]
        if copied:
            parts.append(f"{listed(copied)} {'was' if len(copied) == 1 else 'were'} copied to fit.")
    return " ".join(parts)


def _stretched(trace: Trace, i: int, j: int) -> bool:
    """True where broadcasting made copies of node `j` to fit the shape of node `i`."""
    op = trace.nodes[i]._op
    return op is not None and op.elementwise and trace.nodes[j].shape != trace.nodes[i].shape


def seed_sentence(trace: Trace) -> str:
    """Why the root's gradient is what it is."""
    name = f"**{trace.names[trace.root]}**"
    return f"The backward pass starts at {name}, with gradient {spoken(trace.seed)}: nothing comes before it."


def gradient_sentence(
    labels: Labels,
    place: Place,
    says: Sequence[str],
    touched: Sequence[tuple[Reader, Sequence[Index]]],
    partners: Sequence[Place],
    terms: Sequence[Term],
) -> str:
    """How a gradient's cell came about.

    `says`: what each of its readers says. `touched`: these readers, with the cells of each that it moves.
    `partners`: what the slopes depend on. `terms`: those that are shown.
    """
    trace = labels.trace
    name = f"**{labels.cell(*place)}**"
    count = sum(len(cells) for _, cells in touched)
    if count == 0:
        return f"No cell that leads to **{trace.names[trace.root]}** uses {name}: its gradient is 0."
    readers = [reader for reader, _ in touched]
    parts = [*says[:1]]
    if len(readers) > 1:
        names = listed([f"**{trace.names[reader.node]}**" for reader in readers])
        parts = [f"{names} {'all' if len(readers) > 2 else 'both'} use it, so their terms add."]
    where = listed(
        [described(labels, reader.node, cells, "the gradient of ") for reader, cells in touched if cells]
    )
    others = grouped([one for one in partners if one[0] != place[0] and not trace.is_constant(one[0])])
    products = all(one.factors and all(isinstance(part, tuple) for part in one.factors) for one in terms)
    meets = _meets(labels, others, products)
    plain = all(one.factors == () for one in terms)
    if count == 1:
        parts.append(f"Here: {where}{meets}.")
    elif plain and any(_stretched(trace, reader.node, place[0]) for reader in readers if not reader.inside):
        parts.append(
            f"**{trace.names[place[0]]}** was copied to fit: {name} has {counted(count, 'copy')}, so "
            f"{where} adds up."
        )
    elif plain:
        uses, gradients = counted(count, "time"), counted(count, "gradient")
        parts.append(f"{name} was used {uses}, so {gradients} add: {where}.")
    else:
        parts.append(f"{name} gets {counted(count, 'term')}: {where}{meets}.")
    parts += [_transposed(trace, reader, others) for reader in readers[:1] if not reader.inside]
    if count == len(terms) and all(one.slope == 0 for one in terms):
        parts.append("Here it moves nothing: its slope is 0.")
    return " ".join(filter(None, parts))


def _meets(labels: Labels, others: dict[int, list[Index]], products: bool) -> str:
    """What the slopes are made of, or at least depend on."""
    if not others:
        return ""
    what = listed([described(labels, j, cells) for j, cells in others.items()])
    return f", times {what}" if products else f", by a slope that depends on {what}"


def says_backward(labels: Labels, reader: Reader) -> str:
    """What a reader's op says of what it sends back."""
    op = labels.trace.nodes[reader.node]._op
    assert op is not None
    assert reader.arguments is not None
    says = op.says_backward[0 if op.variadic else reader.arguments[0]]
    return fill(says, op_words(labels, reader.node, reader.source if op.variadic else None))


def _transposed(trace: Trace, reader: Reader, partners: dict[int, list[Index]]) -> str:
    """What the ᵀ in the op's own backward formula means for the partners, where it has one."""
    op = trace.nodes[reader.node]._op
    assert op is not None
    assert reader.arguments is not None
    template = op.backward[0 if op.variadic else reader.arguments[0]]
    names = re.findall(r"<([xyz])>\^\{\\top\}", template)
    for k, j in enumerate(trace.inputs[reader.node][:3]):
        if "xyz"[k] in names and j in partners and len(trace.nodes[j].shape) > 1:
            columns = len({cell[-1] for cell in partners[j]}) == 1 and len(partners[j]) > 1
            way = "down its columns" if columns else "along its rows"
            return f"**{trace.names[j]}** is read {way}: that is the transpose in the formula."
    return ""

"""One cell's formula, written from its scalars: in symbols, and the same with the numbers in place.

The formulas of the ops, filled in from the inside out, give the formula of the whole; a long sum shows its
first terms and its last one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.trace import Trace
from viewer.numbers import tex
from viewer.origins import Place, Term
from viewer.scalars import cell_name, gradient_name
from viewer.words import derivative, fill, parameter_words, symbol

FEW = 4  # terms of a sum that stands inside a longer one
HEAVY = 3  # a part that is used twice and has more leaves than this goes by its name,
LONGEST = 24  # and so does a part with more than so many
MOST_LINES = 4  # of these parts, with the cell's own formula, so many are written below it
ATOM, APPLIED, PRODUCT, SUM, RELATION = 4, 3, 2, 1, 0  # how tightly the parts of a formula hold together


@dataclass(frozen=True)
class Line:
    """One formula, twice."""

    symbols: str
    numbers: str

    def json(self) -> dict[str, str]:
        """As the player reads it."""
        return {"symbols": self.symbols, "numbers": self.numbers}


@dataclass(frozen=True)
class Written:
    """The formulas of a cell: its own first, then those of parts that it uses more than once."""

    lines: tuple[Line, ...]
    terms: int  # of its longest sum
    shown: int  # of these


# ---------- a value ----------


def value_formulas(scalars: Trace, left: str, show: int) -> Written:
    """What the scalar graph computes; `left` is the cell's own symbol, `show` how many terms a sum shows."""
    return _Writer(scalars, show).written(left)


class _Writer:
    def __init__(self, scalars: Trace, show: int) -> None:
        self.trace = scalars
        self.chains = _chains(scalars)
        self.longest = max((len(chain) + 1 for chain in self.chains.values()), default=1)
        self.show = min(show, self.longest)
        self.apart = self._apart()
        self.mentioned: set[int] = set()

    def _apart(self) -> set[int]:
        """The nodes that are not written out where they are used, but go by their name.

        Those that are used more than once, or are too long to stand inside of something else.
        """
        within = {i for chain in self.chains.values() for i in chain[:-1]}  # a chain is written as one
        weight: list[int] = []
        apart = set()
        for i, sources in enumerate(self.trace.inputs):
            parts = self._terms(i) if i in self.chains else sources
            own = sum(weight[j] for j in parts) if sources else 1
            several = len(self.trace.consumers[i]) > 1 and own > HEAVY
            if i != self.trace.root and i not in within and (several or own > LONGEST):
                apart.add(i)
            weight.append(1 if i in apart else own)
        return apart

    def _terms(self, last: int) -> list[int]:
        """The terms of a chain that are written: all, or the first ones and the last one."""
        chain = self.chains[last]
        terms = [self.trace.inputs[chain[0]][0], *(self.trace.inputs[i][1] for i in chain)]
        show = self.show if len(terms) == self.longest else FEW
        return terms if len(terms) <= show else [*terms[: show - 1], terms[-1]]

    def written(self, left: str) -> Written:
        lines = [self._line(left, self.trace.root)]
        told = {self.trace.root}
        while len(lines) < MOST_LINES and self.mentioned - told:
            i = max(self.mentioned - told)
            told.add(i)
            lines.append(self._line(rf"\val{{{symbol(self.trace.names[i])}}}", i))
        return Written(tuple(lines), self.longest, self.show)

    def _line(self, left: str, i: int) -> Line:
        number = rf"\val{{{tex(self.trace.values[i])}}}"
        if self.trace.nodes[i]._op is None:  # a cell that was only moved
            return Line(f"{left} = {self._leaf(i, False)[0]}", f"{left} = {number}")
        return Line(f"{left} = {self._write(i, False)[0]}", f"{number} = {self._write(i, True)[0]}")

    def _write(self, i: int, numbers: bool) -> tuple[str, int]:
        """The formula of a node, and how tightly it holds together."""
        if i in self.chains:
            return self._chain(i, numbers)
        op = self.trace.nodes[i]._op
        if op is None:
            return self._leaf(i, numbers)
        template = op.formula.split(" = ")[0]
        return self._filled(i, template, [self._inner(j, numbers) for j in self.trace.inputs[i]])

    def _inner(self, i: int, numbers: bool) -> tuple[str, int]:
        if i not in self.apart:
            return self._write(i, numbers)
        self.mentioned.add(i)
        return self._leaf(i, numbers)

    def _leaf(self, i: int, numbers: bool) -> tuple[str, int]:
        number = tex(self.trace.values[i], brackets=True)
        if self.trace.is_constant(i):
            return number, ATOM
        return rf"\val{{{number if numbers else symbol(self.trace.names[i])}}}", ATOM

    def _filled(self, i: int, template: str, parts: Sequence[tuple[str, int]]) -> tuple[str, int]:
        own, needed = binding(template)
        words = {
            name: text if holds >= needed.get(name, RELATION) else bracketed(text)
            for name, (text, holds) in zip("xyz", parts, strict=False)
        }
        return fill(template, parameter_words(self.trace.nodes[i]._params) | words), own

    def _chain(self, last: int, numbers: bool) -> tuple[str, int]:
        """A chain of one op, such as a sum, without its middle."""
        terms = self._terms(last)
        op = self.trace.nodes[last]._op
        assert op is not None
        written = self._term(terms[0], numbers)
        for count, i in enumerate(terms[1:], 2):
            if count == len(terms) < len(self.chains[last]) + 1:
                written = self._filled(last, op.formula, [written, (r"\cdots", ATOM)])
            written = self._filled(last, op.formula, [written, self._term(i, numbers)])
        return written

    def _term(self, i: int, numbers: bool) -> tuple[str, int]:
        """A term of a chain; in braces a line breaks before or after it, never inside."""
        text, holds = self._inner(i, numbers)
        return f"{{{text}}}", holds


def _chains(trace: Trace) -> dict[int, list[int]]:
    """The chains of one op, ((a + b) + c) + d, by their last node."""
    chains: dict[int, list[int]] = {}
    for i, sources in enumerate(trace.inputs):
        if len(sources) != 2:
            continue
        before = sources[0]
        same = trace.nodes[before]._op is trace.nodes[i]._op and len(trace.consumers[before]) == 1
        chains[i] = [*chains.pop(before), i] if same and before in chains else [i]
    return {last: chain for last, chain in chains.items() if len(chain) > 1}


def bracketed(text: str) -> str:
    r"""A part in brackets: as high as it is if it is high, else such that a line may break inside.

    >>> bracketed("a + b"), bracketed(r"\frac{a}{b}")
    ('(a + b)', '\\left( \\frac{a}{b} \\right)')
    """
    high = any(part in text for part in (r"\frac", r"\sqrt", "^", r"\begin", r"\left"))
    return rf"\left( {text} \right)" if high else f"({text})"


_TOKEN = re.compile(
    r"<([a-z_]+)>|\\(?:left|begin|right|end)\b|\\cdot|\\,|\\[a-zA-Z]+|\\.|[{(\[]|[})\]]|[-+^=<>|]"
)


def binding(template: str) -> tuple[int, dict[str, int]]:
    r"""How tightly a formula holds together, and how tightly what is put into it must.

    >>> binding(r"<x> - <y>"), binding(r"<x> \cdot <y>"), binding(r"\frac{<x>}{<y>}")
    ((1, {'x': 1, 'y': 2}), (2, {'x': 2, 'y': 2}), (3, {'x': 0, 'y': 0}))
    """
    depth, bare = 0, re.fullmatch(r"<[a-z]+>", template) is not None
    top: list[str] = []  # placeholders and signs that stand outside of any brackets
    for match in _TOKEN.finditer(template):
        token = match[0]
        if match[1] is None and (token in (r"\left", r"\begin") or token in "{(["):
            depth += 1
        elif match[1] is None and (token in (r"\right", r"\end") or token in "})]"):
            depth -= 1
        elif depth <= 0:
            top.append(token)
    names = [token[1:-1] for token in top if token.startswith("<") and len(token) > 1]
    own = ATOM if bare else APPLIED
    if {"+", "-"} & set(top):
        own = SUM
    elif {r"\cdot", r"\,"} & set(top):
        own = PRODUCT
    needed: dict[str, int] = dict.fromkeys(re.findall(r"<([a-z_]+)>", template), RELATION)
    for name in names:
        before = top[: top.index(f"<{name}>")]
        loose = own == SUM and "-" not in before[-1:]
        needed[name] = RELATION if bare else SUM if loose else PRODUCT if own in (SUM, PRODUCT) else ATOM
    return own, needed


# ---------- a gradient ----------


def gradient_formulas(
    trace: Trace, place: Place, terms: Sequence[Term], count: int, result: float
) -> Written:
    """The sum of the gradient's terms, of which `terms` are shown: the first ones and the last one."""
    left = rf"\grd{{{derivative(symbol(trace.names[trace.root]), symbol(cell_name(trace, *place)))}}}"
    symbols = [f"{{{_term_symbols(trace, place, one)}}}" for one in terms]
    numbers = [f"{{{_term_numbers(one)}}}" for one in terms]
    if count > len(terms):
        symbols.insert(-1, r"\cdots")
        numbers.insert(-1, r"\cdots")
    number = rf"\grd{{{tex(result)}}}"
    if count == 1 and terms[0].factors == ():  # handed on as it is
        line = Line(f"{left} = {symbols[0]}", f"{left} = {number}")
    else:
        line = Line(f"{left} = {' + '.join(symbols)}", f"{number} = {' + '.join(numbers)}")
    return Written((line,), count, len(terms))


def _term_symbols(trace: Trace, place: Place, one: Term) -> str:
    upstream = rf"\grd{{{symbol(gradient_name(trace, one.node, one.index))}}}"
    if one.factors is None:
        out, of = symbol(cell_name(trace, one.node, one.index)), symbol(cell_name(trace, *place))
        return rf"{upstream} \cdot \tfrac{{\partial \val{{{out}}}}}{{\partial \val{{{of}}}}}"
    factors = (
        rf"\val{{{symbol(cell_name(trace, *factor))}}}"
        if isinstance(factor, tuple)
        else tex(factor, brackets=True)
        for factor in one.factors
    )
    return r" \cdot ".join([upstream, *factors])


def _term_numbers(one: Term) -> str:
    upstream = rf"\grd{{{tex(one.upstream, brackets=True)}}}"
    return upstream if one.factors == () else rf"{upstream} \cdot \val{{{tex(one.slope, brackets=True)}}}"

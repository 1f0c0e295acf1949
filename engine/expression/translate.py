"""From Python's syntax tree to a list of instructions, by an allow list: what is not named here is refused.

The list is in evaluation order and each instruction refers to earlier ones by number, so evaluating it
is one loop without recursion, and nothing of Python's is ever run.
"""

from __future__ import annotations

import ast
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.expression.errors import DEEPEST, ExpressionError, Place, too_deep
from engine.expression.functions import CONSTANTS, FUNCTIONS, METHODS, NAMESPACES, OPERATORS, Function
from engine.expression.literals import index, is_literal, literal, setting
from engine.expression.scan import Scanned
from engine.expression.words import nearest

MOST_OPS = 500  # in a single line
MOST_OPS_IN_LINES = 2_000


@dataclass(frozen=True)
class Instruction:
    """One value: a leaf (`name` only), a number or array as written (`value`), or a function applied.

    `inputs` are the numbers of earlier instructions; `line` counts the statements from 0.
    """

    place: Place
    line: int
    name: str | None = None  # of a leaf or constant, or what the text assigns the value to
    value: Any = None
    function: Function | None = None
    inputs: tuple[int, ...] = ()
    params: tuple[tuple[str, Any], ...] = ()


@dataclass
class Translation:
    """What a text becomes: instructions in order, which of them is the result, and which are leaves."""

    last: Place  # the last statement
    instructions: list[Instruction] = field(default_factory=list)
    leaves: dict[str, int] = field(default_factory=dict)  # the instruction of each, in order of appearance
    given: dict[str, Any] = field(default_factory=dict)  # values that the text itself gives to leaves: w = 2
    result: int = -1


def translate(scanned: Scanned) -> Translation:
    """The instructions for a scanned text. Raises ExpressionError for what is not allowed."""
    return _Translator(scanned, _parsed(scanned).body).run()


def _parsed(scanned: Scanned) -> ast.Module:
    try:
        return ast.parse(scanned.text)
    except SyntaxError as error:
        line = min(error.lineno or 1, len(scanned.typed))
        column = max(0, (error.offset or 1) - 1) + scanned.indents[line - 1]
        place = Place(line, column, line, column + 1)
        sentence = "The expression cannot be read from here on; compare it with 2*a + max(b, 0)."
        if "follows keyword" in str(error):
            sentence = "A setting such as dim=0 stands after the values; move it to the end of the brackets."
        raise ExpressionError(sentence, place) from None
    except (RecursionError, MemoryError):
        end = len(scanned.typed)
        raise ExpressionError(too_deep(), Place(1, 0, end, len(scanned.typed[-1]))) from None


class _Translator:
    """Walks the tree. `env`: which instruction each name stands for at this point of the text."""

    def __init__(self, scanned: Scanned, body: Sequence[ast.stmt]) -> None:
        self.scanned = scanned
        self.body = body
        self.out = Translation(scanned.place_of(body[-1]))
        self.env: dict[str, int] = {}
        self.line = 0
        self.ops = 0
        self.read: set[str] = set()
        nodes = [node for statement in body for node in ast.walk(statement)]
        self.called = {
            _plain(node.func.id)
            for node in nodes
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        }
        self.assigned = Counter(
            _plain(node.id)
            for node in nodes
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )

    def run(self) -> Translation:
        """The translation of all statements."""
        for line, statement in enumerate(self.body):
            self.line = line
            self.out.result = self._statement(statement)
        return self.out

    def _wrong(self, sentence: str, node: ast.AST) -> ExpressionError:
        return ExpressionError(sentence, self.scanned.place_of(node))

    def _add(self, node: ast.AST, **parts: Any) -> int:
        self.out.instructions.append(Instruction(self.scanned.place_of(node), self.line, **parts))
        return len(self.out.instructions) - 1

    def _apply(self, function: Function, inputs: Sequence[int], node: ast.AST, **params: Any) -> int:
        self.ops += 1
        most = MOST_OPS if len(self.body) == 1 else MOST_OPS_IN_LINES
        if self.ops > most:
            raise self._wrong(too_many(most), node)
        return self._add(node, function=function, inputs=tuple(inputs), params=tuple(params.items()))

    def _statement(self, statement: ast.stmt) -> int:
        if isinstance(statement, ast.Expr):
            return self._value(statement.value, 0)
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            return self._assignment(statement.targets[0], statement.value)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            before = self._name(statement.target)
            operand = self._value(statement.value, 1)
            slot = self._apply(self._operator(statement.op, statement), (before, operand), statement)
            return self._store(_plain(statement.target.id), slot)
        raise self._wrong(
            "This line cannot be read; a line is an expression, or a name = expression.", statement
        )

    def _assignment(self, target: ast.Name, value: ast.expr) -> int:
        name = _plain(target.id)
        if name in FUNCTIONS and name in self.called:
            sentence = (
                f"{name} is a function that is called here too, so it cannot name a value; use another name."
            )
            raise self._wrong(sentence, target)
        if self.assigned[name] == 1 and name not in self.read and is_literal(value):
            # w = 2 makes a leaf: a value that the learner can change, and that gets a gradient
            self.out.given[name] = literal(self.scanned, value)
            return self._leaf(name, value)
        return self._store(name, self._value(value, 0))

    def _store(self, name: str, slot: int) -> int:
        made = self.out.instructions[slot]
        if made.name is None:
            self.out.instructions[slot] = replace(made, name=name)
        self.env[name] = slot
        return slot

    def _leaf(self, name: str, node: ast.AST) -> int:
        slot = self._add(node, name=name)
        self.out.leaves[name] = slot
        self.env[name] = slot
        return slot

    def _value(self, node: ast.expr, depth: int, condition: bool = False) -> int:
        """The instruction for an expression. `condition`: a comparison may stand here."""
        if depth > DEEPEST:
            raise self._wrong(too_deep(), node)
        if is_literal(node):
            return self._add(node, value=literal(self.scanned, node))
        match node:
            case ast.Name():
                return self._name(node)
            case ast.BinOp():
                return self._chain(node, depth)
            case ast.UnaryOp(op=ast.USub()):
                return self._apply(OPERATORS["USub"], (self._value(node.operand, depth + 1),), node)
            case ast.UnaryOp(op=ast.UAdd()):
                return self._value(node.operand, depth + 1)
            case ast.Call():
                return self._call(node, depth)
            case ast.Attribute():
                return self._attribute(node, depth)
            case ast.Subscript():
                source = self._value(node.value, depth + 1)
                return self._apply(OPERATORS["Index"], (source,), node, index=index(self.scanned, node.slice))
            case ast.List():
                rows = [self._value(row, depth + 1) for row in node.elts]
                return self._apply(OPERATORS["List"], rows, node)
            case ast.Compare():
                return self._comparison(node, depth, condition)
        raise self._refused(node)

    def _refused(self, node: ast.expr) -> ExpressionError:
        if isinstance(node, ast.Tuple):
            sentence = "Round brackets hold one value; write a vector with square ones, as in [1, 2]."
        elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
            sentence = f"{node.value} is not a number; write 1 or 0."
        else:
            sentence = "This cannot be part of an expression; use numbers, names, operators and functions."
        return self._wrong(sentence, node)

    def _name(self, node: ast.Name) -> int:
        name = _plain(node.id)
        self.read.add(name)
        if name in self.env:
            return self.env[name]
        if name in FUNCTIONS and (name in self.called or name not in self.assigned):
            sentence = (
                f"{name} is a function; write {name}(…) with its argument in brackets, or use another name."
            )
            raise self._wrong(sentence, node)
        if name in CONSTANTS and name not in self.assigned:
            self.env[name] = self._add(node, name=name, value=CONSTANTS[name])
            return self.env[name]
        return self._leaf(name, node)

    def _chain(self, node: ast.BinOp, depth: int) -> int:
        """A chain such as a + b + c + d leans to the left: followed in a loop, it may have any length."""
        spine: list[ast.BinOp] = [node]
        while isinstance(left := spine[-1].left, ast.BinOp):
            spine.append(left)
        slot = self._value(spine[-1].left, depth + 1)
        for link in reversed(spine):
            right = self._value(link.right, depth + 1)
            slot = self._apply(self._operator(link.op, link), (slot, right), link)
        return slot

    def _operator(self, op: ast.AST, node: ast.AST) -> Function:
        function = OPERATORS.get(type(op).__name__)
        if function is None:
            raise self._wrong("This operator is not available here; use + - * / ** or @.", node)
        return function

    def _comparison(self, node: ast.Compare, depth: int, allowed: bool) -> int:
        if not allowed and isinstance(node.ops[0], ast.Eq):
            sentence = (
                "== asks whether two values are equal, which is no number; write one = to name a value, as "
                "in s = w*x, and put comparisons inside where(…)."
            )
            raise self._wrong(sentence, node)
        if not allowed:
            sentence = (
                "A comparison is true or false and has no gradient; it can only stand first in where(…), as "
                "in where(x > 0, x, 0)."
            )
            raise self._wrong(sentence, node)
        if len(node.ops) > 1:
            raise self._wrong("Only two values can be compared at a time; nest two where(…).", node)
        left = self._value(node.left, depth + 1)
        right = self._value(node.comparators[0], depth + 1)
        return self._apply(self._operator(node.ops[0], node), (left, right), node)

    def _call(self, node: ast.Call, depth: int) -> int:
        called = node.func
        if isinstance(called, ast.Name):
            name = _plain(called.id)
            if name in self.env or name not in FUNCTIONS:
                raise self._unknown_function(called)
            return self._arguments(FUNCTIONS[name], node, [], depth)
        if isinstance(called, ast.Attribute):
            self._check_namespace(called)
            if called.attr not in METHODS:
                raise self._unknown_method(called)
            return self._arguments(METHODS[called.attr], node, [self._value(called.value, depth + 1)], depth)
        raise self._wrong("Only functions can be called; a product is written with *, as in (a + b)*c.", node)

    def _unknown_function(self, node: ast.Name) -> ExpressionError:
        name = _plain(node.id)
        near = nearest(name, set(FUNCTIONS))
        if name in self.env or (near is None and len(name) <= 2):
            return self._wrong(f"{name} is no function; for a product write {name}*(…).", node)
        known = "there are relu, sigmoid, tanh, exp, log, max, sum, softmax and others."
        return self._wrong(f"There is no function {name}; {f'did you mean {near}?' if near else known}", node)

    def _check_namespace(self, node: ast.Attribute) -> None:
        """Raises for np.exp and the like, where people are used to a prefix."""
        if (
            isinstance(node.value, ast.Name)
            and node.value.id in NAMESPACES
            and node.value.id not in self.assigned
        ):
            near = nearest(node.attr, set(FUNCTIONS))
            hint = f"write {near}(…)" if near else f"but there is none named {node.attr}"
            raise self._wrong(f"Functions have no {node.value.id}. in front here; {hint}.", node)

    def _unknown_method(self, node: ast.Attribute) -> ExpressionError:
        near = nearest(node.attr, {*METHODS, "T"})
        hint = f"did you mean .{near}?" if near else "there are .sum(), .mean(), .max(), .T and others."
        return self._wrong(f"A value has no .{node.attr} here; {hint}", node)

    def _attribute(self, node: ast.Attribute, depth: int) -> int:
        self._check_namespace(node)
        if node.attr == "T":
            return self._apply(OPERATORS["T"], (self._value(node.value, depth + 1),), node)
        if node.attr in METHODS:
            raise self._wrong(f".{node.attr} needs brackets; write .{node.attr}().", node)
        raise self._unknown_method(node)

    def _arguments(self, function: Function, node: ast.Call, inputs: list[int], depth: int) -> int:
        """A call: values come first, then settings such as dim, by position or by name."""
        rest = list(node.args)
        if function.condition and rest and not isinstance(rest[0], ast.Compare):
            sentence = (
                f"{function.name} asks a question first, as in {function.example}; write a comparison here."
            )
            raise self._wrong(sentence, rest[0])
        while rest and len(inputs) < function.most:
            inputs.append(self._value(rest.pop(0), depth + 1, condition=function.condition and not inputs))
        names = list(function.settings)
        several = len(rest) > 1 and list(function.settings.values()) == ["sizes"]  # reshape(x, 2, 3)
        if len(inputs) < function.least or (len(rest) > len(names) and not several):
            raise self._wrong(function.usage(len(inputs) + len(rest)), node)
        params: dict[str, Any] = {}
        if several:
            params[names[0]] = tuple(setting(self.scanned, names[0], "whole", size) for size in rest)
            rest = []
        if not all(
            isinstance(argument, ast.Constant | ast.UnaryOp | ast.Tuple | ast.List) for argument in rest
        ):
            raise self._wrong(function.usage(len(inputs) + len(rest)), node)
        for name, argument in zip(names, rest, strict=False):
            params[name] = setting(self.scanned, name, function.settings[name], argument)
        for keyword in node.keywords:
            self._keyword(function, keyword, params)
        for name in function.required:
            if name not in params:
                raise self._wrong(f"{function.name} needs {name}; write {function.example}.", node)
        return self._apply(function, inputs, node, **params)

    def _keyword(self, function: Function, keyword: ast.keyword, params: dict[str, Any]) -> None:
        name = keyword.arg
        if name is None:
            raise self._wrong(
                "** cannot stand before an argument; write the settings by name.", keyword.value
            )
        if name in params:
            raise self._wrong(f"{name} is given twice; leave one out.", keyword)
        if name not in function.settings:
            known = f"it has {' and '.join(function.settings)}" if function.settings else "it has none"
            raise self._wrong(f"{function.name} has no setting {name}; {known}.", keyword)
        params[name] = setting(self.scanned, name, function.settings[name], keyword.value)


def too_many(most: int) -> str:
    """The sentence about too many operations."""
    if most < MOST_OPS_IN_LINES:
        hint = f"split it into lines, as in s = w*x: then {MOST_OPS_IN_LINES:,} are allowed"
    else:
        hint = "make it shorter"
    return f"This is more than {most:,} operations, too many to walk through; {hint}."


def _plain(name: str) -> str:
    """A name as Python reads it: the two forms of a Greek letter are one."""
    return unicodedata.normalize("NFKC", name)

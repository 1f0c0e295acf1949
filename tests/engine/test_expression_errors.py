"""Expressions that cannot be read or computed: each gets one sentence and the place that it is about."""

import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from engine.expression import ExpressionError, parse


def error_of(source: str, **values: object) -> ExpressionError:
    """The error of a text that must not run."""
    with pytest.raises(ExpressionError) as caught:
        parse(source).run(values)
    return caught.value


def at(source: str, error: ExpressionError) -> str:
    """The text at the place of an error."""
    line, column, end_line, end_column = error.span
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    assert 1 <= line <= end_line <= len(lines)
    assert 0 <= column <= len(lines[line - 1])
    assert 0 <= end_column <= len(lines[end_line - 1])
    assert (line, column) <= (end_line, end_column)
    picked = lines[line - 1 : end_line]
    picked[-1] = picked[-1][:end_column]
    picked[0] = picked[0][column:]
    return "\n".join(picked)


CASES = [
    # unknown functions and names
    ("relux(x)", "relux", "There is no function relux; did you mean relu?"),
    ("a + sofmax(x)", "sofmax", "There is no function sofmax; did you mean softmax?"),
    ("ReLU(x)", "ReLU", "There is no function ReLU; did you mean relu?"),
    ("frobnicate(x)", "frobnicate", "There is no function frobnicate; there are relu, sigmoid, tanh"),
    ("a(b + c)", "a", "a is no function; for a product write a*(…)."),
    ("s = a\ns(2)", "s", "s is no function; for a product write s*(…)."),
    ("np.exp(x)", "np.exp", "Functions have no np. in front here; write exp(…)."),
    ("torch.relux(x)", "torch.relux", "Functions have no torch. in front here; write relu(…)."),
    ("x.sun()", "x.sun", "A value has no .sun here; did you mean .sum?"),
    ("x.shape", "x.shape", "A value has no .shape here; did you mean .reshape?"),
    ("x.sum", "x.sum", ".sum needs brackets; write .sum()."),
    ("exp + 1", "exp", "exp is a function; write exp(…) with its argument in brackets, or use another name."),
    ("max = a + b\nmax(max, 0)", "max", "max is a function that is called here too"),
    ("sin x", "sin x", "sin needs brackets around its argument; write sin(…)."),
    # brackets
    ("(a + b", "(", "This ( is never closed; add a ) where it should end."),
    ("max(a, (b + c)", "(", "This ( is never closed"),
    ("s = [1, 2\nt = s", "[", "This [ is never closed; add a ] where it should end."),
    ("a + b)", ")", "This ) closes nothing; delete it, or open a ( before it."),
    ("(a + b]", "]", "This ] does not fit the open (; close it first, with )."),
    ("a + ()", "()", "These brackets are empty; write a value between them."),
    ("[]", "[]", "These brackets are empty; write numbers between them, as in [1, 2] or x[0]."),
    # operators
    ("x^2", "^", "^ is not a power here; write ** as in x**2."),
    ("a // b", "//", "// would round, and rounding has no gradient; write / to divide."),
    ("a % b", "%", "% (the remainder) is not available here"),
    ("|x|", "|", "write abs(x)."),
    ("x!", "!", "! is not available here"),
    ("a << b", "<<", "<< is not available here; use + - * / ** or @."),
    ("a *", "*", "Nothing stands after *; write what comes next, on the same line."),
    ("a +\nb", "+", "Nothing stands after +; write what comes next, on the same line."),
    ("(a + ) * b", "+", "Nothing stands after +; write a value on its right."),
    ("* a", "*", "Nothing stands before *; write a value on its left."),
    ("a * / b", "* /", "* and / stand side by side; put a value between them, or delete one."),
    ("max(a,, b)", ",", "Nothing stands before this comma; write a value, or delete the comma."),
    ("f(*x)", "*", "Nothing stands before *"),
    ("f(**x)", "**", "Nothing stands before **"),
    # multiplication
    ("2a + 1", "2a", "The times sign cannot be left out; write 2*a."),
    ("2(x)", "2(", "The times sign cannot be left out; write 2*(…)."),
    ("2 x", "2 x", "The times sign cannot be left out; write 2*x."),
    ("(a + b)(c)", ")(", "The times sign cannot be left out; write (…)*(…)."),
    ("(a + b)c", ")c", "The times sign cannot be left out; write (…)*c."),
    ("a b", "a b", "The times sign cannot be left out; write a*b."),
    ("2x1", "2x1", "write 2*x1."),
    ("3 4", "3 4", "Between 3 and 4 an operator or a comma is missing."),
    # = and ==
    ("y == 2*x", "y == 2*x", "write one = to name a value"),
    ("2*x = y", "2*x", "Before = stands one name"),
    ("2 = y", "2", "2 cannot be given a value; only a name can, as in s = w*x."),
    ("= 3", "=", "Nothing stands before =; write a name there, as in s = w*x."),
    ("y =", "=", "Nothing stands after =; write what comes next, on the same line."),
    ("a = b = 2", "=", "There are two = on this line; give each name a line of its own."),
    ("f(x) = x**2", "f(x)", "A line cannot define a function; name a value instead, as in f = x**2."),
    ("sum((a = 3))", "=", "A single = cannot stand inside brackets"),
    ("(a := 3)", ":=", ":= cannot stand inside an expression; name a value on a line of its own"),
    ("a, b = c", "a, b", "Before = stands one name"),
    ("a.b = c", "a.b", "Before = stands one name"),
    # comparisons
    ("x > 0", "x > 0", "it can only stand first in where(…)"),
    ("2*(x > 0)", "x > 0", "A comparison is true or false and has no gradient"),
    (
        "where(x, a, b)",
        "x",
        "where asks a question first, as in where(x > 0, a, b); write a comparison here.",
    ),
    ("where(0 < x < 1, a, b)", "0 < x < 1", "Only two values can be compared at a time; nest two where(…)."),
    ("where(x > 0 and y > 0, a, b)", "and", "only one comparison fits into where(…)"),
    # commas and points
    ("1,5*x", "1,5", "A decimal number takes a point, not a comma; write 1.5."),
    ("a, b", ",", "A comma makes two results"),
    ("(a, b)", "(a, b)", "Round brackets hold one value; write a vector with square ones, as in [1, 2]."),
    ("a + .", ".", "This point belongs to no number"),
    ("x : 3", ":", "A : only has a meaning inside x[…], as in x[0:2]; delete it."),
    # arguments
    ("exp()", "exp()", "exp takes one argument, but none is given; write exp(x)."),
    ("exp(x, y)", "exp(x, y)", "exp takes one argument, but two are given; write exp(x)."),
    ("where(x > 0, a)", "where(x > 0, a)", "where takes three arguments, but two are given"),
    (
        "sum(a, b)",
        "sum(a, b)",
        "sum takes one argument, then dim and keepdim, but two are given; write sum(x).",
    ),
    ("softmax(x, axis=0)", "axis=0", "softmax has no setting axis; it has dim."),
    ("exp(x, dim=0)", "dim=0", "exp has no setting dim; it has none."),
    ("softmax(x, dim=a)", "a", "dim is a whole number written out, such as 0; it cannot be computed."),
    ("sum(x, keepdim=1)", "1", "keepdim is True or False."),
    ("clamp(x, min=a)", "a", "min is a number written out, as in 0.1"),
    ("sum(x, 0, dim=1)", "dim=1", "dim is given twice; leave one out."),
    ("reshape(x)", "reshape(x)", "reshape needs shape; write reshape(x, 2, 3)."),
    ("sum(dim=0, x)", ")", "A setting such as dim=0 stands after the values"),
    ("x[i]", "i", "An index is a whole number written out, as in x[0], or a range, as in x[0:2]."),
    ("x[10001]", "10001", "This number is out of reach: an index or a size is 10,000 at the most."),
    ("x[1.5]", "1.5", "An index is a whole number written out"),
    ("max(a, b, dim=0)", "max(a, b, dim=0)", "max over a dim takes one array; write max(x, dim=0)."),
    # numbers
    ("1e400", "1e400", "The number 1e400 is larger than 1e308, the largest there is; write a smaller one."),
    ("x + -1e400", "1e400", "larger than 1e308"),
    ("1" + "0" * 400, "1" + "0" * 400, "larger than 1e308, the largest there is"),
    (
        "9**9**9**9",
        "9**9**9",
        "9**9**9 is no number below 1e308, the largest there is; write smaller numbers.",
    ),
    ("x**9**9**9", "9**9**9", "9**9**9 is no number below 1e308"),
    ("007", "007", "A whole number does not start with 0; write 7."),
    ("0xFF", "0xFF", "Numbers are written in decimal here, as in 255."),
    ("True + 1", "True", "True is not a number; write 1 or 0."),
    (
        "[[1, 2], [3]]",
        "[3]",
        "The rows of a matrix have one length, but this one is 1 long and the first is 2 long",
    ),
    # shapes
    (
        "[1, 2, 3] + a*[1, 2]",
        "[1, 2, 3] + a*[1, 2]",
        "[1, 2, 3] has shape (3,) but a*[1, 2] has shape (2,), so + cannot pair their numbers",
    ),
    ("[[1, 2]] @ [1, 2, 3]", "[[1, 2]] @ [1, 2, 3]", "has 2 columns but [1, 2, 3] has 3 numbers"),
    (
        "a @ 3",
        "a @ 3",
        "@ multiplies vectors and matrices, but a is a single number (the shapes are () and ())",
    ),
    ("[1, 2][5]", "[1, 2][5]", "5"),
    ("sum([1, 2], dim=3)", "sum([1, 2], dim=3)", "dim 3 does not exist; x has 1 dim"),
    ("mse_loss([1, 2], [1, 2, 3])", "mse_loss([1, 2], [1, 2, 3])", "shape (2,)"),
    ("cross_entropy([1, 2], 7)", "cross_entropy([1, 2], 7)", "class 7 does not exist"),
    # what is no mathematics at all
    ("", "", "There is nothing to compute yet; type an expression such as 2*a + b*c."),
    ("  \n# only a remark\n", "  \n# only a remark\n", "There is nothing to compute yet"),
    ("'a'", "'", "Text in quotes is not a number"),
    ('f"{x}"', '"', "Text in quotes is not a number"),
    ("{1}", "{", "{ has no meaning here; use round brackets ( ) to group, and [ ] for a vector."),
    ("a; b", ";", "; does not separate statements here; start a new line instead."),
    ("a + \\\nb", "\\", "put brackets around the whole."),
    ("lambda x: x", "lambda", "lambda cannot be used here: functions cannot be defined here"),
    ("import os", "import", "import cannot be used here: nothing can be imported here"),
    ("[x for x in y]", "for", "for cannot be used here: there are no loops here"),
    ("a if b else c", "if", "a choice is written where(x > 0, a, b)."),
    ("yield", "yield", "yield cannot be used here: it is a word of Python"),
    ("None", "None", "None cannot be used here"),
    ("_a + 1", "_a", "The name _a cannot be used: names start with a letter and hold no double underscore."),
    ("a" * 41, "a" * 41, "This name has 41 letters, and 40 is the most; choose a shorter one."),
    ("2×a", "×", "× cannot be read here; write * instead."),
    ("x² + 1", "²", "² cannot be read here; write **2 instead."),
    ("x₁", "₁", "₁ cannot be read here; write an ordinary digit, as in x1."),
    ("größe", "ö", "The letter ö cannot be read here; names are made of a to z, A to Z and Greek letters."),
    ("a\x00b", "\x00", "The character number 0 has no meaning in an expression; leave it out."),
    ("a ? b", "?", "The character ? has no meaning in an expression; leave it out."),
]


@pytest.mark.parametrize(("source", "place", "sentence"), CASES, ids=[repr(case[0][:30]) for case in CASES])
def test_a_mistake_gets_its_sentence_and_its_place(source: str, place: str, sentence: str) -> None:
    error = error_of(source)
    assert sentence in str(error)
    assert at(source, error) == place
    assert str(error).endswith(".") or str(error).endswith("?")
    assert "\n" not in str(error)


def test_the_place_of_a_mistake_on_a_later_line_counts_lines_from_one() -> None:
    error = error_of("s = w*x  # fine\n\n   t = s + relux(s)\nt")
    assert error.span == (3, 11, 3, 16)
    error = error_of("s = (w*x\n     + 2x)")
    assert error.span == (2, 7, 2, 9)
    assert error_of("a\r\nb +").span == (2, 2, 2, 3)


def test_shapes_of_values_that_do_not_fit_are_both_named() -> None:
    error = error_of("s = 1\ntanh(w + x)*s", w=[1, 2, 3], x=[[1, 2], [3, 4]])
    assert "w has shape (3,) but x has shape (2, 2)" in str(error)
    assert error.span == (2, 5, 2, 10)
    error = error_of("W @ x", W=[[1, 2], [3, 4]], x=[1, 2, 3])
    assert str(error) == (
        "W has shape (2, 2) and x has shape (3,), so W has 2 columns but x has 3 numbers; "
        "@ needs as many of each."
    )
    error = error_of("max(a, b, c)", a=1, b=[1, 2], c=[1, 2, 3])
    assert "b has shape (2,) but c has shape (3,), so max cannot pair" in str(error)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (float("nan"), "w holds a number that is not finite"),
        ([1, float("inf")], "w holds a number that is not finite"),
        (10**400, "w holds a number that is not finite"),
        ([[1, 2], [3]], "w should have rows of one length, but has 2 and 1; make them equal."),
        ([1, [2]], "w should have rows of one length, but has no list and 1; make them equal."),
        ([], "w holds an empty list; give it at least one number."),
        ([[], []], "w holds an empty list"),
        ("2", "w should be a number, or lists of numbers; something else came for it."),
        (None, "w should be a number"),
        (True, "w should be a number"),
        ({"a": 1}, "w should be a number"),
        (1j, "w should be a number"),
        (np.array(["a"]), "w should be a number"),
        ([0] * 10_001, "w has 10,001 numbers, and 10,000 is the most; give it fewer."),
        ([[[[[1]]]]], "w is nested more than 4 lists deep; a matrix is a list of lists."),
    ],
)
def test_a_value_that_cannot_be_used_is_named(value: object, sentence: str) -> None:
    program = parse("2 + w*x")
    for attempt in (program.run, program.defaults):
        with pytest.raises(ExpressionError) as caught:
            attempt({"w": value, "x": 1})
        assert str(caught.value).startswith(sentence)
        assert caught.value.span == (1, 4, 1, 5)


def test_too_much_is_refused_before_it_is_computed() -> None:
    assert "has 2,001 characters, and 2,000 is the most" in str(error_of("a" + " " * 2_000))
    long = error_of("+".join(["x"] * 800))
    assert str(long).startswith("This is more than 500 operations")
    assert "split it into lines" in str(long)
    deep = error_of("(" * 61 + "x" + ")" * 61)
    assert str(deep).startswith("This is nested more than 60 deep")
    assert parse("(" * 60 + "x" + ")" * 60).run({"x": 1}).data == 1.0
    for source in (
        "-" * 61 + "x",
        "x" + "**x" * 70,
        "x" + ".T" * 70,
        "x" + "[0]" * 70,
        "abs(" * 61 + "x" + ")" * 61,
    ):
        assert "nested more than 60 deep" in str(error_of(source))


def test_a_single_line_of_composite_functions_may_hold_500_operations_and_no_more() -> None:
    source = "a" + "+softmax(a)" * 100
    error = error_of(source, a=[1, 2])
    assert str(error).startswith(
        "This is more than 500 operations, too many to walk through; split it into lines"
    )
    lines = "s = softmax(a)\n" + "s = softmax(s)\n" * 99 + "s"
    assert parse(lines).run({"a": [1, 2]}).data == pytest.approx(1.0)


def test_large_arrays_are_refused_before_they_are_computed() -> None:
    row, column = np.ones((1, 5_000)), np.ones((5_000, 1))
    tracemalloc.start()
    for source in ("a + b", "max(a, b)", "b @ a", "where(a > b, 1, 2)", "[a, a, a]"):
        error = error_of(source, a=row, b=column)
        assert "numbers (shape (" in str(error)
        assert "10,000 is the most" in str(error)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 5_000 * 5_000  # bytes: an eighth of the smallest of these results
    error = error_of("s = a\n" + "s = s + a\n" * 110, a=np.ones(10_000))
    assert "All values together hold more than 1,000,000 numbers" in str(error)
    assert "nested 5 deep, and 4 is the most" in str(error_of("[[[[[1]]]]]"))


ATTACKS = [
    "__import__('os').system('touch {file}')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x.__class__.__init__.__globals__",
    "x._data",
    "x.data",
    "x.backward()",
    "x.numpy()",
    "[x for x in range(10**9)]",
    "(lambda: x)()",
    "exec('1')",
    "eval('1')",
    "eval(x)",
    "open(x)",
    "getattr(x, y)",
    "globals()",
    '"a"*10**9',
    "'%s' % x",
    "f'{x.__class__}'",
    "'{0.__class__}'.format(x)",
    "b'a'",
    "9**9**9**9",
    "x = 9\n" * 2_000,
    "1e400",
    "9" * 1_999,
    "(" * 10_000,
    "(" * 1_000,
    "[" * 1_500 + "]" * 500,
    "-" * 10_000 + "x",
    "-" * 1_999 + "x",
    "+" * 1_999,
    "x" + "**x" * 600,
    "x" + "[0]" * 600,
    "x" + ".T" * 900,
    "a" * 1_999,
    "a" * 1_000_000,
    "\x00",
    "a\x00",
    "#\x00\na",
    "\ud800",
    "# \ud800\na",
    "\ufeffa",
    "a\u2028b",
    "a\u202eb",
    "ｅｖａｌ(x)",
    "𝓮𝔁𝓮𝓬(x)",
    "ℯxp(x)",
    "ﬁ(x)",
    "\u037a",
    "a\u0387b",
    "ϐ(x)",
    "print(x)",
    "import os",
    "from os import system",
    "class A: pass",
    "def f(): pass",
    "while True: x",
    "@x\ndef f(): pass",
    "x: int = 3",
    "del x",
    "global x",
    "assert x",
    "raise x",
    "with x: y",
    "async def f(): pass",
    "await x",
    "x = yield y",
    "match x:\n case 1: y",
    "type X = int",
    "a[b := 1]",
    "x[...]",
    "x[None]",
    "x[True]",
    "x[10**100]",
    "x[" + "9" * 400 + "]",
    "x[:" + "9" * 400 + "]",
    "x[0:1:0]",
    "x.reshape(" + "9" * 300 + ")",
    "x.reshape(-5)",
    "unsqueeze(x, " + "9" * 100 + ")",
    "[1,2].reshape(2" + ",1" * 70 + ")",
    "permute(x, " + ",".join("0" * 90) + ")",
    "max(" + ",".join(["x"] * 500) + ")",
    "[" + ",".join(["x"] * 500) + "]",
    "print >> x",
    "x if x else x",
    "not x",
    "x in x",
    "x is x",
    "~x",
    "*a, b = x",
    "a = *x",
    "f(x)(y)",
    "x.sum()()",
    "exp(**{})",
    "exp(*x, *y)",
    "1if x else 2",
    "0_7",
    "1__0",
    "0b11",
    "1j",
    "1.e",
    "a.1",
    "1.real",
    "x.\nsum()",
    "\tx\n\t\ty",
    "  x\n y",
    "x\n  + y",
    "where(where(a > b, 1, 0) > 0, a, b)",
    "where((a > b) > 0, a, b)",
    "detach(x)",
    "e.T",
    "exp(x=1)",
    "exp(x,)",
    "exp(,)",
    "[,]",
    "[1,]",
    "x[,]",
    "x[:]",
    "x[0,]",
    "x[0:1, ::2]",
]


@pytest.mark.parametrize("source", ATTACKS, ids=[repr(source[:30]) for source in ATTACKS])
def test_an_attack_ends_in_a_sentence_or_a_number(source: str, tmp_path: Path) -> None:
    file = tmp_path / "touched"
    source = source.replace("{file}", str(file))
    start = time.perf_counter()
    try:
        parse(source).run()
    except ExpressionError as error:
        at(source, error)
        assert len(str(error)) < 400
    assert time.perf_counter() - start < 20.0  # it ends at all
    assert not file.exists()


@pytest.mark.parametrize("source", [None, 3, b"a + b", ["a"]])
def test_what_is_no_text_is_refused(source: object) -> None:
    with pytest.raises(ExpressionError, match="An expression is a text"):
        parse(source)  # type: ignore[arg-type]

"""How the blocks of the gallery hang together, read off the traces of their builds and of the lessons."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from engine import Trace
from engine.nn.entry import Entry, all_entries
from engine.scope import Scope
from lessons import all_lessons, find_lesson
from lessons.lesson import Choice, Lesson
from lessons.lesson import Part as LessonPart
from lessons.run import run_part
from ui.blocks import outermost
from viewer.words import argument_words, fill

SYMBOLS = ("x", "y", "z")  # in a formula, for arguments without a short name


@dataclass(frozen=True)
class Part:
    """A block inside another: `count` of them, called `calls` times in all; `direct`: not inside a third."""

    name: str
    count: int
    calls: int
    direct: bool


@dataclass(frozen=True)
class Inside:
    """What a block turned out to be made of: other blocks, and operations of its own; and its formula."""

    parts: tuple[Part, ...]
    operations: tuple[tuple[str, int], ...]
    formula: str


def inside(entry: Entry) -> Inside:
    """What the block of this entry is made of at its defaults."""
    return inside_with(entry, "", "")


@cache
def inside_with(entry: Entry, option: str, value: str) -> Inside:
    """What it is made of with one option at another value than its default."""
    trace = entry.run({option: value})
    whole = outermost(entry, trace)
    if whole is None:  # it does nothing, as Dropout in use
        return Inside((), (), "")
    found: dict[tuple[bool, str], list[Scope]] = {}
    for scope in scopes_of(trace):
        around = owner(scope.parent)
        if scope.block is not None and around is not None and whole in scope.parent.ancestors:  # type: ignore[union-attr]
            found.setdefault((around is whole, type(scope.block).__name__), []).append(scope)
    parts = [
        Part(name, len({id(scope.block) for scope in scopes}), len(scopes), direct)
        for (direct, name), scopes in sorted(found.items(), key=lambda pair: not pair[0][0])
    ]
    own = Counter(
        node._op.name
        for node, scope in zip(trace.nodes, trace.scopes, strict=True)
        if node._op is not None and owner(scope) is whole
    )
    return Inside(tuple(parts), tuple(own.items()), formula_of(entry, whole))


def scopes_of(trace: Trace) -> list[Scope]:
    """Every scope in which something was made, and those around it, each once, in order."""
    return list(dict.fromkeys(around for scope in trace.scopes if scope for around in scope.ancestors))


def owner(scope: Scope | None) -> Scope | None:
    """The innermost call of a block around a result, leaving out functions such as softmax."""
    while scope is not None and scope.block is None:
        scope = scope.parent
    return scope


def formula_of(entry: Entry, whole: Scope) -> str:
    """The block's formula in TeX, with the names of its arguments."""
    given = [one.name for one in whole.arguments]
    short = given if given and all(name and len(name) == 1 for name in given) else SYMBOLS
    return fill(whole.kind.formula, argument_words(short))


def variants(entry: Entry) -> list[Inside]:
    """What the block is made of at its defaults, and with each of its options at each value."""
    others = [(one.name, value) for one in entry.options for value in one.options[1:]]
    return [inside(entry)] + [inside_with(entry, name, value) for name, value in others]


def may_use(entry: Entry) -> dict[str, bool]:
    """The names of all blocks that this one may be made of, each with whether it may be a direct part."""
    names: dict[str, bool] = {}
    for one in variants(entry):
        for part in one.parts:
            names[part.name] = names.get(part.name, False) or part.direct
    return names


def used_by(entry: Entry, direct: bool) -> list[Entry]:
    """The entries of the blocks that may have this one as a part: as a direct one, or only inside others."""
    return [other for other in all_entries() if may_use(other).get(entry.name) is direct]


def lessons_with(entry: Entry) -> list[tuple[Lesson, int]]:
    """The lessons that use the block, each with the first of its parts that does."""
    found = []
    for lesson in all_lessons():
        parts = [part for part, names in enumerate(blocks_in_parts(lesson.slug)) if entry.name in names]
        if parts:
            found.append((lesson, parts[0]))
    return found


def blocks_in(lesson: Lesson) -> list[Entry]:
    """The entries of the blocks that a lesson uses."""
    used = frozenset[str]().union(*blocks_in_parts(lesson.slug))
    return [entry for entry in all_entries() if entry.name in used]


@cache
def blocks_in_parts(slug: str) -> tuple[frozenset[str], ...]:
    """For every part of the lesson, the names of the blocks that its computation really calls.

    Of a choice among words each is tried, as it may choose the network.
    """
    return tuple(
        frozenset(name for values in variations(part) for name in names_in(run_part(part, values)))
        for part in find_lesson(slug).parts
    )


def variations(part: LessonPart) -> Iterator[dict[str, str]]:
    """The part's own values, and these with one choice among words at each of its other options."""
    yield {}
    for one in part.inputs:
        if isinstance(one, Choice):
            yield from ({one.name: str(option)} for option in one.options if isinstance(option, str))


def names_in(trace: Trace) -> Iterator[str]:
    """The names of the blocks that a trace calls."""
    return (type(scope.block).__name__ for scope in scopes_of(trace) if scope.block is not None)

"""`Entry`: what the gallery says about a block, and how it is set to work there on a few numbers.

An entry stands in the file of its block. It holds a piece of ordinary engine code (`build`) that makes the
block, applies it to small inputs and returns one number, and the sizes, options and inputs that a learner may
change. An entry with a missing part fails at import.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from engine.apply import watch
from engine.nn.module import Module
from engine.tensor import Tensor
from engine.trace import Trace, record

MOST_COLUMNS = 64  # drawn at random, so that a wider array begins with the same numbers
GROUPS = ("Vectors and images", "Sequences", "Transformers", "Models")
WORD_STARTS = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@dataclass(frozen=True)
class Size:
    """A whole number that the build takes. `letter`: how the signature writes it, such as L.

    `when`: the option that it depends on, then the values of it at which it matters.
    """

    name: str
    default: int
    low: int
    high: int
    about: str
    letter: str = ""
    when: tuple[str, ...] = ()

    @property
    def options(self) -> tuple[int, ...]:
        """Every value that it can have."""
        return tuple(range(self.low, self.high + 1))


@dataclass(frozen=True)
class Option:
    """One of a few texts that the build takes; the first is the default. `labels` are for the learner.

    `when`: the option that it depends on, then the values of it at which it matters.
    """

    name: str
    options: tuple[str, ...]
    about: str
    labels: tuple[str, ...] = ()
    when: tuple[str, ...] = ()

    @property
    def default(self) -> str:
        """The option to start with."""
        return self.options[0]


@dataclass(frozen=True)
class Given:
    """An array of up to two dims that the build takes as a Tensor, and that a learner may change.

    `shape` is called with those sizes and options that it names. `worked`: arrays that are known from worked
    examples; the one that has the shape which is asked for is used. Else the cells of the first one stay, and
    random numbers, always the same, join them: what stands at a place does not depend on the sizes.
    """

    name: str
    about: str
    shape: Callable[..., tuple[int, ...]]
    worked: tuple[Any, ...] = ()

    def value(self, settings: Mapping[str, Any]) -> Any:
        """The array at these sizes and options."""
        shape = self.shape(*(settings[name] for name in inspect.signature(self.shape).parameters))
        for array in self.worked:
            if np.shape(array) == shape:
                return np.array(array, dtype=float)
        random = np.random.default_rng(zlib.crc32(self.name.encode()))
        drawn = random.standard_normal((*shape[:-1], max(MOST_COLUMNS, *shape[-1:])))[..., : shape[-1]]
        filled = np.round(drawn, 2) + 0.0  # no number is −0
        for array in [array for array in self.worked if np.ndim(array) == len(shape)][:1]:
            common = tuple(slice(0, min(pair)) for pair in zip(np.shape(array), shape, strict=True))
            filled[common] = np.array(array, dtype=float)[common]
        return filled


@dataclass(frozen=True, kw_only=True, eq=False)
class Entry:
    """A block's place in the gallery.

    `place` orders the entries of a group. `signature`: shapes in and out, such as
    `(x (L, d), y (M, d)) → (M, d)`. `symbols`: TeX, and what it stands for. `build` is called with the sizes,
    the options and the inputs by name, and returns the number that the backward pass starts from; `result`
    says in a sentence which one that is. What a symbol stands for, and the notes, may hold $TeX$.
    """

    block: type[Module]
    group: str
    place: int
    signature: str
    about: str
    symbols: Mapping[str, str]
    build: Callable[..., Tensor]
    result: str
    sizes: tuple[Size, ...] = ()
    options: tuple[Option, ...] = ()
    inputs: tuple[Given, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        name = self.name
        if self.group not in GROUPS:
            raise ValueError(f"entry {name}: the group {self.group!r} is none of {', '.join(GROUPS)}")
        for part in ("signature", "about", "symbols", "result"):
            if not getattr(self, part):
                raise ValueError(f"entry {name}: it has no {part}; fill it in")
        if "→" not in self.signature:
            raise ValueError(f"entry {name}: the signature has no → between what comes in and what goes out")
        for size in self.sizes:
            if not size.low <= size.default <= size.high or size.low == size.high:
                raise ValueError(
                    f"entry {name}: {size.name} starts at {size.default}, which should lie in a range, but "
                    f"the range is {size.low} to {size.high}"
                )
        for option in self.options:
            if len(option.options) < 2 or len(option.labels) not in (0, len(option.options)):
                raise ValueError(
                    f"entry {name}: {option.name} needs two options or more, and a label for each or for none"
                )
        values = {option.name: option.options for option in self.options}
        for one in self.choices:
            if one.when and not set(one.when[1:]) <= set(values.get(one.when[0], ())):
                raise ValueError(
                    f"entry {name}: {one.name} depends on {' being '.join(one.when[:2])}, which is no option"
                )
        taken = list(inspect.signature(self.build).parameters)
        given = [one.name for one in self.inputs] + [one.name for one in self.choices]
        if sorted(taken) != sorted(given):
            raise ValueError(
                f"entry {name}: the build takes {', '.join(taken) or 'nothing'}, but its inputs, sizes and "
                f"options are {', '.join(given) or 'none'}; make them the same"
            )
        if name in ENTRIES:
            raise ValueError(f"entry {name}: there is one already; a block has one place in the gallery")
        ENTRIES[name] = self

    @property
    def name(self) -> str:
        """The name of the block's class."""
        return self.block.__name__

    @property
    def slug(self) -> str:
        """The name as an address writes it.

        >>> "-".join(WORD_STARTS.split("SequenceRNN")).lower()
        'sequence-rnn'
        """
        return "-".join(WORD_STARTS.split(self.name)).lower()

    @property
    def choices(self) -> tuple[Size | Option, ...]:
        """What a learner chooses: the sizes, then the options."""
        return (*self.sizes, *self.options)

    def settings(self, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The sizes and options, by name: the defaults, with these changes."""
        changes = changes or {}
        return {one.name: changes.get(one.name, one.default) for one in self.choices}

    def values(self, changes: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """All that the build takes: settings, and for them the inputs, with these changes."""
        changes = changes or {}
        settings = self.settings(changes)
        return settings | {one.name: changes.get(one.name, one.value(settings)) for one in self.inputs}

    def run(self, changes: Mapping[str, Any] | None = None) -> Trace:
        """The record of the build at its defaults, with these changes. The block may raise ValueError."""
        values = self.values(changes)
        tensors = {one.name: Tensor(values[one.name], name=one.name) for one in self.inputs}
        with watch(self.build):
            root = self.build(**(values | tensors))
        return record(root)


ENTRIES: dict[str, Entry] = {}


def all_entries() -> list[Entry]:
    """Every entry of every file in this folder, group by group."""
    _read_files()
    return sorted(ENTRIES.values(), key=lambda entry: (GROUPS.index(entry.group), entry.place))


@cache
def _read_files() -> None:
    package = __name__.rpartition(".")[0]
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        importlib.import_module(f"{package}.{module.name}")

"""How a lesson's text names a step of the player: by its phase and its nodes, not by its number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class At:
    """A step, known by its phase and the names of its nodes, so that it survives changes to the drawing.

    `nth` tells apart the steps of one name: in `a * a` two gradient terms go from the product to a.

    >>> backward("s", "a", nth=2).name
    'backward s a 2'
    """

    phase: Literal["start", "forward", "seed", "backward", "update", "end"]
    nodes: tuple[str, ...] = ()
    nth: int = 1

    @property
    def name(self) -> str:
        """The step's address, as in a link."""
        return " ".join([self.phase, *self.nodes, *([str(self.nth)] if self.nth > 1 else [])])

    def find(self, names: Sequence[str]) -> int:
        """The index of this step among the names of all steps. Raises ValueError if it is none of them.

        >>> forward("s").find(["start", "forward s", "seed"]), end().find(["start", "forward s", "seed"])
        (1, 2)
        """
        if self.phase == "end":
            return len(names) - 1
        if self.name not in names:
            alike = [name for name in names if name.split()[0] == self.phase]
            raise ValueError(
                f"there is no step {self.name!r}; the {self.phase} steps are {', '.join(alike) or 'none'}"
            )
        return list(names).index(self.name)


def start() -> At:
    """Before the first step: only the leaves have values."""
    return At("start")


def forward(node: str) -> At:
    """The step at which `node` gets its value."""
    return At("forward", (node,))


def seed() -> At:
    """The step at which the root gets its gradient of 1."""
    return At("seed")


def backward(node: str, argument: str, nth: int = 1) -> At:
    """The step at which `node` sends a gradient term back to its `argument`."""
    return At("backward", (node, argument), nth)


def update(leaf: str) -> At:
    """The step at which the optimizer moves `leaf`."""
    return At("update", (leaf,))


def end() -> At:
    """The last step."""
    return At("end")

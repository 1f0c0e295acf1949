"""What a trained model is. How it is trained: `lessons.models.training`; what is kept of a run: `record`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache, partial
from typing import Any, Literal

import numpy as np

from engine import Tensor
from engine.nn import Module
from lessons.models.record import Array, Figures, Moment, Record, read, weights_at

Batch = tuple[Any, ...]


def no_baselines() -> Figures:
    """Of a model that is compared with nothing."""
    return {}


@dataclass(frozen=True)
class Settings:
    """How a training run goes: Adam, with a learning rate that rises for `warmup` steps and then falls.

    `clip`: a longer gradient is shortened to this length. `moments`: how many sets of weights are kept.
    """

    steps: int
    batch: int
    learning_rate: float
    warmup: int = 50
    clip: float = 1.0
    seed: int = 0
    moments: int = 12

    def __post_init__(self) -> None:
        if self.moments < 2 or len(set(self.moment_steps)) < self.moments:
            raise ValueError(
                f"a run of {self.steps} steps cannot be kept at {self.moments} moments; "
                "take at least two, each at a step of its own"
            )

    def rate(self, step: int) -> float:
        """The learning rate of a step: up from 0 in a straight line, then down to a twentieth at the end.

        >>> [round(Settings(100, 8, 0.1, warmup=10).rate(step), 3) for step in (0, 9, 55, 100)]
        [0.01, 0.1, 0.053, 0.005]
        """
        if step < self.warmup:
            return self.learning_rate * (step + 1) / self.warmup
        left = (self.steps - step) / max(self.steps - self.warmup, 1)
        return self.learning_rate * (0.05 + 0.95 * left)

    @property
    def moment_steps(self) -> tuple[int, ...]:
        """The steps before which weights are kept: close together at first, where most is learned.

        >>> Settings(100, 8, 0.1, moments=5).moment_steps
        (0, 6, 25, 56, 100)
        """
        last = self.moments - 1
        return tuple(round(self.steps * (k / last) ** 2) for k in range(self.moments))


@dataclass(frozen=True)
class Goal:
    """What the training is to reach: a figure that must be at least, or at most, `bound`."""

    figure: str
    way: Literal["at least", "at most"]
    bound: float

    def met(self, figures: Figures) -> bool:
        """True if the figures are good enough."""
        value = figures[self.figure]
        return value >= self.bound if self.way == "at least" else value <= self.bound


@dataclass(frozen=True)
class Example:
    """One example to walk: what it is called, and the batch of one that it makes."""

    title: str
    batch: Batch


@dataclass(frozen=True)
class Model:
    """A network that learns something, with its data.

    `name`: its address, and the name of its files. `goal`: what training is to reach; none of a model that is
    there to fail. `build(seed)`: the network with its first weights. `batch(step)`: the examples of a step,
    the same whenever it is asked. `loss(network, *batch)`: the loss of some examples. `figures(network)`: how
    good it is, on what it has not seen. `shown(network)`: what a page shows of one moment, fit for JSON.
    `baselines()`: the figures of simpler ways. `examples()`: some to walk one by one. `live_from`: the moment
    that a live run starts from, where the whole run takes longer than a visitor waits; None: from the first
    weights.
    """

    name: str
    title: str
    about: str
    settings: Settings
    goal: Goal | None
    build: Callable[[int], Module]
    batch: Callable[[int], Batch]
    loss: Callable[..., Tensor]
    figures: Callable[[Any], Figures]
    shown: Callable[[Any], dict[str, Any]]
    examples: Callable[[], tuple[Example, ...]]
    baselines: Callable[[], Figures] = no_baselines
    live_from: int | None = None

    @property
    def record(self) -> Record:
        """The record of the run that the shipped weights come from."""
        return read(self.name)

    @property
    def moments(self) -> tuple[Moment, ...]:
        """The moments of that run whose weights are shipped."""
        return self.record.moments

    def load(self, moment: int | None = None) -> Any:
        """The network with its weights at a moment, the last one unless given.

        It is read once and shared by all, so leave it as it is. Raises ValueError if there is no such moment.
        """
        count = len(self.moments)
        if moment is not None and not 0 <= moment < count:
            raise ValueError(
                f"{self.name} was kept at {count} moments, 0 to {count - 1}; there is no {moment}"
            )
        return _loaded(self, count - 1 if moment is None else moment)

    def walk(self, network: Module, example: int = 0) -> Callable[[], Tensor]:
        """What to call inside `watch()` to have the loss of one example, and all that leads to it."""
        return partial(self.loss, network, *self.examples()[example].batch)


@cache
def _loaded(model: Model, moment: int) -> Module:
    network = model.build(model.settings.seed)
    weights = weights_at(model.name, moment) if moment else weights_of(network)
    network.load_state_dict(with_other_names(network, weights))
    return network.eval()


def weights_of(network: Module) -> dict[str, Array]:
    """A copy of the weights, as they are shipped: float32."""
    return {name: np.array(tensor.data, np.float32) for name, tensor in network.named_parameters()}


def with_other_names(network: Module, weights: Mapping[str, Any]) -> dict[str, Any]:
    """The weights, once more under each further name that the network has for one of them."""
    first = {tensor: name for name, tensor in network.named_parameters()}
    return {name: weights[first[tensor]] for name, tensor in network.named_tensors()}


def shuffled_batch(step: int, count: int, size: int, seed: int) -> Array:
    """The numbers of the examples of a step: all `count` once an epoch, in an order of its own.

    >>> shuffled_batch(0, 6, 3, 1).tolist(), shuffled_batch(1, 6, 3, 1).tolist()
    ([4, 0, 2], [1, 5, 3])
    """
    each = count // size  # what is left over waits for the next epoch
    epoch, place = divmod(step, each)
    order = np.random.default_rng([seed, epoch]).permutation(count)
    return order[place * size : (place + 1) * size]


def batches_of_equal_length(lengths: tuple[Any, ...], size: int, seed: int, step: int) -> Array:
    """The numbers of the examples of a step, all of one length, so that nothing must be filled up.

    `lengths`: of each example. An epoch takes every example once, but those left over of each length.

    >>> batches_of_equal_length((1, 2, 1, 2, 1), 2, 0, 0).tolist()
    [2, 4]
    """
    epoch, place = divmod(step, _batches_an_epoch(lengths, size))
    return _epoch(lengths, size, seed, epoch)[place]


@cache
def _batches_an_epoch(lengths: tuple[Any, ...], size: int) -> int:
    return sum(count // size for count in Counter(lengths).values())


@lru_cache(maxsize=8)
def _epoch(lengths: tuple[Any, ...], size: int, seed: int, epoch: int) -> list[Array]:
    random = np.random.default_rng([seed, epoch])
    places: dict[Any, list[int]] = {}
    for i in random.permutation(len(lengths)):
        places.setdefault(lengths[i], []).append(int(i))
    batches = [
        np.array(own[start : start + size])
        for _, own in sorted(places.items())
        for start in range(0, len(own) - size + 1, size)
    ]
    return [batches[i] for i in random.permutation(len(batches))]


def words_of(text: str | Sequence[str], known: Sequence[str], most: int) -> list[str]:
    """The words of a text in small letters. Raises ValueError if they are none, too many, or not known.

    >>> words_of("The cat", ("the", "cat"), 5)
    ['the', 'cat']
    """
    words = text.lower().split() if isinstance(text, str) else list(text)
    if not 1 <= len(words) <= most:
        raise ValueError(f"{len(words)} words came; give at least 1 and at most {most}")
    for word in words:
        if word not in known:
            near = get_close_matches(word, known, n=3, cutoff=0.0)
            raise ValueError(
                f"{word!r} is none of the {len(known)} words that were learned; nearest are {', '.join(near)}"
            )
    return words


def fixed_input(data: Any, name: str) -> Tensor:
    """Data as a tensor with a name, which takes no gradient."""
    return Tensor(data, requires_grad=False, name=name)

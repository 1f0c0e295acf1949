"""The one way in which every model is trained: from a shell, in a test, and live on a page."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from engine import Tensor
from engine.memory import keep_freed_memory
from engine.nn import Module
from engine.optim import Adam
from lessons.lesson import Snapshot, Training
from lessons.models.model import Model, weights_of, with_other_names

SHOWN = 100  # snapshots of a live run, at most
KEPT = 24  # of which so many can be walked: each holds the weights, and what Adam remembers


@dataclass(frozen=True)
class Progress:
    """Where a run is before a step: the loss of the step's batch, and the network, which goes on learning.

    The gradients are there already. `shortened`: what they were multiplied by, 1 unless they were too long.
    """

    step: int
    loss: float
    network: Module
    optimizer: Adam
    shortened: float


def single_precision(network: Module) -> Module:
    """The network with its weights as float32, in which training takes half the time."""
    for _, tensor in network.named_tensors():
        tensor.replace(tensor.data.astype(np.float32))
    return network


def first_step(model: Model, moment: int | None) -> int:
    """The step that a run from this moment begins with."""
    return 0 if moment is None else model.settings.moment_steps[moment]


def train(model: Model, moment: int | None = None) -> Iterator[Progress]:
    """The run of a model: one Progress before each step, and one after the last.

    `moment`: the shipped moment to start from; None: from the first weights. Whoever stops asking stops it.
    """
    keep_freed_memory()
    settings = model.settings
    network = model.build(settings.seed)
    if moment is not None:
        network.load_state_dict(model.load(moment).state_dict())
    single_precision(network)
    optimizer = Adam(network.parameters(), lr=0.0)
    for step in range(first_step(model, moment), settings.steps + 1):
        optimizer.zero_grad()
        loss = model.loss(network, *model.batch(step))
        loss.backward()
        shortened = shorten(optimizer, settings.clip)
        yield Progress(step, loss.item(), network, optimizer, shortened)
        optimizer.lr = settings.rate(step)
        optimizer.step()


def shorten(optimizer: Adam, longest: float) -> float:
    """Scale all gradients down together where they are longer than `longest`, taken as one vector.

    Returns what they were multiplied by.
    """
    found = [parameter for parameter in optimizer.parameters if parameter.grad is not None]
    length = math.sqrt(sum(float(np.vdot(one.grad, one.grad)) for one in found))
    if length <= longest:
        return 1.0
    for one in found:
        one.grad = one.grad * np.asarray(longest / length, one.grad.dtype)
    return longest / length


def live(model: Model) -> Training:
    """The model's training as a page runs it: see `lessons.lesson.Training`.

    A snapshot comes every few steps. Its `loss` is the mean over the batches since the last one. Its
    `values`, where it has any, are what `walk_step` takes; those that are not `kept` go with the next one.
    """
    settings = model.settings
    start = first_step(model, model.live_from)
    every = math.ceil((settings.steps - start) / (SHOWN - 1))
    shown = sorted({*range(start, settings.steps, every), settings.steps})
    kept = set(shown[:: math.ceil(len(shown) / (KEPT - 1))]) | {settings.steps}

    def run() -> Iterator[Snapshot]:
        losses: list[float] = []
        newest: dict[str, Any] = {}  # whatever was seen last can be walked, until there is something newer
        for now in train(model, model.live_from):
            losses.append(now.loss)
            if now.step in shown:
                newest.clear()
                values = state_of(now) | {"kept": now.step in kept}
                if now.step not in kept:
                    newest = values
                note = verdict(model, now.network) if now.step == settings.steps else ""
                yield Snapshot(now.step, float(np.mean(losses)), values, now.loss, note)
                losses.clear()

    whence = "" if start == 0 else f" It starts from the shipped weights of step {start}."
    return Training(
        title=f"Train it here: {model.title}",
        text=f"{settings.steps - start} steps of {settings.batch} examples.{whence}",
        settings=(),
        run=run,
        steps=lambda: len(shown),
        charts=("loss",),
    )


def verdict(model: Model, network: Module) -> str:
    """The figures that a run came to, in a line."""
    return "; ".join(f"{name}: {value:.4g}" for name, value in model.figures(network).items())


def state_of(now: Progress) -> dict[str, Any]:
    """What it takes to walk a step of a run: its number, the weights, and what Adam remembers."""
    return {
        "step": now.step,
        "weights": weights_of(now.network),
        "adam": now.optimizer.state_dict(),
        "shortened": now.shortened,
    }


@dataclass(frozen=True)
class StepToWalk:
    """A step of a run. `build`: call it inside `watch()` for the loss of the step's batch.

    `seed`: the gradient that the walk back starts with, so that every gradient is the one that was used: 1,
    or less where the gradients were shortened. `optimizer`: does the step's own update.
    """

    build: Callable[[], Tensor]
    seed: float
    optimizer: Adam


def walk_step(model: Model, values: Mapping[str, Any]) -> StepToWalk:
    """A step of a live run, out of the `values` of its snapshot."""
    network = model.build(model.settings.seed)
    network.load_state_dict(with_other_names(network, values["weights"]))
    optimizer = Adam(network.parameters(), lr=model.settings.rate(values["step"]))
    optimizer.load_state_dict(values["adam"])
    batch = model.batch(values["step"])
    return StepToWalk(partial(model.loss, network, *batch), values["shortened"], optimizer)

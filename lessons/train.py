"""`python -m lessons.train NAME …`: train models anew, and write their weights and the record of the run.

Without a name it prints what the shipped ones have reached; `all` trains every one. The seed decides a run.
"""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from lessons.models import all_models, find_model
from lessons.models.model import Model, weights_of, with_other_names
from lessons.models.record import FOLDER, Array, Moment, Record, write
from lessons.models.training import train

POINTS = 200  # of the loss curve
HEADINGS = "| model | weights | training | reached | beside it |"
AROUND = 20  # steps whose mean loss a moment shows


def main(names: list[str]) -> int:
    """Train the models of these names; 1 if one missed its goal."""
    if not names:
        print("\n".join([HEADINGS, "|---|---|---|---|---|", *map(row, all_models())]))
        return 0
    try:
        models = all_models() if names == ["all"] else [find_model(name) for name in names]
    except ValueError as wrong:
        print(wrong)
        return 2
    missed = 0
    for model in models:
        with threadpool_limits(limits=1):
            missed += not run(model)
    return int(missed > 0)


def row(model: Model) -> str:
    """The line of the README's table about a model."""
    try:
        record = model.record
    except ValueError:
        return f"| `{model.name}` | | | not trained yet | |"
    reached = ", ".join(f"{name} {value:.3g}" for name, value in record.figures.items())
    beside = ", ".join(f"{name.partition(',')[0]} {value:.3g}" for name, value in record.baselines.items())
    return f"| `{model.name}` | {record.parameters:,} | {record.seconds:.0f} s | {reached} | {beside} |"


def run(model: Model, folder: Path = FOLDER) -> bool:
    """Train one model, say how it goes, and write what came of it. True if it reached its goal."""
    settings = model.settings
    witness = model.build(settings.seed)  # in double precision, like the networks that are loaded later
    print(f"{model.name}: {witness.size():,} weights, {settings.steps} steps", flush=True)
    every = max(settings.steps // POINTS, 1)
    losses: list[float] = []
    curve: list[tuple[int, float]] = []
    moments: list[Moment] = []
    weights: list[dict[str, Array]] = []
    seconds, since = 0.0, time.process_time()
    for now in train(model):
        losses.append(now.loss)
        if now.step % every == 0 or now.step == settings.steps:
            curve.append((now.step, float(np.mean(losses[-every:]))))
        if now.step in settings.moment_steps:
            seconds += time.process_time() - since
            weights.append(weights_of(now.network))
            witness.load_state_dict(with_other_names(witness, weights[-1]))
            moment = Moment(
                now.step,
                float(np.mean(losses[-AROUND:])),
                model.figures(witness.eval()),
                model.shown(witness),
            )
            moments.append(moment)
            print(progress(model, moment, seconds), flush=True)
            since = time.process_time()
    record = Record(
        name=model.name,
        settings=asdict(settings),
        parameters=witness.size(),
        seconds=seconds,
        loss=tuple(curve),
        moments=tuple(moments),
        figures=moments[-1].figures,
        baselines=model.baselines(),
    )
    write(record, weights, folder)
    print("  beside: " + ", ".join(f"{name} {value:.4g}" for name, value in record.baselines.items()))
    goal = model.goal
    if goal is None:
        return True
    met = goal.met(record.figures)
    print(f"  {goal.figure} {goal.way} {goal.bound:g}: {'reached' if met else 'MISSED'}\n", flush=True)
    return met


def progress(model: Model, moment: Moment, seconds: float) -> str:
    """A line about a moment, with the time that is left at this pace."""
    left = seconds / moment.step * (model.settings.steps - moment.step) if moment.step else 0.0
    figures = ", ".join(f"{name} {value:.4g}" for name, value in moment.figures.items())
    return (
        f"  step {moment.step:6} of {model.settings.steps}, loss {moment.loss:.4f}, {figures}; "
        f"{seconds:.0f} s, {left:.0f} s left"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

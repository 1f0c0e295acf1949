"""What is kept of a training run: the weights at some moments, and a record of how it went.

`assets/weights/NAME.npz` holds an array for each weight: float32, all moments but the first, which is as the
network is built. `assets/weights/NAME.json` holds the Record.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Figures = dict[str, float]

FOLDER = Path(__file__).parent.parent.parent / "assets" / "weights"


@dataclass(frozen=True)
class Moment:
    """One moment of a run. `step`: how many steps were taken; `loss`: the mean around it, in training."""

    step: int
    loss: float
    figures: Figures
    shown: dict[str, Any]


@dataclass(frozen=True)
class Record:
    """A run. `loss`: (step, mean loss since the point before).

    `seconds`: of processor time that training took, without the figures of the moments.
    """

    name: str
    settings: dict[str, Any]
    parameters: int
    seconds: float
    loss: tuple[tuple[int, float], ...]
    moments: tuple[Moment, ...]
    figures: Figures
    baselines: Figures


def write(record: Record, weights: Sequence[dict[str, Array]], folder: Path = FOLDER) -> None:
    """Write a run's record, and its weights at every moment."""
    folder.mkdir(parents=True, exist_ok=True)
    named = {name: np.stack([one[name] for one in weights[1:]]) for name in weights[0]}
    with open(folder / f"{record.name}.npz", "wb") as file:
        np.savez_compressed(file, **named)  # type: ignore[arg-type]  # the names are no options
    text = json.dumps(rounded(asdict(record)), ensure_ascii=False, indent=None, separators=(",", ":"))
    (folder / f"{record.name}.json").write_text(text + "\n", encoding="utf-8")


def rounded(value: Any) -> Any:
    """Every float with six figures: a record is read by people too.

    >>> rounded({"loss": [0.123456789, 2]})
    {'loss': [0.123457, 2]}
    """
    if isinstance(value, dict):
        return {name: rounded(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one) for one in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


@cache
def read(name: str) -> Record:
    """The record of a shipped run. Raises ValueError if there is none."""
    path = FOLDER / f"{name}.json"
    if not path.exists():
        raise ValueError(f"{name} has no trained weights yet; make them with: python -m lessons.train {name}")
    found = json.loads(path.read_text(encoding="utf-8"))
    found["loss"] = tuple((step, loss) for step, loss in found["loss"])
    found["moments"] = tuple(Moment(**moment) for moment in found["moments"])
    return Record(**found)


def weights_at(name: str, moment: int) -> dict[str, Array]:
    """The weights at a moment after the first, by name."""
    with np.load(FOLDER / f"{name}.npz", allow_pickle=False) as file:
        return {one: file[one][moment - 1] for one in file.files}

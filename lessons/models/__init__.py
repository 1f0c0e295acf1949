"""Models that have learned something: one file for each kind, `model_digits.py`, found by its name.

>>> model = find_model("digits")
>>> network = model.load()             # with its final weights; load(3) with those of moment 3
>>> len(model.moments)
12
"""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from functools import cache

from lessons.models.model import Model


def all_models() -> list[Model]:
    """Every model. Raises ValueError, naming the file, if one is broken."""
    return list(_found())


def find_model(name: str) -> Model:
    """The model of this name. Raises ValueError, naming the nearest, if there is none."""
    models = {model.name: model for model in _found()}
    if name in models:
        return models[name]
    nearest = get_close_matches(name, models, n=1, cutoff=0.0)
    raise ValueError(f"there is no model {name!r}; did you mean {nearest[0]!r}?")


@cache
def _found() -> tuple[Model, ...]:
    models: list[Model] = []
    for file in pkgutil.iter_modules(__path__):
        if not file.name.startswith("model_"):
            continue
        own = getattr(importlib.import_module(f"lessons.models.{file.name}"), "MODELS", None)
        if not isinstance(own, tuple) or not own or not all(isinstance(one, Model) for one in own):
            raise ValueError(f"lessons/models/{file.name}.py holds no MODELS = (Model(…), …)")
        models += own
    names = [model.name for model in models]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"two models are called {twice[0]}; rename one")
    return tuple(models)

"""Which kind a model is of, and the models that are there."""

from collections.abc import Callable
from functools import cache
from typing import Any

from lessons.models import all_models, model_bert, model_digits, model_language_model, model_recall
from lessons.models import model_sequence_to_sequence as model_french
from lessons.models.model import Model
from lessons.models.record import FOLDER
from ui.trained import digits, french, language, reading, recall
from ui.trained.kind import Kind

# What a network learns from is what tells kinds apart: RNNs that recall are LanguageModels too.
KINDS: dict[Callable[..., Any], Kind] = {
    model_digits.loss: digits.KIND,
    model_language_model.loss: language.KIND,
    model_french.loss: french.KIND,
    model_bert.loss: reading.KIND,
    model_recall.loss: recall.KIND,
}
PLAIN = Kind(title="Others")


def kind_of(model: Model) -> Kind:
    """The model's kind; one without anything of its own can still be scrubbed, walked and trained."""
    return KINDS.get(model.loss, PLAIN)


@cache
def trained_models() -> tuple[Model, ...]:
    """The models whose weights are shipped, kind by kind."""
    kinds = [*KINDS.values(), PLAIN]
    there = [model for model in all_models() if (FOLDER / f"{model.name}.json").exists()]
    return tuple(sorted(there, key=lambda model: kinds.index(kind_of(model))))


def models_like(model: Model) -> list[Model]:
    """All models that learn from the same loss, itself among them."""
    return [one for one in trained_models() if one.loss is model.loss]

"""What stands above the player on a model's page: moments of its training, and what can be asked of it."""

from functools import cache
from typing import Any

from lessons.chart import Curves, Line
from lessons.models.model import Model
from lessons.models.record import Figures
from ui.trained.kind import Kind
from ui.trained.kinds import kind_of
from ui.trained.subject import EXAMPLE, MOMENT, choices_of_model, moment_in_words
from ui.trained.views import View, as_json, percent

SHARES = ("accuracy", "exact", "guesses", "kinds")  # figures that are a share of something


@cache
def bench_of(model: Model) -> dict[str, Any]:
    """All of it, for the browser. Shared by all visitors: do not change it."""
    kind = kind_of(model)
    moments = model.moments
    return {
        "moment": MOMENT,
        "steps": [one.step for one in moments],
        "said": [said_of(model, k) for k in range(len(moments))],
        "curve": as_json([loss_curve(model)])[0],
        "views": [as_json(kind.at_moment(model, k)) for k in range(len(moments))],
        "fields": [one.json() for one in kind.fields(model)],
    }


def page_choices(model: Model) -> list[str]:
    """The choices that the page offers in a row; it has its own ways to pick a moment, and a picture."""
    kind = kind_of(model)
    return [one.name for one in choices_of_model(model, kind) if one.name not in picked_elsewhere(kind)]


def picked_elsewhere(kind: Kind) -> tuple[str, ...]:
    """The choices that need no control of their own."""
    return (MOMENT, EXAMPLE) if kind.own else (MOMENT,)


def said_of(model: Model, k: int) -> str:
    """A moment with its loss and its figures, in a line."""
    one = model.moments[k]
    words = [moment_in_words(model, k).capitalize(), f"loss: {one.loss:.3g}"]
    return " · ".join([*words, *figures_in_words(one.figures)])


def figures_in_words(figures: Figures) -> list[str]:
    """Each figure with its name.

    >>> figures_in_words({"held-out accuracy": 0.986072, "held-out perplexity": 26.2413})
    ['held-out accuracy: 98.6\\xa0%', 'held-out perplexity: 26.2']
    """
    return [f"{name}: {number_in_words(name, value)}" for name, value in figures.items()]


def number_in_words(name: str, value: float) -> str:
    """A share in per cent, any other figure as it is."""
    return percent(value) if any(word in name for word in SHARES) else f"{value:.3g}"


def loss_curve(model: Model) -> View:
    """The loss over the run, in a scale of powers of ten where it falls far."""
    steps, losses = zip(*model.record.loss, strict=True)
    log = min(losses) > 0 and max(losses) > 20 * min(losses)
    line = Line("loss", steps, losses, "other", strong=True)
    return View("Loss in training", Curves("step", "loss", (line,), log=log))

"""RNNs against Transformers: which word came first, and how far back may it be?"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from engine import no_grad
from lessons.chart import Bars, Curves, Line
from lessons.models.model import Model
from lessons.models.model_recall import LONGEST, WORDS
from ui.errors import BadRequest
from ui.trained.kind import Comparison, Field, Kind, Values, beside, check_known, checked_text
from ui.trained.views import View


def walk(network: Any, text: str) -> Any:
    """What is walked: −ln p of the first word, once all are read."""
    words = text.split()
    p = network(words)
    right = p[WORDS.index(words[0])]
    return -right.log()


def defaults(model: Model, values: Values) -> dict[str, Any]:
    """The first example."""
    return {"text": model.examples()[0].title}


def check(name: str, value: Any) -> Any:
    """Two to a hundred colours. Raises BadRequest."""
    words = checked_text(name, value).lower().split()
    if not 2 <= len(words) <= LONGEST:
        raise BadRequest(f"Give 2 to {LONGEST} words, not {len(words)}.")
    check_known(words, WORDS, "The model")
    return " ".join(words)


@lru_cache(maxsize=512)
def probabilities(model: Model, moment: int, text: str) -> Any:
    """How probable each word is to have been the first."""
    network: Any = model.load(moment)
    with no_grad():
        return network(text.split()).numpy()


def views(model: Model, values: Values, alike: Sequence[Model]) -> list[View]:
    """What each of the models says."""
    first = WORDS.index(values["text"].split()[0])
    found = []
    for one, moment in beside(alike, model, values["moment"]):
        p = probabilities(one, moment, values["text"])
        found.append(
            View(short(one), Bars(WORDS, (("p", np.asarray(p).tolist()),), "probability"), strong=first)
        )
    return found


def short(model: Model) -> str:
    """The model by its sequence model alone.

    >>> from lessons.models import find_model
    >>> short(find_model("recall-rnn"))
    'By a SimpleRNN'
    """
    return f"By {model.title.partition(', by ')[2]}"


def at_moment(model: Model, k: int) -> list[View]:
    """Accuracy and gradient by distance."""
    shown = model.moments[k].shown
    accuracy = Line("accuracy", shown["distance"], shown["accuracy"], "value", strong=True)
    gradient = Line("gradient", shown["distance"], shown["gradient"], "gradient", strong=True)
    return [
        View("Accuracy by distance", Curves("distance to the last word", "accuracy", (accuracy,))),
        View(
            "Gradient to the first word",
            Curves("distance to the last word", "gradient", (gradient,), log=True),
        ),
    ]


def fields(model: Model) -> list[Field]:
    """The words."""
    about = "Which word came first? Type some of these eight, and see who still knows."
    suggestions = tuple(one.title for one in model.examples())
    return [Field("text", "text", "Words", about, words=WORDS, suggestions=suggestions)]


def compared(models: Sequence[Model]) -> list[Comparison]:
    """Accuracy and gradient by distance, of all."""
    ends = {short(model).removeprefix("By "): model.moments[-1].shown for model in models}
    x = "distance to the last word"
    accuracy = tuple(Line(name, shown["distance"], shown["accuracy"]) for name, shown in ends.items())
    gradient = tuple(
        Line(name, shown["distance"], shown["gradient"], "gradient") for name, shown in ends.items()
    )
    return [
        Comparison(
            "Accuracy by distance",
            "After training. Each word is one of eight, so chance is right in an eighth.",
            Curves(x, "accuracy", accuracy),
        ),
        Comparison(
            "Gradient to the first word by distance",
            "How strongly the right word's score depends on the first vector. Without it nothing is learned.",
            Curves(x, "gradient", gradient, log=True),
        ),
    ]


KIND = Kind(
    title="RNNs against Transformers",
    own=("text",),
    examples=False,
    defaults=defaults,
    check=check,
    build=walk,
    views=views,
    at_moment=at_moment,
    compared=compared,
    fields=fields,
)

"""Translation: type French, see the English with and without attention, and where attention looked."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from lessons.chart import Bars, Grid
from lessons.french import END, START, english_words, french_words
from lessons.models.model import Model
from lessons.models.model_sequence_to_sequence import Translation, translate
from lessons.translation import english_of, words_of
from ui.errors import BadRequest
from ui.trained.kind import Comparison, Field, Kind, Values, beside, check_known, checked_text
from ui.trained.views import Said, View

LONGEST = 14  # French words


def walk(network: Any, french: str, english: str) -> Any:
    """What is walked: the mean of −ln p of the English words."""
    target = [START, *english.split(), END]
    return network.loss(french.split(), target)


def defaults(model: Model, values: Values) -> dict[str, Any]:
    """The first example; the English by the grammar, or else what the trained network writes."""
    french = model.examples()[0].title
    asked = values.get("french", french)
    right = english_of(tuple(asked.split()))
    written = right or translated(model, len(model.moments) - 1, asked).words
    return {"french": french, "english": " ".join(written)}


def check(name: str, value: Any) -> Any:
    """Words of the grammar. Raises BadRequest."""
    text = checked_text(name, value)
    words = text.lower().split() if name == "english" else words_of(text)
    known = english_words() if name == "english" else french_words()
    if not 1 <= len(words) <= LONGEST:
        raise BadRequest(f"The translators read 1 to {LONGEST} words, but {len(words)} came; write so many.")
    check_known(words, known, "The translator")
    return " ".join(words)


@lru_cache(maxsize=512)
def translated(model: Model, moment: int, french: str) -> Translation:
    """The English of the network at a moment."""
    return translate(model.load(moment), french)


def views(model: Model, values: Values, alike: Sequence[Model]) -> list[View]:
    """The translations, right or not, and the attention map."""
    french = values["french"]
    right = english_of(tuple(french.split()))
    pairs = beside(alike, model, values["moment"])
    found = [(one, translated(one, moment, french)) for one, moment in pairs]
    lines: list[tuple[str, str, bool | None]] = [
        (way(one), " ".join(it.words) or "nothing", None if right is None else it.words == right)
        for one, it in found
    ]
    if right is None:
        lines.append(("The grammar does not make this sentence, so nobody knows if that is right.", "", None))
    shown = [View(f"“{french}” in English", Said(tuple(lines)))]
    return shown + [
        View(
            "Where each English word looked",
            Grid(
                (*it.words, END)[: len(it.attention)],
                tuple(french.split()),
                it.attention,
                x="French",
                y="English",
            ),
        )
        for one, it in found
        if it.attention is not None
    ]


def way(model: Model) -> str:
    """What tells the model from the others.

    >>> from lessons.models import find_model
    >>> way(find_model("french-plain"))
    'without attention'
    """
    return model.title.partition(", ")[2]


def at_moment(model: Model, k: int) -> list[View]:
    """Some sentences in English."""
    shown = model.moments[k].shown
    lines = tuple(
        (french, english or "nothing", tuple(english.split()) == english_of(tuple(french.split())))
        for french, english in shown["translations"].items()
    )
    return [View("Three sentences in English", Said(lines))]


def fields(model: Model) -> list[Field]:
    """The French."""
    about = (
        "Type French made of the words below. These sentences hold pairs of words that never met in training."
    )
    titles = tuple(one.title for one in model.examples())
    return [Field("text", "french", "French", about, words=french_words(), suggestions=titles)]


def compared(models: Sequence[Model]) -> list[Comparison]:
    """The shares of exact translations."""
    names = [way(model) for model in models]
    heights = [100 * model.record.figures["held-out exact"] for model in models]
    for name, value in models[0].record.baselines.items():
        names.append(name.partition(",")[0])
        heights.append(100 * value)
    text = "Sentences without a single mistake, of 500 that hold a combination never seen in training."
    return [Comparison("Exact", text, Bars(tuple(names), (("exact", heights),), "exact, %"))]


KIND = Kind(
    title="Translation",
    own=("french", "english"),
    examples=False,
    defaults=defaults,
    check=check,
    build=walk,
    views=views,
    at_moment=at_moment,
    compared=compared,
    fields=fields,
)

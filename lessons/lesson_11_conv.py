# mypy: allow-untyped-defs, allow-untyped-calls
# ruff: noqa: RET504
"""Conv: a small filter that looks at one window after the other, along a signal and over a real digit."""

from functools import cache
from typing import Any

import numpy as np

from engine import Tensor, Trace
from engine.nn import Conv
from lessons.chart import Chart, Grid, Grids
from lessons.lesson import (
    Choice,
    Experiment,
    Input,
    Lesson,
    Mistake,
    Nudge,
    Part,
    Question,
    Stop,
    backward,
    end,
    forward,
    gradient,
    start,
    value,
)
from lessons.models.model_digits import MODELS

Array = np.ndarray[Any, Any]

INK = 16  # what a cell that is full of ink holds in the data
DIGITS = (0, 4, 7)
SIDE = 6  # places of a window of 3 along a side of 8
COLUMNS = 6  # of the picture that the window is walked over: as many as a card has in numbers
RIGHT_EDGE = [[1.0, 0.0, -1.0]] * 3
LOWER_EDGE = [[1.0, 1.0, 1.0], [0.0, 0.0, 0.0], [-1.0, -1.0, -1.0]]
FILTERS = {
    "right edge": np.array(RIGHT_EDGE),
    "lower edge": np.array(LOWER_EDGE),
    "blur": np.full((3, 3), 1 / 9),
}
TRAINED = tuple(f"trained {k}" for k in range(1, 9))


@cache
def ink(digit: int) -> Array:
    """A handwritten digit that no training has seen: (8, 8), 0 for paper to 16 for ink."""
    picture: Array = MODELS[0].examples()[digit].batch[0]
    return picture[0] * INK  # type: ignore[no-any-return]


def slide(stride, x, w):
    places = np.arange(0, 5, stride)[:, None] + np.arange(3)
    windows = x[places]
    y = windows @ w
    total = y.sum()
    return total


def first_product(trace: Trace) -> float:
    """What is left of the fourth window if the last product is forgotten."""
    return float(trace.value("windows")[3, 0] * trace.value("w")[0])


def ends_added(trace: Trace) -> float:
    """The fourth window's outer numbers without the sign of the last weight."""
    window = trace.value("windows")[3]
    return float(window[0] + window[2])


def window_added(trace: Trace) -> float:
    """The fourth window without the filter."""
    return float(trace.value("windows")[3].sum())


def untied(stride, x, w):
    places = np.arange(0, 5, stride)[:, None] + np.arange(3)
    windows = x[places]
    filters = Tensor(np.tile(w.data, (len(places), 1)), name="filters")
    (windows.detach() * filters).sum().backward()
    filters = Tensor(filters.data - 0.1 * filters.grad, name="filters")
    products = windows * filters
    y = products.sum(1)
    total = y.sum()
    return total


def one_window(row, column, picture, w):
    window = picture[row : row + 3, column : column + 3]
    product = window * w
    answer = product.sum()
    return answer


def all_windows(digit, w):
    picture = Tensor(ink(digit)[None], requires_grad=False, name="picture")
    conv = Conv(1, 1, 3, bias=False)
    filters = w.reshape(1, 1, 3, 3)
    conv.W = filters
    features = conv(picture)
    found = features.relu()
    total = found.sum()
    return total


def moved(digit, w):
    picture = Tensor(np.roll(ink(digit), 1, axis=1)[None], requires_grad=False, name="picture")
    conv = Conv(1, 1, 3, bias=False)
    filters = w.reshape(1, 1, 3, 3)
    conv.W = filters
    features = conv(picture)
    found = features.relu()
    total = found.sum()
    return total


def feature_map(digit: int, looks_for: str, windows: float) -> Grids:
    """A digit, a filter, and what it finds in its first so many windows; those to come are blank."""
    conv = Conv(1, 1, 3, bias=False)
    conv.W.data = kernel(looks_for).reshape(1, 1, 3, 3)
    found = np.asarray(conv(Tensor(ink(digit)[None])).data)[0].round()  # a cell has no room for more
    row, column = place_of(windows)
    found[np.arange(SIDE * SIDE).reshape(SIDE, SIDE) >= windows] = np.nan
    return Grids(
        (
            framed_digit(digit, row, column),
            squares(kernel(looks_for).round(1), "filter"),
            squares(found, "what it finds", (row, column, 1, 1)),
        )
    )


def under_the_filter(digit: int, looks_for: str, place: float) -> Grids:
    """The digit with a frame around the window at a place, the filter, and the nine products."""
    row, column = place_of(place)
    products = ink(digit)[row : row + 3, column : column + 3] * kernel(looks_for)
    answer = f"{products.sum():.3g}".replace("-", "−")
    return Grids(
        (
            framed_digit(digit, row, column),
            squares(kernel(looks_for).round(2), "filter"),
            squares(products.round(1), f"sum {answer}"),
        )
    )


def place_of(number: float) -> tuple[int, int]:
    """The row and the column of a window, of which there are 36, counted from 1 in reading order."""
    return divmod(int(number) - 1, SIDE)


def framed_digit(digit: int, row: int, column: int) -> Grid:
    """The picture with a frame around one window."""
    return squares(ink(digit), f"window at row {row}, column {column}", (row, column, 3, 3))


def squares(cells: Array, title: str, frame: tuple[int, int, int, int] | None = None) -> Grid:
    """A heat map whose rows and columns are counted from 0."""
    places = tuple(map(str, range(len(cells))))
    return Grid(places, places, cells, x=title, frame=frame)


def kernel(name: str) -> Array:
    """A filter by its name: one made by hand, or one that the shipped digit network has learnt."""
    if name in FILTERS:
        return FILTERS[name]
    network: Any = MODELS[0].load()
    filters: Array = network.conv.W.numpy()
    return filters[TRAINED.index(name), 0]  # type: ignore[no-any-return]


SIGNAL = Part(
    title="Along a signal",
    text="A [[filter]] is a few weights, here three. It looks at three neighbours in **x**, "
    "multiplies, adds up, and moves on by one. That is Conv: every output sees a small window, "
    "and all windows share the same weights.",
    build=slide,
    inputs=(
        Choice("stride", (1, 2), 1, about="by how much the window moves on"),
        Input(
            "x",
            [0.0, 1.0, 2.0, -1.0, 1.0, -3.0, 0.0],
            low=-5,
            high=5,
            step=1,
            about="a signal of seven numbers",
        ),
        Input("w", [1.0, 0.0, -1.0], low=-3, high=3, step=0.5, about="the filter"),
    ),
    walk=(
        Stop(
            "Seven numbers: 0, 1, 2, −1, 1, −3, 0. The filter has three, 1, 0 and −1: "
            "it takes the difference of the two outer ones.",
            start(),
        ),
        Stop(
            "Cut **x** into windows of three. There are five, one a row, and each overlaps the next. "
            "An output sees its own window and nothing else: that is a local connection.",
            forward("windows"),
        ),
        Stop(
            "The filter meets each window, number by number. In the first it finds "
            "$0 \\times 1 + 1 \\times 0 + 2 \\times (-1) = -2$.",
            forward("y"),
            predict=Question(
                ask="What does it find in the fourth window, −1, 1, −3?",
                answer=value("y", 3),
                explain="$(-1) \\times 1 + 1 \\times 0 + (-3) \\times (-1) = 2$.",
                mistakes=(
                    Mistake("You added −3 at the end. The weight is −1, and the product is 3.", ends_added),
                    Mistake("The last product is missing: $(-3) \\times (-1)$.", first_product),
                    Mistake("You added up the window. Multiply by the filter first.", window_added),
                ),
            ),
        ),
        Stop(
            "With a [[stride]] of 2 the window moves on by two. It fits $(7 - 3) / 2 + 1 = 3$ times, and "
            "**y** is −2, 1, 1.",
            forward("y"),
            {"stride": 2},
        ),
        Stop(
            "Back to stride 1, and now the walk back. The outputs are added up, so each gets 1.",
            backward("total", "y"),
        ),
        Stop(
            "Each window gets the filter: 1, 0, −1, in every row.",
            backward("y", "windows"),
        ),
        Stop(
            "The filter was used five times, so it collects five terms, and each of them is a window. "
            "Its last weight gets the last column: $2 - 1 + 1 - 3 + 0 = -1$.",
            backward("y", "w"),
            predict=Question(
                ask="What is the gradient of the first weight of **w**?",
                answer=gradient("w", 0),
                explain="The first column: $0 + 1 + 2 - 1 + 1 = 3$. All windows add up in the one filter.",
                mistakes=(
                    Mistake(
                        "That is the weight itself. Its gradient is what it was multiplied by.", value("w", 0)
                    ),
                    Mistake(
                        "That is what one window says. All five say something.",
                        lambda trace: float(trace.value("windows")[0, 0]),
                    ),
                ),
            ),
        ),
        Stop(
            "A number of **x** lies in up to three windows, and collects from each. "
            "The first lies in one: 1. The third lies in three: $-1 + 0 + 1 = 0$.",
            backward("windows", "x"),
        ),
        Stop(
            "Three weights do it all. A layer in which every output sees every number would need "
            "$7 \\times 5 = 35$. Strictly, this is cross-correlation: a convolution turns the filter "
            "round first.",
            end(),
        ),
    ),
    nudge=Nudge("w", cell=(0,)),
    questions=(
        Question(
            ask="Make the stride 2. What is the gradient of the middle weight of **w**?",
            values={"stride": 2},
            draws=("x", "stride"),
            again="What is the gradient of the middle weight of **w**?",
            answer=gradient("w", 1),
            at=backward("y", "w"),
            explain="Three windows are left. Their middle column: $1 - 1 - 3 = -3$.",
            mistakes=(
                Mistake(
                    "That is the middle of the first window alone.",
                    lambda trace: trace.value("windows")[0, 1],
                ),
                Mistake(
                    "That is the middle weight itself. Its gradient is what it is multiplied by.",
                    value("w", 1),
                ),
            ),
        ),
        Question(
            ask="Back at stride 1, make the filter 1, 2, 3. What is the gradient of the second number of "
            "**x**?",
            values={"w": [1.0, 2.0, 3.0]},
            draws=("w",),
            again="What is the gradient of the second number of **x**?",
            answer=gradient("x", 1),
            at=backward("windows", "x"),
            explain="It is in the middle of the first window and at the left of the second: $2 + 1 = 3$.",
            mistakes=(
                Mistake(
                    "That is what the first window sends. It lies in the second, too.", lambda trace: 2.0
                ),
                Mistake(
                    "That is what the second window sends. It lies in the first, too.", lambda trace: 1.0
                ),
                Mistake("It lies in two windows, not in three.", gradient("x", 2)),
            ),
        ),
    ),
    experiment=Experiment(
        title="Untie the copies",
        text="Give each of the five windows a filter of its own, and let them learn for one step. How many "
        "numbers are there to learn, and do they stay alike?",
        build=untied,
        reveals="15: **filters** has a row for each window, with a gradient of its own: that window. "
        "After one step of 0.1 they are five different filters: the first is 1, −0.1, −1.2, the second "
        "0.9, −0.2, −0.9. What one learns, the others do not know. The one shared filter gets the sum of the "
        "rows: 3, 0 and −1.",
        at=backward("windows", "x"),
    ),
)

WINDOW = Part(
    title="One window of a digit",
    text="A picture is a table of numbers: here a handwritten digit, from 0 for paper to 16 for ink. "
    "Now the filter is a table too, and it slides along rows and columns. "
    "Choose where it is with the row and the column.",
    build=one_window,
    inputs=(
        Choice("row", tuple(range(SIDE)), 2, about="the first row of the window"),
        Choice("column", tuple(range(COLUMNS - 2)), 0, about="its first column"),
        Input(
            "picture",
            ink(0)[:, :COLUMNS].tolist(),
            low=0,
            high=INK,
            step=1,
            learns=False,
            about="a handwritten 0, its first six columns",
            labels=(tuple(map(str, range(8))), tuple(map(str, range(COLUMNS)))),
        ),
        Input("w", RIGHT_EDGE, low=-2, high=2, step=0.5, about="the filter"),
    ),
    walk=(
        Stop(
            "A real 0, written by hand. The filter has 1 on the left and −1 on the right: "
            "it compares what is left with what is right.",
            start(),
        ),
        Stop(
            "The window begins at row 2 and column 0; both are counted from 0. It holds nine numbers of the "
            "picture. The chart *The filter slides* below frames them.",
            forward("window"),
        ),
        Stop("Cell by cell, window times filter.", forward("product")),
        Stop(
            "Added up it is −32: paper on the left, ink on the right. This is where the stroke begins.",
            forward("answer"),
        ),
        Stop(
            "One column on: the window is now at columns 1 to 3. The stroke is in its middle, where the "
            "weights are 0. What is left over at its sides is $2 + 4 + 7 - 3 = 10$.",
            forward("answer"),
            {"column": 1},
        ),
        Stop(
            "And on by one more. Now the ink is on the left: 14, 8 and 10.",
            forward("answer"),
            {"column": 2},
            predict=Question(
                ask="What does the filter find here?",
                answer=value("answer"),
                explain="$32 - 1 = 31$: a stroke ends here, on its right. The filter finds right edges.",
                mistakes=(
                    Mistake(
                        "That is the left column. The right one is taken away.",
                        lambda trace: float(trace.value("window")[:, 0].sum()),
                    ),
                    Mistake(
                        "You added all nine numbers. The middle ones count 0, the right ones −1.",
                        lambda trace: float(trace.value("window").sum()),
                    ),
                ),
            ),
        ),
        Stop(
            "Column 3 is the inside of the 0 and its right stroke: −26.",
            forward("answer"),
            {"column": 3},
        ),
        Stop(
            "At the end of a row it goes on in the next one, at the left again. Row 3 and column 0: −31, "
            "the left stroke once more.",
            forward("answer"),
            {"row": 3},
        ),
        Stop(
            "Back to row 2 and column 2. Each weight of the filter gets the ink that it was multiplied by: "
            "its gradient is the window.",
            backward("product", "w"),
            {"column": 2},
        ),
        Stop(
            "Column 3 sends another window to the same filter. "
            "So over the whole picture the filter collects a sum of all windows.",
            end(),
            {"column": 3},
        ),
    ),
    nudge=Nudge("w", cell=(1, 1)),
    questions=(
        Question(
            ask="Move the window to row 4 and column 2. Its left column is 10, 13, 7, its right column "
            "0, 3, 14. What does the filter find?",
            values={"row": 4, "column": 2},
            draws=("row", "column"),
            answer=value("answer"),
            at=forward("answer"),
            explain="$30 - 17 = 13$: more ink on the left than on the right.",
            mistakes=(
                Mistake(
                    "You added all nine numbers. The middle ones count 0, the right ones −1.",
                    lambda trace: float(trace.value("window").sum()),
                ),
                Mistake(
                    "That is the left column. The right one is taken away.",
                    lambda trace: float(trace.value("window")[:, 0].sum()),
                ),
            ),
            again="What does the filter find in this window?",
        ),
        Question(
            ask="At row 2 and column 0 the top row of the window is 0, 2, 14. "
            "What is the gradient of the top right weight of **w**?",
            draws=("row", "column"),
            answer=gradient("w", 0, 2),
            at=backward("product", "w"),
            explain="It was multiplied by 14, and upstream is 1.",
            mistakes=(
                Mistake("That is the weight. Its gradient is what it was multiplied by.", value("w", 0, 2)),
                Mistake(
                    "That is the product. In a product each factor gets the other.", value("product", 0, 2)
                ),
                Mistake("That is its neighbour on the left.", gradient("w", 0, 1)),
            ),
            again="What is the gradient of the top right weight of **w**, with the window here?",
        ),
    ),
    experiment=Experiment(
        title="Turn the filter",
        text="Put the ones into the top row and the −1 into the bottom row. What does it look for now, "
        "and what does it find here?",
        values={"w": LOWER_EDGE},
        reveals="Lower edges. On this upright stroke it finds −1, hardly anything. "
        "Move both to row 1 and column 3, under the top of the 0: there it finds 35, and the first filter "
        "−17.",
        at=forward("answer"),
    ),
    charts=(
        Chart(
            title="The filter slides",
            text="The whole digit: 0 is paper, 16 is ink. The frame is the window; beside the picture stand "
            "the filter, and the nine products with their sum. Press + at the place: the frame moves on by a "
            "cell, and at the end of a row to the next.",
            draw=under_the_filter,
            settings=(
                Choice("digit", DIGITS, 0, about="which digit is on the picture"),
                Choice("looks_for", tuple(FILTERS), "right edge", about="the filter"),
                Input("place", 13, low=1, high=36, step=1, about="the window's place, of 36"),
            ),
        ),
    ),
)

WHOLE = Part(
    title="The whole map",
    text="Conv puts the filter on all 36 places at once. What it finds is a picture again, the [[feature "
    "map]]. "
    "Click any of its cells, and the window that it comes from lights up.",
    build=all_windows,
    inputs=(
        Choice("digit", DIGITS, 0, about="which digit is on the picture"),
        Input("w", RIGHT_EDGE, low=-2, high=2, step=0.5, about="the filter"),
    ),
    walk=(
        Stop(
            "The same 0 with all its columns, and the same filter. Conv can take several channels, as a "
            "colour picture has them, and several filters. Here it is one of each, so both get a shape with "
            "ones in front.",
            start(),
            open=("Conv",),
        ),
        Stop(
            "A side of 8 has $8 - 3 + 1 = 6$ places for a window of 3, so there are 36 numbers. In row 2 "
            "stand −32, 10, 31 and −26, which you have met.",
            forward("Conv/features"),
            open=("Conv",),
        ),
        Stop(
            "The [[ReLU]] keeps what is positive: 17 places have a right edge. "
            "They follow the two right flanks of the 0.",
            forward("found"),
            open=("Conv",),
        ),
        Stop(
            "Now back. Where the ReLU is open 1 passes, elsewhere 0.",
            backward("found", "features"),
            open=("Conv",),
            predict=Question(
                ask="In row 2 the map holds −32, 10, 31. What is the gradient of the first of them?",
                answer=gradient("features", 0, 2, 0),
                explain="It is negative, so its ReLU is shut. 10 and 31 get 1.",
                mistakes=(Mistake("So it is where the ReLU is open. Here it gets −32.", lambda trace: 1.0),),
            ),
        ),
        Stop(
            "The 17 open windows add up in the one filter. Its left column gets 148, 176 and 152, its right "
            "column 39, 22 and 34: where it fires, the ink is on the left.",
            backward("Conv/features", "filters"),
            open=("Conv",),
        ),
        Stop(
            "Nine weights for 36 outputs. A layer in which each of them sees all 64 cells would need "
            "$64 \\times 36 = 2304$, and would have to learn an edge anew at every place.",
            end(),
        ),
    ),
    questions=(
        Question(
            ask="Make the filter 0, but for a 1 in the middle. Then it copies the cell that it is centred "
            "on. "
            "Rows 0 and 1 of the picture begin 0, 0, 2, 12 and 0, 0, 15, 15. "
            "What is the third number of the first row of **features**?",
            values={"w": [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]},
            draws=("digit",),
            again="What is the third number of the first row of **features** with this digit?",
            answer=value("features", 0, 0, 2),
            at=forward("features"),
            explain="The window begins at row 0 and column 2, so its middle is at row 1 and column 3: 15.",
            mistakes=(
                Mistake(
                    "That is the corner where the window begins. Its middle is one down, one right.",
                    lambda trace: float(trace.value("picture")[0, 0, 2]),
                ),
                Mistake(
                    "That is one to the right of the corner. Go one row down, too.",
                    lambda trace: float(trace.value("picture")[0, 0, 3]),
                ),
            ),
        ),
    ),
    nudge=Nudge("w", cell=(0, 0)),
    experiment=Experiment(
        title="Move the picture",
        text="Shift the 0 to the right by one column. What happens to the map?",
        build=moved,
        reveals="It moves along. Row 2 was −32, 10, 31, −26, and now it is −13, −32, 10, 31. "
        "The filter does not care where an edge is, and what it has learnt at one place it knows at all.",
        at=forward("Conv/features"),
        open=("Conv",),
    ),
    charts=(
        Chart(
            title="What a filter finds",
            text="The digit, a filter, and the feature map: set the number of windows to 1, press +, and "
            "watch the map fill, in whole numbers. The filters that are called trained were learnt by the "
            "network of the next lesson, which reads digits. Nobody told it what to look for.",
            draw=feature_map,
            settings=(
                Choice("digit", DIGITS, 0, about="which digit is on the picture"),
                Choice("looks_for", (*FILTERS, *TRAINED), "right edge", about="the filter"),
                Input("windows", 36, low=1, high=36, step=1, about="how many windows it has seen"),
            ),
        ),
    ),
)
LESSON = Lesson(
    title="Conv",
    chapter="Images",
    goal="Slide one small filter over a signal and a picture, and see all its places teach it.",
    needs="Lessons 5 and 9.",
    parts=(SIGNAL, WINDOW, WHOLE),
    can_do=(
        "Slide a filter by hand, with stride 1 or 2, along a signal and over a picture.",
        "Say what a filter looks for from its weights, and read the map of what it finds.",
        "Explain why the gradient of a filter is a sum over all places.",
    ),
    summary=(
        "Conv has local connections: an output sees one small window, and nothing else.",
        "All windows share one filter. On the way back each window sends its own term, and the terms add.",
        "A cell of the picture collects from every window that it lies in.",
    ),
)

"""The closed set of pictures: each is drawn, in both themes, and never by colour alone."""

import json
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest

from lessons import all_lessons, find_lesson
from lessons.chart import Bars, Boundary, Chart, Curves, Grid, Grids, Line, Picture, Points, Surface
from lessons.lesson import Choice, Input
from ui import pictures
from ui.charts import COLOURS, loss_line
from ui.lesson_charts import computed

XS, YS = np.linspace(-1, 1, 5), np.linspace(-2, 2, 4)
PLANE = XS[None, :] + YS[:, None]
CURVES = Curves(
    "depth",
    "gradient",
    (
        Line("tanh", [1, 2, 3], [1.0, 0.1, 0.0], "gradient", strong=True),
        Line("ReLU", [1, 2, 3], [1, 1, 1], "gradient"),
    ),
    log=True,
    mark=(2.0, "here"),
)
PICTURES: list[Picture] = [
    CURVES,
    Surface("w1", "w2", "loss", XS, YS, PLANE**2, path=((1.0, 1.0), (0.5, 0.5), (0.0, 0.0))),
    Boundary(
        "x1",
        "x2",
        XS,
        YS,
        PLANE,
        (
            Points("yes", [0.5], [1], "circle"),
            Points("no", [-0.5], [-1], "cross"),
            Points("this", [0.5], [1], "ring"),
        ),
        margins=(-1, 1),
    ),
    Grid(
        ("a", "b"),
        ("c", "d", "e"),
        np.array([[1.0, -2.0, 0.0], [0.5, 0.0, 3.0]]),
        kind="gradient",
        x="key",
        y="query",
    ),
    Grids((Grid(("0", "1"), ("0", "1"), np.eye(2)), Grid(("0",), ("0",), np.array([[-1.0]]), "gradient"))),
    Bars(("i", "f", "o"), (("step 1", [0.1, 0.9, 0.5]), ("step 2", [0.2, 0.8, 0.6])), "gate"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("picture", PICTURES, ids=lambda one: type(one).__name__)
def test_a_picture_is_drawn_without_a_background_of_its_own(picture: Picture, theme: str) -> None:
    figure = pictures.figure(picture, theme)
    assert figure.data
    assert figure.layout.height == pictures.HEIGHT
    assert figure.layout.paper_bgcolor is None
    assert len(figure.to_json()) < 60_000


def test_lines_are_named_at_their_ends_and_differ_in_their_dashes() -> None:
    figure = pictures.figure(CURVES)
    assert {note.text for note in figure.layout.annotations} == {"tanh", "ReLU", "here"}
    assert len({line.line.dash for line in figure.data}) == 2
    assert figure.layout.yaxis.type == "log"
    assert figure.data[0].line.color == COLOURS["light"]["gradient"]
    assert figure.data[0].y == (1.0, 0.1, None), "a logarithm has no place for 0"


def test_the_border_is_drawn_where_the_score_is_0_and_classes_differ_in_their_symbols() -> None:
    figure = pictures.figure(PICTURES[2])
    levels = [one.contours.start for one in figure.data if isinstance(one, go.Contour)]
    assert levels == [0, -1, 1]
    assert [one.marker.symbol for one in figure.data if isinstance(one, go.Scatter)] == [
        "circle",
        "x-thin",
        "circle-open",
    ]


def test_two_axes_that_measure_the_same_have_one_scale_if_asked() -> None:
    boundary = PICTURES[2]
    assert isinstance(boundary, Boundary)
    assert pictures.figure(boundary).layout.yaxis.scaleanchor is None
    assert pictures.figure(replace(boundary, square=True)).layout.yaxis.scaleanchor == "x"


def test_bars_say_what_their_names_count() -> None:
    bars = Bars(("1", "2"), (("gradient", [0.5, 0.25]),), "gradient", "gradient", x="products passed")
    assert pictures.figure(bars).layout.xaxis.title.text == "products passed"


def test_the_loss_says_when_its_axis_is_one_of_powers() -> None:
    assert loss_line([0, 1], [2.0, 1.0]).layout.title.text == "loss"
    assert loss_line([0, 1], [2.0, 0.01]).layout.title.text == "loss, on a scale of powers of ten"


def test_a_border_that_lies_outside_is_left_out() -> None:
    far = Boundary("x", "y", XS, YS, PLANE + 100, (Points("yes", [0], [0], "circle"),))
    assert not [one for one in pictures.figure(far).data if isinstance(one, go.Contour)]


def test_a_surface_has_one_scale_on_both_axes_where_it_says_so() -> None:
    surface = PICTURES[1]
    assert isinstance(surface, Surface)
    assert pictures.figure(surface).layout.yaxis.scaleanchor is None
    drawn = pictures.figure(replace(surface, equal=True)).layout
    assert (drawn.yaxis.scaleanchor, drawn.xaxis.constrain, drawn.yaxis.constrain) == (
        "x",
        "domain",
        "domain",
    )


def test_bars_beside_each_other_are_filled_and_differ_in_their_patterns() -> None:
    bars = pictures.figure(PICTURES[5]).data
    assert {bar.marker.color for bar in bars} == {COLOURS["light"]["value"]}
    assert {bar.marker.pattern.fillmode for bar in bars} == {"overlay"}
    assert len({bar.marker.pattern.shape for bar in bars}) == 2


def test_a_heat_map_with_negative_cells_has_its_middle_at_0() -> None:
    heat = pictures.figure(PICTURES[3]).data[0]
    assert (heat.zmin, heat.zmax) == (-3.0, 3.0)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_number_in_a_heat_map_can_be_read_on_its_cell(theme: str) -> None:
    grid = Grid(tuple("abcde"), ("x",), np.linspace(-1.0, 1.0, 5).reshape(5, 1))
    inks = pictures.figure(grid, theme).data[1].textfont.color
    for cell, ink in zip(grid.cells[:, 0], inks, strict=True):
        end = COLOURS[theme]["value" if cell >= 0 else "quiet"]
        ground = pictures.mixed(pictures.SCALES[theme], end, abs(float(cell)))
        assert contrast(ground, pictures.mixed(ink, ink, 0.0)) >= 4.5


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """WCAG's contrast of two colours, with the power of 2.2 in place of its two pieces."""
    low, high = sorted(
        float(np.dot([0.2126, 0.7152, 0.0722], (np.array(colour) / 255) ** 2.2)) for colour in (one, other)
    )
    return (high + 0.05) / (low + 0.05)


def test_the_name_of_a_line_that_ends_early_stands_where_it_ends() -> None:
    curves = Curves("x", "y", (Line("short", [1, 2], [1, 2]), Line("long", [1, 2, 3], [1, 1, 1])))
    notes = {note.text: note for note in pictures.figure(curves).layout.annotations}
    assert (notes["short"].x, notes["short"].y, notes["short"].xref) == (2, 2, None)
    assert notes["long"].xref == "paper"


def test_a_cell_without_a_number_is_left_blank() -> None:
    heat, numbers = pictures.figure(Grid(("a",), ("b", "c"), np.array([[2.0, np.nan]]))).data
    assert (heat.zmin, heat.zmax, heat.hoverongaps) == (0, 2.0, False)
    assert (list(numbers.x), list(numbers.text)) == (["b"], ["2"])


def test_heat_maps_beside_each_other_have_cells_of_one_size_and_scales_of_their_own() -> None:
    large = Grid(tuple("0123"), tuple("0123"), np.eye(4), x="digit", frame=(1, 0, 2, 2))
    small = Grid(tuple("01"), tuple("01"), np.full((2, 2), -0.5), x="filter", frame=(0, 1, 1, 1))
    drawn = pictures.figure(Grids((large, small)))
    heats = [one for one in drawn.data if isinstance(one, go.Heatmap)]
    assert [heat.zmax for heat in heats] == [1.0, 0.5]
    widths, heights = (
        [(axis.domain[1] - axis.domain[0]) / side for axis, side in zip((one, other), (4, 2), strict=True)]
        for one, other in [
            (drawn.layout.xaxis, drawn.layout.xaxis2),
            (drawn.layout.yaxis, drawn.layout.yaxis2),
        ]
    )
    assert widths[0] == pytest.approx(widths[1])
    assert heights[0] == pytest.approx(heights[1])
    assert drawn.layout.xaxis.domain[1] < drawn.layout.xaxis2.domain[0]
    assert [frame.xref for frame in drawn.layout.shapes] == ["x", "x2"]


def test_points_may_have_a_word_beside_each() -> None:
    named = Boundary("x", "y", XS, YS, PLANE, (Points("rows", [0.5], [1], "circle", ("house",)),))
    (points,) = (one for one in pictures.figure(named).data if isinstance(one, go.Scatter))
    assert (points.mode, list(points.text)) == ("markers+text", ["house"])


def test_numbers_in_a_picture_are_written_as_everywhere() -> None:
    grid = Grid(("a", "b"), ("c", "d"), np.array([[1.0, 0.0], [-0.0000345, 1234.5]]))
    assert list(pictures.figure(grid).data[1].text) == ["1", "0", "−3.45e−5", "1234"]
    (bars,) = pictures.figure(Bars(("a", "b"), (("one", [0.5, -2.0]),), "y")).data
    assert list(bars.text) == ["0.5", "−2"]


def test_what_is_said_of_all_bars_stands_below_them() -> None:
    said = Bars(("a", "b"), (("one", [0.5, 0.2]),), "y", x="so far")
    assert pictures.figure(said).layout.xaxis.title.text == "so far"
    long = pictures.figure(replace(said, x="word " * 20)).layout.xaxis.title.text.split("<br>")
    assert len(long) == 3
    assert max(map(len, long)) <= 44, "a phone has room for no more"
    assert pictures.figure(replace(said, x="")).layout.xaxis.title.text in ("", None)


def test_a_frame_goes_around_its_cells_of_a_heat_map() -> None:
    grid = PICTURES[3]
    assert isinstance(grid, Grid)
    framed = replace(grid, frame=(0, 1, 2, 2))
    (frame,) = pictures.figure(framed).layout.shapes
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (0.5, 2.5, -0.5, 1.5)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Curves("x", "y", (Line("one", [1, 2], [1]),)), "line 'one' has 2 x but 1 y"),
        (
            lambda: Surface("x", "y", "z", XS, YS, PLANE.T),
            r"heights has shape \(5, 4\), but there are 4 rows",
        ),
        (
            lambda: Grid(("a",), ("b",), PLANE),
            r"cells has shape \(4, 5\), but there are 1 rows and 1 columns",
        ),
        (
            lambda: Grid(("a", "b"), ("c",), np.zeros((2, 1)), frame=(1, 0, 2, 1)),
            r"the frame \(1, 0, 2, 1\) reaches beyond 2 rows and 1 columns",
        ),
        (lambda: Grids(()), "there are no heat maps to draw"),
        (lambda: Points("rows", [1, 2], [1, 2], "circle", ("a",)), "points 'rows': 2 places but 1 words"),
        (lambda: Bars(("a", "b"), (("one", [1]),), "y"), "bars 'one': 2 names but 1 heights"),
        (
            lambda: Chart("Title", "Text.", lambda depth: CURVES, (Input("width", 1),)),
            "its function takes depth, but the settings are width",
        ),
    ],
)
def test_a_picture_that_contradicts_itself_is_refused(make: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()  # type: ignore[operator]


CHARTS = [
    pytest.param(lesson.slug, index, number, id=f"{lesson.slug}-{index + 1}-{number + 1}")
    for lesson in all_lessons()
    for index, part in enumerate(lesson.parts)
    for number in range(len(part.charts))
]


@pytest.mark.parametrize(("slug", "index", "number"), CHARTS)
def test_every_chart_of_every_lesson_is_drawn_at_the_ends_of_its_settings(
    slug: str, index: int, number: int
) -> None:
    chart = find_lesson(slug).parts[index].charts[number]
    tried: list[dict[str, object]] = [{one.name: one.default for one in chart.settings}]
    for one in chart.settings:
        ends = one.options if isinstance(one, Choice) else (one.low, one.high)
        tried += [{**tried[0], one.name: end} for end in ends]
    for settings in tried:
        picture = computed(slug, index, number, json.dumps(settings))
        for theme in ("light", "dark"):
            assert len(pictures.figure(picture, theme).to_json()) < 200_000

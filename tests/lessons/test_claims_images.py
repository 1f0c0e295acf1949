"""Every number that the texts of the chapter on images claim is a computed one."""

import numpy as np

from lessons.lesson_11_conv import feature_map, under_the_filter
from lessons.lesson_12_max_pool import LARGEST_INSIDE, OVERTAKEN, probability, reading, sharing
from lessons.models.model_digits import MODELS
from lessons.run import run_part
from tests.lessons.cases import Claim, Place, check_claim, every_claim, gradient, part_of, past, value

CLAIMS: dict[Place, list[Claim]] = {
    ("conv", 1): [
        ("2 \\times (-1) = -2$", "-2", value("y", 0)),
        ("$(-1) \\times 1 + 1 \\times 0 + (-3) \\times (-1) = 2$", "2", value("y", 3)),
        ("**y** is −2, 1, 1", "-2", value("y", 0, stride=2)),
        ("**y** is −2, 1, 1", "1", value("y", 1, stride=2)),
        ("**y** is −2, 1, 1", "1", value("y", 2, stride=2)),
        ("so each gets 1", "1", gradient("y", 4)),
        ("1, 0, −1, in every row", "-1", gradient("windows", 3, 2)),
        ("$0 + 1 + 2 - 1 + 1 = 3$", "3", gradient("w", 0)),
        ("$2 - 1 + 1 - 3 + 0 = -1$", "-1", gradient("w", 2)),
        ("$(7 - 3) / 2 + 1 = 3$", "3", lambda part: len(run_part(part, {"stride": 2}).value("windows"))),
        ("The first lies in one: 1", "1", gradient("x", 0)),
        ("$-1 + 0 + 1 = 0$", "0", gradient("x", 2)),
        ("$7 \\times 5 = 35$", "5", lambda part: len(run_part(part).value("windows"))),
        ("15: **filters** has a row", "15", lambda part: run_part(part, {}, True).gradient("filters").size),
        ("of its own: that window", "-3", gradient("filters", 3, 2, experiment=True)),
        ("the first is 1, −0.1, −1.2", "1", value("filters", 0, 0, experiment=True)),
        ("the first is 1, −0.1, −1.2", "-0.1", value("filters", 0, 1, experiment=True)),
        ("the first is 1, −0.1, −1.2", "-1.2", value("filters", 0, 2, experiment=True)),
        ("the second 0.9, −0.2, −0.9", "0.9", value("filters", 1, 0, experiment=True)),
        ("the second 0.9, −0.2, −0.9", "-0.2", value("filters", 1, 1, experiment=True)),
        ("the second 0.9, −0.2, −0.9", "-0.9", value("filters", 1, 2, experiment=True)),
        ("the sum of the rows: 3, 0 and −1", "0", gradient("w", 1)),
        ("the sum of the rows: 3, 0 and −1", "-1", gradient("w", 2)),
    ],
    ("conv", 2): [
        ("Added up it is −32", "-32", value("answer")),
        ("$2 + 4 + 7 - 3 = 10$", "10", value("answer", column=1)),
        ("$32 - 1 = 31$", "31", value("answer", column=2)),
        ("the ink is on the left: 14, 8 and 10", "14", value("window", 0, 0, column=2)),
        ("the ink is on the left: 14, 8 and 10", "8", value("window", 1, 0, column=2)),
        ("the ink is on the left: 14, 8 and 10", "10", value("window", 2, 0, column=2)),
        ("right stroke: −26", "-26", value("answer", column=3)),
        ("Row 3 and column 0: −31", "-31", value("answer", row=3)),
        ("it finds −1, hardly", "-1", value("answer", experiment=True)),
        ("there it finds 35", "35", value("answer", experiment=True, row=1, column=3)),
        ("the first filter −17", "-17", value("answer", row=1, column=3)),
    ],
    ("conv", 3): [
        ("stand −32, 10, 31 and −26", "-32", value("features", 0, 2, 0)),
        ("stand −32, 10, 31 and −26", "-26", value("features", 0, 2, 3)),
        ("$8 - 3 + 1 = 6$", "6", lambda part: run_part(part).value("features").shape[-1]),
        ("17 places have a right edge", "17", lambda part: (run_part(part).value("found") > 0).sum()),
        ("10 and 31 get 1", "1", gradient("features", 0, 2, 1)),
        ("gets 148, 176 and 152", "148", gradient("w", 0, 0)),
        ("gets 148, 176 and 152", "176", gradient("w", 1, 0)),
        ("gets 148, 176 and 152", "152", gradient("w", 2, 0)),
        ("39, 22 and 34", "39", gradient("w", 0, 2)),
        ("39, 22 and 34", "22", gradient("w", 1, 2)),
        ("39, 22 and 34", "34", gradient("w", 2, 2)),
        ("now it is −13, −32, 10, 31", "-13", value("features", 0, 2, 0, experiment=True)),
        ("now it is −13, −32, 10, 31", "31", value("features", 0, 2, 3, experiment=True)),
    ],
    ("max-pool", 1): [
        ("its largest: 6, 8 and 3", "6", value("y", 0, 0)),
        ("its largest: 6, 8 and 3", "8", value("y", 0, 1)),
        ("its largest: 6, 8 and 3", "3", value("y", 1, 0)),
        ("4 is the largest", "4", value("y", 1, 1)),
        ("four of the sixteen cells", "4", lambda part: np.count_nonzero(run_part(part).gradient("x"))),
        ("The 6 beside it has won", "1", gradient("x", 1, 1)),
        ("overtaken the 6, and gets the 1", "1", gradient("x", 1, 0, x=OVERTAKEN)),
        ("there are nine", "9", lambda part: run_part(part, {"stride": 1}).value("y").size),
        ("it gets 2", "2", gradient("x", 1, 3, stride=1)),
        ("and the terms add: 4", "4", gradient("x", 2, 2, stride=1, x=LARGEST_INSIDE)),
        ("at the top right of its window, gets 1", "1", gradient("x", 0, 1, experiment=True)),
        ("the other sixes 0", "0", gradient("x", 1, 0, experiment=True)),
        ("the other sixes 0", "0", gradient("x", 1, 1, experiment=True)),
    ],
    ("max-pool", 2): [
        ("gets 98.6 %", "98.6", lambda part: 100 * MODELS[0].record.figures["held-out accuracy"]),
        ("350 of the 512", "350", lambda part: (run_part(part).value("found") > 0).sum()),
        ("350 of the 512", "512", lambda part: run_part(part).value("found").size),
        ("128 are left", "128", lambda part: run_part(part).value("strongest").size),
        ("that of the 1, 3.27", "3.27", value("scores", 1)),
        ("with 0.929", "0.929", value("scores", 8)),
        ("0.9107 for a 1", "0.0107", past(0.9, lambda part: probability(run_part(part), 1))),
        ("0.0876 for an 8", "0.0876", lambda part: probability(run_part(part), 8)),
        ("$-\\ln 0.9107 = 0.0935$", "0.0935", value("loss")),
        ("$0.9107 - 1 = -0.0893$", "-0.0893", gradient("scores", 1)),
        ("That of the 8 gets 0.0876", "0.0876", gradient("scores", 8)),
        ("All 128 numbers", "128", lambda part: np.count_nonzero(run_part(part).gradient("strongest"))),
        ("128 get one", "128", lambda part: sharing(run_part(part))),
        ("All 512: each window", "512", lambda part: sharing(run_part(part, {}, True))),
        ("with a loss of 0.019", "0.019", value("loss", experiment=True)),
        ("it gets 0.756 now in place", "0.756", lambda part: probability(reading(8, 8, "mean"), 8)),
        ("in place of 0.999", "0.999", lambda part: probability(reading(8, 8), 8)),
    ],
}


@every_claim(CLAIMS)
def test_the_text_claims_what_the_engine_computes(place: Place, claim: Claim) -> None:
    check_claim(place, claim)


def test_the_charts_find_in_their_frame_what_the_engine_finds() -> None:
    for place, row, column in [(1, 0, 0), (13, 2, 0), (15, 2, 2), (34, 5, 3)]:
        found = value("answer", row=row, column=column)(part_of("conv", 2))
        digit, _, products = under_the_filter(0, "right edge", place).grids
        assert products.x == f"sum {found:.3g}".replace("-", "−")
        assert products.cells.sum() == found
        assert digit.frame == (row, column, 3, 3)
        features = feature_map(0, "right edge", place).grids[2]
        assert features.cells[row, column] == found
        assert np.isfinite(features.cells).sum() == place


def test_the_chart_stands_at_first_where_the_walk_does() -> None:
    part = part_of("conv", 2)
    (chart,) = part.charts
    digit = chart.draw(**{one.name: one.default for one in chart.settings}).grids[0]  # type: ignore[union-attr]
    assert digit.frame == (part.defaults["row"], part.defaults["column"], 3, 3)

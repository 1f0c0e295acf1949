"""The error that is shown to the learner as it is."""


class BadRequest(ValueError):  # noqa: N818 (the name that HTTP gives it)
    """Wrong input, told in one sentence: what, why and what to do.

    `at` is the place in the learner's text: (line, column, end line, end column), lines from 1 and
    columns from 0.
    """

    def __init__(self, sentence: str, at: tuple[int, int, int, int] | None = None) -> None:
        super().__init__(sentence)
        self.at = at


class NotFound(BadRequest):
    """There is no lesson, or no block, of the name that was asked for."""

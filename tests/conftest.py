"""What all tests share: few threads, Hypothesis's settings, and a plain word about what was not run."""

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import settings
from threadpoolctl import threadpool_limits

threadpool_limits(limits=1, user_api="blas")
# The same examples every time where nobody can look at a failure; others each time at a developer's desk.
settings.register_profile("gradwalk", deadline=None, max_examples=50, derandomize=bool(os.environ.get("CI")))
settings.load_profile("gradwalk")

BROWSER = Path(__file__).parent / "browser"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that drive a browser run one after the other, in one process: there is one browser."""
    for item in items:
        if BROWSER in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what could not be run, and why, where nobody can overlook it."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.items():
        terminalreporter.write_line(f"NOT RUN: {count} test{'s' if count > 1 else ''}. {reason}", yellow=True)

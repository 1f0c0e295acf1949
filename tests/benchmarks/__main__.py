"""`python -m tests.benchmarks`: the table of docs/benchmarks.md, measured here and now.

Every module of this folder that has a `rows()` adds its lines. Names on the command line pick modules.
"""

from __future__ import annotations

import importlib
import pkgutil
import platform
import sys
from pathlib import Path

from threadpoolctl import threadpool_limits

from tests.benchmarks.table import HEADINGS, cells, markdown

WIDTHS = (80, 10, 26, 5, 6, 6)


def main(wanted: list[str]) -> int:
    """Print the table line by line as it comes; 1 if a target is missed."""
    missed = 0
    print(f"Python {platform.python_version()}, {platform.machine()}, one thread for BLAS\n")
    print(markdown(HEADINGS, WIDTHS))
    print(markdown(tuple("-" * width for width in WIDTHS), WIDTHS))
    for name in sorted(found.name for found in pkgutil.iter_modules([str(Path(__file__).parent)])):
        if name.startswith("__") or (wanted and name not in wanted):
            continue
        module = importlib.import_module(f"tests.benchmarks.{name}")
        with threadpool_limits(limits=1):  # after the import: it finds the libraries that are loaded by then
            for row in module.rows() if hasattr(module, "rows") else ():
                missed += row.met is False
                print(markdown(cells(row), WIDTHS), flush=True)
    if missed:
        print(f"\n{missed} targets are missed.")
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

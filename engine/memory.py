"""Keeping freed memory, which the next training step needs again.

The allocator of Linux (glibc) hands freed memory back to the system when there is more than a little of it,
and each step then waits for every page to be brought again: a TransformerBlock took twice the time. It learns
from the largest block that was freed how much to keep; so one large block is freed once, never touched.
"""

import numpy as np

LARGEST = (32 << 20) - (64 << 10)  # it learns from blocks of up to 32 MB, and keeps twice as much


def keep_freed_memory() -> None:
    """Let the allocator keep up to 64 MB of freed memory. Elsewhere than on Linux it changes nothing."""
    np.empty(LARGEST, np.uint8)

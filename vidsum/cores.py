"""How many cores this process may use."""

import os

CORES_VARIABLE = "VIDSUM_CORES"
"""Environment variable with the number for a process that shares the machine with others."""


def cores() -> int:
    """Return how many cores this process may use.

    These are the ones that the system lets it run on (`taskset`, cpusets of containers), unless the
    environment gives a number.
    """
    if given := os.environ.get(CORES_VARIABLE):
        return int(given)
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1

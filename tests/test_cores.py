"""How many cores are used: those that this process may run on."""

import os

import pytest

from vidsum.cores import CORES_VARIABLE, cores


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system binds no process")
def test_a_process_that_is_bound_to_some_cores_uses_those(monkeypatch):
    monkeypatch.delenv(CORES_VARIABLE, raising=False)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        assert cores() == 1
    finally:
        os.sched_setaffinity(0, allowed)
    assert cores() == len(allowed)


def test_the_environment_gives_a_share(monkeypatch):
    monkeypatch.setenv(CORES_VARIABLE, "7")
    assert cores() == 7

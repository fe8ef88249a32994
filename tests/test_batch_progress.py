"""What is told of how far a batch has come."""

import time

from vidsum.jobs.batches.manifest import Manifest
from vidsum.jobs.batches.progress import Ledger
from vidsum.jobs.batches.recorded import Recorded
from vidsum.jobs.batches.segments import Task
from vidsum.jobs.progress import Progress

HALF = Progress(frames=1, kept=1, time=1.0, duration=2.0)


def task(name, *inputs):
    return Task(name=name, inputs=inputs, recorded=Recorded(camera="gate"))


def test_bytes_and_counts_follow_what_becomes_of_recordings(tmp_path):
    told = []
    ledger = Ledger(told.append, told.append)
    tasks = []
    for number, name in enumerate("abcd", 1):
        (tmp_path / name).write_bytes(bytes(100 * number))
        tasks.append(task(name, tmp_path / name))
        ledger.expect(tasks[-1])
    good, bad, third, last = tasks
    begun = Manifest.begun({})
    ledger.add(good, begun.done({"lost_input": False}, (), ()))
    ledger.add(bad, begun.failed(3, "b: no video"))
    ledger.show(third, HALF)
    now = told.pop()
    assert (now.size, now.done) == (1000, 100 + 200 + 150)
    assert (now.recordings, now.finished, now.failed, now.current) == (4, 2, 1, ("c",))
    # One of them comes again, longer; another one is gone.
    (tmp_path / "b").write_bytes(bytes(1000))
    ledger.expect(bad)
    ledger.forget(last)
    ledger.show(third, HALF)
    now = told.pop()
    assert (now.size, now.done) == (1400, 100 + 150)
    assert (now.recordings, now.finished, now.failed) == (3, 1, 0)


def test_of_many_recordings_progress_costs_no_more():
    def cost(recordings):
        ledger = Ledger(lambda progress: None, print)
        for number in range(recordings):
            ledger.expect(task(f"{number}"))
        least = float("inf")
        for _ in range(20):
            begun = time.process_time()
            ledger.show(task("0"), HALF)
            least = min(least, time.process_time() - begun)
        return least

    assert cost(20_000) < 20 * cost(20)

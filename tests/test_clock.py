"""Times that increase whatever the timestamps do, and the report on repairs."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidsum.frame import clock
from vidsum.video.clock import Clock
from vidsum.video.faults import FaultKind, FaultLog

FRAME = Fraction(1, 25)


def timed(timestamps, time_base=Fraction(1, 25)):
    """Return the times of frames with these timestamps, and what was logged."""
    log = FaultLog()
    watch = Clock(time_base, FRAME, log)
    times = [watch.time(timestamp) for timestamp in timestamps]
    return times, {fault.kind: fault.count for fault in log}


def test_timestamps_that_grow_are_taken_exactly():
    times, faults = timed([0, 3003, 6006, 100_000], Fraction(1, 90_000))
    assert times == [0, Fraction(1001, 30_000), Fraction(1001, 15_000), Fraction(10, 9)]
    assert faults == {}


def test_a_recording_may_begin_before_zero_or_late():
    assert timed([-5, -4, 0]) == ([-5 * FRAME, -4 * FRAME, 0], {})
    assert timed([50, 51]) == ([50 * FRAME, 51 * FRAME], {})


def test_a_missing_timestamp_follows_the_one_before():
    times, faults = timed([10, None, None, 13])
    assert times == [10 * FRAME, 11 * FRAME, 12 * FRAME, 13 * FRAME]
    assert faults == {FaultKind.TIMESTAMP: 2}


@pytest.mark.parametrize("timestamp", [10, 9, 0], ids=["duplicate", "one back", "0.4 s back"])
def test_a_timestamp_that_slips_back_moves_its_frame_only(timestamp):
    times, faults = timed([9, 10, timestamp, 11, 12])
    assert 10 * FRAME < times[2] < 11 * FRAME
    assert times[3:] == [11 * FRAME, 12 * FRAME]
    assert faults == {FaultKind.TIMESTAMP: 1}


def test_after_a_reset_the_recording_goes_on():
    times, faults = timed([100, 101, 0, 1, 2])
    assert times == [step * FRAME for step in (100, 101, 102, 103, 104)]
    assert faults == {FaultKind.TIMESTAMP: 1}


def test_several_resets_add_up():
    times, faults = timed([100, 0, 50, 0, 50, -1000, -999])
    assert times == [step * FRAME for step in (100, 101, 151, 152, 202, 203, 204)]
    assert faults == {FaultKind.TIMESTAMP: 3}


def test_a_leap_forward_is_believed():
    assert timed([0, 1, 90_000]) == ([0, FRAME, 3600], {})


def test_without_any_timestamp_times_are_counted_and_that_is_told_once():
    times, faults = timed([None] * 5)
    assert times == [step * FRAME for step in range(5)]
    assert faults == {FaultKind.UNTIMED: 1}


def test_timestamps_that_begin_late_are_taken_from_there():
    times, _ = timed([None, None, 10, 11])
    assert times == [0, FRAME, 10 * FRAME, 11 * FRAME]


@given(
    st.lists(st.none() | st.integers(-3000, 3000), max_size=60),
    st.sampled_from([Fraction(1, 25), Fraction(1, 1000), Fraction(1, 90_000)]),
)
def test_times_grow_strictly_whatever_the_timestamps(timestamps, time_base):
    times, _ = timed(timestamps, time_base)
    assert all(isinstance(time, Fraction) for time in times)
    assert all(before < after for before, after in pairwise(times))


@pytest.mark.parametrize(
    ("timestamps", "unit"),
    [([0] * 12 + [1], 90_000), ([0, 0, 1001], 10**9), ([0, 1, 2], 10**9)],
    ids=["many duplicates", "a duplicate", "a fine unit"],
)
def test_times_differ_in_the_six_decimals_of_the_scores(timestamps, unit):
    times, _ = timed(timestamps, Fraction(1, unit))
    assert len({f"{float(time):.6f}" for time in times}) == len(times)


def test_faults_are_counted_and_their_times_told_in_stretches():
    log = FaultLog()
    for time in (1, Fraction(3, 2), 2, 60, 3725):
        log.add(FaultKind.DAMAGED_PACKET, Fraction(time))
    (fault,) = log
    assert str(fault) == (
        "5 damaged packets at 00:00:01.000 to 00:00:02.000, 00:01:00.000, 01:02:05.000"
    )
    assert log.loses_input


def test_a_fault_without_a_time_is_counted_all_the_same():
    log = FaultLog()
    log.add(FaultKind.DECODER_ERROR, None)
    log.add(FaultKind.DECODER_ERROR, None)
    (fault,) = log
    assert fault.count == 2
    assert " at" not in str(fault)


def test_the_log_stays_small_and_still_covers_the_last_fault():
    log = FaultLog()
    for hour in range(100):
        log.add(FaultKind.READ_ERROR, Fraction(3600 * hour))
    (fault,) = log
    assert fault.count == 100
    assert len(fault.spans) < 20
    assert fault.spans[-1][1] == 3600 * 99


def test_a_change_of_size_loses_nothing():
    log = FaultLog()
    assert not log.loses_input
    log.add(FaultKind.SIZE_CHANGE, Fraction(0))
    log.add(FaultKind.UNTIMED, Fraction(0))
    assert not log.loses_input
    assert len(list(log)) == 2


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "00:00:00.000"),
        (Fraction(1001, 30_000), "00:00:00.033"),
        (59.9996, "00:01:00.000"),
        (3725.5, "01:02:05.500"),
        (360_000, "100:00:00.000"),
        (-1.25, "-00:00:01.250"),
    ],
)
def test_times_are_shown_as_a_clock_does(seconds, text):
    assert clock(seconds) == text

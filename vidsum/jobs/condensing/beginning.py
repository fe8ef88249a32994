"""A look at the beginning of a recording before its first frame is judged."""

import contextlib
import itertools
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction

from ...errors import InputError, UsageError
from ...frame import Frame
from ...options import Reading
from ...remote import InputPath
from ...video import Recording

_STEP_SECONDS = (Fraction(22, 100), Fraction(28, 100), Fraction(25, 100))
"""Seconds from one look to the next: unequal, so that blinking lights are met in every phase."""


def beginning(paths: Sequence[InputPath], reading: Reading, seconds: float) -> Iterator[Frame]:
    """Yield some frames of the first seconds that `reading` selects, in order.

    Yields none if they can't be read: the run itself will report that.
    """
    if not seconds:
        return
    with contextlib.suppress(InputError, UsageError), Recording(paths, reading) as recording:
        yield from looks(recording, seconds)


def looks(frames: Iterable[Frame], seconds: float) -> Iterator[Frame]:
    """Yield about four frames a second of the first `seconds` of `frames`."""
    length = Fraction(seconds)
    steps = itertools.cycle(_STEP_SECONDS)
    begin = due = None
    for frame in frames:
        if begin is None or due is None:
            begin = due = frame.time
        if frame.time - begin > length:
            return
        if frame.time >= due:
            due += next(steps)
            yield frame

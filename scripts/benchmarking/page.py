"""How long the page of a long recording takes to write, and how large it is."""

import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from vidsum.report.page import ScoresPage
from vidsum.report.schema import FRAME_COLUMNS, Row

_RATE = 25


def time_page(frames: int = 90_000) -> None:
    """Write a page of this many synthetic rows, and print the seconds and the megabytes."""
    rows = list(_rows(frames))
    with tempfile.TemporaryDirectory(prefix="vidsum-benchmark-") as folder:
        target = Path(folder, "page.html")
        begun = time.perf_counter()
        with ScoresPage(target, FRAME_COLUMNS) as page:
            for row in rows:
                page.add(row)
            page.finish({})
            page.publish(force=False)
        seconds = time.perf_counter() - begun
        size = target.stat().st_size / 1e6
    print(f"\nThe page of {frames} frames: {seconds:.2f} s, {size:.1f} MB")


def _rows(frames: int) -> Iterator[Row]:
    """Yield rows with a change of three seconds in every minute, and noisy scores."""
    made = random.Random(1)
    reference: int | None = None
    for frame in range(frames):
        is_change = frame % (60 * _RATE) < 3 * _RATE
        score = round(made.uniform(0.1, 0.69) if is_change else made.gauss(0.85, 0.02), 6)
        kept = reference is None or is_change
        reason = "first" if reference is None else "change" if kept else "same"
        scores = (round(made.uniform(5, 40), 6), round(made.gauss(0.98, 0.003), 6), score)
        place = (made.randrange(1920), made.randrange(1080))
        yield (frame, frame / _RATE, reference, *scores, *place, kept, reason, None)
        reference = frame if kept else reference

"""The sheet of the worst moments: reference, distorted picture and heat map, row by row."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from ..frame import clock, exact
from .panels import GAP, Moment, Panels, Subject, draw_scale
from .pen import AMBER, GREY, PAPER, WHITE, Pen, Pixels
from .picture import write_picture

_PANEL_BOX = (624, 480)
"""Width and height that a panel must fit into: three of them make a sheet of 1920 pixels."""

_MIN_COLUMN = 410
"""Width that the text above a panel needs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Row:
    """A moment that was drawn."""

    ssim: float
    time: Fraction
    words: tuple[str, str, str]
    panels: list[Pixels]


class WorstMoments:
    """Finds the moments at which two videos are least alike, and draws them.

    A moment is the frame with the lowest SSIM in an interval of `apart` seconds, intervals counted
    from the first frame on. Of these the lowest are taken, and none that is closer than `apart` to
    a lower one. Of equal ones the earliest counts as the lowest.

    It holds the pictures of the lowest moment in the current interval, and of each interval that
    may be among the worst, what is drawn.

    Parameters
    ----------
    count
        How many moments are wanted.
    subject
        The two videos.
    apart
        Minimum seconds between them.
    box
        Width and height that a panel must fit into.
    """

    def __init__(
        self, count: int, subject: Subject, *, apart: float = 1.0, box: tuple[int, int] = _PANEL_BOX
    ) -> None:
        self._count = count
        self._subject = subject
        self._apart = exact(apart) or Fraction(1)
        self._panels = Panels(subject, box)
        # An interval has two neighbours: this many of the lowest always contain `count` far enough
        # apart.
        self._most = 3 * count - 2
        self._rows: list[_Row] = []
        self._begin: Fraction | None = None
        self._stretch = 0
        self._lowest: Moment | None = None

    def see(self, moment: Moment) -> None:
        """Look at a pair, the next in order of time."""
        if self._begin is None:
            self._begin = moment.time
        stretch = int((moment.time - self._begin) / self._apart)
        if stretch != self._stretch:
            self._end_stretch()
            self._stretch = stretch
        if self._lowest is None or moment.scores["ssim"] < self._lowest.scores["ssim"]:
            self._lowest = moment

    def times(self) -> list[Fraction]:
        """Return the times of the worst moments in order, once all pairs were seen."""
        return [row.time for row in self._chosen()]

    def pictures(self) -> list[tuple[Fraction, float, Pixels]]:
        """Return the lowest moments of all intervals that are held, once all pairs were seen.

        Each is its time, its SSIM, and the panel of the distorted picture. There may be more of
        them than requested, and some closer to each other.
        """
        self._end_stretch()
        return [(row.time, row.ssim, row.panels[1]) for row in self._rows]

    def write(self, target: Path, *, force: bool) -> None:
        """Write the sheet as PNG or JPEG, according to the name's extension; all pairs were seen.

        Raises
        ------
        UsageError, OutputError
            As for `write_picture`.
        """
        write_picture(target, self.sheet(), force=force)

    def sheet(self) -> Pixels:
        """Draw the sheet, once all pairs were seen."""
        rows = self._chosen()
        pen, bold = Pen(1), Pen(1.3)
        width, height = self._panels.size
        column = max(width, _MIN_COLUMN)
        lefts = [GAP + index * (column + GAP) for index in range(3)]
        line = 2 * bold.text_height
        head = GAP + 4 * line
        row_height = line + GAP + height + GAP
        shape = head + len(rows) * row_height, 3 * (column + GAP) + GAP, 3
        sheet = np.full(shape, PAPER, np.uint8)

        for title, x in zip(self._subject.titles, lefts, strict=True):
            shown = bold.shortened(title, column)
            bold.label(sheet, shown, x, GAP + bold.text_height, WHITE)
        for index, text in enumerate(self._explanation(len(rows))):
            pen.label(sheet, text, lefts[index], GAP + line + line // 2 + pen.text_height)
        draw_scale(sheet, pen, lefts[2], GAP + line + line // 2, column)

        ranks = {id(row): rank for rank, row in enumerate(sorted(rows, key=_badness), 1)}
        for index, row in enumerate(rows):
            top = head + index * row_height
            sheet[top - 1, GAP:-GAP] = GREY
            baseline = top + line
            for words, panel, x in zip(row.words, row.panels, lefts, strict=True):
                bold.label(sheet, words, x, baseline, WHITE)
                below = top + line + GAP
                sheet[below : below + height, x : x + width] = panel
            rank = _rank(ranks[id(row)])
            right = lefts[0] + column - bold.text_size(rank)[0]
            bold.label(sheet, rank, right, baseline, AMBER)
        return sheet

    def _explanation(self, count: int) -> tuple[str, str]:
        moments = "the moment" if count == 1 else f"the {count} moments"
        apart = f"{float(self._apart):g} s apart or more"
        return (
            f"{moments} of lowest SSIM, {apart}",
            "ring: the lowest local SSIM" + "; in the corner, enlarged" * self._panels.has_loupe,
        )

    def _end_stretch(self) -> None:
        """Draw the lowest moment of the interval that has ended, if it may be among the worst."""
        moment, self._lowest = self._lowest, None
        if moment is None:
            return
        if len(self._rows) == self._most:
            if _badness(self._rows[-1]) <= (moment.scores["ssim"], moment.time):
                return
            self._rows.pop()
        self._rows.append(
            _Row(
                ssim=moment.scores["ssim"],
                time=moment.time,
                words=_words(moment),
                panels=self._panels.draw_marked(moment.planes, moment.place),
            )
        )
        self._rows.sort(key=_badness)

    def _chosen(self) -> list[_Row]:
        self._end_stretch()
        chosen: list[_Row] = []
        for row in self._rows:
            if all(abs(row.time - other.time) >= self._apart for other in chosen):
                chosen.append(row)
        return sorted(chosen[: self._count], key=lambda row: row.time)


def _badness(row: _Row) -> tuple[float, Fraction]:
    return row.ssim, row.time


def _words(moment: Moment) -> tuple[str, str, str]:
    """Return the text above the panels."""
    scores = [f"SSIM {moment.scores['ssim']:.4f}"]
    if (psnr := moment.scores.get("psnr")) is not None:
        scores.append("identical" if np.isinf(psnr) else f"PSNR {psnr:.2f} dB")
    if (local := moment.scores.get("local_ssim")) is not None:
        scores.append(f"local SSIM {local:.3f}")
    return (
        f"{clock(moment.time)}  frame {moment.number}",
        f"{clock(moment.distorted_time)}  frame {moment.distorted_number}",
        "   ".join(scores),
    )


def _rank(rank: int) -> str:
    """Return the rank in words.

    Examples
    --------
    >>> [_rank(1), _rank(2), _rank(12), _rank(23)]
    ['worst', '2nd worst', '12th worst', '23rd worst']
    """
    if rank == 1:
        return "worst"
    teens = rank % 100 in (11, 12, 13)
    ending = "th" if teens else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    return f"{rank}{ending} worst"

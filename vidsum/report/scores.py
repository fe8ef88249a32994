"""The scores of a run: what was decided of each frame, as rows for tables."""

from collections.abc import Sequence
from pathlib import Path

from ..dedup import Decision
from ..frame import Frame
from .schema import FRAME_COLUMNS, INPUT_COLUMNS, columns_of, row_of, source_name
from .tables import TableCsv
from .writing import ReportFile as ReportFile
from .writing import csv_line as csv_line

COLUMNS = tuple(column.name for column in FRAME_COLUMNS)
"""Names of the columns of every table; `SOURCE_COLUMNS` follow where there are several inputs."""

SOURCE_COLUMNS = tuple(column.name for column in INPUT_COLUMNS)


class ScoresCsv(TableCsv):
    """Writes the scores table row by row.

    Parameters
    ----------
    target
        The file to write.
    sources
        Names of the inputs; the columns that tell them apart are there if they are several.
    """

    def __init__(self, target: Path, sources: Sequence[str]) -> None:
        several = len(sources) > 1
        self._sources = tuple(map(source_name, sources)) if several else None
        super().__init__(target, columns_of(several=several))

    def write(
        self, frame: Frame, decision: Decision, place: tuple[int, int] | None, output: int | None
    ) -> None:
        """Write the row of one frame.

        Parameters
        ----------
        frame, decision
            The frame and what was decided of it.
        place
            Where it differs most, in samples of the upright picture.
        output
            Its number in the condensed video, if it was kept.
        """
        self.add(row_of(frame, decision, place, output, self._sources))

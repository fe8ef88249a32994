"""Pictures that explain why frames were kept or dropped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...dedup import Judge
from ...files import fitting_name
from ...frame import Frame, VideoInfo
from ...options import Grouping, Thresholds
from ...remote import InputPath
from ...report.entry import Entry
from ...report.why import why
from ...report.writing import WholeFile
from ...video.explanation import Comparison, Explanation
from ...video.picture import encoded_picture


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Why a frame was kept or dropped."""

    frame: int
    """Number of the frame."""
    why: str
    """The sentence."""
    picture: Path
    """The picture."""


class Explainer:
    """Looks at frames before they are judged, and draws the decisions on them.

    Parameters
    ----------
    files
        The pictures to write, by frame number.
    judge
        Makes the decisions.
    info, counted
        The video, and which samples of it are looked at.
    thresholds, grouping
        The rule.
    padded_by
        The option that sets the padding of `grouping`.
    """

    def __init__(
        self,
        files: dict[int, WholeFile],
        judge: Judge,
        info: VideoInfo,
        counted: NDArray[np.bool_] | None,
        thresholds: Thresholds,
        grouping: Grouping,
        *,
        padded_by: str,
    ) -> None:
        self._files = files
        self._judge = judge
        self._drawing = Explanation(info, counted)
        self._info = info
        self._thresholds = thresholds
        self._grouping = grouping
        self._padded_by = padded_by
        self._seen: dict[int, Comparison] = {}
        self.explained: list[Explained] = []
        """The frames explained so far."""

    def look(self, frame: Frame) -> None:
        """Look at a frame that is about to be judged."""
        if frame.number in self._files:
            self._seen[frame.number] = Comparison(
                frame=frame,
                reference=self._judge.reference,
                dissimilarity=self._judge.dissimilarity(frame),
                spacing=self._judge.spacing,
                usual=self._judge.usual,
            )

    def add_frame(self, entry: Entry) -> None:
        """Take the next frame, once it is decided."""
        seen = self._seen.pop(entry.frame.number, None)
        if seen is not None:
            sentence = why(entry, self._thresholds, self._grouping, padded_by=self._padded_by)
            box = entry.decision.box and self._info.upright_box(*entry.decision.box)
            picture = self._drawing.draw(seen, sentence, entry.place, box)
            file = self._files[entry.frame.number]
            file.write(encoded_picture(file.target, picture))
            self.explained.append(
                Explained(frame=entry.frame.number, why=sentence, picture=file.target)
            )


def explained_files(
    numbers: Sequence[int], output: Path | None, inputs: Sequence[InputPath]
) -> dict[int, Path]:
    """Return the names of the pictures that explain frames: ``NAME.frame-120.png``.

    They go next to the condensed video; without one, into the working folder, named after the first
    input.
    """
    beside = Path(inputs[0].name) if output is None else output
    return {
        number: beside.with_name(fitting_name(beside.stem, f".frame-{number}.png"))
        for number in numbers
    }

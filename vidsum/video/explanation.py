"""The picture that explains a decision: frame, reference, local SSIM, and what is ignored."""

import textwrap
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from ..frame import Frame, VideoInfo, clock
from .panels import GAP, draw_heat, draw_scale
from .pen import AMBER, GREY, PAPER, WHITE, Pen, Pixels
from .picture import AreasPen, fitted_to
from .thumbnails import Thumbnails

Box: TypeAlias = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels, right and bottom exclusive."""

_PANEL_BOX = (948, 948)
"""Width and height that a panel must fit into: two of them make a picture of 1920 pixels."""

_MIN_COLUMN = 560
"""Width that the text above a panel needs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """What was known when a frame was judged."""

    frame: Frame
    reference: Frame | None
    """The frame it was compared with, if any."""
    dissimilarity: NDArray[np.float64] | None
    """1 - local SSIM at all places of the stored picture."""
    spacing: int
    """Distance between those places, in samples of the stored picture."""
    usual: NDArray[np.float32]
    """Where usual change was ignored, as stored."""


class Explanation:
    """Draws decisions on the frames of a video.

    Parameters
    ----------
    info
        The video.
    counted
        Which samples of the stored picture are looked at; None for all.
    """

    def __init__(self, info: VideoInfo, counted: NDArray[np.bool_] | None) -> None:
        self._info = info
        self._counted = counted
        self._small = Thumbnails(info, _PANEL_BOX)

    def draw(
        self,
        seen: Comparison,
        sentence: str,
        place: tuple[int, int] | None,
        box: Box | None,
    ) -> Pixels:
        """Return the picture.

        Parameters
        ----------
        seen
            What was known when the frame was judged.
        sentence
            Why it was kept or dropped.
        place
            Where it differs most, as column and row of the upright picture.
        box
            The box around everything that changed, in the upright picture.
        """
        width, height = self._small.size
        frame, reference = self._small.draw(seen.frame), None
        ignored = self._ignored(frame, seen)
        heat = np.full_like(frame, PAPER)
        if seen.reference is not None:
            reference = self._small.draw(seen.reference)
        if seen.dissimilarity is not None:
            stored = (height, width) if self._info.rotation in (90, 270) else (width, height)
            samples = (self._info.width, self._info.height)
            drawn = draw_heat(seen.dissimilarity, stored, samples, seen.spacing)
            heat = np.ascontiguousarray(np.rot90(drawn, self._info.rotation // 90))
        self._mark([frame, heat, reference], place, box)

        titles = [
            f"frame {seen.frame.number}, {clock(seen.frame.time)}",
            "nothing to compare it with"
            if seen.reference is None
            else f"compared with frame {seen.reference.number}, {clock(seen.reference.time)}",
            "local SSIM between the two",
            "what is ignored: amber where change is usual, hatched where nothing is looked at",
        ]
        panels = [frame, np.full_like(frame, PAPER) if reference is None else reference]
        return self._arranged(sentence, titles, [*panels, heat, ignored])

    def _mark(
        self,
        panels: list[Pixels | None],
        place: tuple[int, int] | None,
        box: Box | None,
    ) -> None:
        from .opencv import cv2

        pen = Pen(1)
        shown, size = self._small.size, self._info.upright_size
        scale = shown[0] / size[0], shown[1] / size[1]
        for panel in panels:
            if panel is None:
                continue
            if box is not None:
                left, top, right, bottom = (
                    round(at * scale[index % 2]) for index, at in enumerate(box)
                )
                layer = np.zeros(panel.shape[:2], np.uint8)
                cv2.rectangle(layer, (left, top), (right - 1, bottom - 1), 255, 1)
                pen.engrave(panel, layer, AMBER)
            elif place is not None:
                x, y = (round(at * factor) for at, factor in zip(place, scale, strict=True))
                pen.ring(panel, x, y, max(shown) // 24)

    def _ignored(self, frame: Pixels, seen: Comparison) -> Pixels:
        from .opencv import cv2

        pixels = np.asarray(cv2.cvtColor(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), 8), np.uint8)
        pen = AreasPen(1)
        looked_at = np.ones(pixels.shape[:2], np.bool_)
        if self._counted is not None:
            field = self._counted.astype(np.uint8)
            looked_at = fitted_to(field, self._info, self._small.size, cv2.INTER_NEAREST) > 0
            pen.darken(pixels, ~looked_at)
        usual = fitted_to(seen.usual, self._info, self._small.size, cv2.INTER_LINEAR)
        pen.tint(pixels, np.clip(usual, 0, 1) * looked_at)
        return pixels

    def _arranged(self, sentence: str, titles: list[str], panels: list[Pixels]) -> Pixels:
        pen, bold = Pen(1), Pen(1.3)
        height, width = panels[0].shape[:2]
        column = max(width, _MIN_COLUMN)
        line = 2 * bold.text_height
        across = 2 * (column + GAP) + GAP
        letters = max(20, int((across - 2 * GAP) / (bold.text_size("x" * 100)[0] / 100)))
        head = textwrap.wrap(sentence, letters)
        scale = 4 * pen.text_height
        top = 2 * GAP + len(head) * line
        row = line + height + 2 * GAP
        sheet = np.full((top + 2 * row + scale, across, 3), PAPER, np.uint8)
        for index, text in enumerate(head):
            bold.label(sheet, text, GAP, GAP + bold.text_height + index * line, WHITE)
        for index, (title, panel) in enumerate(zip(titles, panels, strict=True)):
            x, y = GAP + index % 2 * (column + GAP), top + index // 2 * row
            pen.label(sheet, pen.shortened(title, column), x, y + pen.text_height, GREY)
            sheet[y + line : y + line + height, x : x + width] = panel
        draw_scale(sheet, pen, GAP, top + 2 * row - GAP, column)
        return sheet

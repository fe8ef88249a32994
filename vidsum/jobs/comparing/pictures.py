"""The pictures of a comparison: its worst moments, both videos side by side, scores over time."""

import contextlib
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import printable
from ...extras import check_extra
from ...options import ComparisonFiles
from ...quality.gates import Gate
from ...quality.heat import local_dissimilarity
from ...quality.pairing import Single
from ...quality.pooling import Pool, Pooled
from ...report.axes import check_plot_name
from ...report.plot import scores_plot
from ...video import Recording
from ...video.layout import Layout
from ...video.panels import Moment, Subject
from ...video.picture import check_picture_name
from ...video.side_by_side import SideBySide, check_video_name
from ...video.thumbnails import PAGE_BOX, small_jpeg
from ...video.worst import WorstMoments
from .scored import ScoredPair

if TYPE_CHECKING:
    from ...report.page import ComparisonPage

_APART_SECONDS = 0.25
"""The page chooses its worst moments itself: near each of them there is a picture."""

_MOST_PICTURES = 60


def check_pictures(targets: Mapping[str, Path]) -> None:
    """Raise `UsageError` if a picture can't be written under its name, or not at all."""
    if "worst" in targets:
        check_picture_name(targets["worst"])
    if "video" in targets:
        check_video_name(targets["video"])
    if "plot" in targets:
        check_plot_name(targets["plot"])
        check_extra("--plot", "plot")


class Pictures:
    """Draws the requested pictures, pair by pair.

    Parameters
    ----------
    files
        Which ones are requested.
    targets
        The files, by their content.
    resources
        Closes what is opened here.
    """

    def __init__(
        self, files: ComparisonFiles, targets: Mapping[str, Path], resources: contextlib.ExitStack
    ) -> None:
        self._files = files
        self._targets = targets
        self._resources = resources
        self._worst: WorstMoments | None = None
        self._video: SideBySide | None = None
        self._small: WorstMoments | None = None
        """The moments that the page shows."""
        self._title = ""
        """The title of the plot."""

    def begin(self, videos: Sequence[Recording], layout: Layout) -> None:
        """Set up for what is compared; call it before the first pair."""
        reference, distorted = videos
        names = (printable(video.info.path.name) for video in (distorted, reference))
        self._title = " against ".join(names)
        subject = Subject(
            reference=reference.info,
            distorted=distorted.info.path,
            layout=layout,
            heat=local_dissimilarity,
        )
        if self._files.worst is not None:
            self._worst = WorstMoments(self._files.worst[0], subject)
        if self._files.html is not None:
            self._small = WorstMoments(_MOST_PICTURES, subject, apart=_APART_SECONDS, box=PAGE_BOX)
        if self._files.video is not None:
            video = SideBySide(self._files.video, subject)
            self._video = self._resources.enter_context(video)

    def write(self, item: ScoredPair) -> None:
        """Draw a pair, the next in order of time."""
        watching = [one for one in (self._worst, self._small) if one is not None]
        if not watching and self._video is None:
            return
        frames = item.pair.reference, item.pair.distorted
        moment = Moment.of(frames, item.planes, item.scores.values, item.scores.place)
        for moments in watching:
            moments.see(moment)
        if self._video is not None:
            self._video.write(moment)

    def illustrate(self, page: "ComparisonPage") -> None:
        """Add the pictures to the page, once all pairs were seen."""
        if self._small is not None:
            for time, ssim, picture in self._small.pictures():
                jpeg = small_jpeg(picture)
                page.add_picture(float(time), jpeg, weight=1 - ssim)

    def complete(self) -> None:
        """Complete the video, still under another name."""
        if self._video is not None:
            self._video.complete()

    def publish(
        self,
        pool: Pool,
        pooled: Pooled,
        gates: Sequence[Gate],
        unpaired: Sequence[Single],
        late: Fraction,
    ) -> None:
        """Give the video its final name, and write what is drawn at the end.

        Parameters
        ----------
        pool, pooled, gates, unpaired
            What the plot shows.
        late
            Seconds by which the times of the copy are ahead of the reference's.
        """
        force = self._files.force
        if self._video is not None:
            self._video.publish(force=force)
        if self._worst is not None:
            self._worst.write(self._targets["worst"], force=force)
        if self._files.plot is not None:
            marks: dict[str, list[Fraction]] = {}
            for single in unpaired:
                time = single.time if single.in_reference else single.time - late
                marks.setdefault(single.why.value, []).append(time)
            scores_plot(
                self._files.plot,
                times=pool.times,
                scores=pool.scores,
                title=self._title,
                pooled=pooled,
                gates=gates,
                marks=marks,
                force=force,
            )

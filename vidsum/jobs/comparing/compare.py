"""Compare a reference with its copy: how much a transcode has lost, frame by frame."""

import contextlib
import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...extras import check_extra
from ...files import check_targets, fitting_name
from ...frame import Planes
from ...options import Alignment, ComparisonFiles, Limits, Reading, Scoring
from ...quality.gates import Gate, check_gates, failures, parse_gate
from ...quality.pairing import Pair, Pairing, Single
from ...quality.pooling import Pool
from ...quality.scores import Scorer
from ...report.comparison import ComparisonCsv, ComparisonJson
from ...video import Recording
from ...video.planes import Conformer
from ...video.vmaf import Vmaf, check_vmaf
from ..judging import local_path
from ..progress import Progress, ProgressTeller
from .alignment import find_again, find_start, no_common_stretch
from .pictures import Pictures, check_pictures
from .result import (
    CompareResult,
    comparison_header,
    exceeded_limits,
    rate_notes,
)
from .scored import ScoredPair, scored

if TYPE_CHECKING:
    from ...report.page import ComparisonPage


def compare(
    reference: str | os.PathLike[str],
    distorted: str | os.PathLike[str],
    *,
    alignment: Alignment | None = None,
    scoring: Scoring | None = None,
    files: ComparisonFiles | None = None,
    limits: Limits | None = None,
    progress: Callable[[Progress], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> CompareResult:
    """Score a copy of a video against its reference, frame by frame.

    Parameters
    ----------
    reference, distorted
        The video files.
    alignment
        Which frame is compared with which.
    scoring
        Which scores are computed, and which limits they must meet.
    files
        Which files are written; without it, none.
    limits
        The limits on the size of the videos.
    progress
        Called about ten times a second.
    should_stop
        Called before every pair; once it returns true, the run ends as if the videos did.

    Returns
    -------
    CompareResult
        Pooled scores, frames without a partner, and the limits that are not met.

    Raises
    ------
    UsageError
        If an option is out of range, a limit is set for a score that is not computed, or an output
        exists or is also an input.
    InputError
        If an input can't be read as video, or the two have nothing in common.
    UnsafeInputError
        If an input is an address, a playlist or the like.
    OutputError
        If an output can't be written.
    CrashError
        If ffmpeg fails at the VMAF.

    Examples
    --------
    >>> result = compare("master.mov", "web.mp4")  # doctest: +SKIP
    >>> result.pooled["ssim"]["p5"]  # doctest: +SKIP
    0.9713
    """
    begun = time.monotonic()
    alignment = alignment or Alignment()
    scoring = scoring or Scoring()
    files = files or ComparisonFiles(no_scores=True)
    reading = Reading(**dataclasses.asdict(limits or Limits()))
    _check_size(alignment, reading)
    paths = local_path(reference), local_path(distorted)
    scorer = Scorer(scoring)
    gates = [parse_gate(text) for text in scoring.fail_under]
    computed = ("vmaf",) if scoring.vmaf else ()
    check_gates(gates, (*scorer.names(), *computed), psnr_cap=scoring.psnr_cap)
    ffmpeg = check_vmaf() if scoring.vmaf else None
    targets = output_paths(paths[1], files)
    check_targets(targets.values(), paths, force=files.force)
    check_pictures(targets)
    if files.html is not None:
        check_extra("--html", "html")

    with contextlib.ExitStack() as resources:
        videos = tuple(resources.enter_context(Recording([path], reading)) for path in paths)
        offset = None
        if alignment.automatic:
            offset = find_start(*paths, reading, alignment.max_offset_seconds)
        pairing = Pairing(
            *videos,
            shift=alignment.offset if offset is None else offset.seconds,
            frame_seconds=float(1 / min(video.info.rate for video in videos)),
            by_content=alignment.automatic,
            rotations=(videos[0].info.rotation, videos[1].info.rotation),
            search=lambda *times: find_again(*paths, reading, times, alignment.max_offset_seconds),
        )
        vmaf = None if ffmpeg is None else resources.enter_context(Vmaf(ffmpeg))
        pictures = Pictures(files, targets, resources)
        run = _Run(videos, alignment, scorer, gates, vmaf, pictures)
        if "scores" in targets:
            run.table = resources.enter_context(ComparisonCsv(targets["scores"]))
        if "html" in targets:
            from ...report.page import ComparisonPage

            page = ComparisonPage(targets["html"], videos=paths, begun=begun)
            run.page = resources.enter_context(page)
        if "json" in targets:
            run.json = resources.enter_context(ComparisonJson(targets["json"]))
        stopped = run.through(pairing, progress, should_stop)
        if not run.pairs:
            raise no_common_stretch(*paths)
        vmafs = None if vmaf is None else vmaf.finish()
        if vmafs is not None:
            run.pool.add_score("vmaf", vmafs)
        pooled = run.pool.pooled()
        result = CompareResult(
            pairs=run.pairs,
            offset=offset,
            unpaired=tuple(run.unpaired),
            moving=pairing.moving / run.pairs,
            pooled=pooled,
            failures=tuple(failures(gates, pooled)),
            too_many=tuple(exceeded_limits(run.unpaired, scoring)),
            notes=(*rate_notes(videos), *run.notes),
            files=tuple(targets.values()),
            duration=float(run.end - run.begin),
            elapsed=time.monotonic() - begun,
            faults=videos[0].fault_lines + videos[1].fault_lines,
            lost_input=any(video.lost_input for video in videos),
            stopped=stopped,
        )
        # All files are complete before any of them gets its name.
        if run.table is not None:
            run.table.complete()
        rest = comparison_header(videos, alignment, scoring, result)
        if run.json is not None:
            run.json.finish(rest)
        if vmafs is not None:
            for report in run.reports:
                report.add_vmaf(vmafs)
        if run.page is not None:
            pictures.illustrate(run.page)
            run.page.finish(rest)
        pictures.complete()
        for report in run.reports:
            report.publish(force=files.force)
        pictures.publish(run.pool, pooled, gates, run.unpaired, run.late)
    return result


class _Run:
    """One pass through both videos."""

    def __init__(
        self,
        videos: tuple[Recording, ...],
        alignment: Alignment,
        scorer: Scorer,
        gates: Sequence[Gate],
        vmaf: Vmaf | None,
        pictures: Pictures,
    ) -> None:
        self._reference, self._distorted = videos
        self._alignment = alignment
        self._scorer = scorer
        self._gates = gates
        self._vmaf = vmaf
        self._pictures = pictures
        self._conformer: Conformer | None = None
        self.table: ComparisonCsv | None = None
        self.json: ComparisonJson | None = None
        self.page: ComparisonPage | None = None
        self.unpaired: list[Single] = []
        self.begin = self.end = Fraction(0)
        """Times of the reference's first and last frame that were compared."""
        self.late = Fraction(0)
        """How much later than in the reference the first pair is in the copy, in seconds."""

    @property
    def reports(self) -> "list[ComparisonCsv | ComparisonJson | ComparisonPage]":
        """The reports that are written."""
        return [one for one in (self.table, self.json, self.page) if one is not None]

    @property
    def pairs(self) -> int:
        """How many pairs were compared."""
        return len(self.pool) if self._conformer is not None else 0

    @property
    def notes(self) -> tuple[str, ...]:
        """The differences between the two videos other than the pictures."""
        return () if self._conformer is None else self._conformer.notes

    def through(
        self,
        pairing: Pairing,
        progress: Callable[[Progress], None] | None,
        should_stop: Callable[[], bool] | None,
    ) -> bool:
        """Compare all pairs, and return whether the run was told to stop."""
        teller = ProgressTeller(progress, self._reference.duration)
        for item in scored(pairing, self._conform, self._scorer):
            if isinstance(item, Single):
                self.unpaired.append(item)
                continue
            if should_stop is not None and self.pairs and should_stop():
                return True
            self._take(item)
            teller.tell(self.pairs, None, self.end)
        return False

    def _conform(self, pair: Pair) -> tuple[Planes, Planes]:
        if self._conformer is None:
            self._conformer = Conformer(
                self._reference.info,
                self._distorted.info,
                (pair.reference, pair.distorted),
                scale_to=self._alignment.size,
                untagged_is_limited=True,
            )
            planes = self._conformer(pair.reference, pair.distorted)
            computed = self._scorer.names(grey=planes[0].u is None)
            check_gates(self._gates, (*computed, "vmaf"))
            self.pool = Pool(peak=2 ** planes[0].depth - 1, psnr_cap=self._scorer.scoring.psnr_cap)
            self.begin = pair.reference.time
            self.late = pair.distorted.time - pair.reference.time
            layout = self._conformer.layout
            self._compared = dataclasses.replace(
                self._reference.info, width=layout.width, height=layout.height
            )
            self._pictures.begin((self._reference, self._distorted), layout)
            return planes
        return self._conformer(pair.reference, pair.distorted)

    def _take(self, item: ScoredPair) -> None:
        pair, scores = item.pair, item.scores
        self.end = pair.reference.time
        self.pool.add(pair.reference.time, scores.values)
        place = self._compared.upright(*scores.place)
        if self._vmaf is not None:
            self._vmaf.write(*item.planes)
        self._pictures.write(item)
        for report in self.reports:
            report.write(pair, scores, place)


def _check_size(alignment: Alignment, limits: Limits) -> None:
    """Raise `UsageError` if pictures are to be scaled to more pixels than are allowed."""
    if alignment.size is None:
        return
    width, height = alignment.size
    if width * height > limits.max_pixels:
        raise UsageError(
            f"--scale-to is {alignment.scale_to}, allowed are {limits.max_pixels} pixels; "
            f"--max-pixels {width * height} allows them"
        )


def output_paths(distorted: Path, files: ComparisonFiles) -> dict[str, Path]:
    """Return the files to write, by their content."""
    scores = files.scores or Path(fitting_name(distorted.stem, ".compare.csv"))
    targets = {
        "scores": None if files.no_scores else scores,
        "json": files.json,
        "worst": files.worst[1] if files.worst else None,
        "plot": files.plot,
        "html": files.html,
        "video": files.video,
    }
    return {name: path for name, path in targets.items() if path is not None}

"""One run that watches a camera."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from fractions import Fraction

import numpy as np

from ...dedup import Judge
from ...errors import UsageError
from ...extras import check_extra
from ...frame import Frame, VideoInfo
from ...kernels import warm_up
from ...options import Areas, Grouping, Thresholds
from ...options.watching import Alerts, Connecting, SegmentFiles
from ...video.address import parse_address
from ...video.codecs import check_container, check_encoder
from ...video.faults import FaultKind
from ...video.live import Arrival, Live, Opener
from ...video.network import NetworkStream
from ...video.opening import check_readable
from ...video.webcam import Webcam
from ..condensing.beginning import looks
from ..condensing.flow import Flow
from ..condensing.outputs import Outputs
from ..header import options_of
from ..judging import counted_part, make_judge
from .change import Change
from .credentials import with_credentials
from .files import LiveFolder, Written, stem_of
from .hook import Hook
from .metrics import serving
from .result import WatchResult
from .segment import Arrivals, Counts, LiveJudge, Segment, picture_of
from .teller import Teller

_SEGMENT_SECONDS_WITHOUT_FILES = 3600
"""Seconds of a segment when nothing is written: what is remembered of it stays small."""


class LiveRun:
    """A camera to be watched; everything that can be wrong before connecting has been checked."""

    def __init__(
        self,
        source: str | int,
        files: SegmentFiles | None,
        connecting: Connecting | None,
        alerts: Alerts | None,
        thresholds: Thresholds | None,
        areas: Areas | None,
        grouping: Grouping | None,
    ) -> None:
        self._files = files or SegmentFiles()
        self._connecting = connecting or Connecting()
        self._alerts = alerts or Alerts()
        self._thresholds = thresholds or Thresholds()
        self._areas = areas or Areas()
        self._grouping = grouping or Grouping()
        self._open, self._address, name = _opener(source, self._connecting)
        self._camera = self._connecting.camera or name
        self._seconds = self._files.segment_seconds
        if self._files.output is None:
            self._seconds = self._seconds or _SEGMENT_SECONDS_WITHOUT_FILES
        self._check()

    def _check(self) -> None:
        files = self._files
        if self._thresholds.has_target:
            raise UsageError(
                "--target-duration and --target-ratio need the whole recording, and a camera has "
                "no end; choose --min-ssim"
            )
        if self._areas.mask is not None:
            check_readable(self._areas.mask)
        if self._connecting.ca_file is not None:
            check_readable(self._connecting.ca_file)
        if files.output is not None:
            check_container(files.output / f"name.{files.video_format}", files.writing())
            check_encoder(files.codec)
            if files.scores_format == "parquet":
                check_extra("--scores-format parquet", "parquet")
        if self._alerts.metrics is not None:
            check_extra("--metrics", "metrics")

    def run(
        self,
        on_change: Callable[[Change], None] | None,
        tell: Callable[[str], None],
        should_stop: Callable[[], bool],
    ) -> WatchResult:
        """Watch until `should_stop` returns true."""
        begun = time.monotonic()
        _rehearse(self._thresholds)
        counts = Counts()
        listeners = [] if on_change is None else [on_change]
        with contextlib.ExitStack() as resources:
            folder = None
            if self._files.output is not None:
                folder = resources.enter_context(LiveFolder(self._files, self._camera, tell))
            if self._alerts.command:
                hook = Hook(self._alerts.command, self._alerts.event_timeout, tell)
                listeners.append(resources.enter_context(hook).add)
            live = Live(self._address, self._open, tell)
            if (address := self._alerts.metrics_address) is not None:
                where = self._files.output
                resources.enter_context(serving(address, self._camera, counts, live, where))
            resources.enter_context(live)
            arrivals = Arrivals(live, counts, should_stop)
            self._segments(arrivals, folder, Teller(self._camera, counts, listeners, tell))
            is_lost = live.connections > 0 and not live.connected
        return WatchResult(
            camera=self._camera,
            address=self._address,
            folder=self._files.output,
            frames=counts.frames,
            kept=counts.kept,
            late=counts.late,
            damaged=counts.damaged,
            events=counts.events,
            segments=counts.segments,
            reconnects=max(0, live.connections - 1),
            gaps=counts.gaps,
            lost_seconds=counts.lost_seconds,
            lost_input=counts.lost_input or is_lost,
            elapsed=time.monotonic() - begun,
        )

    def _segments(self, arrivals: Arrivals, folder: LiveFolder | None, teller: Teller) -> None:
        """Write one segment after another until there are no more pictures."""
        judge: LiveJudge | None = None
        judged: object = None
        misfit: str | None = None
        segment: Segment | None = None
        while (arrival := arrivals.peek()) is not None:
            if judge is None or picture_of(arrival.info) != judged:
                # Areas that don't fit end the run at the beginning, but not after a change of size.
                misfit = None if judge is None else self._misfit(arrival.info)
                if misfit is not None:
                    teller.tell(f"{misfit}; the whole picture is looked at until its size is back")
                judged = picture_of(arrival.info)
                judge = self._judge(arrivals, arrival, Areas() if misfit else self._areas)
                continue
            segment = Segment(arrivals, self._address, self._seconds, segment)
            if misfit is not None:
                segment.faults.add(FaultKind.MISFIT, None)
            if folder is None:
                teller.begin(segment, stem_of(self._camera, segment))
                self._flow(segment, judge, teller)
            else:
                self._write(segment, judge, teller, folder)
            teller.finish()

    def _misfit(self, info: VideoInfo) -> str | None:
        """Return why the areas don't fit pictures of a new size; None if they do."""
        try:
            counted_part(self._areas, info)
        except UsageError as error:
            return str(error)
        return None

    def _judge(self, arrivals: Arrivals, first: Arrival, areas: Areas) -> LiveJudge:
        """Return the judge for pictures such as `first`, after learning from some of them."""
        info = first.info
        judge = make_judge(
            info,
            self._thresholds,
            counted_part(areas, info),
            all_scores=self._files.all_scores,
        )
        if seconds := self._thresholds.learn_seconds:
            judge.learn(looks(_passed(arrivals, first), seconds))
        return LiveJudge(judge, lasting=self._grouping.min_event > 0)

    def _write(
        self, segment: Segment, judge: LiveJudge, teller: Teller, folder: LiveFolder
    ) -> None:
        """Write the files of a segment."""
        stem = folder.stem(segment)
        teller.begin(segment, stem)
        files = self._files
        written = Written(
            folder.path,
            stem,
            self._camera,
            segment,
            files,
            self._grouping,
            self._connecting.every,
            self._options,
        )
        with contextlib.ExitStack() as undo:
            undo.enter_context(written)
            folder.begin(written)
            if (most := files.segment_bytes) is not None:
                segment.is_full = lambda: written.size >= most
            flow = self._flow(segment, judge, teller, folder.check, written.outputs)
            folder.finish(written, flow)
            undo.pop_all()  # the thread that completes it exits it

    def _flow(
        self,
        segment: Segment,
        judge: LiveJudge,
        teller: Teller,
        check: Callable[[Frame], None] | None = None,
        outputs: Outputs | None = None,
    ) -> Flow:
        """Pass the frames of a segment through the flow, and return their counts."""
        flow = Flow(
            segment,
            judge,
            self._grouping,
            self._connecting.reading,
            heartbeat=self._thresholds.heartbeat,
            video=None if outputs is None else outputs.video,
            before=check,
            on_frame=[*(outputs.on_frame if outputs else ()), teller.add_frame],
            on_event=[*(outputs.on_event if outputs else ()), teller.add_event],
        )
        flow.run(None, None)
        return flow

    @property
    def _options(self) -> dict[str, object]:
        """All options that affect what is written, as plain values."""
        connecting = self._connecting
        told = options_of(self._thresholds, self._areas, self._grouping, self._files)
        del told["output"]
        return told | {"every": connecting.every}


def _rehearse(thresholds: Thresholds) -> None:
    """Judge some pictures of noise, so that kernels are compiled before anything can be missed."""
    warm_up()
    noise = np.random.default_rng(0)
    frames = [
        Frame(
            number=number, time=Fraction(number, 2), luma=noise.integers(0, 256, (64, 64), np.uint8)
        )
        for number in range(6)
    ]
    judge = Judge((64, 64), thresholds)
    judge.learn(frames[:3])
    for frame in frames:
        judge.judge(frame)


def _passed(arrivals: Arrivals, first: Arrival) -> Iterator[Frame]:
    """Yield pictures that are not decided on, while they are like `first`."""
    while (arrival := arrivals.peek()) is not None:
        if picture_of(arrival.info) != picture_of(first.info):
            return
        yield arrivals.take()[0].frame


def _opener(source: str | int, connecting: Connecting) -> tuple[Opener, str, str]:
    """Return the opener of a camera, its address as it may be shown, and a name for it."""
    text = str(source)
    if text.isascii() and text.isdecimal():
        index = int(text)
        for option in ("credentials", "ca_file", "stream"):
            if getattr(connecting, option) is not None:
                name = option.replace("_", "-")
                raise UsageError(f"--{name} is for addresses, not for webcam {index}; leave it out")
        return lambda: Webcam(index), f"webcam {index}", f"webcam{index}"
    address = with_credentials(parse_address(text), connecting.credentials)
    if connecting.ca_file is not None and not address.is_encrypted:
        raise UsageError(f"--ca-file is for rtsps and https, not for {address.shown}")
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", address.host).strip("-.") or "camera"
    return lambda: NetworkStream(address, connecting), address.shown, name

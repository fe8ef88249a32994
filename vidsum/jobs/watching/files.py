"""The files of segments: named after their start, complete before they get their names."""

import contextlib
import importlib.metadata
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...errors import OutputError, printable
from ...frame import Frame
from ...options import Grouping, Reading
from ...options.dates import zone_of_machine
from ...options.watching import SegmentFiles
from ...video.conform import even_size
from ..batches.manifest import Manifest
from ..batches.recorded import Recorded
from ..condensing.flow import Flow
from ..condensing.outputs import Outputs
from ..header import header_of, summary_of
from ..lock import locked_folder
from .change import iso, moment
from .interrupted import close_interrupted
from .retention import MANIFEST, remove_old
from .segment import Segment


class Written:
    """The files of one segment, while they are written.

    Parameters
    ----------
    folder
        The folder for them.
    stem
        The first part of their names.
    camera
        The name of the camera.
    segment
        The segment.
    files, grouping, every
        Options of the user.
    options
        All of them, as plain values.
    """

    def __init__(
        self,
        folder: Path,
        stem: str,
        camera: str,
        segment: Segment,
        files: SegmentFiles,
        grouping: Grouping,
        every: int,
        options: dict[str, object],
    ) -> None:
        self.manifest_path = folder / f"{stem}{MANIFEST}"
        self._camera = camera
        self._segment = segment
        self._options = options
        output = folder / f"{stem}.condensed.{files.video_format}"
        scores = folder / f"{stem}.condensed.{files.scores_format}"
        events = folder / f"{stem}.events.json"
        self.paths = (output, scores, events)
        self.outputs = Outputs(
            info=segment.info,
            paths=[Path(name) for name in segment.paths],
            output=output,
            scores=scores,
            explained={},
            grouping=grouping,
            reading=Reading(every=every),
            writing=files.writing(output=output, scores=scores, events=events),
            picture=lambda frame: frame,
            further=segment.columns,
        )
        identity: dict[str, Any] = {
            "vidsum": importlib.metadata.version("vidsum"),
            "source": segment.paths[0],
            "inputs": [],
            "mask": None,
            "options": options,
        }
        starts = ((0.0, moment(segment.begin)),)
        # The camera is assumed to be in this machine's time zone, as in batch.
        recorded = Recorded(camera=camera, time_zone=zone_of_machine(), starts=starts)
        self._manifest = Manifest.begun(identity, recorded.as_values())

    def __enter__(self) -> Self:
        self.outputs.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self.outputs.__exit__(*error)

    @property
    def size(self) -> int:
        """How many bytes have been written so far."""
        assert self.outputs.video is not None
        parts = (self.outputs.video.part, *self.outputs.rows.parts)
        total = 0
        for part in parts:
            with contextlib.suppress(OSError):
                total += part.stat().st_size
        return total

    def announce(self) -> None:
        """Write the manifest of a segment that has begun."""
        self._manifest.save(self.manifest_path)

    def finish(self, flow: Flow) -> None:
        """Complete and name all files; nothing is added to the segment afterwards."""
        segment, outputs = self._segment, self.outputs
        summary = summary_of(segment, flow, outputs.rows.totals, stopped=False)
        span = {"camera": self._camera, "start": _iso(segment.begin), "end": _iso(segment.end)}
        outputs.publish(flow, header_of(segment, flow, {**summary, **span}, self._options))
        width, height = even_size(segment.info)
        result = {
            **span,
            "frames": flow.frames,
            "kept": flow.kept,
            "events": len(flow.events),
            "duration": summary["seconds"],
            "width": width,
            "height": height,
            "lost_input": segment.lost_input,
        }
        names = tuple(path.name for path in self.paths)
        self._manifest.done(result, names, segment.fault_lines).save(self.manifest_path)


class LiveFolder:
    """The folder of a camera's segments; nobody else may write to it meanwhile.

    Waiting for the disk happens in a thread, so that no picture waits for it.

    Parameters
    ----------
    files
        Options of the user.
    camera
        The name of the camera.
    tell
        Called with a line about each loss, from a thread.
    """

    def __init__(self, files: SegmentFiles, camera: str, tell: Callable[[str], None]) -> None:
        assert files.output is not None
        self.path = files.output
        self._files = files
        self._camera = camera
        self._tell = tell
        self._under_way: deque[Future[None]] = deque()
        self._resources = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as resources:
            resources.enter_context(locked_folder(self.path))
            self._thread = resources.enter_context(ThreadPoolExecutor(1, "finish"))
            close_interrupted(self.path, self._camera, self._tell)
            self._clean()
            self._resources = resources.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._resources.close()
        if error is None:
            self._wait()

    def stem(self, segment: Segment) -> str:
        """Return the first part of the names of a segment's files, which no existing file has."""
        first = stem = stem_of(self._camera, segment)
        number = 1
        while self._is_taken(stem):
            number += 1
            stem = f"{first}-{number}"
        return stem

    def begin(self, written: Written) -> None:
        """Write, in the thread, that a segment has begun."""
        self._under_way.append(self._thread.submit(written.announce))

    def finish(self, written: Written, flow: Flow) -> None:
        """Complete an open segment, in the thread."""
        self._wait()  # one at a time, as the files of each are open
        self._under_way.append(self._thread.submit(self._finish, written, flow))

    def check(self, frame: Frame | None = None) -> None:
        """Raise any error from the thread; `frame` is the next one."""
        while self._under_way and self._under_way[0].done():
            self._under_way.popleft().result()

    def _wait(self) -> None:
        while self._under_way:
            self._under_way.popleft().result()

    def _finish(self, written: Written, flow: Flow) -> None:
        with _leaving(written):
            written.finish(flow)
        self._clean()

    def _clean(self) -> None:
        remove_old(self.path, self._camera, self._files.keep_days, self._files.keep_gb, self._tell)

    def _is_taken(self, stem: str) -> bool:
        try:
            return any(self.path.glob(f"{stem}.*"))
        except OSError as error:
            raise OutputError(f"{printable(self.path)}: {error.strerror}") from error


@contextlib.contextmanager
def _leaving(written: Written) -> Iterator[None]:
    """Exit, at the end, what was entered elsewhere."""
    with contextlib.ExitStack() as resources:
        resources.push(written)
        yield


def stem_of(camera: str, segment: Segment) -> str:
    """Return the name of a segment: the camera's, and when it begins."""
    return f"{camera}_{moment(segment.begin):%Y%m%dT%H%M%SZ}"


def _iso(seconds: Any) -> str:
    return iso(moment(seconds))

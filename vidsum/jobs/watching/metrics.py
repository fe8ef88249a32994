"""The state of a camera, for Prometheus."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import OutputError
from ...video.live import Live
from .segment import Counts

if TYPE_CHECKING:
    from prometheus_client import Metric

_LABELS = ("camera",)


class _Collector:
    """Reports the current values whenever it is asked."""

    def __init__(self, camera: str, counts: Counts, live: Live, folder: Path | None) -> None:
        self._camera = camera
        self._counts = counts
        self._live = live
        self._folder = folder

    def collect(self) -> "Iterator[Metric]":
        """Yield all metrics."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        counts, live = self._counts, self._live
        counters = (
            ("frames_seen", "Frames that came from the camera.", counts.frames),
            ("frames_kept", "Frames kept.", counts.kept),
            ("frames_dropped_late", "Frames dropped undecided: too slow.", counts.late),
            ("damaged", "Damaged packets and frames.", counts.damaged),
            ("reconnects", "Connections after the first one.", max(0, live.connections - 1)),
            ("lost_seconds", "Seconds in which the camera was lost.", counts.lost_seconds),
            ("events", "Events that are over.", counts.events),
            ("segments", "Segments begun.", counts.segments),
        )
        gauges = [
            ("connected", "Whether frames come now, 1 or 0.", float(live.connected)),
            ("lag_seconds", "From the arrival of a frame to its decision.", counts.lag),
            ("last_frame_timestamp_seconds", "When the last frame was shown.", counts.last),
        ]
        if self._folder is not None:
            with contextlib.suppress(OSError):
                free = shutil.disk_usage(self._folder).free
                gauges.append(("disk_free_bytes", "Room where segments are written.", float(free)))
        for name, text, value in counters:
            counter = CounterMetricFamily(f"vidsum_{name}", text, labels=_LABELS)
            counter.add_metric([self._camera], value)
            yield counter
        for name, text, value in gauges:
            gauge = GaugeMetricFamily(f"vidsum_{name}", text, labels=_LABELS)
            gauge.add_metric([self._camera], value)
            yield gauge


@contextlib.contextmanager
def serving(
    address: tuple[str, int], camera: str, counts: Counts, live: Live, folder: Path | None
) -> Iterator[int]:
    """Serve metrics on a host and port, and yield the port.

    Raises
    ------
    OutputError
        If that address can't be used.
    """
    from prometheus_client import CollectorRegistry, start_http_server

    registry = CollectorRegistry()
    registry.register(_Collector(camera, counts, live, folder))
    host, port = address
    try:
        server, thread = start_http_server(port, host, registry)
    except (OSError, UnicodeError) as error:  # the latter for impossible host names
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"--metrics {host}:{port}: cannot be served there, {why}") from error
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

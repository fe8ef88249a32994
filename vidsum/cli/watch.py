"""`vidsum watch`."""

from .flat import (
    FlatAlerts,
    FlatAreas,
    FlatConnecting,
    FlatGrouping,
    FlatSegmentFiles,
    FlatTerminal,
    FlatThresholds,
)
from .startup import load
from .terminal import Terminal, job, print_out


def watch(
    source: str,
    /,
    *,
    files: FlatSegmentFiles = None,
    connecting: FlatConnecting = None,
    alerts: FlatAlerts = None,
    thresholds: FlatThresholds = None,
    areas: FlatAreas = None,
    grouping: FlatGrouping = None,
    terminal: FlatTerminal = None,
) -> int:
    """Condense what a camera sees, hour by hour, and report events as they happen.

    Each segment becomes CAMERA_START.condensed.mp4, .condensed.csv, .events.json and .manifest.json
    in DIR, START being its first frame in UTC. When an event begins and when it ends, a line of
    JSON goes to stdout and to the program of --on-event. A lost camera is tried again forever.
    Ctrl-C completes the segment and ends the run: exit code 0, or 5 if part of the stream was lost.

    Parameters
    ----------
    source
        The camera: rtsp://, rtsps://, http://, https://, tcp:// or udp:// (MPEG-TS), or the number
        of a webcam.
    """
    terminal = terminal or Terminal()
    with job(terminal) as session:
        load()
        from ..jobs.watching.watch import record
        from .summary import watch_summary

        result = record(
            source,
            files=files,
            connecting=connecting,
            alerts=alerts,
            thresholds=thresholds,
            areas=areas,
            grouping=grouping,
            on_change=lambda change: print_out(change.json()),
            tell=session.warn,
            should_stop=session.should_stop,
        )
        session.tell(watch_summary(result))
        session.finish(lost_input=result.lost_input, stopped=False)
    return session.exit_code

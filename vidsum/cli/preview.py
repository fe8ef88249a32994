"""`vidsum preview`."""

from .flat import FlatAreas, FlatPicture, FlatReading, FlatTerminal, FlatThresholds
from .startup import load
from .terminal import Terminal, job


def preview(
    input: str,
    /,
    *,
    thresholds: FlatThresholds = None,
    areas: FlatAreas = None,
    reading: FlatReading = None,
    picture: FlatPicture = None,
    terminal: FlatTerminal = None,
) -> int:
    """Show which parts of the picture are looked at, on a coordinate grid.

    Draws over the first frame the areas of --roi, --ignore and --mask, and where change is usual in
    the first minute, or between --start and --end.

    Parameters
    ----------
    input
        The video file.
    """
    terminal = terminal or Terminal()
    with job(terminal) as session:
        load()
        from ..jobs import preview
        from .summary import preview_summary

        result = preview(
            input,
            thresholds=thresholds,
            areas=areas,
            reading=reading,
            picture=picture,
            progress=session.progress,
            should_stop=session.should_stop,
        )
        session.end_progress()
        session.tell(preview_summary(input, result))
        for line in result.faults:
            session.warn(line)
        session.finish(lost_input=result.lost_input, stopped=result.stopped)
    return session.exit_code

"""`vidsum condense`."""

from .flat import FlatAreas, FlatGrouping, FlatReading, FlatTerminal, FlatThresholds, FlatWriting
from .startup import load
from .terminal import Terminal, job, print_out


def condense(
    inputs: list[str],
    /,
    *,
    thresholds: FlatThresholds = None,
    areas: FlatAreas = None,
    grouping: FlatGrouping = None,
    reading: FlatReading = None,
    writing: FlatWriting = None,
    terminal: FlatTerminal = None,
) -> int:
    """Keep the frames that show something new, as a video and a table of scores.

    Each frame is compared with the last kept one, and dropped unless some place of the picture
    differs more than, or in another way than, it usually does. Several inputs are taken as
    consecutive segments of one recording.

    Parameters
    ----------
    inputs
        The video files.
    """
    terminal = terminal or Terminal()
    with job(terminal) as session:
        load()
        from ..jobs import condense
        from ..report.events import events_table
        from .summary import condense_summary

        result = condense(
            inputs,
            thresholds=thresholds,
            areas=areas,
            grouping=grouping,
            reading=reading,
            writing=writing,
            progress=session.progress,
            should_stop=session.should_stop,
        )
        session.end_progress()
        chosen = thresholds is not None and thresholds.has_target
        session.tell(condense_summary(inputs, result, chosen=chosen))
        if result.output is None:
            print_out(events_table(result.events))
        explained = {one.frame for one in result.explained}
        for number in writing.explain if writing is not None else ():
            if number not in explained:
                session.warn(f"--explain {number}: none of the {result.frames} frames decoded")
        for line in result.faults:
            session.warn(line)
        session.finish(lost_input=result.lost_input, stopped=result.stopped)
    return session.exit_code

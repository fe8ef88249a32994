"""`vidsum compare`."""

from ..options import ComparisonFiles
from .flat import FlatAlignment, FlatComparisonFiles, FlatLimits, FlatScoring, FlatTerminal
from .startup import load
from .terminal import Terminal, job, print_out


def compare(
    reference: str,
    distorted: str,
    /,
    *,
    alignment: FlatAlignment = None,
    scoring: FlatScoring = None,
    files: FlatComparisonFiles = None,
    limits: FlatLimits = None,
    terminal: FlatTerminal = None,
) -> int:
    """Measure, frame by frame, how much a copy of a video has lost.

    Each frame of the reference is compared with the frame of the copy that shows the same: a shift
    in time is found, and frames that the copy drops, repeats or inserts are listed and not scored.

    Parameters
    ----------
    reference
        The original video.
    distorted
        The copy: transcoded, scaled, or with another frame rate.
    """
    terminal = terminal or Terminal()
    with job(terminal) as session:
        load()
        from ..jobs import compare
        from ..report.comparison import pooled_table
        from .summary import compare_summary, gate_lines

        result = compare(
            reference,
            distorted,
            alignment=alignment,
            scoring=scoring,
            files=files or ComparisonFiles(),
            limits=limits,
            progress=session.progress,
            should_stop=session.should_stop,
        )
        session.end_progress()
        session.tell(compare_summary(reference, distorted, result))
        print_out(pooled_table(result.pooled))
        for line in (*result.notes, *result.faults):
            session.warn(line)
        session.finish(lost_input=result.lost_input, stopped=result.stopped)
        session.judge(gate_lines(result))
    return session.exit_code

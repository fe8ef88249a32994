"""Options defined in dataclasses, flattened into those of a command."""

from typing import Annotated, TypeAlias

from cyclopts import Parameter

from ..options import (
    Alignment,
    Areas,
    ComparisonFiles,
    Grouping,
    Limits,
    Picture,
    Reading,
    Scoring,
    Thresholds,
    Writing,
)
from ..options.batch import BatchFiles, Sources, Watching, Working
from ..options.finding import Finding, FoundFiles
from ..options.panels import panel
from ..options.reporting import Comparing, ReportFiles
from ..options.stills import StillFiles, Stills
from ..options.watching import Alerts, Connecting, SegmentFiles
from .terminal import Terminal


def _flat(title: str) -> Parameter:
    """Return the parameter that flattens a dataclass into options, in the panel with this title."""
    return Parameter(name="*", group=panel(title))


FlatAlerts: TypeAlias = Annotated[Alerts | None, _flat("Alerts")]
FlatAlignment: TypeAlias = Annotated[Alignment | None, _flat("Pairing")]
FlatAreas: TypeAlias = Annotated[Areas | None, _flat("Areas")]
FlatBatchFiles: TypeAlias = Annotated[BatchFiles, _flat("Output")]
FlatComparing: TypeAlias = Annotated[Comparing | None, _flat("Comparison")]
FlatComparisonFiles: TypeAlias = Annotated[ComparisonFiles | None, _flat("Output")]
FlatConnecting: TypeAlias = Annotated[Connecting | None, _flat("Camera")]
FlatFinding: TypeAlias = Annotated[Finding | None, _flat("Search")]
FlatFoundFiles: TypeAlias = Annotated[FoundFiles | None, _flat("Output")]
FlatGrouping: TypeAlias = Annotated[Grouping | None, _flat("Events")]
FlatLimits: TypeAlias = Annotated[Limits | None, _flat("Limits")]
FlatPicture: TypeAlias = Annotated[Picture | None, _flat("Output")]
FlatReading: TypeAlias = Annotated[Reading | None, _flat("Input")]
FlatReportFiles: TypeAlias = Annotated[ReportFiles | None, _flat("Output")]
FlatScoring: TypeAlias = Annotated[Scoring | None, _flat("Scores")]
FlatSources: TypeAlias = Annotated[Sources | None, _flat("Recordings")]
FlatSegmentFiles: TypeAlias = Annotated[SegmentFiles | None, _flat("Output")]
FlatStillFiles: TypeAlias = Annotated[StillFiles | None, _flat("Output")]
FlatStills: TypeAlias = Annotated[Stills | None, _flat("Comparison")]
FlatTerminal: TypeAlias = Annotated[Terminal | None, _flat("General")]
FlatThresholds: TypeAlias = Annotated[Thresholds | None, _flat("Rule")]
FlatWatching: TypeAlias = Annotated[Watching | None, _flat("Watched folders")]
FlatWorking: TypeAlias = Annotated[Working | None, _flat("Processes")]
FlatWriting: TypeAlias = Annotated[Writing | None, _flat("Output")]

"""Options that stand in dataclasses, flattened into those of a command."""

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
from ..options.reporting import Comparing, ReportFiles
from ..options.stills import StillFiles, Stills
from ..options.watching import Alerts, Connecting, SegmentFiles
from .terminal import Terminal

_FLAT = Parameter(name="*")

FlatAlerts: TypeAlias = Annotated[Alerts | None, _FLAT]
FlatAlignment: TypeAlias = Annotated[Alignment | None, _FLAT]
FlatAreas: TypeAlias = Annotated[Areas | None, _FLAT]
FlatBatchFiles: TypeAlias = Annotated[BatchFiles, _FLAT]
FlatComparing: TypeAlias = Annotated[Comparing | None, _FLAT]
FlatComparisonFiles: TypeAlias = Annotated[ComparisonFiles | None, _FLAT]
FlatConnecting: TypeAlias = Annotated[Connecting | None, _FLAT]
FlatFinding: TypeAlias = Annotated[Finding | None, _FLAT]
FlatFoundFiles: TypeAlias = Annotated[FoundFiles | None, _FLAT]
FlatGrouping: TypeAlias = Annotated[Grouping | None, _FLAT]
FlatLimits: TypeAlias = Annotated[Limits | None, _FLAT]
FlatPicture: TypeAlias = Annotated[Picture | None, _FLAT]
FlatReading: TypeAlias = Annotated[Reading | None, _FLAT]
FlatReportFiles: TypeAlias = Annotated[ReportFiles | None, _FLAT]
FlatScoring: TypeAlias = Annotated[Scoring | None, _FLAT]
FlatSources: TypeAlias = Annotated[Sources | None, _FLAT]
FlatSegmentFiles: TypeAlias = Annotated[SegmentFiles | None, _FLAT]
FlatStillFiles: TypeAlias = Annotated[StillFiles | None, _FLAT]
FlatStills: TypeAlias = Annotated[Stills | None, _FLAT]
FlatTerminal: TypeAlias = Annotated[Terminal | None, _FLAT]
FlatThresholds: TypeAlias = Annotated[Thresholds | None, _FLAT]
FlatWatching: TypeAlias = Annotated[Watching | None, _FLAT]
FlatWorking: TypeAlias = Annotated[Working | None, _FLAT]
FlatWriting: TypeAlias = Annotated[Writing | None, _FLAT]

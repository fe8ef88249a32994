"""What a user can choose: the only place where defaults are defined.

The command line flattens these dataclasses into options and shows the text under each field as
its help (`Parameter` adds metavars and short names); the Python API takes them as they are.
Importing this package loads nothing heavy.
"""

from .areas import Areas
from .comparing import Alignment, ComparisonFiles, Scoring
from .encoding import Codec
from .grouping import Grouping
from .reading import Limits, Reading
from .stills import StillFiles, Stills
from .thresholds import PRESETS, Pool, Thresholds
from .values import parse_time
from .writing import Picture, Writing

__all__ = [
    "PRESETS",
    "Alignment",
    "Areas",
    "Codec",
    "ComparisonFiles",
    "Grouping",
    "Limits",
    "Picture",
    "Pool",
    "Reading",
    "Scoring",
    "StillFiles",
    "Stills",
    "Thresholds",
    "Writing",
    "parse_time",
]

"""The HTML page: one file with the scores of a run, to open in a browser."""

from .comparison import ComparisonPage as ComparisonPage
from .scores import ScoresPage as ScoresPage

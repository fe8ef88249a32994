"""The page: one file of HTML with the scores of a run, to look at in a browser."""

from .comparison import ComparisonPage as ComparisonPage
from .scores import ScoresPage as ScoresPage

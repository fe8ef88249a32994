"""The page: one file of HTML with the scores of a run, to look at in a browser."""

from .comparison import ComparisonPage as ComparisonPage
from .document import check_page as check_page
from .scores import ScoresPage as ScoresPage

"""Find the frames of a video that show something new.

>>> import vidsum
>>> result = vidsum.condense("recording.mp4")  # doctest: +SKIP

`condense` writes a condensed video and a table of scores; `Thresholds`, `Areas`, `Grouping`,
`Reading` and `Writing` hold its options. `batch` condenses many, with `Sources`, `BatchFiles`,
`Working` and `Watching`; `find_events` searches their events, with `Finding` and `FoundFiles`.
`watch` yields what changes in front of a camera, `record` condenses it until it is told to stop,
with `SegmentFiles`, `Connecting` and `Alerts`. `compare` scores a copy against its reference, with
`Alignment`, `Scoring` and `ComparisonFiles`; `compare_images` two images. `report_scores` writes
the scores of every frame, with `Comparing` and `ReportFiles`. `metrics` scores single planes.
Nothing heavy is loaded before it is used; `__init__.pyi` lists where each name is defined.
"""

import lazy_loader

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""How similar two images are, and where they differ."""

import dataclasses
import os
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from ...errors import UsageError
from ...extras import check_extra
from ...files import check_targets, fitting_name
from ...frame import VideoInfo
from ...options import Areas
from ...options.stills import StillFiles, Stills
from ...stills.comparison import ImageComparison, compare
from ..judging import counted_part, local_path

if TYPE_CHECKING:
    from ...stills.still import Look, Still

Image: TypeAlias = str | os.PathLike[str] | NDArray[Any]
"""A file, or an array of shape (height, width) or (height, width, channels)."""


def compare_images(
    a: Image,
    b: Image,
    *,
    stills: Stills | None = None,
    areas: Areas | None = None,
    files: StillFiles | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ImageComparison:
    """Compare two images: MSE, PSNR, SSIM, NRMSE, what share is similar, and where they differ.

    Files are turned upright; of several pages, the first is used. Transparent pixels show a
    background colour. Memory stays at a few times that of the decoded images. While a file is read,
    Pillow's own limit on decompression bombs is lifted for the whole process; `stills.max_pixels`
    takes its place for the images read here.

    Parameters
    ----------
    a, b
        The images, A being the reference: files, or arrays of uint8 or uint16 in the shape
        (height, width), or (height, width, channels) with 1 channel (grey), 2 (grey, alpha), 3
        (RGB) or 4 (RGBA).
    stills
        How they are compared.
    areas
        Which parts of them are looked at.
    files
        Which files are written; without it, none.
    should_stop
        Called some ten times a second; once it returns true, `Stopped` is raised.

    Returns
    -------
    ImageComparison
        Its scores, the regions that differ, and the scores of blocks if `stills.grid` is set.

    Raises
    ------
    UsageError
        If the sizes differ and `stills.resize` is not set, the images are smaller than a window of
        SSIM, or an output exists.
    InputError
        If an image can't be read.
    UnsafeInputError
        If one has too many pixels.
    OutputError
        If a file can't be written.

    Examples
    --------
    >>> import numpy as np
    >>> grey = np.full((64, 64), 100, np.uint8)
    >>> comparison = compare_images(grey, grey + np.uint8(3))
    >>> comparison.mse, round(comparison.psnr, 2), round(comparison.ssim, 3)
    (9.0, 38.59, 1.0)
    >>> comparison.percent_similar, comparison.regions
    (100.0, ())
    """
    from ...stills.reading import parse_background
    from ...stills.still import Look, match

    stills = stills or Stills()
    areas = areas or Areas()
    look = Look(color=stills.color, background=parse_background(stills.background))
    paths = [None if isinstance(image, np.ndarray) else local_path(image) for image in (a, b)]
    files = _targets(files or StillFiles(), stills, paths[0], written=files is not None)
    inputs = [path for path in (*paths, areas.mask) if path is not None]
    _check_files(files, inputs)

    first, second = _read(a, "a", look, stills), _read(b, "b", look, stills)
    notes = first.notes + second.notes
    first, second, done = match(first, second, resize=stills.resize)
    counted = counted_part(areas, _info(inputs[0] if inputs else Path(), *first.size))
    comparison = compare(first, second, stills, counted=counted, should_stop=should_stop)
    notes += done
    if comparison.identical and counted is None and _colours_differ(first, second):
        notes += ("their brightness is identical, but their colours differ; --color compares them",)
    comparison = dataclasses.replace(
        comparison, notes=notes, failed=_failed(comparison, stills.limits)
    )
    name_a, name_b = ("array" if path is None else str(path) for path in paths)
    written = _write(files, first, second, comparison, (name_a, name_b))
    return dataclasses.replace(comparison, files=written)


def _targets(files: StillFiles, stills: Stills, a: Path | None, *, written: bool) -> StillFiles:
    """Return the files to write, with the default name of the table of blocks filled in."""
    if files.matches is not None:
        raise UsageError("--matches is for folders; name one as A or B")
    if stills.duplicates != Stills().duplicates:
        raise UsageError("--duplicates is for folders; name one as A or B")
    if stills.grid is None and files.grid_file is not None:
        raise UsageError("--grid-file needs --grid N, the size of the blocks")
    if stills.grid is None or files.grid_file is not None or not written:
        return files
    name = "images" if a is None else a.stem
    return dataclasses.replace(files, grid_file=Path(fitting_name(name, ".grid.csv")))


def _check_files(files: StillFiles, inputs: list[Path]) -> None:
    """Check that all files can be written, before any work."""
    from ...stills import figure, picture

    if files.diff is not None:
        picture.check_name("--diff", files.diff, tuple(picture.SUFFIXES))
    if files.figure is not None:
        picture.check_name("--figure", files.figure, figure.SUFFIXES)
        check_extra("--figure", "plot")
    targets = (files.diff, files.figure, files.grid_file, files.json)
    check_targets([target for target in targets if target is not None], inputs, force=files.force)


def _read(image: Image, name: str, look: "Look", stills: Stills) -> "Still":
    from ...stills.reading import read_still
    from ...stills.still import from_array

    if isinstance(image, np.ndarray):
        return from_array(name, image, look)
    return read_still(Path(image), look, max_pixels=stills.max_pixels)


def _info(path: Path, width: int, height: int) -> VideoInfo:
    """Return what areas need to know about a picture."""
    return VideoInfo(
        path=path,
        width=width,
        height=height,
        rotation=0,
        rate=Fraction(1),
        time_base=Fraction(1),
        duration=None,
        codec="",
        pixel_format="",
    )


def _colours_differ(a: "Still", b: "Still") -> bool:
    return a.colours is not None and b.colours is not None and a.colours != b.colours


def _failed(comparison: ImageComparison, limits: Iterable[tuple[str, float]]) -> tuple[str, ...]:
    """Return a line for each score below its limit."""
    values = ((score, getattr(comparison, score), limit) for score, limit in limits)
    return tuple(
        f"{score} is {value:.10g}, below the {limit:.10g} of --fail-under"
        for score, value, limit in values
        if value < limit
    )


def _write(
    files: StillFiles,
    a: "Still",
    b: "Still",
    comparison: ImageComparison,
    names: tuple[str, str],
) -> tuple[Path, ...]:
    """Write the files and return their paths."""
    from ...files import save_text
    from ...stills.figure import write_figure
    from ...stills.picture import write_difference
    from ...stills.tables import comparison_json, grid_csv

    written = []
    if files.diff is not None:
        regions = comparison.regions
        write_difference(files.diff, b, comparison.cells, regions, force=files.force)
        written.append(files.diff)
    if files.figure is not None:
        write_figure(files.figure, a, b, comparison, force=files.force)
        written.append(files.figure)
    if files.grid_file is not None and comparison.grid is not None:
        save_text(files.grid_file, grid_csv(comparison.grid), force=files.force)
        written.append(files.grid_file)
    if files.json is not None:
        save_text(files.json, comparison_json(*names, comparison), force=files.force)
        written.append(files.json)
    return tuple(written)

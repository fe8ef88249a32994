"""Images in folders: the nearest match of each, and which are duplicates of each other."""

import functools
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, UnsafeInputError, UsageError, printable
from ...files import check_targets
from ...metrics import ssim
from ...options.stills import StillFiles, Stills
from ...stills.comparison import Stopped
from ...stills.matches import ImageMatches, Unreadable, find_matches
from ...stills.matching import Signature
from ..judging import local_path

_WORKERS = 2
"""Files are read two at a time."""

_REMEMBERED = 2048
"""How many reduced images are kept in memory, 64 kB each; the others are read again when needed."""


def match_images(
    a: str | os.PathLike[str],
    b: str | os.PathLike[str] | None = None,
    *,
    stills: Stills | None = None,
    files: StillFiles | None = None,
    should_stop: Callable[[], bool] = lambda: False,
) -> ImageMatches:
    """Find for each image of A the nearest one of B, and which are duplicates of each other.

    Images are compared in grey and reduced to 256x256, so that copies that were scaled or
    recompressed are found, but not ones that were cropped or turned. Of more than a hundred,
    signatures show which are worth comparing: the nearest is the one with the highest SSIM among
    these. While an image is read, Pillow's own limit on decompression bombs is lifted for the whole
    process; `stills.max_pixels` takes its place for the images read here.

    Parameters
    ----------
    a, b
        Folders, or image files. Without B, the images of A are compared with one another.
        Subfolders are skipped, and so are files without the extension of an image.
    stills
        How they are compared: `duplicates`, `kernel`, `background` and `max_pixels` apply.
    files
        Which files are written: `matches` and `json`.
    should_stop
        Called before each image; once it returns true, `Stopped` is raised.

    Returns
    -------
    ImageMatches
        The nearest match of each image of A, groups of duplicates, and what could not be read.

    Raises
    ------
    UsageError
        If an output exists, or an option is set that applies to two images only.
    InputError
        If a folder or file does not exist, or no image of A, or of B, can be read.
    OutputError
        If a file can't be written.

    Examples
    --------
    >>> matches = match_images("photos")  # doctest: +SKIP
    >>> [[path.name for path in group] for group in matches.groups]  # doctest: +SKIP
    [['beach.jpg', 'beach-copy.png']]
    """
    from ...files import save_text
    from ...stills.reading import parse_background
    from ...stills.signatures import read_reduced, sign
    from ...stills.still import Look
    from ...stills.tables import matches_csv, matches_json

    stills = stills or Stills()
    files = files or StillFiles()
    _refuse_others(stills, files)
    look = Look(color=False, background=parse_background(stills.background))
    paths_a, other_a = _images(local_path(a))
    paths_b, other_b = (paths_a, 0) if b is None else _images(local_path(b))
    paths_b = _named_as(paths_a, paths_b)
    paths = list(dict.fromkeys([*paths_a, *paths_b]))
    targets = [target for target in (files.matches, files.json) if target is not None]
    check_targets(targets, paths, force=files.force)

    @functools.lru_cache(_REMEMBERED)
    def image_of(path: Path) -> NDArray[np.uint8]:
        if should_stop():
            raise Stopped(f"{printable(a)}: stopped before all images were compared")
        return read_reduced(path, look, stills.max_pixels)

    def signed(path: Path) -> Signature | Unreadable:
        try:
            return sign(image_of(path))
        except (InputError, UnsafeInputError) as error:
            return Unreadable(path=path, reason=str(error))

    with ThreadPoolExecutor(_WORKERS) as pool:
        read = dict(zip(paths, pool.map(signed, paths), strict=True))
    signatures = {path: found for path, found in read.items() if isinstance(found, Signature)}
    unreadable = {found.path: found for found in read.values() if isinstance(found, Unreadable)}
    for name, side in ((a, paths_a), (a if b is None else b, paths_b)):
        if all(path in unreadable for path in side):
            reason = unreadable[side[0]].reason
            if side != [Path(name)]:
                reason = f"{printable(name)}: none of its images can be read; {reason}"
            raise InputError(reason)

    compared = 0

    def ssim_of(first: Path, second: Path) -> float:
        nonlocal compared
        compared += 1
        return ssim(image_of(first), image_of(second), kernel=stills.kernel)

    matches, groups = find_matches(signatures, paths_a, paths_b, ssim_of, stills.duplicates)
    result = ImageMatches(
        matches=matches,
        groups=groups,
        duplicates=stills.duplicates,
        unreadable=tuple(unreadable.values()),
        other_files=other_a + other_b,
        compared=compared,
        files=tuple(targets),
    )
    if files.matches is not None:
        save_text(files.matches, matches_csv(result), force=files.force)
    if files.json is not None:
        save_text(files.json, matches_json(result), force=files.force)
    return result


def _refuse_others(stills: Stills, files: StillFiles) -> None:
    """Raise `UsageError` for options that apply to two images only."""
    default = Stills()
    given = {
        "--diff": files.diff is not None,
        "--figure": files.figure is not None,
        "--grid": stills.grid is not None,
        "--grid-file": files.grid_file is not None,
        "--fail-under": bool(stills.fail_under),
        "--color": stills.color,
        "--resize": stills.resize,
        "--min-ssim": stills.min_ssim != default.min_ssim,
        "--min-area": stills.min_area != default.min_area,
    }
    for option, is_given in given.items():
        if is_given:
            raise UsageError(f"{option} is for two images; leave it out where a folder is named")


def _named_as(known: list[Path], paths: list[Path]) -> list[Path]:
    """Return `paths`, replacing those that are in `known` under another path to their folder.

    So that an image is never its own nearest match. A link to one counts as another image.
    """
    names = {_place(path): path for path in known}
    return [names.get(_place(path), path) for path in paths]


def _place(path: Path) -> tuple[str, str]:
    return os.path.realpath(path.parent), path.name


def _images(path: Path) -> tuple[list[Path], int]:
    """Return the images in a folder, or the one file, and the number of other files there.

    Raises
    ------
    InputError
        If there is none.
    """
    from ...stills.reading import SUFFIXES

    if not path.is_dir():
        return [path], 0
    try:
        files = sorted(
            entry for entry in path.iterdir() if not entry.name.startswith(".") and entry.is_file()
        )
    except OSError as error:
        raise InputError(f"{printable(path)}: cannot be read ({error.strerror})") from error
    images = [file for file in files if file.suffix.lower() in SUFFIXES]
    if not images:
        raise InputError(f"{printable(path)}: there is no image in this folder")
    return images, len(files) - len(images)

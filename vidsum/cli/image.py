"""`vidsum image`."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError, printable
from ..options import Areas
from ..options.stills import StillFiles, Stills
from .flat import FlatAreas, FlatStillFiles, FlatStills, FlatTerminal
from .startup import load
from .terminal import Session, Terminal, job, print_out

if TYPE_CHECKING:
    from ..stills.comparison import ImageComparison
    from ..stills.matches import ImageMatches

_MAX_LISTED_REGIONS = 20
"""How many regions are listed; all of them are in the file of --json."""


def image(
    a: str,
    b: str | None = None,
    /,
    *,
    stills: FlatStills = None,
    areas: FlatAreas = None,
    files: FlatStillFiles = None,
    terminal: FlatTerminal = None,
) -> int:
    """Compare two images, or the images of folders.

    For two images, reports MSE, PSNR, SSIM, NRMSE, the share that is similar and the regions that
    differ. If A or B is a folder, finds the nearest image in B for each image in A, and lists
    groups of duplicates; without B, the images in A are compared with one another.

    Parameters
    ----------
    a
        The reference, or a folder of images.
    b
        The image to compare with it, or a folder of images.
    """
    terminal = terminal or Terminal()
    with job(terminal) as session:
        load()
        warnings.filterwarnings("ignore", module=r"PIL\b")  # about odd metadata, which is not used
        if Path(a).is_dir() or (b is not None and Path(b).is_dir()):
            _folders(session, a, b, stills, areas, files)
        elif b is None:
            raise UsageError(f"{printable(a)}: name a second image to compare it with, or a folder")
        else:
            _two(session, a, b, stills, areas, files)
    return session.exit_code


def _two(
    session: Session,
    a: str,
    b: str,
    stills: Stills | None,
    areas: Areas | None,
    files: StillFiles | None,
) -> None:
    """Compare two images."""
    from ..jobs.stills.image import compare_images
    from ..stills.comparison import Stopped

    try:
        result = compare_images(
            a,
            b,
            stills=stills,
            areas=areas,
            files=files or StillFiles(),
            should_stop=session.should_stop,
        )
    except Stopped:
        session.finish(lost_input=False, stopped=True)
        return
    print_out(comparison_text(result))
    for note in result.notes:
        session.warn(note)
    session.tell_files(result.files)
    session.judge(result.failed)


def _folders(
    session: Session,
    a: str,
    b: str | None,
    stills: Stills | None,
    areas: Areas | None,
    files: StillFiles | None,
) -> None:
    """Find the nearest matches in folders of images."""
    from ..jobs.stills.folders import match_images
    from ..stills.comparison import Stopped

    if areas is not None and areas != Areas():
        raise UsageError(
            "--roi, --ignore and --mask are for two images; leave them out where a folder is named"
        )
    try:
        found = match_images(a, b, stills=stills, files=files, should_stop=session.should_stop)
    except Stopped:
        session.finish(lost_input=False, stopped=True)
        return
    print_out(matches_text(found))
    if found.other_files:
        session.tell(f"{found.other_files} other files in the folders are no images by their names")
    session.tell_files(found.files)
    for file in found.unreadable:
        session.warn(file.reason)
    session.finish(lost_input=found.lost_input, stopped=False)


def comparison_text(result: "ImageComparison") -> str:
    """Return the scores of two images, on several lines."""
    colours = "red, green and blue" if len(result.channels) > 1 else "grey"
    x, y = result.place
    psnr = "infinite" if result.identical else f"{result.psnr:.2f} dB"
    nrmse = "-" if result.nrmse is None else f"{result.nrmse:.6f}"
    lines = [
        f"{result.width}x{result.height}, {colours}, {result.depth} bits",
        f"MSE      {result.mse:.4f}",
        f"PSNR     {psnr}",
        f"SSIM     {result.ssim:.6f}, the lowest {result.local_ssim:.4f} round {x},{y}",
        f"NRMSE    {nrmse}",
        f"similar  {_percent(result.percent_similar)} "
        f"(of the windows, those with an SSIM of at least {result.min_ssim:g})",
    ]
    if len(result.channels) > 1:
        lines += [
            f"{name:7}  MSE {scores.mse:.4f}, SSIM {scores.ssim:.6f}"
            for name, scores in result.channels.items()
        ]
    count = len(result.regions)
    if count == 0:
        lines.append("identical" if result.identical else "no region differs")
    else:
        lines.append(f"{count} region{'s' if count > 1 else ''} differ{'' if count > 1 else 's'}:")
        for number, region in enumerate(result.regions[:_MAX_LISTED_REGIONS], 1):
            box = f"{region.x},{region.y},{region.width},{region.height}"
            lines.append(
                f"{number:4}  {box:20}  {region.area} pixels, lowest SSIM {region.ssim:.4f}"
            )
        if count > _MAX_LISTED_REGIONS:
            lines.append(f"      and {count - _MAX_LISTED_REGIONS} smaller ones")
    return "\n".join(lines)


def matches_text(found: "ImageMatches") -> str:
    """Return the table of nearest matches, and the groups of duplicates."""
    rows = [("SSIM", "image", "nearest")]
    for match in found.matches:
        ssim = "-" if match.ssim is None else f"{match.ssim:.4f}"
        nearest = "-" if match.nearest is None else printable(match.nearest)
        rows.append((ssim, printable(match.image), nearest))
    width = max(len(image) for _, image, _ in rows)
    lines = [f"{ssim:>7}  {image:{width}}  {nearest}" for ssim, image, nearest in rows]
    if not found.groups:
        lines.append(f"no duplicates (with an SSIM of {found.duplicates:g} or more)")
    for number, group in enumerate(found.groups, 1):
        lines.append(f"duplicates {number}:")
        lines += [f"  {printable(path)}" for path in group]
    return "\n".join(lines)


def _percent(share: float) -> str:
    # A share just short of all, or just above nothing, must not be rounded to it.
    rounded = f"{share:.2f} %"
    if share < 100 and rounded == "100.00 %":
        return "99.99 %"
    return "0.01 %" if share > 0 and rounded == "0.00 %" else rounded

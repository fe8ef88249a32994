"""Segments that were being written when their run was killed, or could not write any more."""

import datetime
from collections.abc import Callable
from pathlib import Path

from ...errors import OutputError, printable
from ..batches.manifest import Manifest
from .retention import manifests


def close_interrupted(folder: Path, camera: str, tell: Callable[[str], None]) -> None:
    """Tell once which files such segments of a camera have left, and that these are over.

    The files keep their names, as nobody has checked them. From now on they are counted, and
    removed when they are old, as those of complete segments are.

    Parameters
    ----------
    folder
        Where they are; nobody else writes into it.
    camera
        What the camera is called.
    tell
        Is told of each in a line.

    Raises
    ------
    OutputError
        If the folder can't be read, or a manifest not be written.
    """
    try:
        for path, stem in sorted(manifests(folder, camera)):
            manifest = Manifest.load(path)
            if manifest is not None and manifest.state == "running":
                left = sorted(file for file in folder.glob(f"{stem}.*") if file != path)
                tell(f"{stem}: {_close(manifest, path, left)}")
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{printable(folder)}: cannot be read, {error.strerror}") from error


def _close(manifest: Manifest, path: Path, left: list[Path]) -> str:
    """Write the manifest of what is left of a segment, and return what is said of it."""
    names = tuple(file.name for file in left)
    found = ", ".join(map(printable, names)) or "nothing"
    line = f"an earlier run was ended in the middle of this segment; left of it: {found}"
    last = max(file.lstat().st_mtime for file in (path, *left))
    end = datetime.datetime.fromtimestamp(last, datetime.UTC)
    manifest.interrupted(end, names, line).save(path)
    return line

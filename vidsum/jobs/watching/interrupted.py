"""Segments that were being written when their run was killed, or could no longer write."""

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from ...errors import OutputError, printable
from ..batches.manifest import UNTOLD, Manifest
from .retention import MANIFEST, manifests, parts


def close_interrupted(folder: Path, camera: str, tell: Callable[[str], None]) -> None:
    """Report once which files such segments of a camera have left, and mark the segments as ended.

    The files keep their names, as they have not been checked. From now on they are counted, and
    removed when they are old, like those of complete segments.

    Parameters
    ----------
    folder
        Their folder; nobody else writes to it.
    camera
        The name of the camera.
    tell
        Called with a line about each.

    Raises
    ------
    OutputError
        If the folder can't be read, or a manifest can't be written.
    """
    try:
        begun = {stem: path for path, stem in manifests(folder, camera)}
        unannounced: defaultdict[str, list[Path]] = defaultdict(list)
        for part, stem in parts(folder, camera):
            if stem not in begun:
                unannounced[stem].append(part)
        for stem, path in sorted(begun.items()):
            manifest = Manifest.load(path)
            if manifest is not None and manifest.state == "running":
                left = sorted(file for file in folder.glob(f"{stem}.*") if file != path)
                tell(f"{stem}: {_close(manifest, path, left)}")
        # The files of a segment are opened some time before its manifest is written.
        for stem, left in sorted(unannounced.items()):
            started = min(map(_changed, left)).isoformat(timespec="seconds")
            manifest = dataclasses.replace(Manifest.begun(UNTOLD), started=started)
            tell(f"{stem}: {_close(manifest, folder / f'{stem}{MANIFEST}', sorted(left))}")
    except OutputError:
        raise
    except OSError as error:
        raise OutputError(f"{printable(folder)}: cannot be read, {error.strerror}") from error


def _close(manifest: Manifest, path: Path, left: list[Path]) -> str:
    """Write the manifest of the remains of a segment, and return the line about it."""
    names = tuple(file.name for file in left)
    found = ", ".join(map(printable, names)) or "nothing"
    line = f"an earlier run was ended in the middle of this segment; left of it: {found}"
    end = max(map(_changed, left or [path]))
    manifest.interrupted(end, names, line).save(path)
    return line


def _changed(file: Path) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(file.lstat().st_mtime, datetime.UTC)

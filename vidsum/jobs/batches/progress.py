"""How far a batch has come."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ...remote import InputPath
from ..progress import Progress
from .manifest import Manifest
from .segments import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProgress:
    """How far a batch has come."""

    size: int
    """Total bytes of the recordings that this run condenses."""
    done: float
    """Bytes that have been processed."""
    recordings: int
    """Recordings that this run condenses."""
    finished: int
    failed: int
    current: tuple[str, ...]
    """Recordings in progress."""


class Ledger:
    """What has become of the recordings of this run, and the progress of those under way."""

    def __init__(
        self,
        progress: Callable[[BatchProgress], None],
        tell: Callable[[str], None],
    ) -> None:
        self.manifests: dict[str, Manifest] = {}
        self._progress = progress
        self._tell = tell
        self._sizes: dict[str, int] = {}
        self._current: dict[str, float] = {}
        self._size = self._over = self._failed = 0
        """Bytes of all recordings, and of those that are over; how many have failed. They are
        counted as they come: of many recordings, progress is told very often."""

    def expect(self, task: Task) -> None:
        """Add a recording that this run condenses, perhaps again."""
        self.forget(task)
        size = sum(map(_size, task.inputs))
        self._sizes[task.name] = size
        self._size += size

    def is_expected(self, name: str) -> bool:
        """Return whether this run condenses the recording `name`."""
        return name in self._sizes

    def forget(self, task: Task) -> None:
        """Note that a recording will have no result."""
        self._current.pop(task.name, None)
        size = self._sizes.pop(task.name, 0)
        self._size -= size
        if (manifest := self.manifests.pop(task.name, None)) is not None:
            self._over -= size
            self._failed -= manifest.state == "failed"

    def show(self, task: Task, progress: Progress | None) -> None:
        """Note the progress of a recording."""
        share = 0.0
        if progress is not None and progress.duration:
            share = min(1.0, progress.time / progress.duration)
        self._current[task.name] = share
        self._report()

    def add(self, task: Task, manifest: Manifest) -> None:
        """Note what became of a recording."""
        self.manifests[task.name] = manifest
        self._over += self._sizes[task.name]
        self._failed += manifest.state == "failed"
        self._current.pop(task.name, None)
        for line in manifest.messages:
            self._tell(line)
        self._report()

    def _report(self) -> None:
        current = sum(self._sizes[name] * share for name, share in self._current.items())
        self._progress(
            BatchProgress(
                size=self._size,
                done=self._over + current,
                recordings=len(self._sizes),
                finished=len(self.manifests),
                failed=self._failed,
                current=tuple(self._current),
            )
        )


def _size(path: InputPath) -> int:
    try:
        return path.stat().st_size if isinstance(path, Path) else path.identity()["size"] or 0
    except OSError:
        return 0

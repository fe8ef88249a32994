"""The recordings of a batch on a Ray cluster, seen from the process that started the run.

Each recording is a task, which Ray moves to another node when its node dies. All nodes see the same
files under the same names; they read recordings and write results directly.
"""

import contextlib
import importlib.metadata
import os
import pickle
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from ...errors import ClusterError, UsageError, VidsumError, printable
from ...extras import check_extra
from ...files import discard
from ...options.batch import LOCAL
from ..progress import Progress
from .manifest import Manifest
from .node import Order, lock_path, other_version_error
from .segments import Task
from .worker import Settings, given_up

_MAX_RETRIES = 3
"""How many nodes may die while working on a recording before it counts as failed."""

_STOP_POLL_SECONDS = 0.2
"""Seconds between two checks of whether to stop."""

_CANCEL_SECONDS = 10.0
"""Seconds that cancelled tasks have to clean up."""

_CONNECT_SECONDS = 5.0
"""Seconds within which a cluster has to answer."""


def check_ray(address: str) -> None:
    """Raise `UsageError` unless Ray is installed and something answers at `address`."""
    _imported(address)
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host:  # the cluster on this machine
        return
    try:  # Ray itself would try for a long time
        socket.create_connection((host.strip("[]"), int(port)), _CONNECT_SECONDS).close()
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or error
        raise UsageError(
            f"--ray {printable(address)}: no cluster answers there ({printable(why)})"
        ) from error


def run_on_ray(
    tasks: Iterable[Task],
    settings: Settings,
    *,
    address: str,
    workers: int | None,
    split: float | None,
    progress: Callable[[Task, Progress | None], None],
    done: Callable[[Task, Manifest], None],
    should_stop: Callable[[], bool],
) -> bool:
    """Condense recordings on a cluster, and return whether that was stopped.

    Like `crew.run_tasks`, except for three parameters.

    Parameters
    ----------
    address
        Address of the cluster, as for ``--ray``.
    workers
        How many recordings are processed at a time, sharing the cores of the cluster; None for one
        per core.
    split
        Recordings longer than this, in minutes, are decoded on all nodes; None for none.

    Raises
    ------
    UsageError
        If the cluster can't be reached, or its nodes have different files or versions.
    ClusterError
        If it is lost.
    """
    waiting = deque(tasks)
    with _connected(address) as ray:
        share, most = _cores(ray, workers, len(waiting))
        cores = min(share, most) if split is None else 1
        work = _work(ray, cores, split, share)
        board = ray.remote(num_cpus=0, max_restarts=-1)(_Board).remote()
        news = board.take.remote()
        asked: dict[Any, Task] = {}
        try:
            while waiting or asked:
                if should_stop():
                    return True
                while waiting and (workers is None or len(asked) < workers):
                    task = waiting.popleft()
                    order = Order(
                        task=task,
                        settings=settings,
                        cores=cores,
                        folder=Path.cwd(),
                        before=Manifest.load(settings.manifest_path(task.name)),
                    )
                    asked[work.remote(task.name, pickle.dumps(order), board)] = task
                for ready in ray.wait([*asked], timeout=_STOP_POLL_SECONDS)[0]:
                    task = asked.pop(ready)
                    done(task, _outcome(ray, ready, task, settings))
                if ray.wait([news], timeout=0)[0]:
                    current = {task.name: task for task in asked.values()}
                    # The board's node may be gone; it is then restarted on another one.
                    with contextlib.suppress(ray.exceptions.RayError):
                        for name, told in ray.get(news).items():
                            if name in current:
                                progress(current[name], told)
                    news = board.take.remote()
            return False
        finally:
            for reference in asked:
                ray.cancel(reference)
            if asked:
                ray.wait([*asked], num_returns=len(asked), timeout=_CANCEL_SECONDS)
            ray.kill(board)


class _Board:
    """An actor of the cluster to which tasks report their progress."""

    def __init__(self) -> None:
        self._news: dict[str, Progress | None] = {}

    def tell(self, name: str, progress: Progress | None) -> None:
        self._news[name] = progress

    def take(self) -> dict[str, Progress | None]:
        news, self._news = self._news, {}
        return news


def _imported(address: str) -> Any:
    """Return Ray, which reads the environment when it is imported."""
    # Otherwise Ray reports on stdout what has died.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".*")
    if address == LOCAL:
        # A cluster for one run is private: it listens on the loopback interface only, as it does
        # where Ray supports nothing else, and requires a token.
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        os.environ.setdefault("RAY_AUTH_MODE", "token")
    check_extra("--ray", "ray")
    import ray

    return ray


@contextlib.contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Connect to the cluster, or start one, and yield Ray; an existing connection is kept."""
    options: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    if address == LOCAL:
        options |= {"address": "local", "include_dashboard": False}
    else:
        options["address"] = address
    ray = _imported(address)
    if ray.is_initialized():
        yield ray
        return
    try:
        with _same_handlers():
            ray.init(**options)
    except Exception as error:  # of a dozen kinds
        why = printable(" ".join(str(error).split()))
        where = f"--ray {printable(address)}".rstrip()
        raise UsageError(f"{where}: the cluster cannot be used ({why})") from error
    try:
        yield ray
    except (ConnectionError, ray.exceptions.LocalRayletDiedError) as error:
        raise ClusterError(
            "--ray: the node of the cluster to which this run was connected has died; the same "
            "command continues from there"
        ) from error
    finally:
        ray.shutdown()


@contextlib.contextmanager
def _same_handlers() -> Iterator[None]:
    """Restore the handler of SIGTERM, which Ray replaces."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, before)


def _cores(ray: Any, workers: int | None, recordings: int) -> tuple[int, int]:
    """Return how many cores there are for each recording, and the most that a node has.

    A cluster that grows on demand may not have any yet.
    """
    cores = [int(node["Resources"].get("CPU", 0)) for node in ray.nodes() if node["Alive"]]
    at_a_time = min(workers or sum(cores), recordings)
    return max(1, sum(cores) // max(1, at_a_time)), max([1, *cores])


def _work(ray: Any, cores: int, split: float | None, at_a_time: int) -> Any:
    """Return the Ray task for a recording, which decodes this many pieces at a time in tasks of its
    own.

    It is a function inside a function, so that Ray sends its code to the nodes, which may have
    another version of vidsum, or none.
    """
    here = importlib.metadata.version("vidsum")

    def other_version() -> str | None:
        try:
            there = importlib.metadata.version("vidsum")
        except importlib.metadata.PackageNotFoundError:
            there = "none"
        return None if there == here else f"{socket.gethostname()} has vidsum {there}"

    def look(order: bytes) -> Iterator[Any]:
        if (other := other_version()) is not None:
            yield other
            return
        from vidsum.jobs.batches.node import settle
        from vidsum.jobs.batches.pieces import looks_of

        piece = pickle.loads(order)
        settle(piece.folder, 1)
        yield from looks_of(piece)

    looking = ray.remote(num_cpus=1, num_returns="streaming", max_retries=_MAX_RETRIES)(look)

    def work(name: str, order: bytes, board: Any) -> Any:
        if (other := other_version()) is not None:
            return other
        from vidsum.jobs.batches.node import fulfil

        board.tell.remote(name, None)
        options = {}
        if split is not None:
            import ray

            from vidsum.jobs.batches.pieces import split_by

            options["open_recording"] = split_by(ray, looking, least=split * 60, ahead=at_a_time)
        return fulfil(
            pickle.loads(order), lambda progress: board.tell.remote(name, progress), **options
        )

    return ray.remote(num_cpus=cores, max_retries=_MAX_RETRIES)(work)


def _outcome(ray: Any, reference: Any, task: Task, settings: Settings) -> Manifest:
    """Return what became of a recording whose task has ended."""
    try:
        outcome = ray.get(reference)
    except ray.exceptions.RayTaskError as error:
        if isinstance(error.cause, VidsumError):
            raise error.cause from error
        raise
    except ray.exceptions.LocalRayletDiedError:
        raise
    except ray.exceptions.RayError as error:
        discard(lock_path(settings.manifest_path(task.name)))
        return given_up(
            task, settings, f"{_MAX_RETRIES + 1} nodes or processes died ({type(error).__name__})"
        )
    if isinstance(outcome, str):
        raise other_version_error(outcome)
    manifest: Manifest = outcome
    return manifest
